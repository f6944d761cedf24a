//! Which kind of archive some bytes are: by what they hold first, by the name second.

/// Kinds of archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Zip, and all that is one: wheels, jars, `.nupkg`, `.apk` of Android, …
    Zip,
    /// Tar.
    Tar,
    /// Gzip; around a tar it is read as that tar.
    Gzip,
    /// Xz, or the older lzma.
    Xz,
    /// Bzip2.
    Bzip2,
    /// Zstandard.
    Zstd,
    /// `ar`: Debian packages and static libraries.
    Ar,
    /// Cpio.
    Cpio,
    /// An RPM package.
    Rpm,
    /// 7-Zip: refused with a notice.
    SevenZip,
    /// RAR: refused with a notice.
    Rar,
}

/// What the first bytes of a format are.
const MAGIC: &[(&[u8], Format)] = &[
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"!<arch>\n", Format::Ar),
    (b"070701", Format::Cpio),
    (b"070702", Format::Cpio),
    (b"070707", Format::Cpio),
    (b"\xed\xab\xee\xdb", Format::Rpm),
    (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
    (b"Rar!\x1a\x07", Format::Rar),
];

/// Endings that decide where the first bytes do not: zips may begin with anything, old lzma and tar have no signature.
const ENDINGS: &[(&str, Format)] = &[
    (".zip", Format::Zip),
    (".whl", Format::Zip),
    (".jar", Format::Zip),
    (".war", Format::Zip),
    (".nupkg", Format::Zip),
    (".vsix", Format::Zip),
    (".pyz", Format::Zip),
    (".egg", Format::Zip),
    (".lzma", Format::Xz),
];

/// The format of a file by its name and its first 512 bytes (or all of them).
pub fn format_of(name: &str, head: &[u8]) -> Option<Format> {
    if let Some((_, format)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(*format);
    }
    if let [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] = head
        && (rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17\x72\x45\x38\x50\x90"))
    {
        return Some(Format::Bzip2);
    }
    // A frame that decoders pass over may come before the first true one.
    if let [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] = head {
        return Some(Format::Zstd);
    }
    if super::tar::is_header(head) {
        return Some(Format::Tar);
    }
    let lower = name.to_ascii_lowercase();
    ENDINGS.iter().find(|(ending, _)| lower.ends_with(ending)).map(|(_, format)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_before_the_name() {
        assert_eq!(format_of("a.zip", b"\x1f\x8b\x08\0"), Some(Format::Gzip));
        assert_eq!(format_of("a.txt", b"PK\x03\x04rest"), Some(Format::Zip));
        assert_eq!(format_of("tool.pyz", b"#!/usr/bin/env python\n"), Some(Format::Zip));
        assert_eq!(format_of("a.txt", b"BZh is a word"), None);
        assert_eq!(format_of("a.tar", &[0; 512]), None);
        assert_eq!(format_of("readme.md", b"# Readme"), None);
        assert_eq!(format_of("", b""), None);
    }
}
