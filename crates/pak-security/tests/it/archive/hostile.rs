//! Archives made to do harm: a notice each, and everything else is still seen.

use std::io::Write;

use pak_security::archive::Limits;
use pak_security::report::NoticeKind;

use super::{cpio_of, gzip, paths, said, seen, seen_within, tar_member, tar_of, zip_of};

const SMALL: Limits = Limits { depth: 3, members: 50, member_bytes: 1 << 20, total_bytes: 64 << 20, ratio: 100 };

/// Both of a zip's copies of a name: the local header's and the directory's.
fn replace(bytes: &mut [u8], what: &[u8], by: &[u8], which: &[usize]) {
    let found: Vec<usize> = memchr::memmem::find_iter(bytes, what).collect();
    for at in which {
        bytes[found[*at]..found[*at] + by.len()].copy_from_slice(by);
    }
}

#[test]
fn paths_that_lead_out_are_told_and_still_looked_at() {
    for name in ["../../etc/cron.d/x", "/etc/passwd", "a\\..\\..\\b", "C:\\Windows\\x.dll", "a/../../b"] {
        for (kind, bytes) in [("a.tar", tar_of(&[(name, b"text")])), ("a.zip", zip_of(&[(name, b"text")]))] {
            let (members, notices) = seen(kind, &bytes);
            if kind == "a.tar" {
                assert_eq!(members[0].text, "text");
                assert!(notices.iter().any(|one| one.kind == NoticeKind::Hostile), "{kind} {name}: {notices:?}");
            }
        }
    }
    // The zip writer cleans some names; this one is put in behind its back.
    let mut bytes = zip_of(&[("aa/bb", b"text")]);
    replace(&mut bytes, b"aa/bb", b"../bb", &[0, 1]);
    let (members, notices) = seen("a.zip", &bytes);
    assert_eq!((members.len(), notices[0].kind), (1, NoticeKind::Hostile));
}

#[test]
fn links_devices_and_repeated_names_are_told() {
    let mut tar = tar_member("package/a", tar::EntryType::Symlink, "../../etc/passwd", b"");
    tar.extend(tar_member("package/b", tar::EntryType::Link, "/etc/shadow", b""));
    tar.extend(tar_member("package/null", tar::EntryType::Char, "", b""));
    tar.extend(tar_of(&[("package/x", b"1"), ("package/X", b"2"), ("package/x", b"3")]));
    let (members, notices) = seen("a.tar", &tar);
    assert_eq!(members.len(), 6);
    let messages = said(&notices);
    for (index, words) in
        ["leads out", "leads out", "a device", "case or Unicode", "more than once"].into_iter().enumerate()
    {
        assert!(messages[index].1.contains(words), "{words}: {messages:?}");
        assert_eq!(messages[index].0, NoticeKind::Hostile);
    }
}

#[test]
fn bombs_stop_at_the_limits() {
    let zeros = vec![0; 40 << 20];
    let flat = gzip(&zeros);
    let (members, notices) = seen_within("a.gz", &flat, &SMALL);
    assert!(members.len() <= 1, "{members:?}");
    assert_eq!(notices[0].kind, NoticeKind::TooLarge);
    // A tar whose one member is large: its name is seen, its bytes are passed over.
    let tar = tar_of(&[("big", &zeros), ("small", b"x")]);
    let (members, notices) = seen_within("a.tar", &tar, &SMALL);
    assert_eq!((members[0].size, members[0].text.len(), members[1].text.as_str()), (40 << 20, 0, "x"));
    assert!(notices[0].message.contains("big is larger than the limit"), "{notices:?}");
    let (_, notices) = seen_within("a.tgz", &gzip(&tar), &SMALL);
    assert!(notices.iter().any(|one| one.message.contains("grows beyond measure")), "{notices:?}");
    // Many members that share what may be unpacked in all.
    let parts: Vec<(String, Vec<u8>)> = (0..10).map(|at| (format!("p{at}"), gzip(&zeros[..900 << 10]))).collect();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let limits = Limits { total_bytes: 4 << 20, ratio: 10_000, ..SMALL };
    let (members, notices) = seen_within("a.zip", &zip_of(&parts), &limits);
    assert!(members.len() < 15, "{}", members.len());
    assert!(notices.iter().any(|one| one.message.contains("unpacks to more")), "{notices:?}");
}

#[test]
fn counts_and_depths_are_bounded() {
    let names: Vec<String> = (0..60).map(|at| format!("f{at}")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b"x"[..])).collect();
    for (name, bytes) in [("a.tar", tar_of(&files)), ("a.zip", zip_of(&files))] {
        let (members, notices) = seen_within(name, &bytes, &SMALL);
        assert_eq!(members.len(), 50, "{name}");
        assert!(notices.iter().any(|one| one.kind == NoticeKind::TooLarge), "{name} {notices:?}");
    }
    let mut nested = b"core".to_vec();
    for _ in 0..6 {
        nested = tar_of(&[("n.tar", &nested)]);
    }
    let (members, notices) = seen_within("n.tar", &nested, &SMALL);
    assert_eq!((members.len(), notices.len()), (4, 1), "{notices:?}");
    assert!(notices[0].message.contains("nested deeper"));
}

