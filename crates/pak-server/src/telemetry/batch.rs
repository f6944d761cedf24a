//! The writer of reports: what comes in together is written together, and each report is answered once its events are durable.

use std::collections::BTreeSet;

use pak_model::{Problem, Result, code};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _};
use tokio::sync::{mpsc, oneshot};

use super::event::Event;
use super::record::{self, Row};
use crate::access::{Right, Role};
use crate::store::entity::{member, project};
use crate::store::{Store, unusable};
use crate::time::Clock;

/// How many reports may wait; more wait at the door.
const WAITING: usize = 4096;
/// How many events are written at once, give or take one report.
const LARGEST: usize = 4096;

/// Who reports, as far as it decides what an event belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Reporter {
    /// The person, by session or key; none for the instance's own key and for webhooks.
    pub user_id: Option<i64>,
    /// The one project that the key is for: everything it reports belongs to it.
    pub project_id: Option<i64>,
    /// Whether every project may be named: administrators and the instance's own key.
    pub everywhere: bool,
    /// Where the events come from.
    pub source: String,
}

/// Hands reports to the writer. Cloning is cheap.
#[derive(Clone)]
pub struct Recorder {
    queue: mpsc::Sender<Batch>,
}

struct Batch {
    events: Vec<Event>,
    reporter: Reporter,
    answer: oneshot::Sender<Result<()>>,
}

impl Recorder {
    /// Starts the writer; it ends when the last recorder is dropped.
    pub fn start(store: Store, clock: Clock) -> Self {
        let (queue, batches) = mpsc::channel(WAITING);
        tokio::spawn(work(store, clock, batches));
        Self { queue }
    }

    /// Stores events. When this returns they are durable, all of them or none.
    pub async fn record(&self, events: Vec<Event>, reporter: Reporter) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let (answer, answered) = oneshot::channel();
        let gone = || Problem::new(code::server::STOPPING, "The server is stopping; nothing was stored.");
        self.queue.send(Batch { events, reporter, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

async fn work(store: Store, clock: Clock, mut batches: mpsc::Receiver<Batch>) {
    while let Some(first) = batches.recv().await {
        let mut size = first.events.len();
        let mut together = vec![first];
        while size < LARGEST
            && let Ok(next) = batches.try_recv()
        {
            size += next.events.len();
            together.push(next);
        }
        write(&store, clock.now(), together).await;
    }
}

/// Writes some batches in one transaction and answers each.
async fn write(store: &Store, now: i64, together: Vec<Batch>) {
    let projects = match projects(store, &together).await {
        Ok(projects) => projects,
        Err(problem) => return together.into_iter().for_each(|batch| answer(batch.answer, Err(problem.clone()))),
    };
    let (mut rows, mut answers) = (Vec::new(), Vec::with_capacity(together.len()));
    for Batch { events, reporter, answer: waiting } in together {
        match events.into_iter().map(|event| projects.row(event, &reporter)).collect::<Result<Vec<_>>>() {
            Ok(more) => {
                rows.extend(more);
                answers.push(waiting);
            }
            Err(problem) => answer(waiting, Err(problem)),
        }
    }
    let written =
        store.write(move |transaction| Box::pin(async move { record::record(transaction, &rows, now).await })).await;
    for waiting in answers {
        answer(waiting, written.clone());
    }
}

fn answer(waiting: oneshot::Sender<Result<()>>, result: Result<()>) {
    // The client may have gone; its events are stored all the same.
    let _ = waiting.send(result);
}

/// The rows of one report, for those who write them in a transaction of their own.
pub async fn rows(store: &Store, events: Vec<Event>, reporter: &Reporter) -> Result<Vec<Row>> {
    let (answer, _) = oneshot::channel();
    let batch = Batch { events, reporter: reporter.clone(), answer };
    let projects = projects(store, std::slice::from_ref(&batch)).await?;
    batch.events.into_iter().map(|event| projects.row(event, reporter)).collect()
}

/// Projects that events name, and who may report for them.
struct Projects(Vec<(String, i64, BTreeSet<i64>)>);

/// Looks up, once for all, the projects that are named or have a package's name.
async fn projects(store: &Store, batches: &[Batch]) -> Result<Projects> {
    let said =
        |event: &Event| event.project.clone().or_else(|| Some(event.package.clone()).filter(|name| !name.is_empty()));
    let free = batches.iter().filter(|batch| batch.reporter.project_id.is_none());
    let names: BTreeSet<String> = free.flat_map(|batch| batch.events.iter().filter_map(said)).collect();
    if names.is_empty() {
        return Ok(Projects(Vec::new()));
    }
    let found: Vec<(i64, String)> = project::Entity::find()
        .select_only()
        .columns([project::Column::Id, project::Column::Name])
        .filter(project::Column::Name.is_in(names))
        .into_tuple()
        .all(store.read())
        .await
        .map_err(unusable)?;
    if found.is_empty() {
        return Ok(Projects(Vec::new()));
    }
    let users: BTreeSet<i64> = batches.iter().filter_map(|batch| batch.reporter.user_id).collect();
    let members: Vec<(i64, i64, String)> = member::Entity::find()
        .select_only()
        .columns([member::Column::ProjectId, member::Column::UserId, member::Column::Role])
        .filter(member::Column::ProjectId.is_in(found.iter().map(|(id, _)| *id)))
        .filter(member::Column::UserId.is_in(users))
        .into_tuple()
        .all(store.read())
        .await
        .map_err(unusable)?;
    let may = |id: i64| {
        let deploys = |role: &str| Role::parse(role).is_some_and(|role| role.allows(Right::Deploy));
        members
            .iter()
            .filter(move |(project, _, role)| *project == id && deploys(role))
            .map(|(_, user, _)| *user)
            .collect()
    };
    Ok(Projects(found.into_iter().map(|(id, name)| (name, id, may(id))).collect()))
}

impl Projects {
    /// The event with what it belongs to. A project that was named must be one the reporter may deploy; one that merely has the
    /// package's name is left alone otherwise.
    fn row(&self, mut event: Event, reporter: &Reporter) -> Result<Row> {
        let find = |name: &str| {
            let (_, id, users) = self.0.iter().find(|(known, ..)| known == name)?;
            (reporter.everywhere || reporter.user_id.is_some_and(|user| users.contains(&user))).then_some(*id)
        };
        let project_id = match (reporter.project_id, event.project.take()) {
            (Some(id), _) => Some(id),
            (None, Some(name)) => Some(find(&name).ok_or_else(|| {
                Problem::new(code::server::INPUT, format!("`project` is none you may report for: {name}."))
                    .about("field", "project")
            })?),
            (None, None) => find(&event.package),
        };
        Ok(Row { event, source: reporter.source.clone(), project_id, user_id: reporter.user_id })
    }
}
