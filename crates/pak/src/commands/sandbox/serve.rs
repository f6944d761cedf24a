//! `pak sandbox serve`.

use camino::Utf8PathBuf;
use pak_model::Result;
use pak_sandbox::{Options, Sandbox};
use serde_json::json;

use super::settings;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{faint, strong};

/// Serve the embedded registries on 127.0.0.1 until interrupted. What they hold is kept from one start to the next.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak sandbox serve\n  pak sandbox serve --port 0 --data /tmp/registries --json")]
pub(crate) struct Args {
    /// The port; 0 for any that is free.
    #[arg(long, short, default_value_t = 4870)]
    port: u16,
    /// The folder of what the registries hold. Default: `sandbox` in the data folder.
    #[arg(long)]
    data: Option<Utf8PathBuf>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let data = match &args.data {
        Some(data) => context.path(Some(data)),
        None => context.configured()?.data_folder()?.join("sandbox"),
    };
    context.block_on(async {
        let mut sandbox = Sandbox::serve(Options { data: data.clone(), port: args.port }).await?;
        announce(&sandbox, &data, context);
        tokio::select! {
            () = sandbox.wait() => {}
            _ = tokio::signal::ctrl_c() => context.output.progress("Stopped; what was published is kept."),
        }
        Ok(Status::OK)
    })
}

fn announce(sandbox: &Sandbox, data: &Utf8PathBuf, context: &Context) {
    let (output, base) = (&context.output, sandbox.base());
    let clients = settings::clients(&base, sandbox.token());
    output.line(format!("{} {base}", strong("Registries at")));
    output.line(format!("Data: {data}"));
    output.line("Release into them from a project: pak deploy --environment sandbox");
    for client in &clients {
        output.line(strong(client.name));
        output.line(format!("  {} {}", faint("install:"), client.install));
        output.line(format!("  {} {}", faint("publish:"), client.publish));
    }
    output.line("Interrupt (Ctrl-C) to stop.");
    output.json_line(&json!({ "base": base, "token": sandbox.token(), "data": data, "clients": clients }));
}
