//! `pak remote deployment`.

use clap::Subcommand;
use pak_model::Result;
use pak_model::event::Event;
use pak_model::plan::Plan;
use pak_platforms::http::Method;
use serde_json::{Value, json};

use super::answer::{rows, time, word};
use super::follow;
use super::server::{Remote, Server};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, strong};
use crate::output::progress::log_line;

/// The deployments of a server.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote deployment list\n  pak remote deployment watch deploy_12\n  pak remote deployment retry deploy_12"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    List(ListArgs),
    /// Show how far a deployment came, step by step.
    #[command(after_help = "Examples:\n  pak remote deployment show deploy_12")]
    Show(One),
    /// Print everything a deployment's log holds. Under `--json`, one event per line.
    #[command(after_help = "Examples:\n  pak remote deployment logs deploy_12")]
    Logs(One),
    /// Follow a deployment on the live board until it ends.
    #[command(after_help = "Examples:\n  pak remote deployment watch deploy_12")]
    Watch(One),
    /// Stop a deployment: uploads on their way are heard out.
    #[command(after_help = "Examples:\n  pak remote deployment cancel deploy_12")]
    Cancel(One),
    /// Ask for the same release again, from the source as it is now, and watch it.
    #[command(after_help = "Examples:\n  pak remote deployment retry deploy_12")]
    Retry(One),
    /// Go on with a run that stopped, and watch it. What is published is not sent again.
    #[command(after_help = "Examples:\n  pak remote deployment resume deploy_12")]
    Resume(One),
    /// Take back what a deployment published, as far as the registries allow, and watch it.
    #[command(after_help = "Examples:\n  pak remote deployment rollback deploy_12")]
    Rollback(One),
    Approve(ApproveArgs),
}

/// List deployments, newest first.
#[derive(Debug, Default, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote deployment list\n  pak remote deployment list --name my-package --status failed"
)]
struct ListArgs {
    /// Only of this project.
    #[arg(long)]
    name: Option<String>,
    /// Only to this environment.
    #[arg(long, short)]
    environment: Option<String>,
    /// Only in this state: pending, running, success, failed, cancelled, `partially_published`, `rolled_back`, waiting.
    #[arg(long)]
    status: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    server: Server,
}

/// Which deployment.
#[derive(Debug, clap::Args)]
struct One {
    /// Its id: `deploy_12` or `12`.
    deployment: String,
    #[command(flatten)]
    server: Server,
}

/// Approve a deployment that waits for it, or reject it. Never one that you asked for yourself.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak remote deployment approve deploy_12\n  pak remote deployment approve deploy_12 --reject --note \
                  \"wrong version\""
)]
struct ApproveArgs {
    #[command(flatten)]
    one: One,
    /// Reject it: it does not begin.
    #[arg(long)]
    reject: bool,
    /// Why.
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
}

pub(crate) fn run(args: Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        match args.verb.unwrap_or_else(|| Verb::List(ListArgs { limit: 50, ..ListArgs::default() })) {
            Verb::List(args) => list(&args, context).await,
            Verb::Show(one) => show(&one, context).await,
            Verb::Logs(one) => logs(&one, context).await,
            Verb::Watch(one) => follow::follow(&one.server.open(context)?, &one.deployment, context).await,
            Verb::Cancel(one) => {
                let remote = one.server.open(context)?;
                let answer = change(&remote, &one.deployment, "cancel", None).await?;
                said(&answer, context);
                Ok(Status::OK)
            }
            Verb::Retry(one) => again(&one, "retry", context).await,
            Verb::Resume(one) => again(&one, "resume", context).await,
            Verb::Rollback(one) => again(&one, "rollback", context).await,
            Verb::Approve(args) => {
                let remote = args.one.server.open(context)?;
                let decision = if args.reject { "rejected" } else { "approved" };
                let body = json!({ "decision": decision, "note": args.note });
                said(&change(&remote, &args.one.deployment, "approve", Some(&body)).await?, context);
                Ok(Status::OK)
            }
        }
    })
}

