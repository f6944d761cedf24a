//! Credentials that container tools keep: docker's `config.json`, podman's and skopeo's `auth.json`, and the helpers they name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use camino::Utf8PathBuf;
use pak_model::{Credential, Problem, Result, Secret, code};
use serde_json::{Map, Value};

use super::credential_helper;
use super::reference::is_hub;
use super::session::IDENTITY_TOKEN_USER;
use crate::credential::{Found, Sources};

/// The key that docker stores Docker Hub's credential under.
const HUB_KEY: &str = "https://index.docker.io/v1/";

/// The credential for a registry host (with its port) that its tools would take. `repository` chooses among path-prefixed keys.
pub fn discover(sources: &Sources, host: &str, repository: Option<&str>) -> Result<Option<Found>> {
    for file in files(sources) {
        let Some(text) = sources.read(&file)? else { continue };
        let config: Value = serde_json::from_str(&text).map_err(|error| {
            Problem::new(code::config::SYNTAX, format!("{file} is not JSON.")).about("file", &file).cause(&error)
        })?;
        // docker's order: a helper for this registry, the helper for all, the file itself.
        let helper = config["credHelpers"].as_object().and_then(|helpers| lookup(helpers, host, repository));
        let helpers = [helper.and_then(Value::as_str), config["credsStore"].as_str()];
        let entry = config["auths"].as_object().and_then(|auths| lookup(auths, host, repository));
        for name in helpers.into_iter().flatten().filter(|name| !name.is_empty()) {
            let key = if is_hub(host) { HUB_KEY } else { host };
            if let Some(credential) = credential_helper::get(&sources.env, name, key)? {
                return Ok(Some(Found { credential, origin: format!("docker-credential-{name}, named in {file}") }));
            }
        }
        if let Some(credential) = entry.and_then(stored) {
            return Ok(Some(Found { credential, origin: file.to_string() }));
        }
    }
    Ok(None)
}

/// The files in the order tools read them.
fn files(sources: &Sources) -> Vec<Utf8PathBuf> {
    let env = |name: &str| sources.env.get(name).map(Utf8PathBuf::from);
    let docker = env("DOCKER_CONFIG").or_else(|| sources.home_file(".docker"));
    [
        env("REGISTRY_AUTH_FILE"),
        docker.map(|folder| folder.join("config.json")),
        env("XDG_RUNTIME_DIR").map(|folder| folder.join("containers/auth.json")),
        env("XDG_CONFIG_HOME")
            .or_else(|| sources.home_file(".config"))
            .map(|folder| folder.join("containers/auth.json")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The entry of a registry: keys may carry a scheme and a path; the longest path that holds the repository wins.
fn lookup<'a>(entries: &'a Map<String, Value>, host: &str, repository: Option<&str>) -> Option<&'a Value> {
    let mut best: Option<(usize, &Value)> = None;
    for (key, value) in entries {
        let bare = key.split_once("://").map_or(key.as_str(), |(_, rest)| rest).trim_end_matches('/');
        let (key_host, path) = bare.split_once('/').unwrap_or((bare, ""));
        let same_host = key_host.eq_ignore_ascii_case(host) || (is_hub(host) && is_hub(key_host));
        // `/v1` and `/v2` are API versions in old keys, not repositories.
        let path = if matches!(path, "v1" | "v2") { "" } else { path };
        let holds = path.is_empty()
            || repository
                .and_then(|repository| repository.strip_prefix(path))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if same_host && holds && best.is_none_or(|(length, _)| path.len() >= length) {
            best = Some((path.len(), value));
        }
    }
    best.map(|(_, value)| value)
}

/// A credential written in the file itself. An entry that only marks "a helper has it" is empty.
fn stored(entry: &Value) -> Option<Credential> {
    let text = |name: &str| entry[name].as_str().filter(|text| !text.is_empty());
    if let Some(token) = text("identitytoken") {
        return Some(Credential::Basic { user: IDENTITY_TOKEN_USER.to_owned(), password: Secret::new(token) });
    }
    if let Some(token) = text("registrytoken") {
        return Some(Credential::Token(Secret::new(token)));
    }
    if let Some(auth) = text("auth") {
        let decoded = String::from_utf8(STANDARD.decode(auth).ok()?).ok()?;
        // docker pads the password with NULs in old files.
        let (user, password) = decoded.split_once(':')?;
        let password = password.trim_end_matches('\0');
        return Some(Credential::Basic { user: user.to_owned(), password: Secret::new(password) });
    }
    Some(Credential::Basic { user: text("username")?.to_owned(), password: Secret::new(text("password")?) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pak_model::env::Env;

    fn credential_of(config: &Value, host: &str, repository: Option<&str>) -> Option<Credential> {
        let folder = tempfile::tempdir().unwrap();
        let home = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        std::fs::create_dir(home.join(".docker")).unwrap();
        std::fs::write(home.join(".docker/config.json"), config.to_string()).unwrap();
        let sources = Sources { env: Env::default(), home: Some(home), ..Sources::empty() };
        discover(&sources, host, repository).unwrap().map(|found| found.credential)
    }

    fn basic(user: &str, password: &str) -> Credential {
        Credential::Basic { user: user.into(), password: Secret::new(password) }
    }

    #[test]
    fn entries_are_found_under_every_spelling_and_the_longest_path_wins() {
        let auth = |pair: &str| serde_json::json!({ "auth": STANDARD.encode(pair) });
        let config = serde_json::json!({ "auths": {
            "https://index.docker.io/v1/": auth("hub:p1"),
            "quay.io": auth("q:all"),
            "quay.io/team": auth("q:team"),
            "127.0.0.1:5000": auth("l:p:with:colons"),
            "ghcr.io": { "identitytoken": "idt" },
            "r.example.org": {},
        }});
        assert_eq!(credential_of(&config, "registry-1.docker.io", None), Some(basic("hub", "p1")));
        assert_eq!(credential_of(&config, "quay.io", Some("team/app")), Some(basic("q", "team")));
        assert_eq!(credential_of(&config, "quay.io", Some("teamster/app")), Some(basic("q", "all")));
        assert_eq!(credential_of(&config, "127.0.0.1:5000", None), Some(basic("l", "p:with:colons")));
        assert_eq!(credential_of(&config, "ghcr.io", None), Some(basic("<token>", "idt")));
        assert_eq!(credential_of(&config, "r.example.org", None), None);
        assert_eq!(credential_of(&config, "127.0.0.1", None), None);
    }
}
