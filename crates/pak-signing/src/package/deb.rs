//! Debian packages, as `debsigs` signs and `debsig-verify` verifies them: one more member of the archive (`_gpgorigin`, …) holds
//! a signature over the contents of the others.

use std::ops::Range;

use jiff::Timestamp;
use pak_model::{Problem, Result, code};

use super::invalid;
use crate::openpgp::{self, Certificate, SecretKey};
use crate::verify::{Content, Kind, Verified};

const MAGIC: &[u8] = b"!<arch>\n";
const HEADER: usize = 60;
/// How a signature's member begins; its role follows.
const SIGNATURE: &str = "_gpg";

/// Members: names, where each begins, and contents.
fn members(package: &[u8]) -> Result<Vec<(String, usize, &[u8])>> {
    let damaged = || invalid("Debian", "it is no archive as such");
    if !package.starts_with(MAGIC) {
        return Err(damaged());
    }
    let (mut at, mut members) = (MAGIC.len(), Vec::new());
    while at < package.len() {
        let header = package.get(at..at + HEADER).filter(|header| header.ends_with(b"`\n")).ok_or_else(damaged)?;
        let field = |range: Range<usize>| header.get(range).and_then(|field| std::str::from_utf8(field).ok());
        let name = field(0..16).ok_or_else(damaged)?.trim_end().trim_end_matches('/').to_owned();
        let size: usize = field(48..58).and_then(|size| size.trim_end().parse().ok()).ok_or_else(damaged)?;
        let start = at + HEADER;
        let content = package.get(start..start.checked_add(size).ok_or_else(damaged)?).ok_or_else(damaged)?;
        members.push((name, at, content));
        // Contents begin at even places.
        at = start + size.next_multiple_of(2);
        if size % 2 == 1 && !matches!(package.get(at - 1), None | Some(b'\n')) {
            return Err(damaged());
        }
    }
    Ok(members)
}

struct Parts {
    /// Contents in order: what is signed.
    signed: Vec<u8>,
    /// Roles and signatures.
    signatures: Vec<(String, Vec<u8>)>,
    /// Where the first signature begins.
    end: usize,
}

fn parts(package: &[u8]) -> Result<Parts> {
    let members = members(package)?;
    let mut parts = Parts { signed: Vec::with_capacity(package.len()), signatures: Vec::new(), end: package.len() };
    for (position, (name, start, content)) in members.into_iter().enumerate() {
        let expected = match position {
            0 => name == "debian-binary",
            1 => name.starts_with("control.tar"),
            2 => name.starts_with("data.tar"),
            _ => false,
        };
        if expected {
            parts.signed.extend_from_slice(content);
        } else if let (Some(role), 3..) = (name.strip_prefix(SIGNATURE), position) {
            parts.end = parts.end.min(start);
            parts.signatures.push((role.to_owned(), content.to_vec()));
        } else {
            // A member that dpkg might read and no signature covers.
            return Err(invalid("Debian", "it has members that do not belong there"));
        }
    }
    Ok(parts)
}

/// The package with a signature of a role, usually `origin`. One of the same role is replaced.
pub fn sign(package: &[u8], key: &SecretKey, role: &str, time: Timestamp) -> Result<Vec<u8>> {
    let name = format!("{SIGNATURE}{role}");
    if role.is_empty() || name.len() > 16 || !role.bytes().all(|byte| byte.is_ascii_lowercase()) {
        let message = format!("{role:?} cannot be the role of a Debian signature.");
        return Err(Problem::new(code::signing::NAME_REFUSED, message).next("Use `origin`, `maint` or `archive`."));
    }
    let parts = parts(package)?;
    let signature = key.sign(&parts.signed, time)?.to_bytes()?;
    let others = parts.signatures.into_iter().filter(|(other, _)| other != role);
    let mut signed = package.get(..parts.end).unwrap_or_default().to_vec();
    for (role, signature) in others.chain([(role.to_owned(), signature)]) {
        if signed.len() % 2 == 1 {
            signed.push(b'\n');
        }
        let name = format!("{SIGNATURE}{role}");
        let header =
            format!("{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", time.as_second(), 0, 0, "100644", signature.len());
        signed.extend_from_slice(header.as_bytes());
        signed.extend_from_slice(&signature);
    }
    if signed.len() % 2 == 1 {
        signed.push(b'\n');
    }
    Ok(signed)
}

/// Verifies a package: one signature by a known key, of whatever role.
pub fn verify(content: Content<'_>, keys: &[Certificate], at: Timestamp) -> Result<Verified> {
    let parts = parts(content.bytes)?;
    let mut first = None;
    for (role, signature) in &parts.signatures {
        let signed = Content { bytes: &parts.signed, ..content };
        match openpgp::verify(signed, signature, keys, at) {
            Ok(verified) => {
                let verified = Verified { kind: Kind::Deb, what: content.to_string(), ..verified };
                return Ok(verified.note(format!("signed as {}", role.escape_debug())));
            }
            Err(problem) => {
                first.get_or_insert(problem);
            }
        }
    }
    let unsigned = || Problem::new(code::signing::UNSIGNED, format!("{} holds no signature.", content.name));
    Err(first.unwrap_or_else(unsigned))
}
