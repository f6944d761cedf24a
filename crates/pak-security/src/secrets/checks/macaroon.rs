//! Macaroons: PyPI's tokens and Snapcraft's exported logins.

use super::{Verdict, base64};

/// A PyPI token: version 2, a location that names the index, an identifier, a signature of 32 bytes at the end.
pub(in crate::secrets) fn pypi(token: &[u8]) -> Verdict {
    let Some(body) = token.get(5..) else { return Verdict::No };
    // A cut of one to three digits still decodes as far as it goes.
    let whole = body.len() - body.len() % 4;
    let Some(bytes) = base64(body).or_else(|| base64(body.get(..whole)?)) else { return Verdict::No };
    let [2, 1, length, rest @ ..] = bytes.as_slice() else { return Verdict::No };
    let Some((host, rest)) = rest.split_at_checked(usize::from(*length)) else { return Verdict::No };
    if !host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')) {
        return Verdict::No;
    }
    let signed = rest.len().checked_sub(34).and_then(|at| rest.get(at..at + 2)) == Some(&[6, 32]);
    if signed { Verdict::Certain } else { Verdict::Likely }
}

/// A login that `snapcraft export-login` wrote: an INI or JSON text with macaroons, in base64.
pub(in crate::secrets) fn snapcraft(value: &[u8]) -> Verdict {
    let Some(text) = base64(value) else { return Verdict::No };
    let has = |word: &[u8]| memchr::memmem::find(&text, word).is_some();
    if has(b"macaroon") || has(b"unbound_discharge") { Verdict::Certain } else { Verdict::No }
}
