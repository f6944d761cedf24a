//! Tar and gzip with nothing accidental in them: no owner, no time but the one given, modes 644 and 755, entries in the order given.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

/// How members are marked.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The time of every member, seconds since 1970.
    pub mtime: u64,
    /// gzip level 0–9.
    pub level: u32,
}

/// Writes a `.tar.gz`.
pub struct TarGz<W: Write> {
    builder: tar::Builder<GzEncoder<W>>,
    style: Style,
}

impl<W: Write> TarGz<W> {
    /// Begins an archive.
    pub fn new(out: W, style: Style) -> Self {
        // flate2's default header has time 0 and operating system 255 (unknown): the same bytes everywhere.
        let encoder = GzEncoder::new(out, Compression::new(style.level));
        Self { builder: tar::Builder::new(encoder), style }
    }

    /// Adds a file. `path` uses `/`; long paths become PAX records by themselves.
    pub fn file(&mut self, path: &str, size: u64, executable: bool, content: impl Read) -> io::Result<()> {
        let mut header = self.header(tar::EntryType::Regular, if executable { 0o755 } else { 0o644 });
        header.set_size(size);
        self.builder.append_data(&mut header, path, content)
    }

    /// Adds a folder, for formats that want them listed.
    pub fn folder(&mut self, path: &str) -> io::Result<()> {
        let mut header = self.header(tar::EntryType::Directory, 0o755);
        header.set_size(0);
        self.builder.append_data(&mut header, path, io::empty())
    }

    /// Ends the archive and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        self.builder.into_inner()?.finish()
    }

    fn header(&self, kind: tar::EntryType, mode: u32) -> tar::Header {
        let mut header = tar::Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_mtime(self.style.mtime);
        header.set_uid(0);
        header.set_gid(0);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let make = || {
            let mut archive = TarGz::new(Vec::new(), Style { mtime: 7, level: 9 });
            archive.file("package/a.js", 3, false, &b"abc"[..]).unwrap();
            archive.file(&format!("package/{}/b", "long/".repeat(60)), 1, true, &b"x"[..]).unwrap();
            archive.finish().unwrap()
        };
        assert_eq!(make(), make());
    }
}
