//! `pak credential add`.

use pak_deploy::credential_store::{Entry, origins};
use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::endpoint::parse_url;
use pak_platforms::{Endpoint, Filling};
use serde_json::json;

use crate::commands::secret;
use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::Mark;

/// Store a credential. The secret is read from standard input, or asked for on a terminal.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak credential add npm\n  pak credential add docker --username alice < token.txt\n  pak \
                        credential add company-npm --registry https://npm.example.org/"
)]
pub(crate) struct Args {
    /// The target: a platform, or a target of pak.toml.
    target: String,
    /// The account, where the registry wants one beside the secret.
    #[arg(long, short)]
    username: Option<String>,
    /// The registry's root URL. Default: the platform's public registry.
    #[arg(long)]
    registry: Option<String>,
    /// The upload URL, where it is on another host.
    #[arg(long, requires = "registry")]
    upload: Option<String>,
    /// The index URL, where it is on another host.
    #[arg(long, requires = "registry")]
    index: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let endpoint = endpoint(args, context)?;
    let secret = secret(args, context)?;
    let credential = match &args.username {
        Some(user) => Credential::Basic { user: user.clone(), password: secret },
        None => Credential::Token(secret),
    };
    let mut store = context.credentials()?;
    let entry = Entry { target: args.target.clone(), origins: origins(&endpoint), credential };
    let hosts = entry.origins.iter().cloned().collect::<Vec<_>>();
    let replaced = store.put(entry);
    store.save()?;
    let output = &context.output;
    let what = if replaced { "Replaced" } else { "Stored" };
    output.line(format!("{} {what} the credential of {} for {}", output.mark(Mark::Ok), args.target, hosts.join(", ")));
    output.json(&json!({ "target": args.target, "origins": hosts, "replaced": replaced, "file": store.path() }));
    Ok(Status::OK)
}

/// What `--registry` says, else what settings say about a target of that name, else the platform's own address.
fn endpoint(args: &Args, context: &Context) -> Result<Endpoint> {
    let Some(registry) = &args.registry else {
        let settings = session::settings(&Place::default(), context)?;
        let targets = settings.config.environments.values().filter_map(|targets| targets.get(&args.target));
        let target = targets.max_by_key(|target| target.registry.is_some() || !target.with.is_empty());
        let target = target.cloned().unwrap_or_default();
        let platform = pak_deploy::platforms::of(&settings)?.find(target.platform.as_deref().unwrap_or(&args.target));
        return match (&target.registry, platform) {
            (Some(registry), _) => addresses(registry, target.upload.as_deref(), target.index.as_deref()),
            (None, Some(platform)) => {
                let filling = Filling { target: &args.target, with: &target.with, env: &context.env };
                platform.definition().addresses(&filling)
            }
            (None, None) => Err(Problem::new(
                code::config::USAGE,
                format!("`{}` is no platform, so its registry is not known.", args.target),
            )
            .next("Give the registry's root with --registry; the credential is shown to no other host.")),
        };
    };
    addresses(registry, args.upload.as_deref(), args.index.as_deref())
}

fn addresses(registry: &str, upload: Option<&str>, index: Option<&str>) -> Result<Endpoint> {
    let mut endpoint = Endpoint::parse(registry)?;
    if let Some(upload) = upload {
        endpoint = endpoint.with_upload(parse_url(upload)?);
    }
    if let Some(index) = index {
        endpoint = endpoint.with_index(parse_url(index)?);
    }
    Ok(endpoint)
}

fn secret(args: &Args, context: &Context) -> Result<Secret> {
    if context.output.can_ask() {
        let what = if args.username.is_some() { "Password or token" } else { "Token" };
        return secret::asked(&format!("{what} for {}:", args.target));
    }
    secret::piped(&format!("pak credential add {}", args.target))
}
