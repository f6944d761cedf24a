//! The archive reader: every format, hostile archives, and mutated ones.

mod formats;
mod hostile;
mod mutated;

use std::io::Write;

use pak_security::archive::{Limits, MemberKind, walk};
use pak_security::report::{Notice, NoticeKind};

/// What a walk saw of one member, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saw {
    pub(crate) path: String,
    pub(crate) kind: String,
    pub(crate) mode: Option<u32>,
    pub(crate) size: u64,
    pub(crate) text: String,
}

/// Walks with given limits.
pub(crate) fn seen_within(name: &str, bytes: &[u8], limits: &Limits) -> (Vec<Saw>, Vec<Notice>) {
    let mut seen = Vec::new();
    let notices = walk(name, bytes, limits, &mut |member| {
        seen.push(Saw {
            path: member.path.to_owned(),
            kind: match member.kind {
                MemberKind::File => "file".to_owned(),
                MemberKind::Directory => "folder".to_owned(),
                MemberKind::Symlink { to } => format!("link to {to}"),
                MemberKind::Hardlink { to } => format!("name of {to}"),
                MemberKind::Device => "device".to_owned(),
            },
            mode: member.mode,
            size: member.size,
            text: String::from_utf8_lossy(member.bytes).into_owned(),
        });
    });
    (seen, notices)
}

/// Walks with the usual limits.
pub(crate) fn seen(name: &str, bytes: &[u8]) -> (Vec<Saw>, Vec<Notice>) {
    seen_within(name, bytes, &Limits::default())
}

/// The paths of all members.
pub(crate) fn paths(name: &str, bytes: &[u8]) -> Vec<String> {
    seen(name, bytes).0.into_iter().map(|saw| saw.path).collect()
}

/// The kinds and messages of notices.
pub(crate) fn said(notices: &[Notice]) -> Vec<(NoticeKind, &str)> {
    notices.iter().map(|notice| (notice.kind, notice.message.as_str())).collect()
}

/// A tar entry's header with any name, which the `tar` crate would refuse to write.
pub(crate) fn tar_member(name: &str, kind: tar::EntryType, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.as_mut_bytes()[157..157 + link.len()].copy_from_slice(link.as_bytes());
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(kind);
    header.set_cksum();
    let mut member = header.as_bytes().to_vec();
    member.extend(content);
    member.resize(member.len().next_multiple_of(512), 0);
    member
}

/// A tar of files.
pub(crate) fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar: Vec<u8> =
        files.iter().flat_map(|(name, content)| tar_member(name, tar::EntryType::Regular, "", content)).collect();
    tar.resize(tar.len() + 1024, 0);
    tar
}

/// A gzip of anything.
pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// A zip of files.
pub(crate) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for (name, content) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// An `ar` of files.
pub(crate) fn ar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut ar = b"!<arch>\n".to_vec();
    for (name, content) in files {
        writeln!(ar, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, "100644", content.len()).unwrap();
        ar.extend(*content);
        if content.len() % 2 == 1 {
            ar.push(b'\n');
        }
    }
    ar
}

/// A cpio of files in the "new" form.
pub(crate) fn cpio_of(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut cpio = Vec::new();
    for (name, mode, content) in files.iter().chain([&("TRAILER!!!", 0, &b""[..])]) {
        let (size, length) = (content.len(), name.len() + 1);
        // Number, mode, (owner, group, links, time), size, (four device numbers), the name's length, checksum.
        write!(cpio, "070701{:08x}{mode:08x}{:032x}{size:08x}{:032x}{length:08x}{:08x}", 1, 0, 0, 0).unwrap();
        cpio.extend(name.as_bytes());
        cpio.push(0);
        cpio.resize(cpio.len().next_multiple_of(4), 0);
        cpio.extend(*content);
        cpio.resize(cpio.len().next_multiple_of(4), 0);
    }
    cpio
}

/// An RPM package around a payload: a lead, an odd-sized signature and a header.
pub(crate) fn rpm_of(payload: &[u8]) -> Vec<u8> {
    let header = |entries: u32, data: u32| {
        let mut header = b"\x8e\xad\xe8\x01\0\0\0\0".to_vec();
        header.extend(entries.to_be_bytes());
        header.extend(data.to_be_bytes());
        header.resize(header.len() + (entries * 16 + data) as usize, 7);
        header
    };
    let mut rpm = b"\xed\xab\xee\xdb".to_vec();
    rpm.resize(96, 0);
    rpm.extend(header(2, 13));
    rpm.resize(rpm.len().next_multiple_of(8), 0);
    rpm.extend(header(3, 21));
    rpm.extend(payload);
    rpm
}
