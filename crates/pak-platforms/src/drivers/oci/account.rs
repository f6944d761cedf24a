//! Who publishes: credentials of the container tools, and whether a registry takes them.

use async_trait::async_trait;
use http::StatusCode;
use pak_model::{Credential, Result, Secret};

use super::OciDriver;
use super::lookup::full_name;
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::Endpoint;
use crate::platform::{Account, Credentials};
use crate::protocol::oci::reference::{is_hub, is_name};
use crate::protocol::oci::{Need, Repository, client_config};

#[async_trait]
impl Credentials for OciDriver {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let host = endpoint.root.host_str().unwrap_or_default();
        let authority = match endpoint.root.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let mut found = Vec::new();
        // These names are Docker Hub's by custom: another host must not be shown that password. This machine may.
        if is_hub(host) || pak_http::is_loopback(&endpoint.root) {
            found.extend(pair(sources, &self.definition.username_env, &self.definition.password_env));
        }
        // GitLab's CI names its registry along with the credential.
        if sources.env.get("CI_REGISTRY") == Some(authority.as_str()) {
            found.extend(pair(sources, &["CI_REGISTRY_USER".to_owned()], &["CI_REGISTRY_PASSWORD".to_owned()]));
        }
        // GHCR looks at the token alone; the user may be any.
        if host == "ghcr.io" {
            found.extend(sources.token_from_env(&["GITHUB_TOKEN".to_owned(), "GH_TOKEN".to_owned()]));
        }
        // A helper may ask the user to unlock a key store: it is not run where a variable has answered.
        if found.is_empty() {
            // Of `team/{name}`, the part that holds for every package.
            let place = endpoint.repository.as_deref().and_then(|form| form.split('{').next());
            let place = place.map(|place| place.trim_end_matches('/')).filter(|place| !place.is_empty());
            found.extend(client_config::discover(sources, &authority, place)?);
        }
        Ok(found)
    }

    async fn check(&self, call: &Call, name: Option<&str>) -> Result<Account> {
        let name = name.map(|name| full_name(call, name)).filter(|name| is_name(name));
        let need = if name.is_some() { Need::Use } else { Need::Registry };
        let repository = Repository::new(call, &self.sessions, name.as_deref().unwrap_or_default())?;
        let response = repository.ping(need).await?;
        // A token for a repository alone opens the registry's root on most registries; on some it answers 403 or 404.
        let inside = name.is_some() && matches!(response.status(), StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
        if !response.status().is_success() && !inside {
            return Err(pak_http::status_problem("Signing in", response, true).await);
        }
        let user = match call.credential() {
            Some(Credential::Basic { user, .. }) if !user.starts_with('<') => Some(user.clone()),
            _ => None,
        };
        let note = match call.credential() {
            Some(_) => "credential accepted; whether it may push shows when it is used",
            None => "reachable without a credential; pushing may want one",
        };
        Ok(Account { name: user, note: Some(note.to_owned()) })
    }
}

/// The first user and the first password that are set.
fn pair(sources: &Sources, users: &[String], passwords: &[String]) -> Option<Found> {
    let first =
        |names: &[String]| names.iter().find_map(|name| Some((name.clone(), sources.env.get(name)?.to_owned())));
    let (user_variable, user) = first(users)?;
    let (password_variable, password) = first(passwords)?;
    Some(Found {
        credential: Credential::Basic { user, password: Secret::new(password) },
        origin: format!("variables {user_variable} and {password_variable}"),
    })
}
