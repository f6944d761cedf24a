//! What is in a file: the one folder everything lies in, and the programs. Nothing is unpacked; every archive may be hostile.

use std::fs::File;
use std::io::{self, BufReader, Read};

use camino::Utf8Path;
use flate2::read::MultiGzDecoder;
use tar::EntryType;
use zip::ZipArchive;

/// The most members and unpacked bytes of an archive that is read to its end: far beyond any release.
const MEMBERS: usize = 500_000;
const UNPACKED: u64 = 64 << 30;
/// The longest name of a member, and the most programs that are told.
const LONGEST_NAME: u64 = 64 << 10;
const PROGRAMS: usize = 1_000;

/// What is in a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) root: Option<String>,
    pub(super) programs: Vec<String>,
    /// Whether the file is a program itself.
    pub(super) is_program: bool,
}

/// Reads a file by its format. What has no reader here (xz, installers) is taken as it is. The error says what is wrong with it.
pub(super) fn read(path: &Utf8Path, format: &str) -> Result<Contents, String> {
    let file = File::open(path).map_err(|error| format!("it cannot be opened ({error})"))?;
    let file = BufReader::new(file);
    match format {
        "tar.gz" => tar(MultiGzDecoder::new(file)),
        "tar.zst" => tar(zstd::Decoder::with_buffer(file).map_err(damaged)?),
        "tar" => tar(file),
        "zip" => zip(file),
        "" | "exe" => Ok(Contents { is_program: is_program(file).map_err(damaged)?, ..Contents::default() }),
        _ => Ok(Contents::default()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "called as `map_err(damaged)`")]
fn damaged(error: io::Error) -> String {
    format!("it is damaged or not what its name says ({error})")
}

/// A program by its first bytes: permission bits are often lost on the way through a build service.
fn is_program(file: impl Read) -> io::Result<bool> {
    let mut start = Vec::new();
    file.take(4).read_to_end(&mut start)?;
    Ok(matches!(
        start.as_slice(),
        [0x7f, b'E', b'L', b'F']
            | [b'M' | b'#', b'Z' | b'!', ..]
            | [0xfe, 0xed, 0xfa, 0xce | 0xcf]
            | [0xce | 0xcf, 0xfa, 0xed, 0xfe]
            | [0xca, 0xfe, 0xba, 0xbe]
    ))
}

/// What was seen on the way through an archive.
#[derive(Default)]
struct Members {
    count: usize,
    /// The first parts of all paths, until there are two.
    tops: Vec<String>,
    has_file_on_top: bool,
    programs: Vec<String>,
}

impl Members {
    fn add(&mut self, name: &str, is_folder: bool, is_executable: bool) -> Result<(), String> {
        self.count += 1;
        if self.count > MEMBERS {
            return Err(format!("it holds more than {MEMBERS} members"));
        }
        // Some tools on Windows write its separator.
        let name = name.replace('\\', "/");
        let parts: Vec<&str> = name.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
        if name.starts_with('/') || parts.contains(&"..") {
            return Err(format!("its member `{}` leads out of the folder it is unpacked in", shown(&name)));
        }
        let Some(top) = parts.first() else { return Ok(()) };
        if self.tops.len() < 2 && !self.tops.iter().any(|known| known == top) {
            self.tops.push((*top).to_owned());
        }
        self.has_file_on_top |= parts.len() == 1 && !is_folder;
        let path = parts.join("/");
        if !is_folder && self.programs.len() < PROGRAMS && looks_like_a_program(&path, is_executable) {
            self.programs.push(path);
        }
        Ok(())
    }

    fn contents(mut self) -> Contents {
        self.programs.sort();
        self.programs.dedup();
        let root = if self.tops.len() == 1 && !self.has_file_on_top { self.tops.pop() } else { None };
        Contents { root, programs: self.programs, is_program: false }
    }
}

/// An executable bit, or Windows' ending. Libraries carry the bit too, and nobody runs them.
fn looks_like_a_program(path: &str, is_executable: bool) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let is_library =
        [".so", ".dylib", ".dll", ".a"].iter().any(|ending| name.ends_with(ending)) || name.contains(".so.");
    name.ends_with(".exe") || is_executable && !is_library
}

fn shown(name: &str) -> String {
    name.chars().take(100).map(|character| if character.is_control() { '?' } else { character }).collect()
}

/// Walks by raw headers: the library's own handling of long names would read them whole, whatever their size.
fn tar(content: impl Read) -> Result<Contents, String> {
    let mut archive = tar::Archive::new(content);
    let mut members = Members::default();
    let mut long_name: Option<Vec<u8>> = None;
    let mut unpacked = 0u64;
    for entry in archive.entries().map_err(damaged)?.raw(true) {
        let mut entry = entry.map_err(damaged)?;
        unpacked = unpacked.saturating_add(entry.size());
        if unpacked > UNPACKED {
            return Err("it unpacks to more than any release".to_owned());
        }
        let kind = entry.header().entry_type();
        match kind {
            EntryType::XHeader => {
                let records = bounded(&mut entry)?;
                let path = tar::PaxExtensions::new(&records).flatten().find(|record| record.key() == Ok("path"));
                long_name = path.map(|record| record.value_bytes().to_vec()).or(long_name);
            }
            EntryType::GNULongName => {
                let mut name = bounded(&mut entry)?;
                name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
                long_name = Some(name);
            }
            EntryType::XGlobalHeader | EntryType::GNULongLink => {}
            _ => {
                let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
                let is_file = matches!(kind, EntryType::Regular | EntryType::Continuous);
                let is_executable = is_file && entry.header().mode().is_ok_and(|mode| mode & 0o111 != 0);
                members.add(&String::from_utf8_lossy(&name), kind == EntryType::Directory, is_executable)?;
            }
        }
    }
    if members.count == 0 {
        return Err("it is an archive with nothing in it".to_owned());
    }
    Ok(members.contents())
}

