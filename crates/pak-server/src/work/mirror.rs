//! A run's second copy: facts as rows, files in the file store. A fact is a row before it is acted on, and only the worker that holds the deployment can write one.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use pak_deploy::journal::Mirror;
use pak_deploy::state::RunFolder;
use pak_model::event::Event;
use pak_model::{Artifact, Package, Problem, Release, Result, code};
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, Statement,
};
use tokio::runtime::Handle;

use super::claim::{Held, lease};
use super::steps::Steps;
use crate::events::News;
use crate::files::Kept;
use crate::state::App;
use crate::store::entity::{deployment_event, deployment_file, package};
use crate::store::unusable;

/// The run's plan, as it is called in the run's folder.
const PLAN: &str = "plan.json";
/// What scanning found.
const SCAN: &str = "scan.json";

/// The second copy of one deployment's run.
pub(super) struct RowMirror {
    app: App,
    held: Held,
    runtime: Handle,
    steps: Mutex<Steps>,
}

impl RowMirror {
    /// For a deployment this process holds.
    pub(super) fn new(app: &App, held: &Held) -> Self {
        Self { app: app.clone(), held: held.clone(), runtime: Handle::current(), steps: Mutex::default() }
    }

    fn id(&self) -> i64 {
        self.held.row.id
    }

    /// Reads the plan that is in the folder now, and what happened of it so far.
    fn begin(&self, run: &RunFolder, events: &[Event]) -> Result<String> {
        let plan = pak_deploy::run::load_plan(run)?;
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        *steps = Steps::of(&plan);
        steps.take(events);
        Ok(plan.digest)
    }

    fn row(&self, file: Kept) -> deployment_file::ActiveModel {
        deployment_file::ActiveModel {
            id: ActiveValue::NotSet,
            deployment_id: ActiveValue::Set(self.id()),
            path: ActiveValue::Set(file.path),
            size: ActiveValue::Set(i64::try_from(file.size).unwrap_or(i64::MAX)),
            sha256: ActiveValue::Set(file.sha256),
            location: ActiveValue::Set(file.location),
        }
    }
}

