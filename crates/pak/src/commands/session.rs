//! From arguments to what the engine works with: project, environment, registries, credentials, listener.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use pak_deploy::session::{PRODUCTION, SANDBOX};
use pak_deploy::steps::scan::Scanning;
use pak_deploy::{Embedded, Session, Sink, StateFolder};
use pak_model::{Problem, Result, Secret, code};
use pak_platforms::Platforms;
use pak_platforms::http::{Client, Policy};
use pak_project::{Loaded, Project, find_root};
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::embedded::Registries;
use crate::os;

/// Which project, which environment.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Place {
    /// The project's folder. Default: this one.
    #[arg(long, short = 'C', value_name = "PATH", help_heading = "Project")]
    pub(crate) project: Option<Utf8PathBuf>,
    /// The environment. Default: `PAK_ENVIRONMENT`, then `environment` of pak.toml, then `production`.
    #[arg(long, short, value_name = "NAME", help_heading = "Project")]
    pub(crate) environment: Option<String>,
}

/// Which of its targets, which version.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Choice {
    /// Only these platforms or targets, separated by commas. Default: `PAK_PLATFORMS`, then all.
    #[arg(long = "platform", short = 'p', value_name = "NAMES", value_delimiter = ',', help_heading = "Project")]
    pub(crate) platforms: Vec<String>,
    /// The version that must be released: stops if a manifest says another.
    #[arg(long, value_name = "VERSION", help_heading = "Project")]
    pub(crate) version: Option<String>,
    /// A one-time password for registries that ask for one.
    #[arg(long, value_name = "CODE", help_heading = "Project")]
    pub(crate) otp: Option<String>,
    /// Approve exactly the findings of this digest, as the plan shows it.
    #[arg(long, value_name = "DIGEST", help_heading = "Project")]
    pub(crate) approve: Option<String>,
}

/// Where an operation takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The environment's own registries; nothing may be changed there.
    ReadOnly,
    /// The environment's own registries.
    Real,
    /// Nothing is asked: reads journals alone.
    Offline,
}

/// The project's root: the folder that was named, else the nearest one upwards with a `pak.toml`, else this one.
pub(crate) fn root(place: &Place, context: &Context) -> Utf8PathBuf {
    match &place.project {
        Some(path) => context.path(Some(path)),
        None => find_root(&context.directory),
    }
}

/// Opens the project.
pub(crate) fn project(place: &Place, context: &Context) -> Result<Project> {
    Project::open(&root(place, context), &context.env, Some(&context.config_folder()?))
}

/// The platforms under the settings that hold there.
pub(crate) fn platforms(place: &Place, context: &Context) -> Result<Platforms> {
    pak_deploy::platforms::of(&settings(place, context)?)
}

/// The settings that hold there.
pub(crate) fn settings(place: &Place, context: &Context) -> Result<Loaded> {
    pak_project::config::load(&root(place, context), &context.env, Some(&context.config_folder()?))
}

/// The environment that a change of `pak.toml` is for.
pub(crate) fn named_environment(place: &Place, context: &Context) -> Result<String> {
    if let Some(environment) = &place.environment {
        return Ok(environment.clone());
    }
    Ok(settings(place, context)?.config.project.environment.unwrap_or_else(|| PRODUCTION.to_owned()))
}

/// The dotted key of a target, or of one of its settings. Names with dots in them are quoted.
pub(crate) fn target_key(environment: &str, target: &str, setting: Option<&str>) -> String {
    let parts = ["environments", environment, target].into_iter().chain(setting);
    key(&parts.collect::<Vec<_>>())
}

/// A dotted key.
pub(crate) fn key(parts: &[&str]) -> String {
    parts.iter().map(|part| toml_edit::Key::new(*part).display_repr().into_owned()).collect::<Vec<_>>().join(".")
}

