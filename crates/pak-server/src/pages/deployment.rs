//! One deployment: the live board, the log, and what can be done about it.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use pak_model::Problem;
use pak_model::event::Event;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::board::Board;
use super::chip::{Chip, Tone};
use super::decide::possible;
use super::frame::{Frame, Link, Place, Theme, page, segment};
use super::icon::Icon;
use super::log::Line;
use super::project::PackageRow;
use super::show::{When, duration, plain, short};
use super::visit::Visit;
use crate::access::{At, Read};
use crate::actions::deployments::Status;
use crate::error::ApiResult;
use crate::state::App;
use crate::store::entity::{approval, deployment, deployment_event, package, user};
use crate::store::unusable;

/// How many lines of the log the page shows; the whole of it can be had as text.
const SHOWN_LINES: usize = 300;
/// How many events are read at most.
const READ_EVENTS: u64 = 20_000;

/// The live view.
#[derive(Debug, Template)]
#[template(path = "deployment/view.html")]
pub struct DeploymentView {
    /// What stands around it.
    pub frame: Frame,
    /// The deployment's number.
    pub id: i64,
    /// Its project.
    pub project: String,
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// How it stands.
    pub chip: Chip,
    /// Whether it can still change.
    pub is_live: bool,
    /// What is read aloud when it changes.
    pub words: String,
    /// What it does before there is a plan.
    pub stage: String,
    /// What needs a look.
    pub trouble: Option<Attention>,
    /// What the caller can do.
    pub actions: Vec<Action>,
    /// The registries and packages.
    pub board: Board,
    /// What happened.
    pub log: Vec<Line>,
    /// Who, when, from where.
    pub facts: Vec<Fact>,
    /// How many people have to say yes.
    pub approvals_needed: i64,
    /// How many did.
    pub approvals_given: usize,
    /// Who decided what.
    pub approvals: Vec<Approval>,
    /// What was built.
    pub files: Vec<PackageRow>,
}

/// Something that needs a look, above the board.
#[derive(Debug)]
pub struct Attention {
    /// How it is to be taken.
    pub tone: Tone,
    /// Its picture.
    pub icon: Icon,
    /// What is.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// The stable code, where it is a problem.
    pub code: String,
}

/// Something that can be done.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// The end of its address.
    pub name: &'static str,
    /// The word on the button.
    pub word: &'static str,
    /// Whether it asks on a page of its own first.
    pub asks: bool,
    /// Whether it is what one does next.
    pub is_main: bool,
    /// Whether it takes something away.
    pub is_danger: bool,
}

/// A line of the facts beside the board.
#[derive(Debug)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What it is for this one.
    pub value: Value,
}

/// How a fact is shown.
#[derive(Debug)]
pub enum Value {
    /// Words.
    Text(String),
    /// An identifier.
    Code(String),
    /// A moment.
    Time(When),
    /// A way to more.
    Link(Link),
}

/// A person's word on a release.
#[derive(Debug)]
pub struct Approval {
    /// Who.
    pub name: String,
    /// Yes or no.
    pub chip: Chip,
    /// Why.
    pub note: String,
    /// When.
    pub at: When,
}

/// `GET /deployments/{id}`.
pub async fn show(State(app): State<App>, visit: Visit, at: At<Read>) -> ApiResult<Response> {
    let view = view(&app, &visit, &at).await?;
    Ok(page(StatusCode::OK, &view))
}

