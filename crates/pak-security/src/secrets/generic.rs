//! Values that only their name makes secrets, and passwords in URLs: judged by how they look.

use super::context::{
    is_address, is_common, is_number, is_password_hash, is_placeholder, is_public, is_reference, is_uuid,
};
use super::entropy::{Classes, shannon, wordiness};
use super::files::Style;
use super::names::Promise;
use crate::report::Confidence;

/// How sure it is that a value of such a name is a secret; none where it is not one.
pub(super) fn judge(promise: Promise, value: &[u8], quoted: bool, style: Style) -> Option<Confidence> {
    if value.len() < 8 || value.len() > 512 || !is_candidate(value) {
        return None;
    }
    let classes = Classes::of(value);
    if classes.other > 0
        || (!quoted && matches!(style, Style::Code | Style::Prose) && !looks_made(value, classes, style))
    {
        return None;
    }
    // What it says once decoded counts: `cGFzc3dvcmQ=` is "password".
    if value.len().is_multiple_of(4)
        && let Some(decoded) = super::checks::base64(value)
        && decoded.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\n')
    {
        let decoded = decoded.strip_suffix(b"\n").unwrap_or(&decoded);
        if is_placeholder(decoded) || is_reference(decoded) {
            return None;
        }
    }
    match promise {
        Promise::Password => password(value, classes),
        Promise::Key => key(value, classes),
        Promise::Named => None,
        // Hex under `key` alone is a test vector, an index, a colour.
        Promise::Weak if value.iter().all(u8::is_ascii_hexdigit) => None,
        Promise::Weak => (value.len() >= 24 && shannon(value) >= 3.6).then(|| key(value, classes)).flatten(),
    }
}

/// Nothing that stands for a secret, names one, or is public.
fn is_candidate(value: &[u8]) -> bool {
    !(is_placeholder(value)
        || is_reference(value)
        || is_password_hash(value)
        || is_public(value)
        || is_uuid(value)
        || is_address(value)
        || is_number(value))
}

/// A value without quotes in code is an expression, in prose a word, unless it looks like nothing a person would name.
fn looks_made(value: &[u8], classes: Classes, style: Style) -> bool {
    let words = wordiness(value);
    if style == Style::Prose && value.len() >= 10 && classes.kinds() >= 3 && classes.digit >= 1 && words < 0.5 {
        return true;
    }
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=".contains(byte));
    value.len() >= 16 && plain && classes.letters() >= 4 && classes.kinds() >= 2 && words < 0.5
}

fn password(value: &[u8], classes: Classes) -> Option<Confidence> {
    let words = wordiness(value);
    let odd = value.starts_with(b"-") || memchr::memmem::find(value, b"\\x").is_some();
    if odd || value.iter().any(|byte| matches!(byte, b' ' | b'\t')) || value.len() > 128 || is_expression(value) {
        return None;
    }
    let enough = match classes.kinds() {
        0 | 1 => value.len() >= 16 && words < 0.35 && classes.letters() > 0,
        2 if classes.digit == 0 && classes.symbol == 0 => value.len() >= 12 && classes.separator == 0 && words < 0.5,
        2 if classes.digit == 0 => value.len() >= 8 && words < 0.5,
        2 => {
            value.len() >= 10 && words < 0.6 && classes.letters() > 0
                || value.len() >= 12 && words < 0.7 && classes.digit >= 3
        }
        _ => words < 0.85 || (classes.symbol > 0 && classes.digit > 0),
    };
    let sure = classes.kinds() >= 3 && value.len() >= 10 && words < 0.7;
    enough.then_some(if sure { Confidence::Likely } else { Confidence::Possible })
}

fn key(value: &[u8], classes: Classes) -> Option<Confidence> {
    let plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_+/=.~:!@#$%^&*?".contains(byte));
    if !plain || is_expression(value) {
        return None;
    }
    let words = wordiness(value);
    let entropy = shannon(value);
    if value.iter().all(u8::is_ascii_hexdigit) {
        let made = value.len() >= 16 && entropy >= 2.8 && classes.digit >= 2 && classes.letters() >= 2;
        return made.then_some(if value.len() >= 32 { Confidence::Likely } else { Confidence::Possible });
    }
    if words >= 0.62 || entropy < 3.0 {
        return None;
    }
    let enough = match value.len() {
        ..12 => classes.kinds() >= 3 && classes.digit >= 1 && words < 0.5 && classes.symbol > 0,
        12..16 => classes.kinds() >= 3 && classes.digit >= 1,
        16..20 => classes.digit >= 1 && classes.letters() >= 2 && entropy >= 3.2,
        _ => (classes.digit >= 2 || (classes.upper >= 4 && classes.lower >= 4 && words < 0.5)) && entropy >= 3.4,
    };
    let sure = value.len() >= 20 && classes.kinds() >= 3 && entropy >= 3.7 && words < 0.5;
    enough.then_some(if sure { Confidence::Likely } else { Confidence::Possible })
}

/// Calls, indexes and dotted names: what code says where a value would be.
fn is_expression(value: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(value, word).is_some();
    if has(b"()")
        || has(b"->")
        || has(b"=>")
        || has(b"::")
        || has(b"&&")
        || has(b"||")
        || has(b"[\"")
        || has(b"['")
        || has(b"%s") && !value.iter().any(u8::is_ascii_digit)
        || has(b"\\n")
    {
        return true;
    }
    // `config.auth.token2`
    let parts: Vec<&[u8]> = value.split(|byte| *byte == b'.').collect();
    parts.len() >= 2
        && parts.iter().all(|part| {
            part.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
                && part.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                && wordiness(part) > 0.6
        })
}