/// Makes the session of an operation.
pub(crate) async fn open(
    place: &Place,
    choice: &Choice,
    stage: Stage,
    sink: Arc<dyn Sink>,
    context: &Context,
) -> Result<Session> {
    let project = project(place, context)?;
    let context = &context.with_env(project.loaded.variables.clone());
    for name in &project.loaded.unused_variables {
        context.output.note(&format!("{name} is set and fits no target of this project."));
    }
    let environment = environment(place, &project);
    let journals = StateFolder::new(context.state_folder()?);
    // One plan for all: its points are counted across the whole process.
    let faults = os::fault_plan(&context.env);
    let policy = Policy { read_only: stage == Stage::ReadOnly, ..Policy::default() };
    let platforms = pak_deploy::platforms::of(&project.loaded)?;
    let mut session = Session {
        only: chosen(choice, &project, &platforms, &environment, context)?,
        platforms,
        version: choice.version.clone(),
        otp: choice.otp.as_deref().or_else(|| context.env.get("PAK_NPM_OTP")).map(Secret::new),
        scanning: Scanning {
            database: context.data_folder()?.join(pak_security::advisories::FOLDER),
            approved: choice.approve.clone(),
        },
        hold: false,
        env: context.env.clone(),
        sources: context.sources(Some(&project.root)),
        credentials: context.credentials()?,
        state: journals,
        embedded: None,
        http: Client::new(policy, faults.clone()),
        faults,
        cancel: CancellationToken::new(),
        sink,
        mirror: None,
        project,
        environment,
    };
    if session.environment == SANDBOX && stage != Stage::Offline {
        session = embed(session, context.data_folder()?.join("sandbox")).await?;
    }
    Ok(session)
}

/// The same session with embedded registries in the place of the real ones. Every other address is refused.
pub(crate) async fn embed(mut session: Session, data: Utf8PathBuf) -> Result<Session> {
    let registries = Registries::start(data).await?;
    let own = registries.origins();
    let policy = Policy { origins: Some(own.clone()), own, ..session.http.policy().clone() };
    session.http = session.http.with_policy(policy);
    session.embedded = Some(Arc::new(registries) as Arc<dyn Embedded>);
    Ok(session)
}

/// Cancels the session's work at the first interrupt, and ends the process at the second.
pub(crate) fn interruptible(session: &Session, context: &Context) {
    let (cancel, output) = (session.cancel.clone(), context.output.clone());
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            output.progress("Stopping: uploads on their way are heard out. Interrupt again to stop at once.");
            cancel.cancel();
        }
        if tokio::signal::ctrl_c().await.is_ok() {
            os::abandon();
        }
    });
}

/// What the arguments say, else what the settings say (`PAK_ENVIRONMENT` is one of their layers).
fn environment(place: &Place, project: &Project) -> String {
    let named = place.environment.clone().or_else(|| project.config.project.environment.clone());
    named.unwrap_or_else(|| PRODUCTION.to_owned())
}

/// The targets to use. `PAK_PLATFORMS` is a standing wish: names in it that this environment does not have are passed over.
fn chosen(
    choice: &Choice,
    project: &Project,
    platforms: &Platforms,
    environment: &str,
    context: &Context,
) -> Result<Option<Vec<String>>> {
    if !choice.platforms.is_empty() {
        return Ok(Some(choice.platforms.iter().map(|name| name.trim().to_owned()).collect()));
    }
    let Some(wish) = context.env.get("PAK_PLATFORMS") else { return Ok(None) };
    let names = wish.split([' ', ',']).filter(|name| !name.is_empty());
    let (used, unused): (Vec<String>, Vec<String>) =
        names.map(str::to_owned).partition(|name| is_target(name, project, platforms, environment));
    if used.is_empty() {
        return Err(Problem::new(
            code::config::TARGET_UNKNOWN,
            format!("Environment `{environment}` has none of the platforms of PAK_PLATFORMS: {}.", unused.join(", ")),
        ));
    }
    if !unused.is_empty() {
        context.output.note(&format!(
            "PAK_PLATFORMS names {}, which environment `{environment}` does not have.",
            unused.join(", ")
        ));
    }
    Ok(Some(used))
}

fn is_target(name: &str, project: &Project, platforms: &Platforms, environment: &str) -> bool {
    let platform = platforms.find(name).map(|found| found.definition().id.clone());
    let is_meant = |target: &str, its_platform: &str| name == target || platform.as_deref() == Some(its_platform);
    match project.config.environments.get(environment).filter(|targets| !targets.is_empty()) {
        Some(targets) => {
            targets.iter().any(|(target, config)| is_meant(target, config.platform.as_deref().unwrap_or(target)))
        }
        None => project
            .packages
            .iter()
            .any(|package| package.ecosystem.default_platform().is_some_and(|default| is_meant(default, default))),
    }
}

/// A folder for the time of one command, removed when dropped.
pub(crate) fn scratch() -> Result<(tempfile::TempDir, Utf8PathBuf)> {
    let unusable = |text: &str| Problem::new(code::build::IO, text.to_owned());
    let folder = tempfile::Builder::new()
        .prefix("pak-")
        .tempdir()
        .map_err(|error| unusable("There is no room for temporary files.").cause(&error))?;
    let path = Utf8Path::from_path(folder.path())
        .map(Utf8Path::to_owned)
        .ok_or_else(|| unusable("The temporary folder's name is not UTF-8."))?;
    Ok((folder, path))
}
