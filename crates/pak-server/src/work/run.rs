//! One deployment, from the checked-out source to its last fact: the same engine as the command line, with a session made for it.

use std::sync::Arc;
use std::time::Duration;

use camino::Utf8PathBuf;
use pak_deploy::session::SANDBOX;
use pak_deploy::steps::scan::Scanning;
use pak_deploy::{CredentialStore, Session, StateFolder, history, plan, run, steps, targets, undo};
use pak_http::{Client, Policy};
use pak_model::event::RunOutcome;
use pak_model::fault::FaultPlan;
use pak_model::{Effect, Problem, Result, code};
use pak_platforms::Sources;
use pak_project::Project;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};

use super::claim::Held;
use super::lease::{self, Reins};
use super::mirror::RowMirror;
use super::watch::Watch;
use super::{announce, credentials, source};
use crate::actions::deployments::{Status, tell};
use crate::error::not_found;
use crate::events::News;
use crate::state::App;
use crate::store::entity::project;
use crate::store::unusable;

/// How long a deployment is left alone after trouble that is not its own.
const AFTER_TROUBLE: Duration = Duration::from_secs(3);

/// Carries a deployment out and records its end. Whatever happens, it is either ended here or left to be taken over.
pub(super) async fn carry_out(app: &App, held: Held) {
    let id = held.row.id;
    app.hub.tell(id, News::Rows);
    let reins = Reins::default();
    let folder = app.settings.data.join("work").join(format!("{id}-{}", held.fence()));
    let result = {
        let keeping = tokio::spawn(lease::keep(app.clone(), held.clone(), reins.clone()));
        let result = on_own_thread(app.clone(), held.clone(), reins.clone(), folder.clone()).await;
        keeping.abort();
        result
    };
    // Nothing in it is needed any more: what a successor needs is in the rows and the file store.
    let _ = tokio::fs::remove_dir_all(&folder).await;
    let ended = match result {
        // Held no more: the successor found it at once.
        Some(_) if reins.lost.is_cancelled() => Ok(()),
        Some(Err(problem)) if is_ours(&problem) => release(app, &held, AFTER_TROUBLE, Some(&problem)).await,
        Some(result) => end(app, &held, result).await,
        None => release(app, &held, Duration::ZERO, None).await,
    };
    if let Err(problem) = ended {
        tracing::error!(deployment = id, causes = ?problem.causes(), "its end was not recorded: {}", problem.message());
    }
    app.hub.tell(id, News::Rows);
    app.hub.wake_workers();
    app.hub.wake_deliveries();
}

/// The engine packs and hashes between its waits, so each deployment has a thread of its own. None: the process ends first.
async fn on_own_thread(app: App, held: Held, reins: Reins, folder: Utf8PathBuf) -> Option<Result<End>> {
    let runtime = tokio::runtime::Handle::current();
    let working = tokio::task::spawn_blocking(move || {
        runtime.block_on(async {
            tokio::select! {
                result = attempt(&app, &held, &reins, &folder) => Some(result),
                () = stopping(&app) => None,
            }
        })
    });
    working.await.unwrap_or_else(|error| {
        tracing::error!("a deployment's thread broke: {error}");
        Some(Err(Problem::new(code::server::INTERNAL, "The worker broke while it had this deployment.")
            .effect(Effect::MaybeSent)))
    })
}

/// When the process is to stop, what is on its way gets a while; then it is left to whoever takes over.
async fn stopping(app: &App) {
    app.stop.cancelled().await;
    tokio::time::sleep(super::GRACE / 2).await;
}

/// How a deployment ended.
struct End {
    status: Status,
    problem: Option<Problem>,
}

async fn attempt(app: &App, held: &Held, reins: &Reins, folder: &camino::Utf8Path) -> Result<End> {
    let found = project::Entity::find_by_id(held.row.project_id).one(app.store.read()).await.map_err(unusable)?;
    let project = found.ok_or_else(|| not_found("project of this deployment"))?;
    let (root, committed) = check_out(app, held, &project, folder).await?;
    let (watch, lines) = Watch::new(app, held.row.id);
    let lines = tokio::spawn(lines);
    let ended = async {
        let mut session = session(app, held, &project, (root, committed), folder, Arc::new(watch)).await?;
        session.cancel = reins.cancel.clone();
        if held.row.action == "package" {
            return package(app, held, &session, &folder.join("artifacts")).await;
        }
        drive(held, &session).await
    }
    .await;
    // The session, and with it the listener, is gone: its last lines are written.
    let _ = tokio::time::timeout(Duration::from_secs(5), lines).await;
    ended
}