#[test]
fn what_a_zip_says_twice_must_agree() {
    let build = || zip_of(&[("good.txt", b"text"), ("other.txt", b"more")]);
    let mut renamed = build();
    replace(&mut renamed, b"good.txt", b"evil.txt", &[0]);
    let mut resized = build();
    let local = memchr::memmem::find(&resized, b"good.txt").unwrap() - 30;
    resized[local + 22] ^= 0x40;
    let mut trailing = build();
    trailing.extend(b"more to come");
    let mut twice = build();
    twice.extend(build());
    let mut wrong = build();
    let data = memchr::memmem::find(&wrong, b"good.txt").unwrap() + 8;
    wrong[data] ^= 1;
    for (bytes, words) in [
        (renamed, "another name in its own header"),
        (resized, "other sizes in its own header"),
        (trailing, "bytes after its end"),
        (twice, "that its directory does not list"),
        (wrong, "good.txt"),
    ] {
        let (members, notices) = seen("a.zip", &bytes);
        assert_eq!(members.len(), 2, "{words}");
        assert!(notices.iter().any(|one| one.message.contains(words)), "{words}: {notices:?}");
    }
}

#[test]
fn overlapping_members_are_not_unpacked_twice() {
    let mut bytes = zip_of(&[("a.txt", b"text"), ("b.txt", b"more")]);
    // Both lines of the directory point to the first member.
    let second = memchr::memmem::rfind(&bytes, b"b.txt").unwrap() - 46;
    bytes[second + 42..second + 46].copy_from_slice(&[0; 4]);
    let (members, notices) = seen("a.zip", &bytes);
    assert_eq!(members.len(), 1);
    assert!(notices.iter().any(|one| one.message.contains("overlaps")), "{notices:?}");
}

#[test]
fn encrypted_members_are_told() {
    let mut bytes = zip_of(&[("a.txt", b"text")]);
    let line = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[line + 8] |= 1;
    let (members, notices) = seen("a.zip", &bytes);
    assert_eq!((members.len(), said(&notices)[0].0), (1, NoticeKind::Unreadable));
    assert!(notices[0].message.contains("encrypted"));
}

#[test]
fn what_comes_after_the_end_is_told() {
    let tar = tar_of(&[("a", b"1")]);
    let mut more = tar.clone();
    more.extend(tar_of(&[("hidden", b"2")]));
    assert_eq!(paths("a.tar", &more), ["a.tar!/a", "a.tar!/hidden"]);
    let mut noise = tar.clone();
    noise.extend(vec![b'x'; 700]);
    let mut packed = gzip(&tar);
    packed.extend(b"noise");
    let mut cpio = cpio_of(&[("a", 0o100_644, b"1")]);
    cpio.extend(b"noise");
    for (name, bytes) in [("a.tar", more), ("a.tar", noise), ("a.tgz", packed), ("a.cpio", cpio)] {
        let (_, notices) = seen(name, &bytes);
        assert!(notices.iter().any(|one| one.message.contains("after its end")), "{name}: {notices:?}");
    }
}

#[test]
fn a_tar_with_two_sizes_is_told() {
    let mut tar = tar::Builder::new(Vec::new());
    tar.append_pax_extensions([("size", &b"0"[..])]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("outer").unwrap();
    header.set_size(1024);
    header.set_cksum();
    tar.append(&header, tar_of(&[("hidden", b"")]).get(..1024).unwrap()).unwrap();
    let (_, notices) = seen("a.tar", &tar.into_inner().unwrap());
    assert!(notices.iter().any(|one| one.message.contains("two sizes")), "{notices:?}");
}

#[test]
fn what_ends_early_is_told_and_its_beginning_is_seen() {
    let content: Vec<u8> = (0..20_000_u32).flat_map(|at| (at.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let tar = tar_of(&[("first", b"1"), ("second", &content)]);
    let packed = gzip(&tar);
    for (name, bytes) in [("a.tar", &tar[..2000]), ("a.tgz", &packed[..packed.len() / 2])] {
        let (members, notices) = seen(name, bytes);
        assert_eq!(members[0].path, format!("{name}!/first"));
        assert_eq!(notices[0].kind, NoticeKind::Unreadable, "{notices:?}");
    }
    let zip = zip_of(&[("a", &content)]);
    assert_eq!(seen("a.zip", &zip[..zip.len() - 10]).1[0].kind, NoticeKind::Unreadable);
}

#[test]
fn a_flood_of_oddities_is_cut_short() {
    let mut tar = Vec::new();
    for at in 0..1000 {
        tar.extend(tar_member(&format!("../{at}"), tar::EntryType::Regular, "", b""));
    }
    let (members, notices) = seen("a.tar", &tar);
    assert_eq!((members.len(), notices.len()), (1000, 201));
    assert!(notices[200].message.contains("800 more"));
}

#[test]
fn a_header_that_promises_much_reserves_little() {
    let mut header = tar::Header::new_gnu();
    header.set_path("promise").unwrap();
    header.set_size(60 << 20);
    header.set_cksum();
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(header.as_bytes()).unwrap();
    let (members, notices) = seen("a.tgz", &writer.finish().unwrap());
    assert_eq!((members.len(), notices.len()), (0, 1));
    assert!(notices[0].message.contains("ends early"), "{notices:?}");
}
