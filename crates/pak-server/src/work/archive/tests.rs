//! Sources of a project as they come in: archives made here, hostile ones among them, are unpacked and checked.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use pak_testing::project::Folder;
use tar::{Builder, Header};

use super::*;

enum Entry {
    File(&'static str, Vec<u8>),
    Run(&'static str),
    Dir(&'static str),
    Link(&'static str, &'static str),
    Other(&'static str, EntryType),
}
use Entry::{Dir, File as Plain, Link, Other, Run};

fn file(name: &'static str) -> Entry {
    Plain(name, b"hi".to_vec())
}

/// Names go into the header as they are: a builder of honest archives would refuse them.
fn header(name: &str, kind: EntryType, mode: u32, size: usize) -> Header {
    let mut header = Header::new_ustar();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size as u64);
    header.set_cksum();
    header
}

fn tarred(entries: &[Entry]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for entry in entries {
        match entry {
            Plain(name, bytes) => {
                builder.append(&header(name, EntryType::Regular, 0o644, bytes.len()), bytes.as_slice())
            }
            Run(name) => builder.append(&header(name, EntryType::Regular, 0o755, 2), &b"hi"[..]),
            Dir(name) => builder.append(&header(name, EntryType::Directory, 0o755, 0), &b""[..]),
            Link(name, target) => {
                let mut header = header(name, EntryType::Symlink, 0o777, 0);
                header.set_link_name(target).unwrap_or_else(|_| {
                    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
                });
                header.set_cksum();
                builder.append(&header, &b""[..])
            }
            Other(name, kind) => builder.append(&header(name, *kind, 0o644, 0), &b""[..]),
        }
        .unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zipped(entries: &[Entry]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for entry in entries {
        match entry {
            Plain(name, bytes) => {
                writer.start_file(*name, options).unwrap();
                writer.write_all(bytes).unwrap();
            }
            Run(name) => {
                writer.start_file(*name, options.unix_permissions(0o755)).unwrap();
                writer.write_all(b"hi").unwrap();
            }
            Dir(name) => writer.add_directory(*name, options).unwrap(),
            Link(name, target) => writer.add_symlink(*name, *target, options).unwrap(),
            Other(..) => {}
        }
    }
    writer.finish().unwrap().into_inner()
}

fn unpacked(bytes: &[u8], limits: Limits) -> Result<(Folder, Vec<String>)> {
    let folder = Folder::new();
    folder.write("archive", bytes);
    unpack_within(&folder.join("archive"), &folder.join("into/source"), limits)?;
    let mut found = Vec::new();
    list(&folder.join("into"), "", &mut found);
    found.sort();
    Ok((folder, found))
}

fn list(folder: &Utf8Path, path: &str, found: &mut Vec<String>) {
    for entry in folder.join(path).read_dir_utf8().unwrap().flatten() {
        let below =
            if path.is_empty() { entry.file_name().to_owned() } else { format!("{path}/{}", entry.file_name()) };
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            list(folder, &below, found);
        } else if kind.is_symlink() {
            found.push(format!("{below} -> {}", entry.path().read_link_utf8().unwrap()));
        } else {
            found.push(below);
        }
    }
}

#[cfg(unix)]
#[test]
fn every_form_is_told_by_its_content_and_a_single_folder_is_taken_away() {
    let entries =
        [Dir("top/"), file("top/a.txt"), Run("./top/bin/run"), Link("top/bin/link", "../a.txt"), Dir("top/empty/")];
    let tar = tarred(&entries);
    for bytes in [tar.clone(), gzipped(&tar), zipped(&entries)] {
        let (folder, found) = unpacked(&bytes, LIMITS).unwrap();
        assert_eq!(found, ["source/a.txt", "source/bin/link -> ../a.txt", "source/bin/run"]);
        assert!(folder.join("into/source/empty").is_dir());
        assert_eq!(folder.read("into/source/bin/link"), "hi");
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &folder.join("into/source/bin/run").metadata().unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o755);
    }
    let (_, found) = unpacked(&zipped(&[file("a"), file("__MACOSX/._a"), file("b/c")]), LIMITS).unwrap();
    assert_eq!(found, ["source/a", "source/b/c"]);
    assert_eq!(unpacked(&tarred(&[file("a")]), LIMITS).unwrap().1, ["source/a"], "a single file is no folder");
}

#[test]
fn long_names_are_read_and_names_without_end_are_not() {
    let long = format!("{}/file", "folder".repeat(30));
    let mut builder = Builder::new(Vec::new());
    let mut gnu = Header::new_gnu();
    gnu.set_size(0);
    builder.append_data(&mut gnu, &long, io::empty()).unwrap();
    let mut pax = Header::new_ustar();
    pax.set_size(2);
    builder.append_pax_extensions([("path", "ünïcode".as_bytes())]).unwrap();
    builder.append_data(&mut pax, "other", &b"hi"[..]).unwrap();
    let (_, found) = unpacked(&builder.into_inner().unwrap(), LIMITS).unwrap();
    assert_eq!(found, [format!("source/{long}"), "source/ünïcode".to_owned()]);

    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
        let mut builder = Builder::new(Vec::new());
        let bytes = vec![b'a'; 1 << 20];
        builder.append(&header("x", kind, 0o644, bytes.len()), bytes.as_slice()).unwrap();
        let problem = unpacked(&builder.into_inner().unwrap(), LIMITS).map(drop).unwrap_err();
        assert!(problem.causes().iter().any(|cause| cause.contains("64 KiB")), "{problem:?}");
    }
}

#[test]
fn what_leads_out_or_is_no_file_is_refused() {
    let hostile = [
        vec![file("../evil")],
        vec![file("a/../../evil")],
        vec![file("/etc/evil")],
        vec![file("C:/evil")],
        vec![file("a\\..\\..\\evil")],
        vec![file("a\u{1}b")],
        vec![file("a"), file("a")],
        vec![file("a"), file("A")],
        vec![file("dir/a"), file("DIR/b")],
        vec![file("a"), file("a/b")],
        vec![Link("l", "/etc/passwd"), file("x")],
        vec![Link("l", "../outside"), file("x")],
        vec![Link("l", "nowhere"), file("x")],
        vec![Link("l", "..\\..\\x"), file("x")],
        // Written through a link, it would land outside.
        vec![Link("l", "."), file("l/x")],
        // By names alone `j` stays inside; through `a/b/up` it does not.
        vec![file("a/b/x"), Link("a/b/up", "../.."), Link("j", "a/b/up/../x"), file("y")],
        vec![Link("top/l", "../../top"), file("top/x")],
    ];
    for (number, entries) in hostile.iter().enumerate() {
        // The zip writer has no two entries of one name.
        let twice = number == 6;
        let archives = [("tar", Some(tarred(entries))), ("zip", (!twice).then(|| zipped(entries)))];
        for (kind, bytes) in archives.into_iter().filter_map(|(kind, bytes)| Some((kind, bytes?))) {
            let problem = unpacked(&bytes, LIMITS).map(|(_, found)| found).unwrap_err();
            assert_eq!(problem.code(), code::server::SOURCE_REFUSED, "{kind} {number}: {problem:?}");
        }
    }
    for kind in [EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo, EntryType::GNUSparse] {
        let problem = unpacked(&tarred(&[Other("x", kind)]), LIMITS).map(drop).unwrap_err();
        assert_eq!(problem.code(), code::server::SOURCE_REFUSED, "{kind:?}");
    }
}

#[test]
fn bombs_are_stopped() {
    let small = Limits { entries: 10, bytes: 1000 };
    let many: Vec<Entry> = ["a", "b/c/d/e", "f/g/h/i", "j/k"].map(file).into();
    let large = [Plain("a", vec![0; 600]), Plain("b", vec![0; 600])];
    for entries in [many.as_slice(), &large] {
        for bytes in [tarred(entries), zipped(entries), gzipped(&tarred(entries))] {
            let problem = unpacked(&bytes, small).map(drop).unwrap_err();
            assert_eq!(problem.code(), code::server::SOURCE_TOO_LARGE, "{problem:?}");
        }
    }
    // A thousand times its size: what fits is taken all the same, what does not is not.
    for (size, stopped) in [(16 << 20, false), (64 << 20, true)] {
        let bomb = [Plain("zeros", vec![0; size])];
        for bytes in [gzipped(&tarred(&bomb)), zipped(&bomb)] {
            assert!(bytes.len() < 100 << 10, "{}", bytes.len());
            let outcome = unpacked(&bytes, LIMITS).map(drop).map_err(|problem| problem.code());
            assert_eq!(outcome, if stopped { Err(code::server::SOURCE_TOO_LARGE) } else { Ok(()) });
        }
    }
}

#[test]
fn odd_bytes_are_problems_and_never_panics() {
    let tar = tarred(&[file("top/a"), Plain("top/b", vec![7; 3000])]);
    let zip = zipped(&[file("top/a"), Plain("top/b", vec![7; 3000])]);
    assert!(unpacked(b"", LIMITS).is_err());
    assert!(unpacked(b"<html>", LIMITS).is_err());
    for whole in [tar.clone(), gzipped(&tar), zip] {
        for cut in (1..whole.len()).step_by(37) {
            let _ = unpacked(&whole[..cut], LIMITS);
            let mut changed = whole.clone();
            changed[cut] ^= 0x55;
            let _ = unpacked(&changed, LIMITS);
        }
    }
    assert!(unpacked(&gzipped(&tar)[..60], LIMITS).is_err());
}
