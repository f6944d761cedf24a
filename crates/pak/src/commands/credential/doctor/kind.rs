//! What a credential's form tells: whose it is, how far it reaches, when it ends. Nothing of it is ever shown.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use pak_model::Credential;
use serde::Serialize;
use serde_json::Value;

/// What is known of a credential without asking anyone.
#[derive(Debug, Default, Serialize)]
pub(super) struct Kind {
    /// What it is, in a few words.
    pub(super) name: String,
    /// How far it reaches, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
    /// When it ends, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) expires: Option<Timestamp>,
    /// What to do about it.
    pub(super) advice: Vec<String>,
}

/// Beginnings of tokens that tell their kind, with advice where there is any.
const FORMS: &[(&str, &str, &str)] = &[
    ("npm_", "npm access token; its scope is known to the registry alone", ""),
    ("cio_tp_", "crates.io token of trusted publishing, for half an hour", ""),
    (
        "cio",
        "crates.io API token; its scope is known to the registry alone",
        "Limit it to `publish-update` and to the crates it is for.",
    ),
    ("github_pat_", "fine-grained GitHub token", ""),
    (
        "ghp_",
        "classic GitHub token",
        "It reaches every repository of the account: make a fine-grained one for this repository.",
    ),
    ("ghs_", "GitHub token of an app or job", ""),
    ("gho_", "GitHub token of a sign-in", "It is a person's session: make a fine-grained token for publishing."),
    ("glpat-", "GitLab access token", ""),
    ("gldt-", "GitLab deploy token", ""),
    ("dckr_pat_", "Docker Hub access token of a person", ""),
    ("dckr_oat_", "Docker Hub access token of an organisation", ""),
];

pub(super) fn of(driver: &str, credential: &Credential) -> Kind {
    match credential {
        Credential::Token(secret) => of_token(driver, secret.expose()),
        Credential::Basic { user, password } => {
            let kind = of_token(driver, password.expose());
            if kind.name != UNKNOWN {
                return Kind { name: format!("{} (as {user})", kind.name), ..kind };
            }
            let advice = "If it is the account's password, make a token in its place: a password cannot be limited.";
            Kind { name: format!("password or token of {user}"), advice: vec![advice.to_owned()], ..Kind::default() }
        }
    }
}

const UNKNOWN: &str = "token; its form tells nothing";

fn of_token(driver: &str, token: &str) -> Kind {
    if let Some(encoded) = token.strip_prefix("pypi-") {
        return of_macaroon(encoded);
    }
    if let Some((_, name, advice)) = FORMS.iter().find(|(start, ..)| token.starts_with(start)) {
        let advice = if advice.is_empty() { Vec::new() } else { vec![(*advice).to_owned()] };
        return Kind { name: (*name).to_owned(), advice, ..Kind::default() };
    }
    if let Some(claims) = claims(token) {
        let expires = claims.get("exp").and_then(Value::as_i64).and_then(|second| Timestamp::from_second(second).ok());
        return Kind { name: "signed identity (JWT)".to_owned(), expires, ..Kind::default() };
    }
    if driver == "npm" && is_uuid(token) {
        let advice = "The registry has revoked tokens of this form: make a granular one, or use trusted publishing.";
        let name = "npm token of the old form".to_owned();
        return Kind { name, advice: vec![advice.to_owned()], ..Kind::default() };
    }
    Kind { name: UNKNOWN.to_owned(), ..Kind::default() }
}

impl Kind {
    pub(super) fn is_expired(&self) -> bool {
        self.expires.is_some_and(|at| at < Timestamp::now())
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text
            .char_indices()
            .all(|(at, c)| if matches!(at, 8 | 13 | 18 | 23) { c == '-' } else { c.is_ascii_hexdigit() })
}

/// The claims of a JWT.
fn claims(token: &str) -> Option<Value> {
    let mut parts = token.split('.');
    let (head, body) = (parts.next()?, parts.next()?);
    (parts.next().is_some() && parts.next().is_none() && head.starts_with("eyJ")).then_some(())?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(body).ok()?).ok()
}

/// PyPI's tokens are macaroons: their caveats say for which projects and until when, and cannot be taken away.
fn of_macaroon(encoded: &str) -> Kind {
    let name = "PyPI API token".to_owned();
    let plain = encoded.trim_end_matches('=');
    let bytes = URL_SAFE_NO_PAD.decode(plain).or_else(|_| STANDARD_NO_PAD.decode(plain));
    let bytes = bytes.unwrap_or_default();
    let Some(caveats) = caveats(&bytes) else {
        return Kind { name: format!("{name} that cannot be read"), ..Kind::default() };
    };
    let mut kind = Kind { name, ..Kind::default() };
    for caveat in caveats.iter().filter_map(|caveat| serde_json::from_slice::<Value>(caveat).ok()) {
        of_caveat(&caveat, &mut kind);
    }
    if kind.scope.is_none() {
        kind.scope = Some("every project of the account".to_owned());
        kind.advice.push("Make a token for this project alone, or use trusted publishing.".to_owned());
    }
    kind
}

