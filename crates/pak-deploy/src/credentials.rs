//! Finds the credential of a target: `pak`'s own variables, the project's, the ecosystem's, then the credential store.
//!
//! Called by the engine for every target and by `pak credential test` and `pak platform test`. Sandbox targets never come
//! here: they get the sandbox's own token.

use std::collections::BTreeMap;

use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::{Endpoint, Found, Platform, Sources};
use pak_project::TargetConfig;

use crate::credential_store::CredentialStore;
use crate::token_command;

/// The credential of a target, from the first source that has one; `None` where none has.
pub fn resolve(
    platform: &dyn Platform,
    target_name: &str,
    config: &TargetConfig,
    endpoint: &Endpoint,
    sources: &Sources,
    store: &CredentialStore,
) -> Result<Option<Found>> {
    let definition = platform.definition();
    let filled = |names: &[String]| -> Vec<String> {
        names.iter().map(|name| name.replace("{TARGET}", &in_capitals(target_name))).collect()
    };
    let named: [Names; 3] = [
        Names::of_target(target_name),
        Names::new(config.token_env.as_slice(), config.username_env.as_slice(), config.password_env.as_slice()),
        Names {
            users: definition.users.clone(),
            ..Names::new(
                &filled(&definition.token_env),
                &filled(&definition.username_env),
                &filled(&definition.password_env),
            )
        },
    ];
    for names in &named {
        if let Some(found) = names.read(sources)? {
            return Ok(Some(found));
        }
    }
    if let Some(found) = platform.credentials().discover(&sources.for_target(target_name), endpoint)?.into_iter().next()
    {
        return Ok(Some(found));
    }
    // The user named the program for the address in the user's own settings: a project's target that leads elsewhere, by a
    // registry or a parameter of its own, gets no token from it.
    let elsewhere = config.registry.is_some()
        || config.upload.is_some()
        || config.index.is_some()
        || config.repository.is_some()
        || !config.with.is_empty();
    if !definition.token_command.is_empty() && !elsewhere {
        return token_command::run(&definition.token_command, &sources.env).map(Some);
    }
    Ok(store.find(target_name, endpoint).map(|entry| Found {
        credential: entry.credential.clone(),
        origin: format!("pak's credential store ({})", store.path()),
    }))
}

/// The problem of a target that needs a credential and has none, with every place one could be put.
pub fn missing(platform: &dyn Platform, target_name: &str, config: &TargetConfig) -> Problem {
    let own = Names::of_target(target_name).token.concat();
    let variable = config.token_env.clone().or_else(|| config.password_env.clone()).unwrap_or(own);
    let definition = platform.definition();
    let page = definition.token_page.as_ref().map(|page| format!(" Tokens are made at {}.", definition.shown(page)));
    Problem::new(code::config::CREDENTIAL_MISSING, format!("There is no credential for target {target_name}."))
        .about("target", target_name)
        .about("platform", &platform.definition().id)
        .next(format!(
            "Set {variable}, or run `pak credential add {target_name}`.{}",
            page.as_deref().unwrap_or_default()
        ))
}

/// The variable of `pak`'s own for a target: `PAK_MY_NPM_TOKEN` for `my-npm` and `TOKEN`.
pub fn variable(target_name: &str, what: &str) -> String {
    format!("PAK_{}_{what}", in_capitals(target_name))
}

