//! Asks registries whether they answer, and whether a credential is good. Behind `platform test`, `platform health` and
//! `credential test`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use pak_deploy::{Nobody, Target};
use pak_model::problem::Report;
use pak_model::{Problem, Result};
use pak_platforms::protocol::tap;
use serde::Serialize;
use serde_json::json;

use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, faint, time};

/// A name that is looked up where there is no credential to show: an answer, whatever it is, is what is wanted.
const SOME_NAME: &str = "pak";

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    /// Does it answer?
    Reachable,
    /// Does it answer, and does it take the credential, where there is one?
    Connection,
    /// Is there a credential, and does it take it?
    Credential,
}

/// What a registry answered.
#[derive(Serialize)]
struct Answer {
    name: String,
    platform: String,
    registry: String,
    ok: bool,
    account: Option<String>,
    note: Option<String>,
    credential: Option<String>,
    milliseconds: u128,
    error: Option<Report>,
    #[serde(skip)]
    problem: Option<Problem>,
}

/// Asks the targets that the names mean, side by side, and shows what each answered.
pub(crate) fn run(names: &[String], place: &Place, question: Question, context: &Context) -> Result<Status> {
    context.block_on(async {
        let session = session::open(place, &Choice::default(), Stage::ReadOnly, Arc::new(Nobody), context).await?;
        session::interruptible(&session, context);
        let targets = super::targets_of(&session, names)?;
        let answers = join_all(targets.iter().map(|target| async {
            let begun = Instant::now();
            let outcome = ask(target, &session, question).await;
            answer(target, outcome, begun.elapsed())
        }))
        .await;
        for answer in &answers {
            show(answer, question, context);
        }
        context.output.json(&json!({ "ok": answers.iter().all(|answer| answer.ok), "platforms": answers }));
        let worst =
            answers.iter().filter_map(|answer| answer.problem.as_ref()).map(|problem| problem.code().exit).max();
        if answers.is_empty() {
            context.output.line("No platforms: nothing publishable was found here. Name one, such as `npm`.");
        }
        Ok(worst.map_or(Status::OK, Status::from))
    })
}

async fn ask(target: &Target, session: &pak_deploy::Session, question: Question) -> Result<pak_platforms::Account> {
    let call = target.call(session);
    match (&target.credential, question) {
        (None, Question::Credential) if !target.has_keys() => Err(pak_deploy::credentials::missing(
            target.platform.as_ref(),
            &target.name,
            session
                .project
                .config
                .environments
                .get(&session.environment)
                .and_then(|targets| targets.get(&target.name))
                .unwrap_or(&pak_project::TargetConfig::default()),
        )),
        (Some(_), Question::Connection) | (_, Question::Credential) => {
            // Where changes are offered, the forge is asked: the token need not be one that may push.
            let repository = target.options.repository.as_ref().or(call.endpoint().repository.as_ref());
            let offered = target.options.commit.as_ref().filter(|commit| commit.pull_request);
            let name = offered.zip(repository).map(|(commit, path)| tap::offered_name(path, commit.forge.as_deref()));
            target.platform.credentials().check(&call, name.as_deref()).await
        }
        (None, Question::Connection) | (_, Question::Reachable) => {
            target.platform.lookup().versions(&call.with_credential(None), SOME_NAME).await?;
            Ok(pak_platforms::Account::default())
        }
    }
}

fn answer(target: &Target, outcome: Result<pak_platforms::Account>, took: Duration) -> Answer {
    let (account, problem) = match outcome {
        Ok(account) => (account, None),
        Err(problem) => (pak_platforms::Account::default(), Some(problem)),
    };
    Answer {
        name: target.name.clone(),
        platform: target.platform.definition().id.clone(),
        registry: target.registry.clone(),
        ok: problem.is_none(),
        account: account.name,
        note: account.note,
        credential: target.credential.as_ref().map(|found| found.origin.clone()),
        milliseconds: took.as_millis(),
        error: problem.as_ref().map(Problem::report),
        problem,
    }
}

fn show(answer: &Answer, question: Question, context: &Context) {
    let output = &context.output;
    let Some(problem) = &answer.problem else {
        let told = match question {
            Question::Reachable => time(Duration::from_millis(u64::try_from(answer.milliseconds).unwrap_or(u64::MAX))),
            _ => [
                answer.account.as_ref().map(|name| format!("account {name}")),
                answer.credential.clone().or_else(|| Some("no credential: reading only".to_owned())),
                answer.note.clone(),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("; "),
        };
        let word = if question == Question::Reachable { "Reachable" } else { "Connection successful" };
        output.line(format!("{} {}: {word} ({told})", output.mark(Mark::Ok), answer.name));
        return;
    };
    output.line(format!(
        "{} {}: {} [{}]",
        output.mark(Mark::Failed),
        answer.name,
        problem.message(),
        problem.code().id
    ));
    output.line(faint(&format!("  {}", answer.registry)));
    for cause in problem.causes() {
        output.line(format!("  caused by: {cause}"));
    }
    output.line(format!("  Next: {}", problem.advice()));
}
