//! Lists of checksums as `sha256sum` and BSD's `sha256` write them: made, read and compared.
//!
//! A list proves that files are whole. Who made it, only a signature of the list itself tells.

use pak_model::{Digests, Problem, Result, code};

use crate::verify::{Content, Kind, Verified};

/// A list longer than this is none.
const LIMIT: usize = 16 << 20;

/// Digests that lists are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// 32 hex digits; old, and no proof against intent.
    Md5,
    /// 40 hex digits; old, and no proof against intent.
    Sha1,
    /// 64 hex digits.
    Sha256,
    /// 128 hex digits.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 4] = [Self::Md5, Self::Sha1, Self::Sha256, Self::Sha512];

    /// As BSD's form names it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// Hex digits of a digest.
    fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// The digest of bytes.
    pub fn of(self, bytes: &[u8]) -> String {
        let digests = Digests::of(bytes);
        match self {
            Self::Md5 => digests.md5,
            Self::Sha1 => digests.sha1,
            Self::Sha256 => digests.sha256,
            Self::Sha512 => digests.sha512,
        }
        .unwrap_or_default()
    }
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// `digest  name`, with `sha256sum -c` in mind.
    #[default]
    Coreutils,
    /// `SHA256 (name) = digest`.
    Bsd,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Known by its length, or as named.
    pub algorithm: Algorithm,
    /// In lower-case hex.
    pub digest: String,
    /// The file, with `/` between folders.
    pub name: String,
}

/// Whether a name may stand in a list: below the list's own folder, and visible as what it is.
fn is_plain(name: &str) -> bool {
    let leaves = |part: &str| part.is_empty() || part == "." || part == "..";
    let drive = name.as_bytes().get(1) == Some(&b':');
    !name.is_empty() && !drive && !name.chars().any(|c| c.is_control() || c == '\\') && !name.split('/').any(leaves)
}

/// A list of files, ordered by name, so that the same files give the same list. Names that would lie are refused.
pub fn write(files: &[(String, String)], algorithm: Algorithm, style: Style) -> Result<String> {
    let mut files: Vec<_> = files.iter().collect();
    files.sort();
    files.iter().map(|(name, digest)| line(name, digest, algorithm, style)).collect()
}

fn line(name: &str, digest: &str, algorithm: Algorithm, style: Style) -> Result<String> {
    if !is_plain(name) {
        let message = format!("{name:?} cannot be written into a list of checksums.");
        return Err(Problem::new(code::signing::NAME_REFUSED, message).about("file", name.escape_debug()));
    }
    Ok(match style {
        Style::Coreutils => format!("{digest}  {name}\n"),
        Style::Bsd => format!("{} ({name}) = {digest}\n", algorithm.label()),
    })
}

/// Reads a list in either form, also mixed; comments and empty lines are skipped. Names that leave the folder are refused.
pub fn read(text: &str) -> Result<Vec<Entry>> {
    let invalid = |number: usize, why: &str| {
        Problem::new(code::signing::LIST_INVALID, format!("Line {} of the list {why}.", number + 1))
    };
    if text.len() > LIMIT {
        return Err(Problem::new(code::signing::LIST_INVALID, format!("The list is longer than {LIMIT} bytes.")));
    }
    let mut entries = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        if line.trim().is_empty() || line.starts_with('#') || line.starts_with(';') {
            continue;
        }
        let entry = parse(line).ok_or_else(|| invalid(number, "is no checksum of a file"))?;
        if !is_plain(&entry.name) {
            return Err(invalid(number, "names a file outside of the list's folder, or hides a part of its name"));
        }
        entries.push(entry);
    }
    if entries.is_empty() {
        return Err(Problem::new(code::signing::LIST_INVALID, "The list names no files."));
    }
    Ok(entries)
}

fn parse(line: &str) -> Option<Entry> {
    let (algorithm, digest, name) = bsd(line).or_else(|| coreutils(line))?;
    let is_digest = digest.len() == algorithm.digits() && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = name.strip_prefix("./").unwrap_or(&name).to_owned();
    is_digest.then(|| Entry { algorithm, digest: digest.to_ascii_lowercase(), name })
}

fn bsd(line: &str) -> Option<(Algorithm, &str, String)> {
    let (label, rest) = line.split_once(" (")?;
    // The last one: a name may hold the same signs.
    let (name, digest) = rest.rsplit_once(") = ")?;
    let label = label.replace('-', "");
    let algorithm = Algorithm::ALL.into_iter().find(|algorithm| label.eq_ignore_ascii_case(algorithm.label()))?;
    Some((algorithm, digest, name.to_owned()))
}

