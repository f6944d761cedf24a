//! `pak remote`: a pak server from the command line: its projects, deployments, packages, credentials.

pub(crate) mod answer;
mod credential;
pub(crate) mod deployment;
pub(crate) mod events;
pub(crate) mod follow;
mod key;
mod package;
mod project;
pub(crate) mod push;
pub(crate) mod server;
mod status;
mod webhook;

use clap::Subcommand;
use pak_model::Result;

use crate::context::Context;
use crate::exit::Status;

/// Work with a pak server: `pak login` signs in, `pak deploy --remote` releases there.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote status\n  pak remote push\n  pak remote deployment list\n  pak remote deployment watch deploy_12"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    #[command(visible_alias = "whoami")]
    Status(status::Args),
    #[command(visible_alias = "projects")]
    Project(project::Args),
    Push(push::Args),
    #[command(visible_alias = "deployments")]
    Deployment(deployment::Args),
    #[command(visible_alias = "packages")]
    Package(package::Args),
    #[command(visible_alias = "credentials")]
    Credential(credential::Args),
    #[command(visible_alias = "keys")]
    Key(key::Args),
    #[command(visible_alias = "webhooks")]
    Webhook(webhook::Args),
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    match args.verb.unwrap_or_else(|| Verb::Status(status::Args::default())) {
        Verb::Status(args) => status::run(&args, context),
        Verb::Project(args) => project::run(args, context),
        Verb::Push(args) => push::run(&args, context),
        Verb::Deployment(args) => deployment::run(args, context),
        Verb::Package(args) => package::run(args, context),
        Verb::Credential(args) => credential::run(args, context),
        Verb::Key(args) => key::run(args, context),
        Verb::Webhook(args) => webhook::run(args, context),
    }
}
