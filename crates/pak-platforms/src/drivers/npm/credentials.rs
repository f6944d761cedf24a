//! Who publishes: `.npmrc` files, variables, and the question to the registry whether it agrees.

use async_trait::async_trait;
use pak_http::Request;
use pak_model::{Credential, Problem, Result, code};
use serde::Deserialize;

use super::{NpmDriver, Npmrc, refusal};
use crate::call::Call;
use crate::credential::{Found, Sources};
use crate::endpoint::Endpoint;
use crate::platform::{Account, Credentials};

/// What a popular CI action sets as token where none was given.
const PLACEHOLDER: &str = "XXXXX-XXXXX-XXXXX-XXXXX";

#[derive(Deserialize)]
struct Whoami {
    username: Option<String>,
}

#[async_trait]
impl Credentials for NpmDriver {
    fn discover(&self, sources: &Sources, endpoint: &Endpoint) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for (file, origin) in files(sources)? {
            if let Some(credential) =
                file.credential(&endpoint.root).map_err(|problem| problem.about("file", &origin))?
            {
                found.push(Found { credential, origin });
            }
        }
        found.extend(sources.token_from_env(&self.definition.token_env));
        let is_real =
            |found: &Found| !matches!(&found.credential, Credential::Token(token) if token.expose() == PLACEHOLDER);
        found.retain(is_real);
        Ok(found)
    }

    fn configured_endpoint(&self, sources: &Sources, package: Option<&str>) -> Result<Option<(Endpoint, String)>> {
        let files = files(sources)?;
        // A scope's registry wins wherever it is written; only then the registry for everything.
        let scope = package
            .and_then(|package| files.iter().find_map(|(file, origin)| Some((file.scope_registry(package)?, origin))));
        let any = || files.iter().find_map(|(file, origin)| Some((file.registry()?, origin)));
        match scope.or_else(any) {
            Some((registry, origin)) => {
                let endpoint = Endpoint::parse(registry).map_err(|problem| problem.about("file", origin))?;
                Ok(Some((endpoint, origin.clone())))
            }
            None => Ok(None),
        }
    }

    async fn check(&self, call: &Call, _name: Option<&str>) -> Result<Account> {
        if call.credential().is_none() {
            let response = call.send(Request::get(call.endpoint().join("-/ping")?)).await?;
            if !response.status().is_success() && response.status().as_u16() != 404 {
                return Err(refusal::problem("Asking the registry", response, true, false).await);
            }
            return Ok(Account { name: None, note: Some("the registry answers; no credential was tried".to_owned()) });
        }
        let response = call.send(Request::get(call.endpoint().join("-/whoami")?).auth(call.auth())).await?;
        match response.status().as_u16() {
            200 => match response.json::<Whoami>().await?.username {
                Some(name) if !name.is_empty() => {
                    Ok(Account { name: Some(name), note: Some("which packages it may publish is not told".to_owned()) })
                }
                // Verdaccio answers an anonymous question, and one with a wrong token, with no name.
                _ => Err(Problem::new(code::http::UNAUTHORIZED, "The registry did not accept the credential.")
                    .recovery(pak_model::Recovery::AskUser)
                    .about("url", &call.endpoint().root)),
            },
            404 => {
                Ok(Account { name: None, note: Some("the registry does not tell who a token belongs to".to_owned()) })
            }
            _ => Err(refusal::problem("Asking who the token belongs to", response, true, false).await),
        }
    }
}

/// Everything npm would read, most specific first, with where it is from.
fn files(sources: &Sources) -> Result<Vec<(Npmrc, String)>> {
    let env = &sources.env;
    let mut files = vec![(Npmrc::from_env(env), "variable npm_config_…".to_owned())];
    let variable = |name: &str| env.get(name).or_else(|| env.get(&name.to_lowercase())).map(camino::Utf8PathBuf::from);
    let user = variable("NPM_CONFIG_USERCONFIG").or_else(|| sources.home_file(".npmrc"));
    for path in [sources.project_file(".npmrc"), user, variable("NPM_CONFIG_GLOBALCONFIG")].into_iter().flatten() {
        if let Some(text) = sources.read(&path)? {
            files.push((Npmrc::parse(&text, env), path.into_string()));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use pak_model::env::Env;

    use super::*;
    use crate::definition::Definition;
    use crate::protocol::memory::Memory;

    #[test]
    fn files_come_before_variables_and_projects_before_homes() {
        let folder = tempfile::tempdir().unwrap();
        let root = camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        for (place, token) in [("home", "from-home"), ("project", "from-project")] {
            std::fs::create_dir_all(root.join(place)).unwrap();
            let text = format!("//127.0.0.1:9/:_authToken={token}\n@s:registry=http://127.0.0.1:9/{place}\n");
            std::fs::write(root.join(place).join(".npmrc"), text).unwrap();
        }
        let env = [("NPM_TOKEN", "from-variable"), ("npm_config_registry", "http://127.0.0.1:7/")];
        let sources = Sources {
            env: Env::new(env.map(|(name, value)| (name.to_owned(), value.to_owned()))),
            home: Some(root.join("home")),
            project: Some(root.join("project")),
            target: None,
        };
        let definition = Definition::parse(include_str!("../../../../../platforms/npm.toml")).unwrap();
        let driver = NpmDriver { definition, sent: Memory::default(), tarballs: Memory::default() };
        let found = driver.discover(&sources, &Endpoint::parse("http://127.0.0.1:9/npm").unwrap()).unwrap();
        let tokens: Vec<String> =
            found.iter().map(|found| format!("{:?} {}", found.credential, found.origin)).collect();
        assert_eq!(found.len(), 3, "{tokens:?}");
        let Credential::Token(first) = &found[0].credential else { panic!("{tokens:?}") };
        assert_eq!(first.expose(), "from-project");
        assert_eq!(found[2].origin, "variable NPM_TOKEN");
        let place = |package| driver.configured_endpoint(&sources, package).unwrap().unwrap().0.root.to_string();
        assert_eq!(place(Some("@s/x")), "http://127.0.0.1:9/project/");
        assert_eq!(place(Some("x")), "http://127.0.0.1:7/");
    }
}
