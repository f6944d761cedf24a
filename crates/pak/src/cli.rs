//! The command tree. A leaf's arguments and what it does are in `commands/<noun>/<verb>.rs`.

use std::ffi::OsString;

use clap::{Args, CommandFactory as _, Parser, Subcommand};

use crate::commands;

/// Release a project to every registry it belongs in: planned, journalled, verified, and undone where registries allow it.
///
/// pak speaks the registries' own protocols; npm, twine, cargo or docker are needed only to build. Nothing is sent before a
/// plan is settled, and a run that is cut off at any moment is resumed without publishing anything twice.
#[derive(Debug, Parser)]
#[command(
    name = "pak",
    version,
    arg_required_else_help = true,
    after_help = "Examples:\n  pak init             write a pak.toml for what is here\n  pak plan             show what a deployment \
                  would do\n  pak rehearse         do it against embedded registries\n  pak deploy           do \
                  it\n  pak deploy resume    continue after an interruption"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// Print results as JSON on standard output (deployments: one event per line).
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// No colours, no symbols, no live board: plain words only. `NO_COLOR` does the same.
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) plain: bool,
    /// Print results and errors only.
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
}

/// Everything `pak` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(commands::init::Args),
    Detect(commands::detect::Args),
    Plan(commands::plan::Args),
    Build(commands::build::Args),
    Rehearse(commands::rehearse::Args),
    Deploy(commands::deploy::Args),
    Verify(commands::verify::Args),
    Track(commands::track::Args),
    Platform(commands::platform::Args),
    Credential(commands::credential::Args),
    Ci(commands::ci::Args),
    Config(commands::config::Args),
    Scan(commands::scan::Args),
    Security(commands::security::Args),
    Sandbox(commands::sandbox::Args),
    Serve(commands::serve::Args),
    Worker(commands::serve::WorkerArgs),
    Server(commands::server::Args),
    Audit(commands::audit::Args),
    Login(commands::login::Args),
    Logout(commands::login::LogoutArgs),
    Remote(commands::remote::Args),
    Core(commands::core::Args),
    Status(commands::core::status::Args),
    Version(commands::core::version::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
    /// A command of another program: `pak-<name>` on the search path.
    #[command(external_subcommand)]
    External(Vec<OsString>),
}

/// The command tree as data: for completions, manual pages, the reference and tests.
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    /// Every leaf of the tree, with its full name.
    fn leaves(command: &clap::Command, name: &str, found: &mut Vec<(String, clap::Command)>) {
        if command.get_subcommands().next().is_none() {
            found.push((name.to_owned(), command.clone()));
        }
        for inner in command.get_subcommands() {
            leaves(inner, &format!("{name} {}", inner.get_name()), found);
        }
    }

    #[test]
    fn the_tree_is_sound_and_every_leaf_explains_itself() {
        super::command().debug_assert();
        let mut found = Vec::new();
        leaves(&super::command(), "pak", &mut found);
        assert!(found.len() > 30);
        for (name, command) in found {
            assert!(command.get_about().is_some(), "{name} does not say what it does");
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.starts_with("Examples:\n  pak "), "{name} has no example");
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{name}: {} is not explained", argument.get_id());
            }
        }
    }
}
