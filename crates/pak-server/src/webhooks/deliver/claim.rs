//! Chooses deliveries that are due and takes them for a while.

use std::collections::HashMap;
use std::fmt::Write as _;

use pak_model::Result;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, FromQueryResult, Statement, Value};

use super::Pace;
use crate::state::App;
use crate::store::entity::delivery;
use crate::store::unusable;

/// Due, free, of a webhook that is on, and with nothing before it that must arrive first.
const DUE: &str = "SELECT d.id, d.webhook_id FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id \
    WHERE d.status = 'pending' AND d.next_at <= $1 AND (d.lease_until IS NULL OR d.lease_until <= $1) AND w.enabled \
    AND NOT EXISTS (SELECT 1 FROM webhook_deliveries e WHERE e.deployment_id = d.deployment_id \
        AND e.webhook_id = d.webhook_id AND e.id < d.id AND e.status = 'pending')";

/// Takes one, unless another process was faster.
const TAKE: &str = "UPDATE webhook_deliveries SET lease_until = $1, attempts = attempts + 1 \
    WHERE id = $2 AND status = 'pending' AND (lease_until IS NULL OR lease_until <= $3)";

/// A delivery that is ours until its lease runs out.
pub(super) type Delivery = delivery::Model;

#[derive(FromQueryResult)]
struct Due {
    id: i64,
    webhook_id: i64,
}

/// Claims up to `free` deliveries. `busy` says how many are under way to each webhook from here.
pub(super) async fn claim(app: &App, pace: &Pace, busy: &HashMap<i64, usize>, free: usize) -> Result<Vec<Delivery>> {
    let now = app.now();
    let due = due(app, pace, busy, now, free).await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let backend = app.store.backend();
    let until = now + i64::try_from(pace.lease.as_millis()).unwrap_or(i64::MAX / 2);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let mut ours = Vec::with_capacity(due.len());
                for id in due {
                    let take = Statement::from_sql_and_values(backend, TAKE, [until.into(), id.into(), now.into()]);
                    if transaction.execute_raw(take).await.map_err(unusable)?.rows_affected() == 1 {
                        ours.extend(delivery::Entity::find_by_id(id).one(transaction).await.map_err(unusable)?);
                    }
                }
                Ok(ours)
            })
        })
        .await
}

async fn due(app: &App, pace: &Pace, busy: &HashMap<i64, usize>, now: i64, free: usize) -> Result<Vec<i64>> {
    let mut values: Vec<Value> = vec![now.into()];
    let mut sql = DUE.to_owned();
    for webhook in busy.iter().filter(|(_, count)| **count >= pace.to_one).map(|(webhook, _)| *webhook) {
        values.push(webhook.into());
        let _ = write!(sql, " AND d.webhook_id <> ${}", values.len());
    }
    // More than there is room for: some may be left out for their webhook's sake.
    let _ = write!(sql, " ORDER BY d.next_at, d.id LIMIT {}", free * 4);
    let statement = Statement::from_sql_and_values(app.store.backend(), sql, values);
    let rows = Due::find_by_statement(statement).all(app.store.read()).await.map_err(unusable)?;
    let mut to_each = busy.clone();
    let fits = |row: &Due| {
        let count = to_each.entry(row.webhook_id).or_default();
        *count += 1;
        *count <= pace.to_one
    };
    Ok(rows.into_iter().filter(fits).take(free).map(|row| row.id).collect())
}
