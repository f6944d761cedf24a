//! `pak serve` and `pak worker`.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_deploy::Embedded;
use pak_model::{Problem, Result, code};
use pak_server::actions::account;
use pak_server::state::{App, MakeEmbedded};
use pak_server::{Flags, Settings, serve};
use serde_json::json;

use crate::context::Context;
use crate::embedded::Registries;
use crate::exit::Status;
use crate::os;
use crate::output::human::strong;

/// Where a server keeps things and which database it shares.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Place {
    /// The data folder. Default: `PAK_DATA_DIR`, `server` inside.
    #[arg(long, value_name = "DIR", help_heading = "Server")]
    data: Option<Utf8PathBuf>,
    /// `postgres://…`, or `sqlite:<file>`. Default: `PAK_DATABASE`, then `pak.db` in the data folder.
    #[arg(long, value_name = "ADDRESS", help_heading = "Server")]
    database: Option<String>,
}

/// Serve the web API and the dashboard: teams release through it, on the same engine as this command line.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak serve\n  pak serve --listen 127.0.0.1:8080 --data /var/lib/pak\n  pak serve --database postgres://pak@db/pak --workers 0"
)]
pub(crate) struct Args {
    /// Where to listen. Default: `PAK_LISTEN`, then 127.0.0.1:5000.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// How many deployments this process carries out at a time; 0 leaves them to `pak worker`. Default: 2.
    #[arg(long, value_name = "NUMBER")]
    workers: Option<usize>,
    #[command(flatten)]
    place: Place,
}

/// Carry out the deployments that servers were asked for. Any number of workers share one database.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak worker --database postgres://pak@db/pak\n  pak worker --workers 4")]
pub(crate) struct WorkerArgs {
    /// How many deployments at a time. Default: 2.
    #[arg(long, value_name = "NUMBER")]
    workers: Option<usize>,
    #[command(flatten)]
    place: Place,
}

impl Place {
    /// What holds here: flags, variables, `pak.conf`, in that order.
    pub(crate) fn settings(
        &self,
        context: &Context,
        listen: Option<String>,
        workers: Option<usize>,
    ) -> Result<Settings> {
        let configured = context.configured()?;
        let flags = Flags {
            listen,
            workers,
            data: self.data.as_deref().map(|data| context.path(Some(data))),
            database: self.database.clone(),
        };
        Settings::read(&flags, &configured.env, &configured.data_folder()?.join("server"))
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let settings = args.place.settings(context, args.listen.clone(), args.workers)?;
    pak_server::log::start(&settings)?;
    context.block_on(async {
        // Listened on first: whoever starts a second server by mistake is told before anything is opened.
        let listener = serve::listen(&settings).await?;
        let address = listener.local_addr().map_err(|error| {
            Problem::new(code::server::LISTEN, "The address that is listened on is not known.").cause(&error)
        })?;
        let app = serve::open(settings, Some(embedded())).await?;
        let setup = account::setup::offer(&app).await?;
        announce(&app, address, setup.as_deref(), context);
        stop_on_signal(&app);
        serve::serve(app, listener).await;
        context.output.progress("Stopped; deployments that were on their way are taken up at the next start.");
        Ok(Status::OK)
    })
}

pub(crate) fn run_worker(args: &WorkerArgs, context: &Context) -> Result<Status> {
    let settings = args.place.settings(context, None, args.workers)?;
    pak_server::log::start(&settings)?;
    context.block_on(async {
        let app = serve::open(settings, Some(embedded())).await?;
        context.output.line("Waiting for deployments. Interrupt (Ctrl-C) to stop.");
        context.output.json_line(&json!({ "worker": std::process::id() }));
        stop_on_signal(&app);
        serve::background(app).await;
        Ok(Status::OK)
    })
}

fn announce(app: &App, address: std::net::SocketAddr, setup: Option<&str>, context: &Context) {
    let output = &context.output;
    output.line(format!("{} {}", strong("pak serves"), app.settings.base));
    output.line(format!("Data: {}", app.settings.data));
    if let Some(link) = setup {
        output.line(format!("Nobody administers this server yet. Open once, within a day: {link}"));
    }
    output.line("Interrupt (Ctrl-C) to stop.");
    output.json_line(&json!({
        "listen": address.to_string(),
        "base": app.settings.base,
        "data": app.settings.data,
        "setup": setup,
    }));
}

fn stop_on_signal(app: &App) {
    let stop = app.stop.clone();
    tokio::spawn(async move {
        os::asked_to_stop().await;
        stop.cancel();
        os::asked_to_stop().await;
        os::abandon();
    });
}

/// Makes the sandbox of a deployment, in this process.
fn embedded() -> MakeEmbedded {
    Arc::new(|data: Utf8PathBuf| {
        Box::pin(async move {
            let registries = Registries::start(data).await?;
            let origins = registries.origins();
            Ok((Arc::new(registries) as Arc<dyn Embedded>, origins))
        })
    })
}
