//! Who publishes: cargo's variables and files, matched by index URL so that no token goes to another registry.

use async_trait::async_trait;
use pak_http::{Request, refusal_text, status_problem};
use pak_model::{Credential, Problem, Recovery, Result, Secret, code};
use serde_json::Value;

use super::config_files::{ConfigFiles, in_variable};
use super::{CargoDriver, api};
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::{Endpoint, parse_url};
use crate::platform::{Account, Credentials};

#[async_trait]
impl Credentials for CargoDriver {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let files = ConfigFiles::read(sources)?;
        let mut found = Vec::new();
        if self.is_public(endpoint) {
            found.extend(sources.token_from_env(&["CARGO_REGISTRY_TOKEN".to_owned()]));
            found.extend(files.token(&["registry", "token"]).map(from_file));
        }
        for name in files.names_of(endpoint) {
            found.extend(sources.token_from_env(&[format!("CARGO_REGISTRIES_{}_TOKEN", in_variable(&name))]));
            found.extend(files.token(&["registries", &name, "token"]).map(from_file));
        }
        Ok(found)
    }

    fn configured_endpoint(&self, sources: &Sources, _package: Option<&str>) -> Result<Option<(Endpoint, String)>> {
        let files = ConfigFiles::read(sources)?;
        let Some(name) = files.default_registry().filter(|name| name != "crates-io") else { return Ok(None) };
        let Some((index, origin)) = files.index_of(&name) else {
            return Err(Problem::new(
                code::config::INVALID_VALUE,
                format!("cargo's default registry is `{name}`, and no configuration says where its index is."),
            )
            .next(format!("Add `[registries.{name}] index = \"sparse+https://…\"` to .cargo/config.toml.")));
        };
        if !index.starts_with("sparse+") {
            return Err(Problem::new(
                code::cargo::GIT_INDEX,
                format!("The index of cargo's default registry `{name}` is a git repository."),
            )
            .about("file", origin));
        }
        Ok(Some((Endpoint::new(parse_url(&index)?), origin)))
    }

    async fn check(&self, call: &Call, _name: Option<&str>) -> Result<Account> {
        let registry = self.registry(call).await?;
        let note = |text: &str| Ok(Account { name: None, note: Some(text.to_owned()) });
        if call.credential().is_none() {
            return note("the index answers; there is no credential to check");
        }
        let response =
            call.send(Request::get(registry.api("me")?).accept("application/json").auth(api::auth(call))).await?;
        match response.status().as_u16() {
            200 => {
                let text = response.text().await;
                let answer: Value = serde_json::from_str(&text).unwrap_or_default();
                let name =
                    answer.pointer("/user/login").or_else(|| answer.pointer("/user/name")).and_then(Value::as_str);
                match name {
                    Some(name) => Ok(Account { name: Some(name.to_owned()), note: None }),
                    // Many registries answer their web pages here, whoever asks.
                    None => note("this registry does not tell whether a token is good before something is published"),
                }
            }
            // crates.io answers 403 both to tokens it does not know and to tokens that may only publish.
            403 => {
                let said = refusal_text(&response.text().await).unwrap_or_default();
                if said.contains("authentication failed") || said.is_empty() {
                    return Err(Problem::new(code::http::UNAUTHORIZED, "The registry does not know this token.")
                        .said(said)
                        .recovery(Recovery::AskUser));
                }
                note("token accepted; it is limited to certain actions, which the registry does not tell")
            }
            404 | 405 | 501 => {
                note("this registry does not tell whether a token is good before something is published")
            }
            _ => Err(status_problem("Check of the token", response, true).await),
        }
    }
}

