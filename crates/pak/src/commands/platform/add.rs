//! `pak platform add`.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use pak_platforms::endpoint::parse_url;
use pak_project::config::{self, Layer, PROJECT_FILE};
use pak_project::{Loaded, PlatformConfig};
use serde_json::json;
use toml::Value;

use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Add a target to an environment of pak.toml, or (with --from) a platform of your own. The rest of the file stays as it is.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak platform add npm\n  pak platform add gitlab-npm --with project=team/app\n  pak platform add mirror \
                  --as docker --registry https://registry.example.org --environment staging\n  pak platform add --from npm \
                  my-npm --registry https://npm.example.org/team/ --token-env MY_NPM_TOKEN"
)]
pub(crate) struct Args {
    /// The target's name: a platform, or a name of your own with --as. With --from: the new platform's name.
    name: String,
    /// The platform, where the target's name is not one.
    #[arg(long = "as", value_name = "PLATFORM")]
    platform: Option<String>,
    /// Define a platform that is like this one, at an address of its own.
    #[arg(long, value_name = "PLATFORM", conflicts_with = "platform")]
    from: Option<String>,
    /// The registry's root URL. Default: the platform's own address.
    #[arg(long)]
    registry: Option<String>,
    /// The upload URL, where it differs.
    #[arg(long)]
    upload: Option<String>,
    /// The index URL, where it differs.
    #[arg(long)]
    index: Option<String>,
    /// The variable that holds the token.
    #[arg(long, value_name = "VARIABLE")]
    token_env: Option<String>,
    /// How the credential is shown: basic, basic:<user>, bearer, header:<Name>.
    #[arg(long, requires = "from")]
    auth: Option<String>,
    /// What the platform's address needs to know; `pak platform info` shows what that is. May be given more than once.
    #[arg(long, value_name = "NAME=VALUE")]
    with: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    for url in [&args.registry, &args.upload, &args.index].into_iter().flatten() {
        parse_url(url)?;
    }
    let settings = session::settings(&args.place, context)?;
    let file = session::root(&args.place, context).join(PROJECT_FILE);
    match &args.from {
        Some(from) => define(args, from, &settings, &file, context),
        None => target(args, &settings, &file, context),
    }
}

/// `[platforms.<name>]`.
fn define(args: &Args, from: &str, settings: &Loaded, file: &Utf8Path, context: &Context) -> Result<Status> {
    let platform = PlatformConfig {
        from: from.to_owned(),
        registry: args.registry.clone(),
        upload: args.upload.clone(),
        index: args.index.clone(),
        token_env: args.token_env.clone(),
        auth: args.auth.clone(),
        with: with(args)?,
        ..PlatformConfig::default()
    };
    pak_deploy::platforms::with(settings, &args.name, &platform)?;
    let mut entries = vec![("from", Value::String(from.to_owned()))];
    entries.extend(common(args)?);
    entries.extend(args.auth.iter().map(|auth| ("auth", Value::String(auth.clone()))));
    config::add(file, &session::key(&["platforms", &args.name]), &entries)?;
    let output = &context.output;
    output.line(format!("{} Added platform {}, like {from}, in {file}", output.mark(Mark::Ok), args.name));
    output.progress(format!("`pak platform add {}` adds it to an environment.", args.name));
    output.json(&json!({ "platform": args.name, "from": from, "file": file }));
    Ok(Status::OK)
}

/// `[environments.<environment>.<name>]`.
fn target(args: &Args, settings: &Loaded, file: &Utf8Path, context: &Context) -> Result<Status> {
    let platforms = pak_deploy::platforms::of(settings)?;
    let platform = platforms.named(args.platform.as_deref().unwrap_or(&args.name)).map_err(|problem| {
        if args.platform.is_none() && !problem.advice().contains("Did you mean") {
            problem.next("Name its platform with --as; `pak platform list` shows them.")
        } else {
            problem
        }
    })?;
    let environment = session::named_environment(&args.place, context)?;
    let key = session::target_key(&environment, &args.name, None);
    if settings.explain(&key)?.iter().any(|value| value.layer == Layer::Project) {
        return Err(Problem::new(
            code::config::USAGE,
            format!("Environment `{environment}` has a target `{}` already.", args.name),
        )
        .next(format!(
            "Change it with `pak config set {} <value>`.",
            session::target_key(&environment, &args.name, Some("<key>"))
        )));
    }
    let id = &platform.definition().id;
    let mut entries = vec![("platform", Value::String(id.clone()))];
    entries.extend(common(args)?);
    config::add(file, &key, &entries)?;
    let output = &context.output;
    output.line(format!("{} Added {} to environment {environment} in {file}", output.mark(Mark::Ok), args.name));
    output.json(&json!({ "target": args.name, "platform": id, "environment": environment, "file": file }));
    Ok(Status::OK)
}

/// Settings that targets and platforms have both.
fn common(args: &Args) -> Result<Vec<(&'static str, Value)>> {
    let texts = [
        ("registry", &args.registry),
        ("upload", &args.upload),
        ("index", &args.index),
        ("token-env", &args.token_env),
    ];
    let texts = texts.into_iter().filter_map(|(key, value)| Some((key, Value::String(value.clone()?))));
    let with = with(args)?;
    let with = (!with.is_empty())
        .then(|| ("with", Value::Table(with.into_iter().map(|(name, value)| (name, Value::String(value))).collect())));
    Ok(texts.chain(with).collect())
}

fn with(args: &Args) -> Result<BTreeMap<String, String>> {
    let pairs = args.with.iter().map(|pair| {
        pair.split_once('=').map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).ok_or_else(|| {
            Problem::new(code::config::USAGE, format!("`{pair}` is not NAME=VALUE."))
                .next("An example: --with owner=acme")
        })
    });
    pairs.collect()
}
