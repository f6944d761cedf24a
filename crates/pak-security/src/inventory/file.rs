//! One file as the readers of this module get it: text, lines, and the components they draft from it.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::Options;
use super::ecosystem::Ecosystem;
use crate::report::{Certainty, Component, Licence, Origin, Scope};

/// Why a file could not be understood; never quotes what the file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) String);

/// What a reader answers.
pub(super) type Found = Result<Vec<Component>, Refusal>;

/// A file that is read.
#[derive(Debug)]
pub(super) struct File<'a> {
    /// Where it is, as reports name it.
    pub(super) path: &'a str,
    /// Its last part.
    pub(super) name: &'a str,
    /// What it holds, without a byte order mark.
    pub(super) text: Cow<'a, str>,
    /// What the caller wants of it.
    pub(super) options: Options,
    lines: OnceCell<Vec<usize>>,
}

impl<'a> File<'a> {
    /// Decodes a file: UTF-8, or UTF-16 where a byte order mark says so.
    pub(super) fn new(path: &'a str, bytes: &'a [u8], options: Options) -> Result<Self, Refusal> {
        let text = match bytes {
            [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest)?,
            [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
            [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
            _ => utf8(bytes)?,
        };
        let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let file = Self { path, name, text, options, lines: OnceCell::new() };
        if file.text.lines().any(|line| line.starts_with("<<<<<<< "))
            && file.text.lines().any(|line| line.starts_with(">>>>>>> "))
        {
            return Err(Refusal("it holds the marks of an unfinished merge".to_owned()));
        }
        Ok(file)
    }

    /// The line (from 1) of a part of the text; none for text that was decoded on the way.
    pub(super) fn line_of(&self, part: &str) -> Option<u32> {
        let offset = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        if offset > self.text.len() { None } else { self.line_at(offset) }
    }

    /// The line (from 1) at an offset in bytes.
    pub(super) fn line_at(&self, offset: usize) -> Option<u32> {
        let lines = self.lines.get_or_init(|| memchr::memchr_iter(b'\n', self.text.as_bytes()).collect());
        u32::try_from(lines.partition_point(|end| *end < offset) + 1).ok()
    }

    /// A component of this file: used at run time, from the ecosystem's registry, exact if there is a version.
    pub(super) fn component(&self, ecosystem: Ecosystem, name: &str, version: Option<&str>) -> Component {
        let name = ecosystem.normal_name(name);
        let version = version.filter(|version| !version.is_empty()).map(|version| ecosystem.normal_version(version));
        Component {
            purl: ecosystem.purl(&name, version.as_deref()).to_string(),
            ecosystem: ecosystem.osv().to_owned(),
            certainty: if version.is_some() { Certainty::Exact } else { Certainty::Declared },
            name: name.into_owned(),
            version: version.map(Cow::into_owned),
            path: self.path.to_owned(),
            line: None,
            scope: Scope::Runtime,
            direct: None,
            origin: Origin::Registry,
            licence: None,
            digests: Vec::new(),
            dependencies: Vec::new(),
        }
    }

    /// A component that is asked for by a range: the range is its version, and its purl has none.
    pub(super) fn declared(&self, ecosystem: Ecosystem, name: &str, range: &str) -> Component {
        let mut component = self.component(ecosystem, name, None);
        component.version = Some(range.trim().to_owned()).filter(|range| !range.is_empty());
        component.direct = Some(true);
        component
    }
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err(Refusal("it is not UTF-8 text".to_owned())),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, Refusal> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Option<String> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).map(std::result::Result::ok).collect();
    match text {
        Some(text) if rest.is_empty() => Ok(Cow::Owned(text)),
        _ => Err(Refusal("it is not UTF-16 text".to_owned())),
    }
}

/// For each package the weightiest scope it is reached in.
pub(super) fn reached(asked: &[(usize, Scope)], edges: &[Vec<usize>]) -> Vec<Option<Scope>> {
    let mut scopes: Vec<Option<Scope>> = vec![None; edges.len()];
    for scope in [Scope::Runtime, Scope::Optional, Scope::Development] {
        let mut open: Vec<usize> = asked.iter().filter(|(_, one)| *one == scope).map(|(place, _)| *place).collect();
        while let Some(place) = open.pop() {
            if let Some(unset @ None) = scopes.get_mut(place) {
                *unset = Some(scope);
                open.extend(edges.get(place).into_iter().flatten());
            }
        }
    }
    scopes
}

/// What a manifest says of a licence; none if it says nothing.
pub(super) fn declared_licence(text: &str) -> Option<Licence> {
    let declared = Some(text.trim()).filter(|text| !text.is_empty())?;
    Some(Licence { declared: Some(declared.to_owned()), ..Licence::default() })
}

/// A digest as reports write it, from `sha512-BASE64` (as npm and its kin write them); none for what is no digest.
pub(super) fn integrity(text: &str) -> Vec<String> {
    use base64::Engine;
    text.split_ascii_whitespace()
        .filter_map(|one| {
            let (algorithm, value) = one.split_once('-')?;
            let value = value.split('?').next().unwrap_or(value);
            let bytes = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
            hex_digest(algorithm, &hex::encode(bytes))
        })
        .collect()
}

/// `sha256:hex`, if it is one: the length must be that of the algorithm.
pub(super) fn hex_digest(algorithm: &str, value: &str) -> Option<String> {
    let algorithm = algorithm.to_ascii_lowercase().replace('-', "");
    let length = match algorithm.as_str() {
        "md5" => 32,
        "sha1" => 40,
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => return None,
    };
    (value.len() == length && value.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| format!("{algorithm}:{}", value.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_in_several_encodings() {
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("a\r\nü".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(File::new("x", &utf16, Options::default()).unwrap().text, "a\r\nü");
        assert_eq!(File::new("d/x", b"\xef\xbb\xbf{}", Options::default()).unwrap().text, "{}");
        assert!(
            File::new("x", b"\xff\xfea", Options::default()).is_err()
                && File::new("x", b"\x80", Options::default()).is_err()
        );
        assert!(File::new("x", b"a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n", Options::default()).is_err());
        let file = File::new("d/x", b"one\ntwo\nthree", Options::default()).unwrap();
        assert_eq!((file.name, file.line_of(&file.text[4..5]), file.line_at(9)), ("x", Some(2), Some(3)));
    }

    #[test]
    fn digests_are_hex_of_the_right_length() {
        assert_eq!(
            integrity("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= junk"),
            ["sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709"]
        );
        assert_eq!(hex_digest("SHA-256", &"AB".repeat(32)), Some(format!("sha256:{}", "ab".repeat(32))));
        assert_eq!(hex_digest("sha256", "ab"), None);
    }
}
