//! What the shape alone cannot say about settings: URLs, names, globs, allowed words.

use globset::Glob;
use pak_model::{Problem, Result, code};
use url::Url;

use super::PlatformConfig;
use super::file::{Config, TargetConfig};
use super::layers::{AS_IN_PRODUCTION, Layer, Loaded};

/// Checks the effective settings; the problem names the first mistake with its origin, and the others after it.
pub(crate) fn config(loaded: &Loaded) -> Result<()> {
    commands_are_the_users(loaded)?;
    // A default environment from outside the project may be meant for other projects; who uses it here is told then.
    let own_default = loaded.layer(&["project", "environment"]) == Some(Layer::Project);
    let found = check(&loaded.config).into_iter();
    let found = found.filter(|(_, problem)| own_default || problem.code() != code::config::ENVIRONMENT_UNKNOWN);
    let mut problems = found.filter_map(|(key, problem)| {
        let origin = loaded.origin(&key).unwrap_or("settings");
        if origin.ends_with(AS_IN_PRODUCTION) {
            return None;
        }
        let told = Problem::new(problem.code(), format!("{origin}: {}", problem.message())).about("origin", origin);
        Some(told.about("key", key.join(".")).next(problem.advice()))
    });
    match problems.next() {
        None => Ok(()),
        Some(first) => Err(problems.fold(first, |first, other| first.said(other.message()))),
    }
}

/// Which programs run for a token, and where that token goes, is the user's to say: a project may come from anywhere.
fn commands_are_the_users(loaded: &Loaded) -> Result<()> {
    let commands = loaded.config.platforms.iter().filter(|(_, platform)| !platform.token_command.is_empty());
    for (id, _) in commands {
        let foreign = loaded.chains.iter().find(|(key, chain)| {
            matches!(key.as_slice(), [table, platform, ..] if table == "platforms" && platform == id)
                && chain.iter().any(|link| link.layer != Layer::User)
        });
        if let Some((key, _)) = foreign {
            let origin = loaded.origin(key).unwrap_or(super::PROJECT_FILE).to_owned();
            return Err(Problem::new(
                code::config::INVALID_VALUE,
                format!("{origin}: a platform with a `token-command` can only be set in your own settings."),
            )
            .about("key", key.join("."))
            .next(format!(
                "Move all of [platforms.{id}] to `config.toml` in your configuration folder (`pak core info`)."
            )));
        }
    }
    Ok(())
}

/// Every mistake, with the key it is in.
fn check(config: &Config) -> Vec<(Vec<String>, Problem)> {
    let mut found = Vec::new();
    let mut add = |key: &[&str], result: Result<()>| {
        if let Err(problem) = result {
            found.push((key.iter().map(|part| (*part).to_owned()).collect(), problem));
        }
    };
    for glob in &config.project.exclude {
        add(&["project", "exclude"], is_glob(glob));
    }
    if let Some(environment) = &config.project.environment
        && !config.environments.contains_key(environment)
    {
        let known: Vec<&str> = config.environments.keys().map(String::as_str).collect();
        let message = format!("there is no environment `{environment}`.");
        let next =
            format!("Name one of {}, or add `[environments.{environment}.<target>]` to pak.toml.", known.join(", "));
        add(&["project", "environment"], Err(Problem::new(code::config::ENVIRONMENT_UNKNOWN, message).next(next)));
    }
    for (id, package) in &config.packages {
        add(&["packages", id], is_name(id, "package id"));
        for glob in &package.artifacts {
            add(&["packages", id, "artifacts"], is_glob(glob));
        }
        for platform in &package.platforms {
            add(&["packages", id, "platforms"], is_os_and_arch(platform));
        }
    }
    for (id, platform) in &config.platforms {
        add(&["platforms", id], is_name(id, "platform's name"));
        add(
            &["platforms", id],
            allowed(!platform.from.is_empty(), || {
                format!("platform `{id}` does not say which platform it is like: add `from`.")
            }),
        );
        for (setting, result) in check_platform(platform) {
            add(&["platforms", id, setting], result);
        }
    }
    for (environment, targets) in &config.environments {
        add(&["environments", environment], is_name(environment, "environment's name"));
        for (name, target) in targets {
            add(&["environments", environment, name], is_name(name, "target's name"));
            for (setting, result) in check_target(target) {
                add(&["environments", environment, name, setting], result);
            }
        }
    }
    found
}

