//! Lets go of single events after a while, a little at a time. What they added up to stays.

use pak_model::Result;
use sea_orm::{ConnectionTrait as _, Statement};

use super::event::OLDEST;
use super::record::DAY;
use crate::store::{Store, unusable};

/// Rows that one transaction deletes: others write in between.
const AT_ONCE: i64 = 5000;

/// Deletes events that arrived more than `days` ago, and sums older than any event may be. Returns how many events went.
pub async fn prune(store: &Store, now: i64, days: u32) -> Result<u64> {
    let (until, backend) = (now - i64::from(days) * DAY, store.backend());
    let mut gone = 0;
    loop {
        let deleted = store
            .write(move |transaction| {
                Box::pin(async move {
                    // By number: events arrive in its order, so the oldest are found without an index of their own.
                    let statement = Statement::from_sql_and_values(
                        backend,
                        "DELETE FROM telemetry_events WHERE id IN (SELECT id FROM telemetry_events ORDER BY id LIMIT $1) \
                         AND received_at < $2",
                        [AT_ONCE.into(), until.into()],
                    );
                    let events = transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected();
                    let sums = "DELETE FROM telemetry_rollups WHERE span IN ($1, $2) AND start < $3";
                    let spans = [super::record::HOUR.into(), DAY.into(), (now - OLDEST - DAY).into()];
                    transaction.execute_raw(Statement::from_sql_and_values(backend, sums, spans)).await.map_err(unusable)?;
                    Ok(events)
                })
            })
            .await?;
        gone += deleted;
        if deleted < AT_ONCE.unsigned_abs() {
            return Ok(gone);
        }
    }
}