async fn change(remote: &Remote, deployment: &str, verb: &str, body: Option<&Value>) -> Result<Value> {
    remote.send(Method::POST, &["deployments", deployment, verb], body).await
}

/// A change after which something is to be seen. A retry may be a new deployment.
async fn again(one: &One, verb: &str, context: &Context) -> Result<Status> {
    let remote = one.server.open(context)?;
    let answer = change(&remote, &one.deployment, verb, None).await?;
    follow::follow(&remote, &word(&answer, "deployment_id"), context).await
}

fn said(answer: &Value, context: &Context) {
    let output = &context.output;
    let (deployment, status) = (word(answer, "deployment_id"), word(answer, "status"));
    output.line(format!("{} {deployment} is {status}", output.mark(Mark::Working)));
    output.json(answer);
}

async fn list(args: &ListArgs, context: &Context) -> Result<Status> {
    let filters = [("project", &args.name), ("environment", &args.environment), ("status", &args.status)];
    let query: Vec<(&str, &str)> =
        filters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let list = args.server.open(context)?.all(&["deployments"], &query, "deployments", args.limit).await?;
    if list.is_empty() {
        context.output.line("No deployments. `pak deploy --remote` asks for one.");
    } else {
        let columns = [
            ("DEPLOYMENT", "deployment_id"),
            ("PROJECT", "project"),
            ("ENVIRONMENT", "environment"),
            ("VERSION", "version"),
            ("STATUS", "status"),
            ("BY", "requested_by"),
            ("ASKED FOR", "created_at"),
        ];
        context.output.line(rows(&list, columns));
    }
    context.output.json(&json!({ "deployments": list }));
    Ok(Status::OK)
}

async fn show(one: &One, context: &Context) -> Result<Status> {
    let output = &context.output;
    let detail = follow::detail(&one.server.open(context)?, &one.deployment).await?;
    let field = |name: &str| word(&detail, name);
    output.line(strong(&format!("{} to {}: {}", field("project"), field("environment"), field("status"))));
    output.line(format!("{}, asked for {}", field("deployment_id"), time(&detail, "created_at")));
    let steps = detail.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if !steps.is_empty() {
        let columns =
            [("TARGET", "target"), ("PACKAGE", "package"), ("VERSION", "version"), ("STATE", "state"), ("", "message")];
        output.line(rows(steps, columns));
    }
    if let Some(error) = detail.get("error").filter(|error| error.is_object()) {
        output.line(format!("{} {} [{}]", output.mark(Mark::Failed), word(error, "message"), word(error, "code")));
        output.line(format!("Next: {}", word(error, "next")));
    }
    output.json(&json!({ "deployment": detail }));
    Ok(Status::OK)
}

async fn logs(one: &One, context: &Context) -> Result<Status> {
    let (output, remote) = (&context.output, one.server.open(context)?);
    let path = ["deployments", one.deployment.as_str(), "log"];
    let mut plan: Option<Plan> = None;
    let mut after = "0".to_owned();
    loop {
        let page = remote.get(&path, &[("after", &after)]).await?;
        for row in page.get("events").and_then(Value::as_array).into_iter().flatten() {
            output.json_line(row);
            let body = row.get("body").cloned().unwrap_or_default();
            let text = match row.get("kind").and_then(Value::as_str) {
                Some("fact") => {
                    if plan.is_none() {
                        let kept = remote.get(&["deployments", &one.deployment, "plan"], &[]).await?;
                        plan = serde_json::from_value(kept).ok();
                    }
                    serde_json::from_value(body).ok().map(|event: Event| log_line(&event, plan.as_ref()))
                }
                Some("line") => {
                    let tick = serde_json::from_value(body).ok();
                    tick.map(|tick| log_line(&follow::of_line(row, tick), plan.as_ref()))
                }
                _ => Some(format!("{}  {} {}", time(row, "at"), word(&body, "status"), word(&body, "note"))),
            };
            if let Some(text) = text {
                output.line(text.trim_end());
            }
        }
        match page.get("next_after").and_then(Value::as_i64) {
            Some(next) => after = next.to_string(),
            None => return Ok(Status::OK),
        }
    }
}
