//! `pak platform`: the registries pak can publish to, and the targets of a project.

mod add;
mod config;
mod health;
mod info;
mod list;
pub(crate) mod probe;
mod remove;
mod test;

use clap::Subcommand;
use pak_deploy::{Session, Target, targets};
use pak_model::Result;
use pak_model::env::Env;
use pak_project::TargetConfig;
use pak_project::config::variable_of;

use crate::context::Context;
use crate::exit::Status;

/// List, show, test and configure the registries pak can publish to.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak platform list\n  pak platform info npm --json\n  pak platform test npm")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(list::Args),
    Info(info::Args),
    Test(test::Args),
    Add(add::Args),
    Remove(remove::Args),
    Config(config::Args),
    Health(health::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb.unwrap_or(Verb::List(list::Args {})) {
        Verb::List(args) => list::run(&args, context),
        Verb::Info(args) => info::run(&args, context),
        Verb::Test(args) => test::run(&args, context),
        Verb::Add(args) => add::run(&args, context),
        Verb::Remove(args) => remove::run(&args, context),
        Verb::Config(args) => config::run(&args, context),
        Verb::Health(args) => health::run(&args, context),
    }
}

/// The targets of the environment that a name means. A platform that the environment does not release to is taken with its
/// defaults and its variables (`PAK_NPM_REGISTRY`), so that it can be tested before it is added. Without a name, all of them.
pub(crate) fn targets_of(session: &Session, names: &[String]) -> Result<Vec<Target>> {
    let mut session = session.clone();
    let variables = session.project.loaded.variables.clone();
    let configured = session.project.config.environments.entry(session.environment.clone()).or_default();
    for name in names {
        let is_target = configured.contains_key(name);
        let canonical = if is_target { name.clone() } else { session.platforms.named(name)?.definition().id.clone() };
        let is_meant = |(target, config): (&String, &TargetConfig)| {
            *target == canonical || config.platform.as_deref().unwrap_or(target) == canonical
        };
        if !configured.iter().any(is_meant) {
            let config = from_variables(&canonical, &variables);
            configured.insert(canonical, config);
        }
    }
    session.only = if names.is_empty() { None } else { Some(names.to_vec()) };
    targets::resolve(&session)
}

/// The settings of a target that stands in no file: what its variables say. Passing over them would ask the public registry,
/// and show it the credential that is meant for another.
fn from_variables(target: &str, variables: &Env) -> TargetConfig {
    let value = |ending: &str| variables.get(&variable_of(target, ending)).map(str::to_owned);
    TargetConfig {
        registry: value("REGISTRY"),
        upload: value("UPLOAD"),
        index: value("INDEX"),
        repository: value("REPOSITORY"),
        ..TargetConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_of_a_target_in_no_file_are_heard() {
        let pairs = [("PAK_MY_NPM_REGISTRY", "http://127.0.0.1:1/"), ("PAK_NPM_REGISTRY", "http://127.0.0.1:2/")];
        let env = Env::new(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(from_variables("my-npm", &env).registry.as_deref(), Some("http://127.0.0.1:1/"));
        assert_eq!(from_variables("npm", &env).registry.as_deref(), Some("http://127.0.0.1:2/"));
        assert_eq!(from_variables("pypi", &env), TargetConfig::default());
    }
}
