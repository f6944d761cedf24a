//! `pak login` and `pak logout`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use pak_deploy::credential_store::Entry;
use pak_model::{Credential, Problem, Result, Secret, code};
use pak_platforms::http::{Method, origin};
use serde_json::{Value, json};

use super::remote::answer::word;
use super::remote::server::{Remote, Server, TARGET, address};
use super::secret;
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, strong};

/// Sign in to a pak server. A person confirms a short code in the browser; programs give an API key.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak login https://pak.example.org\n  pak login https://pak.example.org --api-key-stdin < key.txt"
)]
pub(crate) struct Args {
    /// The server's address. Default: `PAK_REMOTE_URL`.
    server: Option<String>,
    /// Read an API key from standard input. `PAK_REMOTE_KEY` does the same without one.
    #[arg(long)]
    api_key_stdin: bool,
}

/// Forget the key of a server. The key itself works until it ends or is revoked in the browser.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak logout\n  pak logout --server https://pak.example.org")]
pub(crate) struct LogoutArgs {
    #[command(flatten)]
    server: Server,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let typed = args.server.as_deref().or_else(|| context.env.get("PAK_REMOTE_URL"));
    let Some(typed) = typed else {
        return Err(
            Problem::new(code::config::USAGE, "No server is named.").next("Run `pak login https://pak.example.org`.")
        );
    };
    let base = address(typed)?;
    let given = match (args.api_key_stdin, context.env.get("PAK_REMOTE_KEY")) {
        (true, _) => Some(secret::piped("pak login … --api-key-stdin")?),
        (false, key) => key.map(Secret::new),
    };
    context.block_on(async {
        let remote = Remote::stranger(base.clone(), context);
        let credential = match given {
            Some(key) => {
                // Kept only if it is good for something.
                remote.with_key(key.clone()).get(&["projects"], &[("limit", "1")]).await?;
                Credential::Token(key)
            }
            None => ask_in_browser(&remote, context).await?,
        };
        let account = if let Credential::Basic { user, .. } = &credential { Some(user.clone()) } else { None };
        let mut store = context.credentials()?;
        store.put(Entry { target: TARGET.to_owned(), origins: BTreeSet::from([origin(&base)]), credential });
        store.save()?;
        let output = &context.output;
        let as_whom = account.as_ref().map(|account| format!(" as {account}")).unwrap_or_default();
        output.line(format!("{} Signed in to {base}{as_whom}", output.mark(Mark::Ok)));
        output.json_line(&json!({ "server": base, "account": account, "file": store.path() }));
        Ok(Status::OK)
    })
}

/// Shows a code, and waits until a person has entered it in a browser where they are signed in.
async fn ask_in_browser(remote: &Remote, context: &Context) -> Result<Credential> {
    let output = &context.output;
    let name = ["HOSTNAME", "COMPUTERNAME"].iter().find_map(|name| context.env.get(name)).unwrap_or("command line");
    let name: String = name.chars().take(100).collect();
    let begun = remote.send(Method::POST, &["auth", "device"], Some(&json!({ "name": name }))).await?;
    let (page, code) = (word(&begun, "verification_uri"), word(&begun, "user_code"));
    output.line(format!("Open {page} and enter {}", strong(&code)));
    output.json_line(&json!({ "verification_uri": page, "user_code": code }));
    let number = |field: &str, default: u64| begun.get(field).and_then(Value::as_u64).unwrap_or(default);
    let (pause, life) = (number("interval", 2).clamp(1, 60), number("expires_in", 600).min(3600));
    let until = Instant::now() + Duration::from_secs(life);
    let question = json!({ "device_code": word(&begun, "device_code") });
    while Instant::now() < until {
        match remote.send(Method::POST, &["auth", "device", "token"], Some(&question)).await {
            Ok(granted) => {
                let user = word(granted.get("user").unwrap_or(&Value::Null), "email");
                return Ok(Credential::Basic { user, password: Secret::new(word(&granted, "api_key")) });
            }
            Err(problem) if problem.code() == pak_model::code::access::DEVICE_PENDING => {}
            Err(problem) => return Err(problem),
        }
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    Err(Problem::new(pak_model::code::access::DEVICE_PENDING, "Nobody confirmed the code in time.")
        .next("Run `pak login` again."))
}

pub(crate) fn log_out(args: &LogoutArgs, context: &Context) -> Result<Status> {
    let output = &context.output;
    let named = args.server.server.as_deref().or_else(|| context.env.get("PAK_REMOTE_URL"));
    let named = named.map(|text| address(text).map(|url| origin(&url))).transpose()?;
    let mut store = context.credentials()?;
    let last = store.entries().iter().rev().find(|entry| entry.target == TARGET);
    let known = named.or_else(|| last.and_then(|entry| entry.origins.first().cloned()));
    let Some(server) = known.filter(|server| store.remove(TARGET, Some(server)) > 0) else {
        return Err(Problem::new(code::server::SIGN_IN, "You are not signed in to a server.").next("Nothing to do."));
    };
    store.save()?;
    output.line(format!("{} Forgot the key of {server}", output.mark(Mark::Ok)));
    output.line(format!("It works until it ends: {server}/account/keys revokes it."));
    output.json(&json!({ "server": server }));
    Ok(Status::OK)
}
