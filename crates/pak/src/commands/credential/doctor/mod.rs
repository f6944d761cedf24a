//! `pak credential doctor`: where every publishing credential lives, what its form tells, and what could do without it.

mod kind;
mod places;
mod trust;

use std::sync::Arc;

use pak_deploy::{Nobody, Session, Target};
use pak_model::problem::Report;
use pak_model::{Problem, Result, code::Exit};
use serde::Serialize;
use serde_json::json;

use self::kind::Kind;
use self::places::Place as Where;
use self::trust::Publisher;
use crate::commands::session::{self, Choice, Place, Stage};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, faint, strong};

/// Show where every publishing credential lives, how far it reaches as far as it tells, and what could replace it.
///
/// Looks at pak's store, variables and the ecosystems' files; asks no one unless `--online` is given, and then only reads.
/// For registries with trusted publishing it shows the form to fill in there, and the claims of the job's identity that the
/// registry would compare. No secret is ever shown. Exits with 3 where a credential lies open.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  pak credential doctor\n  pak credential doctor --environment staging --online\n  pak credential doctor --json"
)]
pub(crate) struct Args {
    /// Ask the registries whether each credential is good, and what they tell of it.
    #[arg(long)]
    online: bool,
    #[command(flatten)]
    place: Place,
}

/// What is known of one target.
#[derive(Serialize)]
struct Patient {
    target: String,
    platform: String,
    registry: String,
    /// Every place with a credential, the one that is used first.
    credentials: Vec<Known>,
    /// What the registry answered, where it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    registry_says: Option<Answer>,
    /// How the target would do without a credential; none where its registry has no trusted publishing.
    #[serde(skip_serializing_if = "Option::is_none")]
    trusted_publishing: Option<Publisher>,
}

/// One credential.
#[derive(Serialize)]
struct Known {
    #[serde(flatten)]
    place: Where,
    #[serde(flatten)]
    kind: Kind,
}

#[derive(Serialize)]
struct Answer {
    accepted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Report>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    context.block_on(async {
        let stage = if args.online { Stage::ReadOnly } else { Stage::Offline };
        let session = session::open(&args.place, &Choice::default(), stage, Arc::new(Nobody), context).await?;
        let targets = pak_deploy::targets::resolve(&session)?;
        let repository = trust::Repository::of(&session.project.root, context);
        let mut patients = Vec::new();
        for target in &targets {
            let registry_says =
                if args.online && target.credential.is_some() { Some(ask(target, &session).await) } else { None };
            patients.push(Patient {
                target: target.name.clone(),
                platform: target.platform.definition().id.clone(),
                registry: target.registry.clone(),
                credentials: credentials(target, &session, context)?,
                registry_says,
                trusted_publishing: trust::publisher(target, &session, &repository),
            });
        }
        let is_open = patients.iter().flat_map(|patient| &patient.credentials).any(Known::is_open);
        for patient in &patients {
            show(patient, context);
        }
        if patients.is_empty() {
            context.output.line("There are no targets here, so no credentials are needed.");
        }
        context.output.json(&json!({ "ok": !is_open, "targets": patients }));
        Ok(if is_open { Status::from(Exit::Findings) } else { Status::OK })
    })
}

/// Every place that has a credential for a target. What is found in several ways is shown once.
fn credentials(target: &Target, session: &Session, context: &Context) -> Result<Vec<Known>> {
    let sources = session.sources.for_target(&target.name);
    let mut found: Vec<_> = target.credential.iter().cloned().collect();
    found.extend(target.platform.credentials().discover(&sources, &target.endpoint)?);
    if let Some(entry) = session.credentials.find(&target.name, &target.endpoint) {
        let origin = format!("pak's credential store ({})", session.credentials.path());
        found.push(pak_platforms::Found { credential: entry.credential.clone(), origin });
    }
    let mut known: Vec<Known> = Vec::new();
    for one in found {
        if !known.iter().any(|known| known.place.origin == one.origin) {
            let place = Where::of(&one.origin, &session.project.root, context);
            known.push(Known { place, kind: kind::of(&target.platform.definition().driver, &one.credential) });
        }
    }
    Ok(known)
}

async fn ask(target: &Target, session: &Session) -> Answer {
    match target.platform.credentials().check(&target.call(session), None).await {
        Ok(account) => Answer { accepted: true, account: account.name, note: account.note, error: None },
        Err(problem) => Answer { accepted: false, account: None, note: None, error: Some(Problem::report(&problem)) },
    }
}

impl Known {
    /// Whether it must be mended before anything is published with it.
    fn is_open(&self) -> bool {
        self.place.readable_by_others || self.place.tracked || self.kind.is_expired()
    }
}

fn show(patient: &Patient, context: &Context) {
    let output = &context.output;
    output.line(format!(
        "{} {}",
        strong(&patient.target),
        faint(&format!("{} {}", patient.platform, patient.registry))
    ));
    for (number, known) in patient.credentials.iter().enumerate() {
        let mark = output.mark(if known.is_open() { Mark::Failed } else { Mark::Ok });
        let unused = if number > 0 { "; not used, an earlier one is" } else { "" };
        output.line(format!("  {mark} {}: {}{unused}", known.place.origin, known.kind.name));
        let scope = known.kind.scope.as_ref().map(|scope| format!("scope: {scope}"));
        let expiry = known.kind.expires.map(|at| format!("expires {}", at.strftime("%Y-%m-%d %H:%M UTC")));
        for line in scope.into_iter().chain(expiry) {
            output.line(format!("      {line}"));
        }
        for advice in known.place.advice().into_iter().chain(known.kind.advice.clone()) {
            output.line(format!("      {advice}"));
        }
    }
    if patient.credentials.is_empty() {
        output.line(format!("  {} no credential", output.mark(Mark::Warning)));
    }
    if let Some(answer) = &patient.registry_says {
        let said = match &answer.error {
            Some(error) => error.message.clone(),
            None => [answer.account.as_ref().map(|name| format!("account {name}")), answer.note.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
        };
        let mark = output.mark(if answer.accepted { Mark::Ok } else { Mark::Failed });
        output.line(format!("  {mark} the registry says: {}", if said.is_empty() { "accepted" } else { &said }));
    }
    if let Some(publisher) = &patient.trusted_publishing {
        let could = if patient.credentials.is_empty() { "can do" } else { "could do" };
        output.line(format!("  Trusted publishing: {} {could} without a credential in CI.", patient.target));
        for (label, value) in &publisher.form {
            output.line(format!("      {label}: {value}"));
        }
        output.line(faint(&format!("      the registry compares: {}", publisher.compared.join(", "))));
        for (claim, value) in &publisher.claims {
            output.line(faint(&format!("      {claim} = {value}")));
        }
        for note in &publisher.notes {
            output.line(format!("      {note}"));
        }
    }
    output.line("");
}