fn bounded(content: &mut impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    content.take(LONGEST_NAME + 1).read_to_end(&mut bytes).map_err(damaged)?;
    if bytes.len() as u64 > LONGEST_NAME {
        return Err("a member's name in it is too long".to_owned());
    }
    Ok(bytes)
}

fn zip(file: BufReader<File>) -> Result<Contents, String> {
    let unreadable = |error: zip::result::ZipError| format!("it is damaged or not what its name says ({error})");
    let mut archive = ZipArchive::new(file).map_err(unreadable)?;
    let mut members = Members::default();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(unreadable)?;
        let is_executable = member.unix_mode().is_some_and(|mode| mode & 0o111 != 0 && mode & 0o170_000 != 0o120_000);
        members.add(&member.name().map_err(unreadable)?, member.is_dir(), is_executable)?;
    }
    Ok(members.contents())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use camino::Utf8PathBuf;
    use proptest::prelude::*;

    use super::*;
    use crate::format::tar_gz::{Style, TarGz};
    use crate::format::zip::ZipFile;

    fn tar_gz(members: &[(&str, bool)]) -> Vec<u8> {
        let mut archive = TarGz::new(Vec::new(), Style { mtime: 0, level: 1 });
        for (name, executable) in members {
            if name.ends_with('/') {
                archive.folder(name).unwrap();
            } else {
                archive.file(name, 1, *executable, &b"x"[..]).unwrap();
            }
        }
        archive.finish().unwrap()
    }

    fn of(bytes: &[u8], format: &str) -> Result<Contents, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::from_path_buf(folder.path().join("file")).unwrap();
        std::fs::write(&path, bytes).unwrap();
        read(&path, format)
    }

    fn zipped(members: &[(&str, bool)]) -> Vec<u8> {
        let mut archive = ZipFile::new(Cursor::new(Vec::new()), 0);
        for (name, executable) in members {
            archive.file(name, *executable, &b"x"[..]).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn root_and_programs() {
        let deep = format!("app/{}/tool", "long".repeat(40));
        let members =
            [("app/", false), ("app/bin/app", true), ("app/README", false), ("app/lib/x.so.1", true), (&*deep, true)];
        let packed = tar_gz(&members);
        let contents = of(&packed, "tar.gz").unwrap();
        assert_eq!(contents.root.as_deref(), Some("app"));
        assert_eq!(contents.programs, ["app/bin/app", &deep]);
        let mut plain = Vec::new();
        MultiGzDecoder::new(&packed[..]).read_to_end(&mut plain).unwrap();
        assert_eq!(of(&plain, "tar").unwrap(), contents);
        assert_eq!(of(&zstd::encode_all(&plain[..], 1).unwrap(), "tar.zst").unwrap(), contents);
        assert_eq!(of(b"anything", "tar.xz").unwrap(), Contents::default());

        let contents = of(&zipped(&[("app.exe", false), ("app", true), ("sub/x.dll", true)]), "zip").unwrap();
        assert_eq!((contents.root, contents.programs), (None, vec!["app".to_owned(), "app.exe".to_owned()]));
    }

    #[test]
    fn a_program_is_known_by_its_first_bytes() {
        assert!(of(b"\x7fELF\x02\x01", "").unwrap().is_program);
        assert!(of(b"#!/bin/sh\n", "").unwrap().is_program);
        assert!(of(b"MZ\x90\0", "exe").unwrap().is_program);
        assert!(!of(b"sha256  file\n", "").unwrap().is_program);
        assert!(!of(b"", "").unwrap().is_program);
    }

    #[test]
    fn hostile_and_damaged_archives_are_refused() {
        assert!(of(&zipped(&[("../x", false)]), "zip").unwrap_err().contains("leads out"));
        assert!(of(&zipped(&[("a\\..\\..\\x", false)]), "zip").unwrap_err().contains("leads out"));
        for (bytes, format) in [(&b"no gzip"[..], "tar.gz"), (b"no zip", "zip"), (b"no zstd", "tar.zst"), (b"", "tar")]
        {
            assert!(of(bytes, format).is_err(), "{format}");
        }
        let whole = tar_gz(&[("a/b", false)]);
        assert!(of(&whole[..whole.len() / 2], "tar.gz").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn changed_bytes_never_panic(at in 0usize..2000, byte: u8, zip: bool) {
            let members = [("a/b", true), ("a/c", false)];
            let (mut bytes, format) = if zip { (zipped(&members), "zip") } else {
                let mut plain = Vec::new();
                MultiGzDecoder::new(&tar_gz(&members)[..]).read_to_end(&mut plain).unwrap();
                (plain, "tar")
            };
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = of(&bytes, format);
        }
    }
}