#[async_trait]
impl Mirror for RowMirror {
    async fn save(&self, run: &RunFolder) -> Result<()> {
        let digest = self.begin(run, &[])?;
        let kept = self.app.files.put_folder(&format!("deployments/{}/{}", self.id(), run.id), &run.path).await?;
        let packages = packages(run, self, &kept)?;
        let files: Vec<_> = kept.into_iter().map(|file| self.row(file)).collect();
        let summary = self.steps.lock().unwrap_or_else(PoisonError::into_inner).json();
        let (id, fence, run_id) = (self.id(), self.held.fence(), run.id.to_string());
        self.app
            .store
            .write(move |transaction| {
                Box::pin(async move {
                    let sql = "UPDATE deployments SET run_id = $1, plan_digest = $2, summary = $3 \
                        WHERE id = $4 AND fence = $5 AND status = 'running'";
                    let values = [run_id.into(), digest.into(), summary.into(), id.into(), fence.into()];
                    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
                    if transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() == 0 {
                        return Err(lost());
                    }
                    // A run that never began (its first fact is not there) is replaced by the one that begins now.
                    forget(transaction, id).await?;
                    let before = package::Entity::delete_many();
                    before.filter(package::Column::DeploymentId.eq(id)).exec(transaction).await.map_err(unusable)?;
                    if !files.is_empty() {
                        deployment_file::Entity::insert_many(files)
                            .exec_without_returning(transaction)
                            .await
                            .map_err(unusable)?;
                    }
                    if !packages.is_empty() {
                        package::Entity::insert_many(packages)
                            .exec_without_returning(transaction)
                            .await
                            .map_err(unusable)?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn stopped(&self, run: &RunFolder) -> Result<()> {
        let key = format!("deployments/{}/{}/{SCAN}", self.id(), run.id);
        let file = self.row(self.app.files.put_file(&key, &run.scan()).await?);
        let (id, fence, until) = (self.id(), self.held.fence(), self.app.now() + lease(&self.app));
        let written = self.app.store.write(move |transaction| {
            Box::pin(async move {
                hold(transaction, id, fence, until, None).await?;
                forget(transaction, id).await?;
                let added = deployment_file::Entity::insert(file).exec_without_returning(transaction).await;
                added.map(drop).map_err(unusable)
            })
        });
        written.await
    }

    fn append(&self, events: &[Event]) -> Result<()> {
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let summary = steps.take(events).then(|| steps.json());
        let news = super::announce::of(events, &steps);
        drop(steps);
        let mut rows = Vec::with_capacity(events.len());
        for event in events {
            let body = serde_json::to_string(event).map_err(|error| {
                Problem::new(code::deploy::JOURNAL_WRITE, "A fact cannot be written as JSON.").cause(&error)
            })?;
            rows.push(deployment_event::ActiveModel {
                id: ActiveValue::NotSet,
                deployment_id: ActiveValue::Set(self.id()),
                run_seq: ActiveValue::Set(Some(i64::try_from(event.seq).unwrap_or(i64::MAX))),
                at: ActiveValue::Set(event.at.as_millisecond()),
                kind: ActiveValue::Set("fact".to_owned()),
                body: ActiveValue::Set(body),
            });
        }
        let (id, fence, now) = (self.id(), self.held.fence(), self.app.now());
        let until = now + lease(&self.app);
        let written = self.app.store.write(move |transaction| {
            Box::pin(async move {
                hold(transaction, id, fence, until, summary).await?;
                deployment_event::Entity::insert_many(rows)
                    .exec_without_returning(transaction)
                    .await
                    .map_err(unusable)?;
                super::announce::tell(transaction, now, id, &news).await
            })
        });
        self.runtime.block_on(written)?;
        self.app.hub.tell(id, News::Rows);
        self.app.hub.wake_deliveries();
        Ok(())
    }

    async fn load(&self, run: &RunFolder) -> Result<Option<Vec<Event>>> {
        let files = deployment_file::Entity::find()
            .filter(deployment_file::Column::DeploymentId.eq(self.id()))
            .all(self.app.store.read())
            .await
            .map_err(unusable)?;
        // Of a run that was stopped before it began there is its scan alone.
        if !files.iter().any(|file| file.path == PLAN) {
            return Ok(None);
        }
        let kept: Vec<Kept> = files
            .into_iter()
            .map(|file| Kept {
                location: file.location,
                path: file.path,
                size: u64::try_from(file.size).unwrap_or(0),
                sha256: file.sha256,
            })
            .collect();
        self.app.files.get_folder(&kept, &run.path).await?;
        let rows = deployment_event::Entity::find()
            .filter(deployment_event::Column::DeploymentId.eq(self.id()))
            .filter(deployment_event::Column::Kind.eq("fact"))
            .order_by_asc(deployment_event::Column::RunSeq)
            .all(self.app.store.read())
            .await
            .map_err(unusable)?;
        let events: Vec<Event> = rows
            .iter()
            .map(|row| {
                serde_json::from_str(&row.body).map_err(|error| {
                    Problem::new(code::deploy::JOURNAL_DAMAGED, format!("Fact {} cannot be read.", row.id))
                        .cause(&error)
                })
            })
            .collect::<Result<_>>()?;
        self.begin(run, &events)?;
        Ok(Some(events))
    }
}

/// Whoever writes holds the deployment: the row says so in the same transaction.
async fn hold(
    transaction: &DatabaseTransaction,
    id: i64,
    fence: i64,
    until: i64,
    summary: Option<String>,
) -> Result<()> {
    let sql = "UPDATE deployments SET lease_until = $1, summary = COALESCE($2, summary) WHERE id = $3 AND fence = $4 AND status = 'running'";
    let values = [until.into(), summary.into(), id.into(), fence.into()];
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    match transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() {
        0 => Err(lost()),
        _ => Ok(()),
    }
}

/// Removes the rows of the files of an earlier try.
async fn forget(transaction: &DatabaseTransaction, id: i64) -> Result<()> {
    let rows = deployment_file::Entity::delete_many().filter(deployment_file::Column::DeploymentId.eq(id));
    rows.exec(transaction).await.map(drop).map_err(unusable)
}

fn lost() -> Problem {
    Problem::new(code::server::LEASE_LOST, "Another worker has this deployment now.")
}

/// What people can download: the artifacts of the run, each once.
fn packages(run: &RunFolder, mirror: &RowMirror, kept: &[Kept]) -> Result<Vec<package::ActiveModel>> {
    let releases: std::collections::BTreeMap<String, Release> = pak_deploy::run::releases(run)?;
    let mut rows: Vec<package::ActiveModel> = Vec::new();
    for release in releases.values() {
        for artifact in &release.artifacts {
            let path = artifact.path.strip_prefix(&run.path).unwrap_or(&artifact.path);
            let Some(file) = kept.iter().find(|file| file.path == path.as_str()) else { continue };
            // Two targets that take the same file are sent one.
            if rows.iter().any(|row| *row.location.as_ref() == file.location) {
                continue;
            }
            let of = (&release.package, release.version.as_str());
            rows.push(package_row(&mirror.app, &mirror.held, of, artifact, file));
        }
    }
    Ok(rows)
}

/// The row of an artifact that can be downloaded.
pub(super) fn package_row(
    app: &App,
    held: &Held,
    (of, version): (&Package, &str),
    artifact: &Artifact,
    kept: &Kept,
) -> package::ActiveModel {
    package::ActiveModel {
        id: ActiveValue::NotSet,
        project_id: ActiveValue::Set(held.row.project_id),
        deployment_id: ActiveValue::Set(Some(held.row.id)),
        name: ActiveValue::Set(of.name.clone()),
        version: ActiveValue::Set(version.to_owned()),
        ecosystem: ActiveValue::Set(of.ecosystem.to_string()),
        file: ActiveValue::Set(artifact.path.file_name().unwrap_or("artifact").to_owned()),
        size: ActiveValue::Set(i64::try_from(kept.size).unwrap_or(i64::MAX)),
        sha256: ActiveValue::Set(kept.sha256.clone()),
        location: ActiveValue::Set(kept.location.clone()),
        created_at: ActiveValue::Set(app.now()),
    }
}
