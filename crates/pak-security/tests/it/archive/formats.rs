//! Every format is read, alone and within others.

use std::io::Write;

use pak_security::report::NoticeKind;

use super::{ar_of, cpio_of, gzip, paths, rpm_of, said, seen, tar_of, zip_of};

const FILES: &[(&str, &[u8])] = &[("package/package.json", b"{}"), ("package/index.js", b"// text\n")];

fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn tars_are_read_through_every_compression() {
    let tar = tar_of(FILES);
    let zstd = zstd::stream::encode_all(tar.as_slice(), 3).unwrap();
    for (name, bytes) in [
        ("a.tar", tar.clone()),
        ("a.tgz", gzip(&tar)),
        ("a.tar.xz", xz(&tar)),
        ("a.tar.bz2", bzip2(&tar)),
        ("a.tar.zst", zstd),
        ("a.crate", gzip(&tar)),
    ] {
        let (members, notices) = seen(name, &bytes);
        assert_eq!(notices, [], "{name}");
        let found: Vec<_> = members.iter().map(|one| (one.path.clone(), one.text.clone(), one.mode)).collect();
        let expected: Vec<_> = FILES
            .iter()
            .map(|(path, text)| (format!("{name}!/{path}"), String::from_utf8_lossy(text).into_owned(), Some(0o644)))
            .collect();
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn long_names_and_links_of_both_tar_dialects_are_read() {
    let long = format!("package/{}x.js", "deep/".repeat(40));
    let mut gnu = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(1);
    gnu.append_data(&mut header, &long, &b"x"[..]).unwrap();
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    gnu.append_link(&mut link, "package/link", "deep/file").unwrap();
    let (members, notices) = seen("a.tar", &gnu.into_inner().unwrap());
    assert_eq!(notices, []);
    assert_eq!(members[0].path, format!("a.tar!/{long}"));
    assert_eq!((members[1].path.as_str(), members[1].kind.as_str()), ("a.tar!/package/link", "link to deep/file"));

    let mut pax = tar::Builder::new(Vec::new());
    pax.append_pax_extensions([("path", "package/ünï.js".as_bytes()), ("mtime", b"1.5")]).unwrap();
    let mut header = tar::Header::new_ustar();
    header.set_path("other").unwrap();
    header.set_size(1);
    header.set_cksum();
    pax.append(&header, &b"y"[..]).unwrap();
    assert_eq!(paths("a.tar", &pax.into_inner().unwrap()), ["a.tar!/package/ünï.js"]);
}

#[test]
fn zips_are_read_with_every_method() {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let stored = options.compression_method(zip::CompressionMethod::Stored).unix_permissions(0o755);
    writer.add_directory("folder", options).unwrap();
    writer.start_file("folder/tool", stored).unwrap();
    writer.write_all(b"stored").unwrap();
    writer.start_file("deflated", options).unwrap();
    writer.write_all(&b"deflated ".repeat(100)).unwrap();
    writer.start_file("large", options.large_file(true)).unwrap();
    writer.write_all(b"zip64").unwrap();
    writer.add_symlink("link", "folder/tool", options).unwrap();
    let (members, notices) = seen("a.whl", &writer.finish().unwrap().into_inner());
    assert_eq!(notices, []);
    let found: Vec<_> = members.iter().map(|one| (one.path.as_str(), one.kind.as_str(), one.size)).collect();
    assert_eq!(
        found,
        [
            ("a.whl!/folder", "folder", 0),
            ("a.whl!/folder/tool", "file", 6),
            ("a.whl!/deflated", "file", 900),
            ("a.whl!/large", "file", 5),
            ("a.whl!/link", "link to folder/tool", 0),
        ]
    );
    assert_eq!((members[1].mode, members[1].text.as_str()), (Some(0o755), "stored"));
    assert_eq!(paths("empty.zip", &zip_of(&[])), [] as [&str; 0]);
}

#[test]
fn a_zip_behind_a_program_is_found_by_its_name() {
    let mut bytes = b"#!/usr/bin/env python3\n".to_vec();
    bytes.extend(zip_of(&[("__main__.py", b"print()")]));
    let (members, notices) = seen("tool.pyz", &bytes);
    assert_eq!((members[0].path.as_str(), said(&notices)), ("tool.pyz!/__main__.py", vec![]));
}

#[test]
fn packages_of_linux_systems_are_read() {
    let data = tar_of(&[("./usr/bin/tool", b"\x7fELF"), ("./usr/share/doc/tool/copyright", b"MIT")]);
    let control = gzip(&tar_of(&[("./postinst", b"#!/bin/sh\n")]));
    let deb = ar_of(&[("debian-binary", b"2.0\n"), ("control.tar.gz", &control), ("data.tar.xz", &xz(&data))]);
    assert_eq!(
        paths("tool.deb", &deb),
        [
            "tool.deb!/debian-binary",
            "tool.deb!/control.tar.gz",
            "tool.deb!/control.tar.gz!/postinst",
            "tool.deb!/data.tar.xz",
            "tool.deb!/data.tar.xz!/usr/bin/tool",
            "tool.deb!/data.tar.xz!/usr/share/doc/tool/copyright",
        ]
    );
    let cpio = cpio_of(&[
        ("./usr/bin", 0o040_755, b""),
        ("./usr/bin/tool", 0o100_755, b"\x7fELF"),
        ("./usr/bin/t", 0o120_777, b"/usr/bin/tool"),
    ]);
    for payload in [gzip(&cpio), xz(&cpio), zstd::stream::encode_all(cpio.as_slice(), 1).unwrap()] {
        let (members, notices) = seen("tool.rpm", &rpm_of(&payload));
        assert_eq!(notices, []);
        assert_eq!(members[1].path, "tool.rpm!/usr/bin/tool");
        assert_eq!((members[1].mode, members[2].kind.as_str()), (Some(0o755), "link to /usr/bin/tool"));
    }
}

#[test]
fn long_names_in_both_dialects_of_ar_are_read() {
    let gnu =
        ar_of(&[("//", b"a-name-longer-than-sixteen.o/\nother.o/\n"), ("/0", b"one"), ("/30", b"two"), ("s.o/", b"3")]);
    assert_eq!(paths("l.a", &gnu), ["l.a!/a-name-longer-than-sixteen.o", "l.a!/other.o", "l.a!/s.o"]);
    let (members, _) = seen("l.a", &ar_of(&[("#1/20", b"a-name-of-twenty.txtcontent")]));
    assert_eq!((members[0].path.as_str(), members[0].text.as_str()), ("l.a!/a-name-of-twenty.txt", "content"));
}

#[test]
fn archives_within_archives_and_single_files_are_read() {
    let inner = zip_of(&[("x/.env", b"A=1")]);
    let gem = tar_of(&[("data.tar.gz", &gzip(&tar_of(&[("lib/a.rb", b"#")]))), ("metadata.gz", &gzip(b"--- spec\n"))]);
    let outer = gzip(&tar_of(&[("inner.zip", &inner), ("a.gem", &gem)]));
    assert_eq!(
        paths("o.tgz", &outer),
        [
            "o.tgz!/inner.zip",
            "o.tgz!/inner.zip!/x/.env",
            "o.tgz!/a.gem",
            "o.tgz!/a.gem!/data.tar.gz",
            "o.tgz!/a.gem!/data.tar.gz!/lib/a.rb",
            "o.tgz!/a.gem!/metadata.gz",
            "o.tgz!/a.gem!/metadata.gz!/metadata",
        ]
    );
    assert_eq!(paths("logs/a.json.gz", &gzip(b"{}")), ["logs/a.json.gz!/a.json"]);
}

#[test]
fn gzip_members_one_after_another_are_one_stream() {
    let tar = tar_of(FILES);
    let (one, other) = tar.split_at(512);
    let mut bytes = gzip(one);
    bytes.extend(gzip(other));
    bytes.extend([0; 100]);
    let (members, notices) = seen("a.apk", &bytes);
    assert_eq!((members.len(), notices.len()), (2, 0));
}

#[test]
fn what_is_not_unpacked_is_said() {
    for (name, bytes) in
        [("a.7z", &b"7z\xbc\xaf\x27\x1c\0\0"[..]), ("a.rar", b"Rar!\x1a\x07\x01\0"), ("a.txt", b"text")]
    {
        let (members, notices) = seen(name, bytes);
        assert_eq!((members.len(), notices[0].kind), (0, NoticeKind::Unreadable), "{name}");
    }
}