/// The password inside `scheme://user:password@host`, if one begins at the `://` at `at`: its place.
pub(super) fn url_password(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let begin = at + 3;
    let scheme = text
        .get(at.saturating_sub(16)..at)?
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-'))
        .count();
    if scheme < 2 {
        return None;
    }
    let rest = text.get(begin..(begin + 300).min(text.len()))?;
    // Passwords may hold `/` and `?` though they should not: the last `@` before the line's or the value's end counts.
    let stop = rest
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || b"\"'`<>\\,;|{}()".contains(byte) && *byte != b'{')
        .unwrap_or(rest.len());
    let authority = rest.get(..stop)?;
    let first_at = authority.iter().position(|byte| *byte == b'@')?;
    let colon = authority.iter().position(|byte| *byte == b':')?;
    if colon > first_at {
        return None;
    }
    let user = authority.get(..colon)?;
    if user.iter().any(|byte| matches!(byte, b'/' | b'?' | b'#')) {
        return None;
    }
    // A second `@` belongs to the password only if what follows the first is no host.
    let mut end = first_at;
    if let Some(next) = authority.get(first_at + 1..).and_then(|after| after.iter().position(|byte| *byte == b'@')) {
        let between = authority.get(first_at + 1..first_at + 1 + next)?;
        if !between.iter().any(|byte| matches!(byte, b'/' | b':' | b'.')) {
            end = first_at + 1 + next;
        }
    }
    let password = authority.get(colon + 1..end)?;
    let host = authority.get(end + 1..)?;
    let host = host.split(|byte| matches!(byte, b':' | b'/' | b'?' | b'#')).next()?;
    is_url_password(user, password, host).then_some((begin + colon + 1, begin + end))
}

fn is_url_password(user: &[u8], password: &[u8], host: &[u8]) -> bool {
    // `host:8443/path/@scope`: a port and a path.
    let port = password.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if port > 0 && password.get(port) == Some(&b'/') {
        return false;
    }
    let here = [
        &b"localhost"[..],
        b"127.0.0.1",
        b"0.0.0.0",
        b"[",
        b"host",
        b"hostname",
        b"example.com",
        b"example.org",
        b"example.net",
    ];
    if password.len() < 4
        || host.is_empty()
        || here.iter().any(|name| host.eq_ignore_ascii_case(name))
        || host.ends_with(b".example.com")
        || host.ends_with(b".example")
    {
        return false;
    }
    if password.eq_ignore_ascii_case(user)
        || is_placeholder(password)
        || is_common(password)
        || is_reference(password)
        || is_reference(user)
    {
        return false;
    }
    if password.iter().any(|byte| matches!(byte, b'$' | b'{' | b'<' | b'*')) && password.len() < 8
        || password.starts_with(b"$")
        || password.starts_with(b"%")
    {
        return false;
    }
    let lower = password.to_ascii_lowercase();
    let speaks = [&b"password"[..], b"passwd", b"secret", b"token", b"pass"]
        .iter()
        .any(|word| lower == *word || lower.starts_with(word) && password.len() <= word.len() + 3);
    let classes = Classes::of(password);
    !speaks
        && (classes.digit > 0 && classes.letters() > 0
            || classes.kinds() >= 2 && wordiness(password) < 0.7
            || password.len() >= 8 && wordiness(password) < 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(promise: Promise, value: &str) -> bool {
        judge(promise, value.as_bytes(), true, Style::Code).is_some()
    }

    #[test]
    fn passwords_are_told_from_words() {
        for value in ["xK9!fQz2Lm", "Tr0ub4dor&3x", "p7Wq-zR2_mK9v", "hV8sLq0ZwT", "Winter#2091rain"] {
            assert!(secret(Promise::Password, value), "{value}");
        }
        for value in [
            "changeme",
            "Enter your password",
            "${PASSWORD}",
            "invalid_password",
            "user.password",
            "$2b$10$abcdefghijklmnopqrstuv",
            "string",
            "passwordField",
            "getPassword()",
            "resetPasswordToken",
        ] {
            assert!(!secret(Promise::Password, value), "{value}");
        }
    }

    #[test]
    fn keys_are_told_from_names() {
        for value in ["c7a1e94bf0d3628a5e17b6c40d92f183", "k3Jx9QwZ7vT1bN5mR8yL", "AbQ7xk/TzP09+LmNcVwE4rStYu6="] {
            assert!(secret(Promise::Key, value), "{value}");
        }
        for value in [
            "my-service-account-name",
            "application/json",
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "refresh_token_expired",
            "user.settings.apiKey",
            "https://host/token",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        ] {
            assert!(!secret(Promise::Key, value), "{value}");
        }
    }

    #[test]
    fn passwords_in_urls() {
        let of = |text: &str| {
            url_password(text.as_bytes(), text.find("://").unwrap()).map(|(from, to)| text[from..to].to_owned())
        };
        assert_eq!(of("postgres://app:k8Fq2LmZ@db.internal:5432/x"), Some("k8Fq2LmZ".to_owned()));
        assert_eq!(of("redis://:k8Fq2LmZ@cache:6379"), Some("k8Fq2LmZ".to_owned()));
        for text in [
            "postgres://user:password@db/x",
            "postgres://app:${PW}@db/x",
            "https://host/path@2:3",
            "http://localhost:80/@scope/x",
            "postgres://app:k8Fq2LmZ@localhost/x",
            "https://h/a:b@c",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
