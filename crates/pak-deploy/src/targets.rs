//! Turns an environment into targets: a platform, an endpoint and a credential each.

use std::sync::Arc;

use pak_model::release::PublishOptions;
use pak_model::{Ecosystem, Problem, Result, code};
use pak_platforms::endpoint::parse_url;
use pak_platforms::http::{Policy, origin};
use pak_platforms::{Call, Endpoint, Filling, Found, Platform, Quirks};
use pak_project::TargetConfig;

use crate::session::{PRODUCTION, SANDBOX, Session};
use crate::{credentials, options};

/// A place of this environment.
#[derive(Clone)]
pub struct Target {
    /// Its name in the environment.
    pub name: String,
    /// Its platform.
    pub platform: Arc<dyn Platform>,
    /// Its addresses.
    pub endpoint: Endpoint,
    /// The registry as plans and journals name it: stable from run to run, without credentials.
    pub registry: String,
    /// The credential and where it was found.
    pub credential: Option<Found>,
    /// Publishing options.
    pub options: PublishOptions,
    /// Its settings, as configured.
    pub config: TargetConfig,
    /// Whether an embedded registry stands in for the real one.
    pub embedded: bool,
}

impl Target {
    /// Whether its keys are ssh's own business: no credential is looked for then.
    pub fn has_keys(&self) -> bool {
        self.endpoint.root.scheme() == "ssh"
    }

    /// The door a driver is handed for this target.
    pub fn call(&self, session: &Session) -> Call {
        let mut policy: Policy = session.http.policy().clone();
        if self.config.allow_http {
            let urls = [Some(&self.endpoint.root), self.endpoint.upload.as_ref(), self.endpoint.index.as_ref()];
            policy.plain_http.extend(urls.into_iter().flatten().map(origin));
        }
        let credential = self.credential.as_ref().map(|found| found.credential.clone());
        Call::new(session.http.with_policy(policy), self.endpoint.clone(), credential, session.cancel.clone())
            .with_one_time_password(session.otp.clone())
            .with_env(session.env.clone())
            .with_quirks(&self.quirks())
            .with_author(self.config.commit_author.clone())
    }

    /// A stand-in is like no host in particular.
    fn quirks(&self) -> Quirks {
        if self.embedded { Quirks::default() } else { self.platform.definition().quirks.clone() }
    }
}

/// The targets of the session's environment, in the order of its configuration.
pub fn resolve(session: &Session) -> Result<Vec<Target>> {
    let configured = configured(session)?;
    if let Some(only) = &session.only {
        for name in only {
            check_known(session, name, &configured)?;
        }
    }
    let chosen = configured.into_iter().filter(|(name, config)| {
        let platform = config.platform.as_deref().unwrap_or(name);
        session.only.as_ref().is_none_or(|only| only.iter().any(|wanted| is_meant(session, wanted, name, platform)))
    });
    chosen.map(|(name, config)| target(session, &name, &config)).collect()
}

/// A platform's endpoint in the session's environment whatever stands in for it, with whether plain http is allowed there.
/// The sandbox's targets are production's without their addresses: the addresses are production's.
pub(crate) fn real_endpoint(session: &Session, platform: &dyn Platform) -> Result<(Endpoint, bool)> {
    let environment = if session.environment == SANDBOX { PRODUCTION } else { &session.environment };
    let targets = session.project.config.environments.get(environment);
    let id = &platform.definition().id;
    let is_its =
        |name: &str, config: &TargetConfig| is_meant(session, id, name, config.platform.as_deref().unwrap_or(name));
    let own = targets.into_iter().flatten().find(|(name, config)| is_its(name, config));
    let (name, config) = own.map_or((id, TargetConfig::default()), |(name, config)| (name, config.clone()));
    Ok((endpoint(session, platform, name, &config)?, config.allow_http))
}

/// A name on the command line means a target or a platform, by any of its names.
fn is_meant(session: &Session, wanted: &str, target: &str, platform: &str) -> bool {
    let same_platform = || {
        let canonical =
            |name: &str| session.platforms.find(name).map_or(name.to_owned(), |found| found.definition().id.clone());
        canonical(wanted) == canonical(platform)
    };
    wanted == target || same_platform()
}

fn check_known(session: &Session, name: &str, configured: &[(String, TargetConfig)]) -> Result<()> {
    if configured
        .iter()
        .any(|(target, config)| is_meant(session, name, target, config.platform.as_deref().unwrap_or(target)))
    {
        return Ok(());
    }
    let known: Vec<&str> = configured.iter().map(|(target, _)| target.as_str()).collect();
    if session.platforms.find(name).is_none() {
        return Err(session.platforms.unknown(name).next(format!("This environment has {}.", known.join(", "))));
    }
    Err(Problem::new(code::config::TARGET_UNKNOWN, format!("This environment does not release to `{name}`."))
        .next(format!("It has {}. Add `[environments.<name>.{name}]` to pak.toml to add it.", known.join(", "))))
}