/// A target's name as it stands in names of variables.
fn in_capitals(target_name: &str) -> String {
    target_name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

/// Names of variables that belong together.
struct Names {
    token: Vec<String>,
    username: Vec<String>,
    password: Vec<String>,
    /// Users that go with the tokens of certain variables.
    users: BTreeMap<String, String>,
}

impl Names {
    fn new(token: &[String], username: &[String], password: &[String]) -> Self {
        let users = BTreeMap::new();
        Self { token: token.to_vec(), username: username.to_vec(), password: password.to_vec(), users }
    }

    fn of_target(name: &str) -> Self {
        Self::new(&[variable(name, "TOKEN")], &[variable(name, "USERNAME")], &[variable(name, "PASSWORD")])
    }

    /// A user name makes the token or password that goes with it a Basic credential (container registries give tokens
    /// that are used as passwords); a token alone stays a token.
    fn read(&self, sources: &Sources) -> Result<Option<Found>> {
        let first = |names: &[String]| names.iter().find_map(|name| Some((name.clone(), sources.env.get(name)?)));
        let (token, user, password) = (first(&self.token), first(&self.username), first(&self.password));
        match (user, password.or_else(|| token.clone()), token) {
            (Some((user_name, user)), Some((secret_name, secret)), _) => Ok(Some(Found {
                credential: Credential::Basic { user: user.to_owned(), password: Secret::new(secret) },
                origin: format!("variables {user_name} and {secret_name}"),
            })),
            (None, _, Some((name, token))) => Ok(Some(Found {
                credential: match self.users.get(&name) {
                    Some(user) => Credential::Basic { user: user.clone(), password: Secret::new(token) },
                    None => Credential::Token(Secret::new(token)),
                },
                origin: format!("variable {name}"),
            })),
            (None, Some((name, _)), None) => Err(Problem::new(
                code::config::CREDENTIAL_MISSING,
                format!("{name} is set, but no user name goes with it."),
            )
            .next(format!("Set {} too, or give a token instead.", self.username.join(" or ")))),
            (_, None, _) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use pak_model::env::Env;

    use super::*;

    fn sources(pairs: &[(&str, &str)]) -> Sources {
        let env = Env::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Sources { env, ..Sources::empty() }
    }

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Found>> {
        Names::of_target("my-npm").read(&sources(pairs))
    }

    #[test]
    fn a_user_name_decides_what_the_secret_is() {
        assert!(read(&[]).unwrap().is_none());
        let token = read(&[("PAK_MY_NPM_TOKEN", "t")]).unwrap().unwrap();
        assert_eq!(token.credential, Credential::Token(Secret::new("t")));
        assert_eq!(token.origin, "variable PAK_MY_NPM_TOKEN");
        let basic = read(&[("PAK_MY_NPM_TOKEN", "t"), ("PAK_MY_NPM_USERNAME", "u")]).unwrap().unwrap();
        assert_eq!(basic.credential, Credential::Basic { user: "u".into(), password: Secret::new("t") });
        let both = read(&[("PAK_MY_NPM_PASSWORD", "p"), ("PAK_MY_NPM_USERNAME", "u")]).unwrap().unwrap();
        assert_eq!(both.credential, Credential::Basic { user: "u".into(), password: Secret::new("p") });
        assert!(read(&[("PAK_MY_NPM_USERNAME", "u")]).unwrap().is_none());
    }

    #[test]
    fn a_password_without_a_user_is_named_not_guessed() {
        let problem = read(&[("PAK_MY_NPM_PASSWORD", "hunter2")]).unwrap_err();
        assert!(problem.advice().contains("PAK_MY_NPM_USERNAME"));
        assert!(!format!("{problem:?}").contains("hunter2"));
    }

    #[test]
    fn variables_of_a_platform_may_hold_the_targets_name() {
        let platform = pak_platforms::find("generic").unwrap().unwrap();
        let endpoint = Endpoint::parse("https://files.example.org/").unwrap();
        let sources = sources(&[("UPLOAD_MY_FILES_USERNAME", "u"), ("UPLOAD_MY_FILES_SECRET", "s")]);
        let store = CredentialStore::empty();
        let found =
            |target: &str| resolve(&*platform, target, &TargetConfig::default(), &endpoint, &sources, &store).unwrap();
        let basic = Credential::Basic { user: "u".into(), password: Secret::new("s") };
        assert_eq!(found("my-files").unwrap().credential, basic);
        assert!(found("files").is_none());
    }
}
