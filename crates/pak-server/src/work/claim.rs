//! Takes a deployment that waits, or that a worker left behind.

use pak_model::Result;
use sea_orm::{ConnectionTrait as _, DbBackend, FromQueryResult as _, Statement};

use crate::actions::deployments::tell;
use crate::state::App;
use crate::store::entity::deployment;
use crate::store::unusable;

/// A deployment that takes down every worker that has it is not tried for ever.
const MOST_ATTEMPTS: i64 = 25;

/// A deployment this process holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// The row as it was when it was taken.
    pub(super) row: deployment::Model,
    /// Whether another worker had begun.
    pub(super) taken_over: bool,
}

impl Held {
    /// The number that has to be the latest for anything to be written.
    pub(super) fn fence(&self) -> i64 {
        self.row.fence
    }
}

/// Of what may begin, the oldest: it is not held, its approvals are there, and nothing else is at work in its project's environment.
const NEXT: &str = "SELECT d.id FROM deployments d WHERE (d.status = 'pending' OR (d.status = 'running' AND d.lease_until < $1)) \
    AND (d.approvals_needed = 0 OR d.approvals_needed <= (SELECT COUNT(*) FROM approvals a WHERE a.deployment_id = d.id AND a.decision = 'approved')) \
    AND (d.action = 'package' OR NOT EXISTS (SELECT 1 FROM deployments o WHERE o.project_id = d.project_id \
        AND o.environment = d.environment AND o.id <> d.id AND o.status = 'running' AND o.action <> 'package')) ORDER BY d.id LIMIT 1";

/// The next deployment that may begin.
pub(super) async fn look(app: &App, now: i64) -> Result<Option<i64>> {
    let look = Statement::from_sql_and_values(app.store.backend(), NEXT, [now.into()]);
    let row = app.store.read().query_one_raw(look).await.map_err(unusable)?;
    row.map(|row| row.try_get("", "id").map_err(unusable)).transpose()
}

/// Takes the next deployment, if there is one.
pub(super) async fn next(app: &App) -> Result<Option<Held>> {
    let now = app.now();
    // A look costs no write, and most looks find nothing.
    if look(app, now).await?.is_none() {
        return Ok(None);
    }
    let owner = format!("{}:{}", hostname(app), std::process::id());
    let until = now + lease(app);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let backend = transaction.get_database_backend();
                if backend == DbBackend::Postgres {
                    // Two workers that look at the same time must not take two deployments of one environment.
                    transaction.execute_unprepared("SELECT pg_advisory_xact_lock(7212640412)").await.map_err(unusable)?;
                }
                let look = Statement::from_sql_and_values(backend, NEXT, [now.into()]);
                let Some(found) = transaction.query_one_raw(look).await.map_err(unusable)? else { return Ok(None) };
                let id: i64 = found.try_get("", "id").map_err(unusable)?;
                let sql = "SELECT * FROM deployments WHERE id = $1";
                let before = Statement::from_sql_and_values(backend, sql, [id.into()]);
                let before = transaction.query_one_raw(before).await.map_err(unusable)?;
                let Some(before) = before else { return Ok(None) };
                let before = deployment::Model::from_query_result(&before, "").map_err(unusable)?;
                if before.attempts >= MOST_ATTEMPTS {
                    give_up(transaction, &before, now).await?;
                    return Ok(None);
                }
                let sql = "UPDATE deployments SET status = 'running', lease_owner = $1, lease_until = $2, fence = fence + 1, \
                    attempts = attempts + 1, started_at = COALESCE(started_at, $3), error_code = NULL, error_message = NULL, \
                    error_next = NULL WHERE id = $4 RETURNING *";
                let values = [owner.into(), until.into(), now.into(), id.into()];
                let taken = Statement::from_sql_and_values(backend, sql, values);
                let taken = transaction.query_one_raw(taken).await.map_err(unusable)?;
                let Some(taken) = taken else { return Ok(None) };
                let row = deployment::Model::from_query_result(&taken, "").map_err(unusable)?;
                let taken_over = before.status == "running";
                let note = if taken_over { "taken over from a worker that was lost" } else { "a worker begins" };
                tell(transaction, id, now, "running", note).await?;
                Ok(Some(Held { row, taken_over }))
            })
        })
        .await
}

async fn give_up(transaction: &sea_orm::DatabaseTransaction, row: &deployment::Model, now: i64) -> Result<()> {
    let sql = "UPDATE deployments SET status = 'failed', finished_at = $1, fence = fence + 1, error_code = $2, error_message = $3, \
        error_next = $4 WHERE id = $5";
    let problem = pak_model::Problem::new(
        pak_model::code::server::WORKERS_LOST,
        format!("{MOST_ATTEMPTS} workers that had this deployment were lost."),
    );
    let values =
        [now.into(), problem.code().id.into(), problem.message().into(), problem.report().help.into(), row.id.into()];
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    transaction.execute_raw(statement).await.map_err(unusable)?;
    tell(transaction, row.id, now, "failed", problem.message()).await
}

/// How long a lease is, in milliseconds.
pub(super) fn lease(app: &App) -> i64 {
    i64::try_from(app.settings.lease.as_millis()).unwrap_or(i64::MAX / 2)
}

fn hostname(app: &App) -> String {
    app.settings.env.get("HOSTNAME").unwrap_or("localhost").chars().take(100).collect()
}