/// `GET /deployments/{id}/log`: the whole log as text.
pub async fn log(State(app): State<App>, at: At<Read>) -> ApiResult<Response> {
    let mut text = String::new();
    for line in history(&app, at.deployment.id).await?.iter().filter_map(|entry| entry.line.as_ref()) {
        text.push_str(&line.exact);
        text.push_str("  ");
        text.push_str(&line.text.replace('\n', "\n                      "));
        text.push('\n');
    }
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

/// One entry of a deployment's history.
struct Entry {
    event: Option<Event>,
    line: Option<Line>,
}

async fn history(app: &App, id: i64) -> Result<Vec<Entry>, Problem> {
    let rows = deployment_event::Entity::find()
        .filter(deployment_event::Column::DeploymentId.eq(id))
        .order_by_asc(deployment_event::Column::Id)
        .limit(READ_EVENTS)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    Ok(rows.iter().map(entry).collect())
}

fn entry(row: &deployment_event::Model) -> Entry {
    if let Ok(event) = serde_json::from_str::<Event>(&row.body) {
        return Entry { line: Line::of(&event), event: Some(event) };
    }
    let body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
    let word = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    let line = match (word("status"), word("note"), word("text")) {
        (Some(status), note, _) => {
            let chip = Chip::deployment(status);
            let note = note.filter(|note| !note.is_empty()).map(|note| format!(": {note}"));
            Some(Line::at(
                row.at,
                &format!("{}{}", chip.word, note.unwrap_or_default()),
                Some(chip.tone).filter(|tone| *tone != Tone::Calm),
            ))
        }
        (None, _, Some(text)) => Some(Line::at(row.at, text, None)),
        _ => None,
    };
    Entry { event: None, line }
}

async fn view(app: &App, visit: &Visit, at: &At<Read>) -> Result<DeploymentView, Problem> {
    let (row, project) = (&at.deployment, &at.place.project);
    let state = Status::of(&row.status);
    let history = history(app, row.id).await?;
    let mut board = Board::of_summary(row.summary.as_deref().unwrap_or_default());
    for event in history.iter().filter_map(|entry| entry.event.as_ref()) {
        board.take(event);
    }
    let mut log: Vec<Line> = history.into_iter().filter_map(|entry| entry.line).collect();
    log.drain(..log.len().saturating_sub(SHOWN_LINES));
    let approvals = approvals(app, row.id).await?;
    let given = approvals.iter().filter(|one| one.chip == Chip::APPROVED).count();
    let is_waiting =
        state == Status::Pending && row.run_id.is_none() && given < usize::try_from(row.approvals_needed).unwrap_or(0);
    let chip = if is_waiting { Chip::NEEDS_APPROVAL } else { Chip::deployment(&row.status) };
    let version = row.version.as_deref().or_else(|| board.version()).unwrap_or_default().to_owned();
    let what = [project.name.as_str(), &version].join(" ");
    let name = format!("{} to {}", what.trim_end(), row.environment);
    let home = format!("/projects/{}", segment(&project.name));
    let board_words = board.words();
    let mut frame = visit.frame(format!("{name}: {}", chip.word), Place::Deployments);
    frame.live = (!state.is_over()).then(|| format!("/deployments/{}/events", row.id));
    Ok(DeploymentView {
        frame: frame.under("/projects", "Projects").under(home, project.name.clone()),
        id: row.id,
        project: project.name.clone(),
        environment: row.environment.clone(),
        version,
        chip,
        is_live: !state.is_over(),
        words: if board_words.is_empty() { chip.word.to_owned() } else { format!("{}: {board_words}", chip.word) },
        stage: stage(row, is_waiting, log.last()),
        trouble: attention(row, state, is_waiting),
        actions: possible(at, state, is_waiting),
        board,
        facts: facts(app, row).await?,
        approvals_needed: row.approvals_needed,
        approvals_given: given,
        approvals,
        files: files(app, row.id).await?,
        log,
    })
}

fn stage(row: &deployment::Model, is_waiting: bool, last: Option<&Line>) -> String {
    match (is_waiting, row.started_at, last) {
        (true, ..) => "It begins when enough people have approved it.".to_owned(),
        (false, None, _) => "Waits for a worker. It begins within a second where one is free.".to_owned(),
        (false, Some(_), Some(line)) => format!("Preparing the plan: {}", line.text),
        (false, Some(_), None) => "Preparing the plan.".to_owned(),
    }
}

fn attention(row: &deployment::Model, state: Status, is_waiting: bool) -> Option<Attention> {
    let say = |tone, icon, message: &str, advice: &str| {
        Some(Attention {
            tone,
            icon,
            message: plain(message),
            advice: plain(advice),
            code: row.error_code.clone().unwrap_or_default(),
        })
    };
    if let Some(message) = row.error_message.as_deref().filter(|_| state.is_over()) {
        let tone = if state == Status::Waiting { Tone::Warn } else { Tone::Bad };
        return say(tone, Icon::Mark, message, row.error_next.as_deref().unwrap_or_default());
    }
    match state {
        Status::PartiallyPublished => say(
            Tone::Bad,
            Icon::Mark,
            "Some of it is published and some is not.",
            "Resume sends what is missing; roll back takes back what the registries allow.",
        ),
        Status::Waiting => say(
            Tone::Warn,
            Icon::Clock,
            "A registry holds some of it back, or a change waits to be merged.",
            "Resume looks again and goes on.",
        ),
        _ if is_waiting => say(
            Tone::Warn,
            Icon::Person,
            "This release waits for approval.",
            "People who may approve find the button here.",
        ),
        Status::Pending | Status::Running if row.cancel_requested_at.is_some() => {
            say(Tone::Warn, Icon::Clock, "It was asked to stop.", "What is on its way is heard out first.")
        }
        _ => None,
    }
}

async fn approvals(app: &App, id: i64) -> Result<Vec<Approval>, Problem> {
    let rows = approval::Entity::find()
        .filter(approval::Column::DeploymentId.eq(id))
        .order_by_asc(approval::Column::At)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let mut names = people(app, rows.iter().map(|row| row.user_id)).await?;
    let approval = |row: approval::Model| Approval {
        name: names.remove(&row.user_id).unwrap_or_else(|| "somebody who left".to_owned()),
        chip: if row.decision == "approved" { Chip::APPROVED } else { Chip::REJECTED },
        note: plain(&row.note),
        at: When::of(row.at),
    };
    Ok(rows.into_iter().map(approval).collect())
}

/// The names of accounts.
pub(super) async fn people(
    app: &App,
    ids: impl IntoIterator<Item = i64>,
) -> Result<std::collections::BTreeMap<i64, String>, Problem> {
    let rows: Vec<(i64, String)> = user::Entity::find()
        .select_only()
        .columns([user::Column::Id, user::Column::Name])
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    Ok(rows.into_iter().map(|(id, name)| (id, plain(&name))).collect())
}

async fn facts(app: &App, row: &deployment::Model) -> Result<Vec<Fact>, Problem> {
    let by = people(app, row.requested_by).await?.into_values().next();
    let via = match row.requested_via.as_str() {
        "key" => " (API key)",
        "schedule" => " (schedule)",
        _ => "",
    };
    let mut facts = vec![
        Fact { name: "Asked for", value: Value::Time(When::of(row.created_at)) },
        Fact { name: "By", value: Value::Text(format!("{}{via}", by.unwrap_or_else(|| "a machine".to_owned()))) },
    ];
    let mut add = |name, value: Option<Value>| facts.extend(value.map(|value| Fact { name, value }));
    add("Began", row.started_at.map(|at| Value::Time(When::of(at))));
    add("Took", row.started_at.zip(row.finished_at).map(|(from, to)| Value::Text(duration(from, to))));
    add("Only to", targets(row).map(Value::Text));
    add("Source", source(row).map(Value::Code));
    add("Plan", row.plan_digest.as_deref().map(|digest| Value::Code(short(digest).to_owned())));
    add("Run", row.run_id.clone().map(Value::Code));
    add("Repeats", row.retry_of.map(|id| Value::Link(Link::new(format!("/deployments/{id}"), format!("#{id}")))));
    add("Workers", (row.attempts > 1).then(|| Value::Text(format!("{} began it", row.attempts))));
    Ok(facts)
}

fn targets(row: &deployment::Model) -> Option<String> {
    let names: Vec<String> = serde_json::from_str(row.platforms.as_deref()?).ok()?;
    Some(names.join(", ")).filter(|names| !names.is_empty())
}

/// The source in a few words: what was checked out, with its commit or digest.
pub(super) fn source(row: &deployment::Model) -> Option<String> {
    let source: serde_json::Value = serde_json::from_str(row.source.as_deref()?).ok()?;
    let word = |name: &str| source.get(name).and_then(serde_json::Value::as_str).filter(|word| !word.is_empty());
    let exact = word("commit").or_else(|| word("sha256")).map(short);
    let place = exact.or_else(|| word("ref")).or_else(|| word("path")).unwrap_or_default();
    Some(plain(&format!("{} {place}", word("kind")?)))
}

/// The artifacts of a deployment.
pub(super) async fn files(app: &App, id: i64) -> Result<Vec<PackageRow>, Problem> {
    let rows = package::Entity::find()
        .filter(package::Column::DeploymentId.eq(id))
        .order_by_asc(package::Column::File)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    Ok(rows.into_iter().map(PackageRow::of).collect())
}
