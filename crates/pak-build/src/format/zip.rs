//! Zip with nothing accidental in it: one time for all members, modes 644 and 755, deflate, members in the order given.

use std::io::{self, Read, Seek, Write};

use pak_model::{Digests, Hasher};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Writes a zip archive.
pub struct ZipFile<W: Write + Seek> {
    writer: ZipWriter<W>,
    time: DateTime,
}

impl<W: Write + Seek> ZipFile<W> {
    /// Begins an archive whose members all carry this time (seconds since 1970; before 1980 counts as 1980).
    pub fn new(out: W, mtime: i64) -> Self {
        Self { writer: ZipWriter::new(out), time: dos_time(mtime) }
    }

    /// Adds a member and tells its SHA-256 and size.
    pub fn file(&mut self, path: &str, executable: bool, mut content: impl Read) -> io::Result<(Digests, u64)> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(6))
            .last_modified_time(self.time)
            .unix_permissions(if executable { 0o755 } else { 0o644 });
        self.writer.start_file(path, options)?;
        let mut hasher = Hasher::sha256_only();
        let mut chunk = vec![0; 64 << 10];
        loop {
            let length = content.read(&mut chunk)?;
            if length == 0 {
                break;
            }
            hasher.update(&chunk[..length]);
            self.writer.write_all(&chunk[..length])?;
        }
        let size = hasher.length();
        Ok((hasher.finish(), size))
    }

    /// Ends the archive and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        Ok(self.writer.finish()?)
    }
}

fn dos_time(mtime: i64) -> DateTime {
    let time = jiff::Timestamp::from_second(mtime).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    let part = |value: i8| u8::try_from(value).unwrap_or(0);
    u16::try_from(time.year())
        .ok()
        .and_then(|year| {
            let (month, day) = (part(time.month()), part(time.day()));
            let (hour, minute, second) = (part(time.hour()), part(time.minute()), part(time.second()));
            DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_input_gives_the_same_bytes() {
        let make = || {
            let mut archive = ZipFile::new(io::Cursor::new(Vec::new()), 1_700_000_000);
            let (digests, size) = archive.file("a/b.py", false, &b"abc"[..]).unwrap();
            assert_eq!((digests, size), (Digests { sha256: Digests::of(b"abc").sha256, ..Digests::default() }, 3));
            archive.file("x", true, io::empty()).unwrap();
            archive.finish().unwrap().into_inner()
        };
        assert_eq!(make(), make());
        assert_eq!(dos_time(0).year(), 1980);
        assert_eq!(dos_time(1_700_000_000).year(), 2023);
    }
}