async fn drive(held: &Held, session: &Session) -> Result<End> {
    let id = held.row.run_id.as_deref().and_then(|text| text.parse().ok());
    let kept = match id {
        Some(id) => run::restore(session, id).await?,
        None => None,
    };
    if held.row.action == "rollback" {
        let folder = kept.ok_or_else(|| {
            Problem::new(code::deploy::RUN_UNKNOWN, "This deployment has no run that could be taken back.")
        })?;
        return take_back(session, &folder).await;
    }
    let report = match kept {
        Some(folder) => {
            // Killed after its last fact and before the row knew of it: there is nothing left to do.
            if let Some(end) = ended_before(&folder, held)? {
                return Ok(end);
            }
            run::resume(session, &folder).await?
        }
        None => run::deploy(session, None, &|_| Ok(())).await?,
    };
    Ok(End { status: status(report.outcome), problem: report.problem() })
}

/// Builds, keeps what was built, and sends nothing.
async fn package(app: &App, held: &Held, session: &Session, output: &camino::Utf8Path) -> Result<End> {
    let targets = targets::resolve(session)?;
    let draft = plan::draw(session, &targets)?;
    let built = steps::build::run(session, &draft, output).await?;
    let mut rows = Vec::new();
    for (made, version, artifact) in built.made() {
        let name = artifact.path.file_name().unwrap_or("artifact");
        let key = format!("deployments/{}/package/{}/{name}", held.row.id, rows.len());
        let kept = app.files.put_file(&key, &artifact.path).await?;
        rows.push(super::mirror::package_row(app, held, (made, version), artifact, &kept));
    }
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                if !rows.is_empty() {
                    let insert = crate::store::entity::package::Entity::insert_many(rows);
                    insert.exec_without_returning(transaction).await.map_err(unusable)?;
                }
                Ok(())
            })
        })
        .await?;
    Ok(End { status: Status::Success, problem: None })
}

async fn take_back(session: &Session, folder: &pak_deploy::state::RunFolder) -> Result<End> {
    let report = undo::rollback(session, folder).await?;
    let remaining: Vec<_> = report.remaining().collect();
    if remaining.is_empty() {
        return Ok(End { status: Status::RolledBack, problem: None });
    }
    let count = remaining.len();
    let mut problem =
        Problem::new(code::deploy::UNDO_REFUSED, format!("{count} of {} uploads are still there.", report.lines.len()));
    for line in remaining {
        problem = problem.said(format!("{}: {} {}", line.step, line.coordinates, line.note));
    }
    Ok(End { status: Status::PartiallyPublished, problem: Some(problem) })
}

fn ended_before(folder: &pak_deploy::state::RunFolder, held: &Held) -> Result<Option<End>> {
    if !held.taken_over {
        return Ok(None);
    }
    let journal = pak_deploy::journal::read(&folder.journal())?;
    let outcome = history::Progress::of(&journal.events).outcome;
    Ok(outcome
        .filter(|outcome| *outcome == RunOutcome::Success)
        .map(|outcome| End { status: status(outcome), problem: None }))
}

fn status(outcome: RunOutcome) -> Status {
    match outcome {
        RunOutcome::Success => Status::Success,
        RunOutcome::Pending => Status::Waiting,
        RunOutcome::PartlyPublished => Status::PartiallyPublished,
        RunOutcome::Failed => Status::Failed,
        RunOutcome::Cancelled => Status::Cancelled,
        RunOutcome::RolledBack => Status::RolledBack,
    }
}

/// The source in a folder of its own: the project's root in it, and the commit's time where it is one. What was checked out is pinned, so that a resumed run sees the same.
async fn check_out(
    app: &App,
    held: &Held,
    project: &project::Model,
    folder: &camino::Utf8Path,
) -> Result<(Utf8PathBuf, Option<i64>)> {
    let missing = || Problem::new(code::server::SOURCE_MISSING, format!("`{}` has no source.", project.name));
    let wanted = held.row.source.as_deref().ok_or_else(missing)?;
    let wanted = serde_json::from_str(wanted).map_err(|_| missing())?;
    let into = folder.join("source");
    let pinned = source::check_out(app, &wanted, credentials::of_source(app, project).await?, &into).await?;
    if pinned != wanted {
        let (id, fence, text) = (held.row.id, held.fence(), pinned.to_string());
        app.store
            .write(move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE deployments SET source = $1 WHERE id = $2 AND fence = $3";
                    let values = [text.into(), id.into(), fence.into()];
                    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
                    transaction.execute_raw(statement).await.map(drop).map_err(unusable)
                })
            })
            .await?;
    }
    let root = source::project_folder(&into, project.config_path.as_deref())?;
    Ok((root, pinned["seconds"].as_i64()))
}

