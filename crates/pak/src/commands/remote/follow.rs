//! A deployment on a server, seen as it happens on the same board as one on this machine.

use std::time::Duration;

use jiff::Timestamp;
use pak_deploy::Sink as _;
use pak_model::event::{Body, Event, Fact, Tick};
use pak_model::plan::Plan;
use pak_model::{Effect, Problem, Result, code};
use pak_platforms::http::Method;
use serde_json::{Value, json};

use super::answer::word;
use super::events::Parser;
use super::server::Remote;
use crate::commands::deploy::start::ask;
use crate::context::Context;
use crate::exit::Status;
use crate::os;
use crate::output::human::Mark;
use crate::output::{Output, Reporter};

/// How often a connection that broke is made again before it is given up.
const TRIES: u32 = 30;

/// Shows a deployment until it ends, and ends as it did. At an interrupt it asks whether to stop the deployment, too.
pub(crate) async fn follow(remote: &Remote, deployment: &str, context: &Context) -> Result<Status> {
    let output = &context.output;
    let mut watch =
        Watch { remote, deployment, reporter: Reporter::new(output.clone()), output, last: 0, begun: false };
    let interrupted = {
        let mut watching = std::pin::pin!(watch.whole());
        tokio::select! {
            result = &mut watching => { result?; false }
            _ = tokio::signal::ctrl_c() => true,
        }
    };
    watch.reporter.end();
    if interrupted {
        return leave(remote, deployment, context).await;
    }
    let detail = detail(remote, deployment).await?;
    output.json_line(&json!({ "deployment": detail }));
    finish(&detail, output)
}

/// A deployment as the server has it now.
pub(crate) async fn detail(remote: &Remote, deployment: &str) -> Result<Value> {
    let mut answer = remote.get(&["deployments", deployment], &[]).await?;
    Ok(answer.get_mut("deployment").map(Value::take).unwrap_or_default())
}

struct Watch<'a> {
    remote: &'a Remote,
    deployment: &'a str,
    reporter: Reporter,
    output: &'a Output,
    /// The last event that was seen.
    last: i64,
    /// Whether the board is drawn.
    begun: bool,
}