fn of_caveat(caveat: &Value, kind: &mut Kind) {
    let names = |value: &Value| {
        let names: Vec<&str> = value.as_array()?.iter().filter_map(Value::as_str).collect();
        Some(names.join(", ")).filter(|names| !names.is_empty())
    };
    // The older form has words, the newer one a number for each kind: 0 times, 1 names, 2 ids of projects.
    if let Some(projects) = caveat.pointer("/permissions/projects").and_then(names) {
        kind.scope = Some(format!("projects {projects}"));
    }
    match (caveat.get(0).and_then(Value::as_u64), caveat.get(1)) {
        (Some(0), Some(until)) => kind.expires = until.as_i64().and_then(|at| Timestamp::from_second(at).ok()),
        (Some(1), Some(projects)) => kind.scope = names(projects).map(|names| format!("projects {names}")),
        (Some(2), Some(projects)) => {
            kind.scope.get_or_insert(format!("{} by id", projects.as_array().map_or(0, Vec::len)));
        }
        _ => {}
    }
}

/// The caveats of a macaroon of version 2: fields of kind, length and content, parted by zeros.
fn caveats(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (2, mut rest) = bytes.split_first().map(|(version, rest)| (*version, rest))? else { return None };
    let mut caveats = Vec::new();
    let mut section = 0;
    while let Some((kind, after)) = rest.split_first() {
        rest = after;
        match kind {
            0 => section += 1,
            6 => break,
            _ => {
                let length = number(&mut rest)?;
                let content = rest.get(..length)?;
                rest = rest.get(length..)?;
                // The first section is the token's own; an identifier in a later one is a caveat.
                if section > 0 && *kind == 2 {
                    caveats.push(content);
                }
            }
        }
    }
    Some(caveats)
}

fn number(rest: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in [0, 7, 14] {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use pak_model::Secret;

    use super::*;

    fn token(driver: &str, text: &str) -> Kind {
        of(driver, &Credential::Token(Secret::new(text)))
    }

    /// A macaroon with these caveats.
    fn pypi(caveats: &[&str]) -> String {
        let field = |kind: u8, content: &[u8]| [&[kind, u8::try_from(content.len()).unwrap()], content].concat();
        let mut bytes = [vec![2], field(1, b"pypi.example"), field(2, b"id"), vec![0]].concat();
        for caveat in caveats {
            bytes.extend([field(2, caveat.as_bytes()), vec![0]].concat());
        }
        bytes.push(0);
        bytes.extend(field(6, &[7; 32]));
        ["pypi-", &URL_SAFE_NO_PAD.encode(bytes)].concat()
    }

    #[test]
    fn tokens_of_pypi_tell_their_projects_and_their_end() {
        let user = token("pypi", &pypi(&[r#"{"version": 1, "permissions": "user"}"#]));
        assert_eq!(user.scope.as_deref(), Some("every project of the account"));
        let old = token("pypi", &pypi(&[r#"{"version": 1, "permissions": {"projects": ["greeter"]}}"#]));
        assert_eq!(old.scope.as_deref(), Some("projects greeter"));
        let new = token("pypi", &pypi(&[r#"[1, ["a", "b"]]"#, "[0, 1000000000, 0]"]));
        assert_eq!(new.scope.as_deref(), Some("projects a, b"));
        assert!(new.is_expired());
        assert!(token("pypi", &["pypi-", "AgE"].concat()).name.contains("cannot be read"));
    }

    #[test]
    fn other_tokens_tell_their_kind_and_never_themselves() {
        let uuid = "01234567-89ab-cdef-0123-456789abcdef";
        for (driver, text, kind) in [
            ("npm", ["npm_", "abcdefghijklmnopqrstuvwxyz0123456789"].concat(), "npm access token"),
            ("npm", uuid.to_owned(), "old form"),
            ("cargo", ["cio", "abcdefghijklmnopqrstuvwxyz012345"].concat(), "crates.io API token"),
            ("oci", ["ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"].concat(), "classic GitHub"),
            ("oci", ["dckr_pat_", "abcdefghijklmnopqrstuvwxyz0"].concat(), "Docker Hub"),
            ("npm", "hunter2hunter2".to_owned(), "tells nothing"),
        ] {
            let known = token(driver, &text);
            assert!(known.name.contains(kind), "{}", known.name);
            assert!(!format!("{known:?}").contains(&text));
        }
        let expired = ["eyJhbGciOiJub25lIn0.", &URL_SAFE_NO_PAD.encode(r#"{"exp": 1000000000}"#), ".x"].concat();
        assert!(token("npm", &expired).is_expired());
        let basic = Credential::Basic { user: "me".into(), password: Secret::new("hunter2hunter2") };
        assert!(of("oci", &basic).name.contains("of me") && !format!("{:?}", of("oci", &basic)).contains("hunter2"));
    }
}
