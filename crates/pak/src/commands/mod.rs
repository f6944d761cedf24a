//! One folder per noun, one file per verb.

pub(crate) mod audit;
pub(crate) mod build;
pub(crate) mod ci;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod core;
pub(crate) mod credential;
pub(crate) mod deploy;
pub(crate) mod detect;
mod external;
pub(crate) mod init;
pub(crate) mod login;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod platform;
pub(crate) mod rehearse;
pub(crate) mod remote;
pub(crate) mod sandbox;
pub(crate) mod scan;
mod secret;
pub(crate) mod security;
pub(crate) mod serve;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod track;
pub(crate) mod verify;

use pak_model::Result;

use crate::cli::Command;
use crate::context::Context;
use crate::exit::Status;

/// Runs a command to its end.
pub(crate) fn run(command: Command, context: &Context) -> Result<Status> {
    match command {
        Command::Init(args) => init::run(&args, context),
        Command::Detect(args) => detect::run(&args, context),
        Command::Plan(args) => plan::run(&args, context),
        Command::Build(args) => build::run(&args, context),
        Command::Rehearse(args) => rehearse::run(&args, context),
        Command::Deploy(args) => deploy::run(args, context),
        Command::Verify(args) => verify::run(&args, context),
        Command::Track(args) => track::run(&args, context),
        Command::Platform(args) => platform::run(args, context),
        Command::Credential(args) => credential::run(args, context),
        Command::Ci(args) => ci::run(args, context),
        Command::Config(args) => config::run(args, context),
        Command::Scan(args) => scan::run(&args, context),
        Command::Security(args) => security::run(args, context),
        Command::Sandbox(args) => sandbox::run(args, context),
        Command::Serve(args) => serve::run(&args, context),
        Command::Worker(args) => serve::run_worker(&args, context),
        Command::Audit(args) => audit::run(args, context),
        Command::Login(args) => login::run(&args, context),
        Command::Logout(args) => login::log_out(&args, context),
        Command::Remote(args) => remote::run(args, context),
        Command::Server(args) => server::run(args, context),
        Command::Core(args) => core::run(args, context),
        Command::Status(args) => core::status::run(&args, context),
        Command::Version(args) => core::version::run(&args, context),
        Command::Completions(args) => completions::run(&args, context),
        Command::Man(args) => man::run(&args, context),
        Command::External(words) => external::run(&words, context),
    }
}