impl Watch<'_> {
    async fn whole(&mut self) -> Result<()> {
        let mut tries = 0;
        loop {
            let before = self.last;
            let problem = match self.stream().await {
                Ok(true) => return Ok(()),
                Ok(false) => None,
                Err(problem) if problem.code().id.starts_with("pak::http::") => Some(problem),
                Err(problem) => return Err(problem),
            };
            tries = if self.last > before { 0 } else { tries + 1 };
            if tries >= TRIES {
                let lost = Problem::new(
                    code::http::UNREACHABLE,
                    "The server is not heard of any more; the deployment goes on there.",
                );
                return Err(problem
                    .unwrap_or(lost)
                    .next(format!("Run `pak remote deployment watch {}` later.", self.deployment)));
            }
            // A server that restarts is back in a moment; rows have numbers, so nothing is missed.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Hears one stream; whether the deployment has ended.
    async fn stream(&mut self) -> Result<bool> {
        let mut response = self.remote.events(self.deployment, self.last).await?;
        let mut parser = Parser::default();
        while let Some(chunk) = response.chunk().await? {
            for event in parser.take(&chunk) {
                match event.name.as_str() {
                    "end" => return Ok(true),
                    "tick" => self.tell(serde_json::from_str(&event.data).ok()),
                    _ => self.stored(&event.data).await?,
                }
                self.last = event.id.unwrap_or(self.last);
            }
        }
        Ok(false)
    }

    async fn stored(&mut self, data: &str) -> Result<()> {
        let row: Value = serde_json::from_str(data).unwrap_or_default();
        let body = row.get("body").cloned().unwrap_or_default();
        match row.get("kind").and_then(Value::as_str) {
            Some("fact") => {
                let event: Option<Event> = serde_json::from_value(body).ok();
                let plans =
                    |event: &Event| matches!(event.body, Body::Fact(Fact::RunPlanned { .. } | Fact::RunResumed { .. }));
                if event.as_ref().is_some_and(|event| plans(event) || !self.begun) {
                    self.begin().await?;
                }
                self.tell(event);
            }
            Some("line") => {
                let tick = serde_json::from_value(body).ok();
                self.tell(tick.map(|tick| of_line(&row, tick)));
            }
            Some("status") => {
                let note = word(&body, "note");
                if !note.is_empty() {
                    self.output.progress(format!("{}: {note}", word(&body, "status")));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Draws the board of the plan, which is there before the first fact.
    async fn begin(&mut self) -> Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            let plan = self.remote.get(&["deployments", self.deployment, "plan"], &[]).await?;
            if let Ok(plan) = serde_json::from_value::<Plan>(plan) {
                self.reporter.begin(&plan);
            }
        }
        Ok(())
    }

    /// A newer server may tell of things that this version does not know.
    fn tell(&self, event: Option<Event>) {
        if let Some(event) = event {
            self.reporter.event(&event);
        }
    }
}

/// A line of a deployment's log as the event it was.
pub(crate) fn of_line(row: &Value, tick: Tick) -> Event {
    let at = word(row, "at").parse().unwrap_or_else(|_| Timestamp::now());
    Event { run: uuid::Uuid::nil(), seq: 0, at, body: Body::Tick(tick) }
}

async fn leave(remote: &Remote, deployment: &str, context: &Context) -> Result<Status> {
    let output = &context.output;
    tokio::spawn(async {
        let _ = tokio::signal::ctrl_c().await;
        os::abandon();
    });
    let again = format!("`pak remote deployment watch {deployment}` shows it again.");
    if output.can_ask() && ask(&format!("Stop {deployment} on the server, too?")).is_ok() {
        remote.send(Method::POST, &["deployments", deployment, "cancel"], None).await?;
        output.progress("Asked the server to stop: uploads on their way are heard out.");
        return Err(Problem::new(code::deploy::CANCELLED, format!("{deployment} was asked to stop.")).next(again));
    }
    Err(Problem::new(code::deploy::CANCELLED, format!("Watching ended; {deployment} goes on at the server."))
        .next(format!("{again} `pak remote deployment cancel {deployment}` stops it.")))
}

/// Says how it ended, with the exit code of a deployment on this machine.
pub(crate) fn finish(detail: &Value, output: &Output) -> Result<Status> {
    let deployment = word(detail, "deployment_id");
    match word(detail, "status").as_str() {
        "success" => {
            output.line(format!("{} All platforms deployed successfully", output.mark(Mark::Ok)));
            Ok(Status::OK)
        }
        "rolled_back" => {
            output.line(format!("{} Taken back as far as the registries allow", output.mark(Mark::Ok)));
            Ok(Status::OK)
        }
        "waiting" => {
            output.line(format!(
                "{} Nothing failed, and not everything is public: a registry holds some of it back, or a pull request is open",
                output.mark(Mark::Warning)
            ));
            Ok(Status::OK)
        }
        status @ ("pending" | "running") => {
            output.line(format!("{deployment} is {status}."));
            Ok(Status::OK)
        }
        status => Err(problem(detail, status).about("deployment", &deployment)),
    }
}

fn problem(detail: &Value, status: &str) -> Problem {
    let error = detail.get("error").filter(|error| error.is_object()).cloned().unwrap_or_default();
    let (code, effect) = match status {
        "partially_published" => (code::deploy::PARTLY_PUBLISHED, Effect::PartlyPublished),
        "cancelled" => (code::deploy::CANCELLED, Effect::NothingSent),
        _ => (code::find(&word(&error, "code")).unwrap_or(code::deploy::FAILED), Effect::NothingSent),
    };
    let deployment = word(detail, "deployment_id");
    let message = match word(&error, "message") {
        text if text.is_empty() => format!("The deployment ended as {}.", status.replace('_', " ")),
        text => text,
    };
    let mut problem = Problem::new(code, message).effect(effect);
    let steps = detail.get("steps").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for step in steps.iter().filter(|step| step.get("message").is_some_and(Value::is_string)) {
        problem = problem.said(format!("{}: {} [{}]", word(step, "step"), word(step, "message"), word(step, "code")));
    }
    match word(&error, "next") {
        next if !next.is_empty() => problem.next(next),
        _ if status == "failed" => {
            problem.next(format!("Mend it, then run `pak remote deployment retry {deployment}`."))
        }
        _ => problem.next(format!("Run `pak remote deployment resume {deployment}` to continue it.")),
    }
}
