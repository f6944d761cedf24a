//! Keeps a deployment held while it is carried out, and hears what people ask of it meanwhile.

use std::time::Duration;

use pak_model::Result;
use sea_orm::{ConnectionTrait as _, Statement};
use tokio_util::sync::CancellationToken;

use super::claim::{Held, lease};
use crate::state::App;
use crate::store::unusable;

/// How often a request to stop is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What ends the carrying out from outside.
#[derive(Debug, Clone, Default)]
pub(super) struct Reins {
    /// A person asked to stop: hear out what is on its way.
    pub(super) cancel: CancellationToken,
    /// Another worker has it: write and send nothing more.
    pub(super) lost: CancellationToken,
}

/// Renews the lease until it is aborted.
pub(super) async fn keep(app: App, held: Held, reins: Reins) {
    let mut renewed = tokio::time::Instant::now();
    let third = app.settings.lease / 3;
    loop {
        tokio::time::sleep(LOOK_EVERY.min(third)).await;
        let due = renewed.elapsed() >= third;
        let state = if due { renew(&app, &held).await } else { look(&app, &held).await };
        match state {
            Ok(Some(asked_to_stop)) => {
                if due {
                    renewed = tokio::time::Instant::now();
                }
                if asked_to_stop {
                    reins.cancel.cancel();
                }
            }
            Ok(None) => {
                reins.lost.cancel();
                reins.cancel.cancel();
                return;
            }
            // The database may be back before the lease ends; if not, whoever can reach it takes over.
            Err(problem) => {
                tracing::warn!(deployment = held.row.id, "the lease was not renewed: {}", problem.message());
                if renewed.elapsed() > app.settings.lease {
                    reins.lost.cancel();
                    reins.cancel.cancel();
                    return;
                }
            }
        }
    }
}

/// Whether a person asked to stop; none: it is held no more.
async fn look(app: &App, held: &Held) -> Result<Option<bool>> {
    let sql = "SELECT cancel_requested_at FROM deployments WHERE id = $1 AND fence = $2 AND status = 'running'";
    let values = [held.row.id.into(), held.fence().into()];
    let statement = Statement::from_sql_and_values(app.store.backend(), sql, values);
    let row = app.store.read().query_one_raw(statement).await.map_err(unusable)?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(row.try_get::<Option<i64>>("", "cancel_requested_at").map_err(unusable)?.is_some()))
}

async fn renew(app: &App, held: &Held) -> Result<Option<bool>> {
    let (until, id, fence) = (app.now() + lease(app), held.row.id, held.fence());
    let renewed = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let sql = "UPDATE deployments SET lease_until = $1 WHERE id = $2 AND fence = $3 AND status = 'running'";
                let values = [until.into(), id.into(), fence.into()];
                let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
                transaction.execute_raw(statement).await.map(|done| done.rows_affected() == 1).map_err(unusable)
            })
        })
        .await?;
    if renewed { look(app, held).await } else { Ok(None) }
}
