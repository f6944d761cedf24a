//! `pak ci generate`.

use std::io::Write as _;
use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_deploy::{Nobody, Target};
use pak_model::{Ecosystem, Problem, Result, code};
use pak_security::pipelines::System;
use pak_security::pipelines::generate::{Destination, Release};
use serde_json::json;

use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Write a hardened release pipeline for the project's own targets.
///
/// It builds without secrets, settles a plan of what was built, waits for approval, and carries out exactly that plan. Actions
/// are pinned to commits, rights are the least of each job, and registries that have trusted publishing get no token.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak ci generate github\n  pak ci generate gitlab --environment staging --print\n  pak ci generate woodpecker \
                  --image registry.example.org/build@sha256:…"
)]
pub(crate) struct Args {
    /// The CI system.
    #[arg(value_parser = ["github", "gitlab", "jenkins", "circleci", "azure", "woodpecker", "forgejo"])]
    system: String,
    /// The file to write. Default: where the system reads it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<Utf8PathBuf>,
    /// Print it instead.
    #[arg(long, conflicts_with = "output")]
    print: bool,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
    /// Where the pipeline downloads pak from. Default: the pipeline's variable PAK_URL.
    #[arg(long, value_name = "URL", requires = "pak_sha256")]
    pak_url: Option<String>,
    /// The SHA-256 of that file. Default: the pipeline's variable PAK_SHA256.
    #[arg(long, value_name = "HEX", requires = "pak_url")]
    pak_sha256: Option<String>,
    /// The image that jobs run in, by digest, where the system runs jobs in images.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let system = System::of_word(&args.system)
        .ok_or_else(|| Problem::new(code::config::USAGE, format!("`{}` is no CI system.", args.system)))?;
    check(args, system)?;
    let release = release(args, context)?;
    let text = release.pipeline(system);
    let output = &context.output;
    let preparations = release.preparations(system);
    if args.print {
        output.raw(&text);
        return Ok(Status::OK);
    }
    let root = session::root(&args.place, context);
    let file = args.output.as_ref().map_or_else(|| root.join(system.file()), |file| context.path(Some(file)));
    write(&file, &text, args.force)?;
    output.line(format!("{} Wrote {file}", output.mark(Mark::Ok)));
    output.line("Before the first run:");
    for (number, step) in preparations.iter().enumerate() {
        output.line(format!("  {}. {step}", number + 1));
    }
    output.json(&json!({
        "file": file, "system": args.system, "secrets": release.secrets(system), "preparations": preparations,
        "trusted_publishing": release.trusting(system).map(|target| &target.name).collect::<Vec<_>>(),
    }));
    Ok(Status::OK)
}

/// What would end up in the file as a part of its code has a form.
fn check(args: &Args, system: System) -> Result<()> {
    let wrong = |text: String| Err(Problem::new(code::config::USAGE, text));
    if system.names_everything() && (args.image.is_none() || args.pak_url.is_none()) {
        let text = format!(
            "{}'s steps see no variables but the file's: give --image, --pak-url and --pak-sha256.",
            args.system
        );
        return wrong(text);
    }
    let is_plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~:/?=&%@+,".contains(c));
    if let Some(image) = args.image.as_deref().filter(|image| !is_plain(image) || !image.contains("@sha256:")) {
        return wrong(format!("{image} is not an image by digest (`name@sha256:…`)."));
    }
    if let Some(url) = args.pak_url.as_deref().filter(|url| !is_plain(url) || !url.starts_with("https://")) {
        return wrong(format!("{url} is not an https address."));
    }
    let is_hash = |hex: &str| hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match args.pak_sha256.as_deref().filter(|hex| !is_hash(hex)) {
        Some(hex) => wrong(format!("{hex} is not a SHA-256.")),
        None => Ok(()),
    }
}

/// The project's targets and packages, as a pipeline sees them.
fn release(args: &Args, context: &Context) -> Result<Release> {
    context.block_on(async {
        let sink = Arc::new(Nobody);
        let session = session::open(&args.place, &Choice::default(), Stage::Offline, sink, context).await?;
        let targets = pak_deploy::targets::resolve(&session)?;
        let draft = pak_deploy::plan::draw(&session, &targets)?;
        let used = |target: &&Target| draft.steps.iter().any(|step| step.target == target.name);
        Ok(Release {
            environment: session.environment.clone(),
            packages: draft.packages.iter().map(|package| (package.id.clone(), glob(package.ecosystem))).collect(),
            targets: targets.iter().filter(used).map(destination).collect(),
            pak: args.pak_url.clone().zip(args.pak_sha256.clone()),
            image: args.image.clone(),
        })
    })
}

/// What `pak build` leaves for a package: files, a folder of them, an image's layout.
fn glob(ecosystem: Ecosystem) -> String {
    match ecosystem {
        Ecosystem::Oci => "*.oci/index.json",
        Ecosystem::Maven => "**/*",
        _ => "*",
    }
    .to_owned()
}

fn destination(target: &Target) -> Destination {
    Destination {
        name: target.name.clone(),
        platform: target.platform.definition().id.clone(),
        audience: audience(target),
        secrets: secrets(target),
    }
}

/// The audience of identity tokens for a target on its platform's public registry. GitHub's are asked for by the driver when
/// it needs one; GitLab's stand in the pipeline.
pub(crate) fn audience(target: &Target) -> Option<String> {
    target.platform.trust()?;
    let definition = target.platform.definition();
    let public = definition.public_endpoint().ok()?;
    if public.root != target.endpoint.root {
        return None;
    }
    let host = public.root.host_str()?;
    match definition.driver.as_str() {
        "npm" => Some(format!("npm:{host}")),
        // The index and the API are hosts of one domain, whose name is the audience.
        "cargo" => Some(host.strip_prefix("index.").unwrap_or(host).to_owned()),
        other => Some(other.to_owned()),
    }
}

/// The variables a target's credential is read from: those of the settings, else pak's own.
fn secrets(target: &Target) -> Vec<String> {
    if target.has_keys() {
        return Vec::new();
    }
    let (config, definition) = (&target.config, target.platform.definition());
    let own = |what: &str| pak_deploy::credentials::variable(&target.name, what);
    if let Some(token) = &config.token_env {
        return config.username_env.iter().chain([token]).cloned().collect();
    }
    if config.password_env.is_some() || (definition.token_env.is_empty() && !definition.username_env.is_empty()) {
        let user = config.username_env.clone().unwrap_or_else(|| own("USERNAME"));
        return vec![user, config.password_env.clone().unwrap_or_else(|| own("PASSWORD"))];
    }
    if !definition.username_env.is_empty() && definition.users.is_empty() && definition.driver == "oci" {
        return vec![own("USERNAME"), own("PASSWORD")];
    }
    vec![own("TOKEN")]
}

fn write(file: &camino::Utf8Path, text: &str, force: bool) -> Result<()> {
    let failed = |error: &std::io::Error| {
        let problem = Problem::new(code::config::FILE_UNWRITABLE, format!("{file} cannot be written."));
        problem.about("file", file).cause(error)
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(force).create_new(!force).truncate(force);
    match options.open(file) {
        Ok(mut opened) => opened.write_all(text.as_bytes()).map_err(|error| failed(&error)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(Problem::new(code::config::FILE_UNWRITABLE, format!("{file} is there already."))
                .about("file", file)
                .next("Look at it with `pak ci audit`; --force replaces it, --print shows what would be written."))
        }
        Err(error) => Err(failed(&error)),
    }
}