fn from_file((token, origin): (Secret, String)) -> Found {
    Found { credential: Credential::Token(token), origin }
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;
    use pak_model::env::Env;

    use super::*;

    fn driver() -> std::sync::Arc<dyn crate::platform::Platform> {
        crate::registry::find("crates").unwrap().unwrap()
    }

    struct Place {
        _folder: tempfile::TempDir,
        sources: Sources,
    }

    fn place(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for (name, text) in files {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let env = Env::new(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let sources =
            Sources { env, home: Some(root.join("home")), project: Some(root.join("work/project")), target: None };
        Place { _folder: folder, sources }
    }

    fn origins(place: &Place, endpoint: &Endpoint) -> Vec<String> {
        let found = driver().credentials().discover(&place.sources, endpoint).unwrap();
        found
            .into_iter()
            .map(|found| match found.credential {
                Credential::Token(token) => {
                    let origin = found.origin.rsplit('/').next().unwrap_or_default().to_owned();
                    format!("{} from {origin}", token.expose())
                }
                Credential::Basic { .. } => panic!("no tool of cargo's writes passwords"),
            })
            .collect()
    }

    const CONFIG: &str = "[registries.my-team]\nindex = \"sparse+http://127.0.0.1:9/index/\"\n";

    #[test]
    fn tokens_go_to_the_registry_they_are_for() {
        let credentials = "[registry]\ntoken = \"public\"\n[registries.my-team]\ntoken = \"team\"\n";
        let place = place(
            &[("work/.cargo/config.toml", CONFIG), ("home/.cargo/credentials.toml", credentials)],
            &[("CARGO_REGISTRY_TOKEN", "variable"), ("CARGO_REGISTRIES_MY_TEAM_TOKEN", "variable-team")],
        );
        let public = driver().definition().public_endpoint().unwrap();
        assert_eq!(
            origins(&place, &public),
            ["variable from variable CARGO_REGISTRY_TOKEN", "public from credentials.toml"]
        );
        let team = Endpoint::parse("http://127.0.0.1:9/index").unwrap();
        assert_eq!(
            origins(&place, &team),
            ["variable-team from variable CARGO_REGISTRIES_MY_TEAM_TOKEN", "team from credentials.toml"]
        );
        assert!(origins(&place, &Endpoint::parse("http://127.0.0.1:9/other/").unwrap()).is_empty());
    }

    #[test]
    fn an_index_can_come_from_a_variable() {
        let place = place(
            &[],
            &[("CARGO_REGISTRIES_K_INDEX", "sparse+http://127.0.0.1:9/k/"), ("CARGO_REGISTRIES_K_TOKEN", "t")],
        );
        let k = Endpoint::parse("http://127.0.0.1:9/k/").unwrap();
        assert_eq!(origins(&place, &k), ["t from variable CARGO_REGISTRIES_K_TOKEN"]);
    }

    #[test]
    fn the_default_registry_of_cargo_is_found() {
        let named = |text: &str| {
            let place = place(&[("work/project/.cargo/config.toml", text)], &[]);
            driver().credentials().configured_endpoint(&place.sources, None)
        };
        assert!(named("").unwrap().is_none());
        assert!(named("[registry]\ndefault = \"crates-io\"").unwrap().is_none());
        let (endpoint, origin) = named(&format!("[registry]\ndefault = \"my-team\"\n{CONFIG}")).unwrap().unwrap();
        assert_eq!(endpoint.root.as_str(), "http://127.0.0.1:9/index/");
        assert!(origin.ends_with("config.toml"));
        assert_eq!(named("[registry]\ndefault = \"x\"").unwrap_err().code(), code::config::INVALID_VALUE);
        let git = "[registry]\ndefault = \"x\"\n[registries.x]\nindex = \"https://example.org/x.git\"";
        assert_eq!(named(git).unwrap_err().code(), code::cargo::GIT_INDEX);
    }

    #[test]
    fn a_broken_file_is_named_without_its_content() {
        let broken = ["[registry]\ntoken = \"", "hunter2\n"].concat();
        let place = place(&[("home/.cargo/credentials.toml", &broken)], &[]);
        let endpoint = driver().definition().public_endpoint().unwrap();
        let problem = driver().credentials().discover(&place.sources, &endpoint).unwrap_err();
        assert_eq!(problem.code(), code::config::SYNTAX);
        assert!(!format!("{problem:?}").contains("hunter2"));
    }
}