/// The configured targets; where none are, the default platform of every ecosystem that has a package.
fn configured(session: &Session) -> Result<Vec<(String, TargetConfig)>> {
    let environments = &session.project.config.environments;
    let named = match environments.get(&session.environment) {
        Some(targets) => Some(targets),
        // The sandbox rehearses production's targets unless it has some of its own.
        None if session.environment == SANDBOX => environments.get(PRODUCTION),
        None if session.environment == PRODUCTION => None,
        None => return Err(session.unknown_environment()),
    };
    let own: Vec<(String, TargetConfig)> =
        named.into_iter().flatten().map(|(name, config)| (name.clone(), config.clone())).collect();
    if !own.is_empty() {
        return Ok(own);
    }
    let present = |ecosystem: &&Ecosystem| {
        session.project.packages.iter().any(|package| package.ecosystem == **ecosystem && package.withheld.is_none())
    };
    let platforms =
        Ecosystem::ALL.iter().filter(present).filter_map(|ecosystem| ecosystem.default_platform()).map(str::to_owned);
    Ok(platforms.map(|name| (name, TargetConfig::default())).collect())
}

fn target(session: &Session, name: &str, config: &TargetConfig) -> Result<Target> {
    let platform_name = config.platform.as_deref().unwrap_or(name);
    let Some(platform) = session.platforms.find(platform_name) else {
        let problem = Problem::new(
            code::config::PLATFORM_UNKNOWN,
            format!(
                "Target `{name}` of environment `{}` names platform `{platform_name}`, which does not exist.",
                session.environment
            ),
        );
        return Err(problem.next(session.platforms.unknown(platform_name).advice()));
    };
    let (config, host) = on_its_host(config)?;
    let config = &config;
    let options = options::of(session, config)?;
    let (endpoint, registry, credential) = match &session.embedded {
        Some(embedded) => {
            let id = &platform.definition().id;
            let Some((endpoint, credential)) = embedded.stand_in(&platform.definition().driver)? else {
                return Err(Problem::new(
                    code::config::PLATFORM_UNKNOWN,
                    format!("There is no embedded registry for `{id}`."),
                )
                .next(format!("Leave it out with --platform, or remove target `{name}` from this environment.")));
            };
            let found = Found { credential, origin: "sandbox".to_owned() };
            (endpoint, format!("sandbox {id}"), Some(found))
        }
        None => {
            let endpoint = match host {
                Some(host) => host,
                None => endpoint(session, platform.as_ref(), name, config)?,
            };
            let credential = credentials::resolve(
                platform.as_ref(),
                name,
                config,
                &endpoint,
                &session.sources,
                &session.credentials,
            )?;
            let registry = pak_platforms::http::safe(endpoint.upload.as_ref().unwrap_or(&endpoint.root));
            (endpoint, registry, credential)
        }
    };
    Ok(Target {
        name: name.to_owned(),
        platform,
        endpoint,
        registry,
        credential,
        options,
        config: config.clone(),
        embedded: session.embedded.is_some(),
    })
}

/// A tap given as a git URL says its host too; a stand-in has another host and the same path.
fn on_its_host(config: &TargetConfig) -> Result<(TargetConfig, Option<Endpoint>)> {
    let is_git = |text: &&str| text.contains("://") || text.contains('@');
    let Some(repository) = config.repository.as_deref().filter(is_git) else { return Ok((config.clone(), None)) };
    let Some((mut endpoint, path)) = Endpoint::of_repository(repository)? else { return Ok((config.clone(), None)) };
    endpoint.repository = Some(path.clone());
    Ok((TargetConfig { repository: Some(path), ..config.clone() }, Some(endpoint)))
}

/// `pak.toml` first, then the definition of a host, or the ecosystem's own configuration and the public registry.
fn endpoint(session: &Session, platform: &dyn Platform, name: &str, config: &TargetConfig) -> Result<Endpoint> {
    let definition = platform.definition();
    let filling = Filling { target: name, with: &config.with, env: &session.env };
    let root = config.registry.as_deref().or(config.index.as_deref());
    let mut endpoint = match root {
        Some(root) => Endpoint::parse(root)?,
        // What the ecosystem's tools are set to is where they publish by themselves, not what this host is.
        None if definition.public.is_some() => definition.addresses(&filling)?,
        None => match platform.credentials().configured_endpoint(&session.sources, None)? {
            Some((endpoint, _)) => endpoint,
            None => definition.addresses(&filling)?,
        },
    };
    if let Some(upload) = &config.upload {
        endpoint = endpoint.with_upload(parse_url(upload)?);
    }
    if let Some(index) = &config.index {
        endpoint = endpoint.with_index(parse_url(index)?);
    }
    endpoint.repository = match &config.repository {
        Some(repository) => Some(repository.clone()),
        None => definition.images(&filling)?,
    };
    Ok(endpoint)
}