fn check_platform(platform: &PlatformConfig) -> Vec<(&'static str, Result<()>)> {
    // Plain http is settled with the target: only there `allow-http` can be said.
    let urls = [("registry", &platform.registry), ("upload", &platform.upload), ("index", &platform.index)];
    let names = [
        ("token-env", &platform.token_env),
        ("username-env", &platform.username_env),
        ("password-env", &platform.password_env),
    ];
    let urls = urls.into_iter().filter_map(|(key, url)| Some((key, is_url(url.as_deref()?, true))));
    let names = names.into_iter().filter_map(|(key, name)| Some((key, is_variable(name.as_deref()?))));
    urls.chain(names).collect()
}

fn check_target(target: &TargetConfig) -> Vec<(&'static str, Result<()>)> {
    let urls = [("registry", &target.registry), ("upload", &target.upload), ("index", &target.index)];
    let names = [
        ("token-env", &target.token_env),
        ("username-env", &target.username_env),
        ("password-env", &target.password_env),
    ];
    let urls = urls.into_iter().filter_map(|(key, url)| Some((key, is_url(url.as_deref()?, target.allow_http))));
    let names = names.into_iter().filter_map(|(key, name)| Some((key, is_variable(name.as_deref()?))));
    let access = target.access.as_deref().map(|access| {
        let known = matches!(access, "public" | "restricted");
        ("access", allowed(known, || format!("`{access}` is neither `public` nor `restricted`.")))
    });
    urls.chain(names).chain(access).collect()
}

fn allowed(fine: bool, message: impl FnOnce() -> String) -> Result<()> {
    if fine { Ok(()) } else { Err(Problem::new(code::config::INVALID_VALUE, message())) }
}

/// A URL may hold a password by mistake, so none is repeated.
fn is_url(text: &str, allow_http: bool) -> Result<()> {
    let invalid = |message: &str| Problem::new(code::config::URL_INVALID, message);
    let bare = text.trim().trim_start_matches("sparse+");
    let with_scheme = if bare.contains("://") { bare.to_owned() } else { format!("https://{bare}") };
    let url = Url::parse(&with_scheme).map_err(|error| invalid(&format!("this is not a URL: {error}.")))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid("a registry URL must not hold a user or password.").next(
            "Remove them from the URL and use `pak credential add`, or the target's `username-env` and `password-env`.",
        ));
    }
    let Some(host) = url.host() else { return Err(invalid("this URL has no host.")) };
    let here = match host {
        url::Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if here || allow_http => Ok(()),
        "http" => {
            Err(Problem::new(code::config::HTTP_NOT_ALLOWED, format!("the registry at {host} is on plain http.")))
        }
        scheme => Err(invalid(&format!("`{scheme}` is not http or https."))),
    }
}

/// Names become folder names, variable names and parts of step ids.
fn is_name(name: &str, what: &str) -> Result<()> {
    let fine = name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name.len() <= 100
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    allowed(fine, || {
        format!("`{name}` cannot be a {what}: letters, digits, `-`, `_` and `.` only, a letter or digit first.")
    })
}

/// A token pasted where its variable's name belongs must not be repeated in a message.
fn is_variable(name: &str) -> Result<()> {
    let fine = !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    allowed(fine, || "this is not the name of a variable; the value itself does not belong into a file.".to_owned())
}

fn is_glob(glob: &str) -> Result<()> {
    Glob::new(glob).map(drop).map_err(|error| {
        Problem::new(code::config::INVALID_VALUE, format!("`{glob}` is not a glob: {}.", error.kind()))
    })
}

fn is_os_and_arch(platform: &str) -> Result<()> {
    let parts: Vec<&str> = platform.split('/').collect();
    let fine = matches!(parts.len(), 2 | 3) && parts.iter().all(|part| !part.is_empty());
    allowed(fine, || format!("`{platform}` is not `os/arch`, such as `linux/amd64`."))
}

/// A parser's message on one line.
pub(crate) fn one_line(error: &dyn std::fmt::Display) -> String {
    error.to_string().lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" ")
}
