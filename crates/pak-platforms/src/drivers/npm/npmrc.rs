//! npm's configuration files: registries by scope, and credentials by address. Read by `credentials.rs`.
//!
//! Parsed here because the crates at hand drop values that look like numbers, which tokens may.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pak_model::env::Env;
use pak_model::placeholder;
use pak_model::{Credential, Problem, Result, Secret, code};
use url::Url;

/// One `.npmrc`, with variables put in.
#[derive(Default)]
pub struct Npmrc {
    entries: Vec<(String, String)>,
}

impl Npmrc {
    /// Parses a file's text.
    pub fn parse(text: &str, env: &Env) -> Self {
        let mut entries = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
            if line.starts_with('[') {
                // Keys after a section heading belong to the section, and npm reads none.
                break;
            }
            if line.starts_with([';', '#']) {
                continue;
            }
            if let Some((key, value)) = line.split_once('=') {
                entries.push((expand(&unquoted(key), env), expand(&unquoted(value), env)));
            }
        }
        Self { entries }
    }

    /// Settings in variables: `npm_config_registry`, `npm_config_//host/:_authToken`.
    pub fn from_env(env: &Env) -> Self {
        let prefixes = ["npm_config_", "NPM_CONFIG_"];
        let pairs = prefixes.iter().flat_map(|prefix| {
            env.with_prefix(prefix).map(|(name, value)| (name.trim_start_matches(prefix), value)).collect::<Vec<_>>()
        });
        let plain = |name: &str| if name.starts_with(['/', '@']) { name.to_owned() } else { name.to_lowercase() };
        Self { entries: pairs.map(|(name, value)| (plain(name), value.to_owned())).collect() }
    }

    /// A key's value; the last one counts, and one with a variable that is not set is none.
    fn get(&self, key: &str) -> Option<&str> {
        let (_, value) = self.entries.iter().rev().find(|(name, _)| name == key)?;
        (!value.is_empty() && !value.contains("${")).then_some(value)
    }

    /// The registry for a package: its scope's, or `None` where the file has none for the scope.
    pub fn scope_registry(&self, package: &str) -> Option<&str> {
        let (scope, _) = package.split_once('/')?;
        self.get(&format!("{scope}:registry"))
    }

    /// The registry for everything else.
    pub fn registry(&self) -> Option<&str> {
        self.get("registry")
    }

    /// The credential for an address: keys go by host and path, and the longest path that fits counts.
    pub fn credential(&self, registry: &Url) -> Result<Option<Credential>> {
        let host = match (registry.host_str(), registry.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            (None, _) => return Ok(None),
        };
        let mut parts: Vec<&str> = registry.path().split('/').filter(|part| !part.is_empty()).collect();
        loop {
            let path = parts.join("/");
            let bare = if path.is_empty() { format!("//{host}") } else { format!("//{host}/{path}") };
            for key in [format!("{bare}/"), bare] {
                if let Some(credential) = self.at(&key)? {
                    return Ok(Some(credential));
                }
            }
            if parts.pop().is_none() {
                return Ok(None);
            }
        }
    }

    fn at(&self, address: &str) -> Result<Option<Credential>> {
        let get = |field: &str| self.get(&format!("{address}:{field}"));
        if let Some(token) = get("_authToken") {
            return Ok(Some(Credential::Token(Secret::new(token))));
        }
        let decode = |field: &str, value: &str| {
            let text = STANDARD.decode(value.trim()).ok().and_then(|raw| String::from_utf8(raw).ok());
            text.ok_or_else(|| {
                Problem::new(code::npm::NPMRC_INVALID, format!("`{address}:{field}` is not base64 text."))
            })
        };
        if let Some(pair) = get("_auth") {
            let pair = decode("_auth", pair)?;
            let Some((user, password)) = pair.split_once(':') else {
                let message = format!("`{address}:_auth` is not a user and a password in base64.");
                return Err(Problem::new(code::npm::NPMRC_INVALID, message));
            };
            return Ok(Some(Credential::Basic { user: user.to_owned(), password: Secret::new(password) }));
        }
        match (get("username"), get("_password")) {
            (Some(user), Some(password)) => {
                let password = Secret::new(decode("_password", password)?);
                Ok(Some(Credential::Basic { user: user.to_owned(), password }))
            }
            _ => Ok(None),
        }
    }
}

/// A key or value without its quotes and, outside quotes, without a comment behind it.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.to_owned();
        }
    }
    match text.find([';', '#']) {
        Some(at) if at > 0 => text[..at].trim_end().to_owned(),
        _ => text.to_owned(),
    }
}

/// Puts variables in: `${NAME}` stays as it is where the variable is not set, `${NAME?}` becomes nothing.
fn expand(text: &str, env: &Env) -> String {
    placeholder::fill(text, |name| match name.strip_suffix('?') {
        Some(optional) => Some(env.get(optional).unwrap_or_default().to_owned()),
        None => env.get(name).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env() -> Env {
        Env::new([("TOKEN".to_owned(), "abc".to_owned())])
    }

    fn token(rc: &Npmrc, url: &str) -> Option<String> {
        match rc.credential(&Url::parse(url).unwrap()).unwrap()? {
            Credential::Token(token) => Some(token.expose().to_owned()),
            Credential::Basic { user, password } => Some(format!("{user}:{}", password.expose())),
        }
    }

    #[test]
    fn the_longest_path_counts_and_hosts_do_not_mix() {
        let basic = STANDARD.encode("ann:pw");
        let text = format!(
            "; comment\n//npm.example.org/:_authToken=${{TOKEN}}\n//npm.example.org/team/:_authToken = \"12345\"\n\
             //127.0.0.1:4873/:_auth={basic}\n//other.example.org/:username=bob\n//other.example.org/:_password={}\n\
             //unset.example.org/:_authToken=${{MISSING}}\n//bare.example.org:_authToken=x\n[section]\nregistry=no\n",
            STANDARD.encode("secret"),
        );
        let rc = Npmrc::parse(&text, &env());
        for (url, expected) in [
            ("https://npm.example.org/", Some("abc")),
            ("https://npm.example.org/deep/er/", Some("abc")),
            ("https://npm.example.org/team/project/", Some("12345")),
            ("https://npm.example.org/teams/", Some("abc")),
            ("http://127.0.0.1:4873/", Some("ann:pw")),
            ("http://127.0.0.1:4874/", None),
            ("https://other.example.org/", Some("bob:secret")),
            ("https://unset.example.org/", None),
            ("https://bare.example.org/", Some("x")),
            ("https://evil.example/npm.example.org/", None),
        ] {
            assert_eq!(token(&rc, url).as_deref(), expected, "{url}");
        }
        assert_eq!(rc.registry(), None, "keys of sections are not the file's");
    }

    #[test]
    fn registries_by_scope() {
        let rc = Npmrc::parse("registry=https://a.example/\n@team:registry=https://b.example/ ; ours\n", &env());
        assert_eq!(rc.scope_registry("@team/x"), Some("https://b.example/"));
        assert_eq!(rc.scope_registry("@other/x"), None);
        assert_eq!(rc.registry(), Some("https://a.example/"));
    }

    #[test]
    fn damaged_values_are_named_and_not_repeated() {
        let rc = Npmrc::parse("//a.example/:_auth=%%%secret%%%\n", &env());
        let problem = rc.credential(&Url::parse("https://a.example/").unwrap()).unwrap_err();
        assert!(problem.message().contains("_auth") && !format!("{problem:?}").contains("secret"));
    }
}