fn coreutils(line: &str) -> Option<(Algorithm, &str, String)> {
    let (digest, rest) = line.strip_prefix('\\').unwrap_or(line).split_once(' ')?;
    let algorithm = Algorithm::ALL.into_iter().find(|algorithm| algorithm.digits() == digest.len())?;
    let name = rest.strip_prefix([' ', '*']).unwrap_or(rest);
    // A leading backslash says that the name holds a line break or a backslash; such names are refused, so they stay escaped.
    Some((algorithm, digest, name.to_owned()))
}

/// Compares content with every line that names it. A list that holds two digests for one name must be right in both.
pub fn verify(content: Content<'_>, list: &str) -> Result<Verified> {
    let entries = read(list)?;
    let own: Vec<_> = entries.iter().filter(|entry| entry.name == content.name).collect();
    let Some(best) = own.iter().map(|entry| entry.algorithm).max() else {
        return Err(Problem::new(code::signing::FILE_UNLISTED, format!("The list does not name {}.", content.name))
            .about("file", content.name));
    };
    for entry in own {
        if entry.algorithm.of(content.bytes) != entry.digest {
            let message = format!(
                "{} is not the file that the list names: its {} differs.",
                content.name,
                entry.algorithm.label()
            );
            return Err(Problem::new(code::signing::DIGEST_WRONG, message).about("file", content.name));
        }
    }
    let mut verified = Verified::new(Kind::Checksums, String::new(), content);
    verified.signer = None;
    if best < Algorithm::Sha256 {
        verified = verified.note(format!("{} is no proof against someone who means it.", best.label()));
    }
    Ok(verified)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str], style: Style) -> Result<String> {
        let files: Vec<_> =
            names.iter().map(|name| ((*name).to_owned(), Algorithm::Sha256.of(name.as_bytes()))).collect();
        write(&files, Algorithm::Sha256, style)
    }

    #[test]
    fn both_forms_are_read_as_they_are_written() {
        for style in [Style::Coreutils, Style::Bsd] {
            let text = list(&["b (1) = x.tgz", "a.tgz", "dist/ü c.tgz"], style).unwrap();
            let names: Vec<_> = read(&text).unwrap().into_iter().map(|entry| entry.name).collect();
            assert_eq!(names, ["a.tgz", "b (1) = x.tgz", "dist/ü c.tgz"]);
            assert_eq!(verify(Content { name: "a.tgz", bytes: b"a.tgz" }, &text).unwrap().signer, None);
            let wrong = verify(Content { name: "a.tgz", bytes: b"other" }, &text).unwrap_err();
            assert_eq!(wrong.code(), code::signing::DIGEST_WRONG);
            let missing = verify(Content { name: "c.tgz", bytes: b"c.tgz" }, &text).unwrap_err();
            assert_eq!(missing.code(), code::signing::FILE_UNLISTED);
        }
    }

    #[test]
    fn forms_found_in_the_wild_are_read() {
        let digest = Algorithm::Sha256.of(b"x");
        let text =
            format!("# by hand\r\n\r\n{} *bin.exe\r\n{digest} ./one\r\nSHA2-256 (x) = 1\n", digest.to_uppercase());
        assert_eq!(read(&text).unwrap_err().message(), "Line 5 of the list is no checksum of a file.");
        let entries = read(text.rsplit_once("SHA2").unwrap().0).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["bin.exe", "one"]);
        assert_eq!(entries[0].digest, digest);
        assert_eq!(read(&format!("SHA-512 (a) = {}", "0".repeat(128))).unwrap()[0].algorithm, Algorithm::Sha512);
    }

    #[test]
    fn names_that_leave_the_folder_or_hide_are_refused() {
        for name in ["../a", "/etc/passwd", "a/../../b", "a\nb", "a\\b", "c:evil", "", "a//b", "a\u{1b}[2Jb"] {
            assert_eq!(list(&[name], Style::Coreutils).unwrap_err().code(), code::signing::NAME_REFUSED, "{name:?}");
            let digest = "0".repeat(64);
            let escaped = name.replace('\\', "\\\\").replace('\n', "\\n");
            assert!(read(&format!("\\{digest}  {escaped}\n")).is_err(), "{name:?}");
        }
    }

    #[test]
    fn two_digests_of_one_name_must_both_be_right() {
        let text = format!("{}  a\n{}  a\n", Algorithm::Sha256.of(b"a"), Algorithm::Sha256.of(b"b"));
        assert!(verify(Content { name: "a", bytes: b"a" }, &text).is_err());
        let text = format!("{}  a\n", Algorithm::Sha1.of(b"a"));
        assert_eq!(verify(Content { name: "a", bytes: b"a" }, &text).unwrap().notes.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,200}") {
            let _ = read(&text);
        }
    }
}