async fn session(
    app: &App,
    held: &Held,
    project: &project::Model,
    (root, committed): (Utf8PathBuf, Option<i64>),
    folder: &camino::Utf8Path,
    watch: Arc<Watch>,
) -> Result<Session> {
    let home = folder.join("home");
    tokio::fs::create_dir_all(&home)
        .await
        .map_err(|error| Problem::new(code::server::DATA_FOLDER, format!("{home} cannot be made.")).cause(&error))?;
    let mut env = credentials::variables(app, project, &held.row.environment, &home).await?;
    // The commit's time, so that the same commit gives the same bytes on every node.
    if let Some(seconds) = committed.filter(|_| env.get("SOURCE_DATE_EPOCH").is_none()) {
        env = env.and([("SOURCE_DATE_EPOCH".to_owned(), seconds.to_string())]);
    }
    if !project.builds_allowed {
        env = env.without_programs("an administrator of this server has not allowed builds for this project");
    }
    let opened = env.clone();
    let project_folder = root.clone();
    let opened = tokio::task::spawn_blocking(move || Project::open(&project_folder, &opened, None)).await;
    let opened =
        opened.map_err(|error| Problem::new(code::server::INTERNAL, "Reading the project broke.").cause(&error))??;
    let platforms = pak_deploy::platforms::of(&opened.loaded)?;
    let guard = Some(Arc::clone(app.guard()));
    let (embedded, policy) = match &app.embedded {
        Some(make) if held.row.environment == SANDBOX => {
            let data = app.settings.data.join("sandbox").join(project.id.to_string());
            let (embedded, origins) = make(data).await?;
            (Some(embedded), Policy { origins: Some(origins.clone()), own: origins, guard, ..Policy::default() })
        }
        _ => (None, Policy { guard, ..Policy::default() }),
    };
    let only = held.row.platforms.as_deref().and_then(|text| serde_json::from_str(text).ok());
    Ok(Session {
        platforms,
        environment: held.row.environment.clone(),
        only,
        version: held.row.version.clone(),
        otp: None,
        scanning: Scanning {
            database: app.settings.data.join(pak_security::advisories::FOLDER),
            approved: held.row.findings_approved.clone(),
        },
        hold: false,
        sources: Sources { env: env.clone(), home: Some(home), project: Some(root), target: None },
        env,
        credentials: CredentialStore::empty(),
        state: StateFolder::new(folder.join("state")),
        embedded,
        http: Client::new(policy, FaultPlan::none()),
        faults: FaultPlan::none(),
        cancel: tokio_util::sync::CancellationToken::new(),
        mirror: Some(Arc::new(RowMirror::new(app, held))),
        sink: watch,
        project: opened,
    })
}

/// Records the end, if this worker still holds the deployment.
async fn end(app: &App, held: &Held, result: Result<End>) -> Result<()> {
    let end = result.unwrap_or_else(|problem| End { status: failure(&problem), problem: Some(problem) });
    let (row, now, fence) = (held.row.clone(), app.now(), held.fence());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let status = end.status.word();
                let report = end.problem.as_ref().map(Problem::report);
                let message = report.as_ref().map(|report| {
                    let lines = std::iter::once(&report.message).chain(&report.causes).map(String::as_str);
                    lines.collect::<Vec<_>>().join("\n")
                });
                let sql = "UPDATE deployments SET status = $1, finished_at = $2, error_code = $3, error_message = $4, error_next = $5, \
                    lease_owner = NULL, lease_until = NULL, attempts = 0 WHERE id = $6 AND fence = $7 AND status = 'running'";
                let values = [
                    status.into(),
                    now.into(),
                    report.as_ref().map(|report| report.code.clone()).into(),
                    message.into(),
                    report.as_ref().map(|report| report.help.clone()).into(),
                    row.id.into(),
                    fence.into(),
                ];
                let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
                if transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() == 0 {
                    return Ok(());
                }
                let note = report.as_ref().map_or("", |report| report.message.as_str());
                tell(transaction, row.id, now, status, note).await?;
                announce::tell(transaction, now, row.id, &[announce::News::Ended]).await
            })
        })
        .await
}

/// What a problem means for the release.
fn failure(problem: &Problem) -> Status {
    match problem.report().effect {
        _ if problem.code() == code::deploy::CANCELLED => Status::Cancelled,
        Effect::NothingSent => Status::Failed,
        Effect::MaybeSent | Effect::PartlyPublished | Effect::Published => Status::PartiallyPublished,
    }
}

/// Whether a problem is this server's own and says nothing of the release, which goes on when it is over.
fn is_ours(problem: &Problem) -> bool {
    [code::server::DATABASE, code::server::STOPPING, code::deploy::JOURNAL_WRITE].contains(&problem.code())
}

/// Lets a worker have it again after a while, with what went wrong noted meanwhile.
async fn release(app: &App, held: &Held, after: Duration, problem: Option<&Problem>) -> Result<()> {
    if let Some(problem) = problem {
        tracing::warn!(deployment = held.row.id, causes = ?problem.causes(), "it is tried again: {}", problem.message());
    }
    let until = app.now() + i64::try_from(after.as_millis()).unwrap_or(0) - 1;
    let (id, fence, said) = (held.row.id, held.fence(), problem.map(|problem| problem.message().to_owned()));
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let sql = "UPDATE deployments SET lease_until = $1, error_message = $2 \
                    WHERE id = $3 AND fence = $4 AND status = 'running'";
                let values = [until.into(), said.into(), id.into(), fence.into()];
                let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
                transaction.execute_raw(statement).await.map(drop).map_err(unusable)
            })
        })
        .await
}
