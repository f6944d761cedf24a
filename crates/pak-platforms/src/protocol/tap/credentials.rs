//! Who pushes: tokens of the host from the variables its tools read; keys are ssh's own business.

use async_trait::async_trait;
use pak_model::Result;

use super::Tap;
use super::place::Place;
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::Endpoint;
use crate::platform::{Account, Credentials};
use crate::protocol::forge;
use crate::protocol::git::Remote;

/// Variables that hold a token of one host and of nobody else: no other host is shown it.
const HOSTS: &[(&str, &[&str])] = &[
    ("github.com", &["TAP_GITHUB_TOKEN", "HOMEBREW_GITHUB_API_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"]),
    ("gitlab.com", &["GITLAB_TOKEN"]),
    ("codeberg.org", &["FORGEJO_TOKEN", "GITEA_TOKEN"]),
];

#[async_trait]
impl Credentials for Tap {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let host = endpoint.root.host_str().unwrap_or_default();
        let names = HOSTS.iter().find(|(known, _)| *known == host).map(|(_, names)| *names).unwrap_or_default();
        Ok(names.iter().filter_map(|name| sources.token_from_env(&[(*name).to_owned()])).collect())
    }

    async fn check(&self, call: &Call, name: Option<&str>) -> Result<Account> {
        let place = name.filter(|name| name.contains('/')).or(call.endpoint().repository.as_deref()).map(Place::named);
        let Some(place) = place else {
            let note = "not asked: the target names no repository".to_owned();
            return Ok(Account { name: None, note: Some(note) });
        };
        if place.proposed {
            let account = forge::of(call, place.forge.as_deref())?.account().await?;
            let note =
                account.note.unwrap_or_else(|| "known to the forge; whether it may fork is told by trying".to_owned());
            return Ok(Account { name: account.name, note: Some(note) });
        }
        Remote::at(call.endpoint(), &place.repository)?.check_push(call).await?;
        Ok(Account { name: None, note: Some(format!("the server lets it push to {}", place.repository)) })
    }
}

#[cfg(test)]
mod tests {
    use pak_model::env::Env;

    use super::*;

    #[test]
    fn a_hosts_token_is_shown_to_that_host_alone() {
        let driver = crate::find("homebrew").unwrap().unwrap();
        let env = Env::new([("GITHUB_TOKEN", "t"), ("GITLAB_TOKEN", "t")].map(|(k, v)| (k.to_owned(), v.to_owned())));
        let sources = Sources { env, ..Sources::empty() };
        for (root, expected) in [
            ("https://github.com/", vec!["variable GITHUB_TOKEN"]),
            ("https://gitlab.com/", vec!["variable GITLAB_TOKEN"]),
            ("https://git.example.org/", vec![]),
        ] {
            let found = driver.credentials().discover(&sources, &Endpoint::parse(root).unwrap()).unwrap();
            assert_eq!(found.iter().map(|found| found.origin.as_str()).collect::<Vec<_>>(), expected, "{root}");
        }
    }
}
