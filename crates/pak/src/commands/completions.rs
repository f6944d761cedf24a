//! `pak completions`: the shell's script.

use clap_complete::Shell;
use pak_model::Result;
use serde_json::json;

use crate::cli;
use crate::context::Context;
use crate::exit::Status;

/// Print the completion script of a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak completions bash > ~/.local/share/bash-completion/completions/pak\n  pak completions zsh > \
                        ~/.zfunc/_pak\n  pak completions fish > ~/.config/fish/completions/pak.fish"
)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut cli::command(), "pak", &mut script);
    let script = String::from_utf8_lossy(&script);
    if context.output.is_json() {
        context.output.json(&json!({ "shell": args.shell.to_string(), "script": script }));
    } else {
        context.output.raw(&script);
    }
    Ok(Status::OK)
}
