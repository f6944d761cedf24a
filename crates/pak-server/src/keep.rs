//! Housekeeping, once an hour: what has ended is removed, what is kept for a time is kept no longer, the audit log's head is signed.

use std::time::Duration;

use pak_model::Result;
use sea_orm::{ConnectionTrait as _, Statement};

use crate::state::App;
use crate::store::unusable;
use crate::{audit, telemetry, webhooks};

const EVERY: Duration = Duration::from_hours(1);
const DAY: i64 = 24 * 3600 * 1000;

/// Keeps house until the process is to stop.
pub(crate) async fn run(app: App) {
    loop {
        if let Err(problem) = once(&app).await {
            tracing::warn!(causes = ?problem.causes(), "housekeeping failed: {}", problem.message());
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

async fn once(app: &App) -> Result<()> {
    let now = app.now();
    let kept = now - i64::from(app.settings.retention_days) * DAY;
    let idle = now - i64::try_from(app.settings.session_idle.as_millis()).unwrap_or(DAY);
    let day_ago = now - DAY;
    let old = [
        ("DELETE FROM sessions WHERE expires_at < $1", now),
        ("DELETE FROM sessions WHERE seen_at < $1", idle),
        ("DELETE FROM one_time_tokens WHERE expires_at < $1", day_ago),
        ("DELETE FROM login_attempts WHERE at < $1", kept),
        // A wait that still runs was set by an attempt within the last day: waits are minutes.
        ("DELETE FROM login_limits WHERE last_at < $1 AND wait_until < $1", day_ago),
        ("DELETE FROM known_devices WHERE seen_at < $1", now - 180 * DAY),
        ("DELETE FROM webhook_deliveries WHERE status <> 'pending' AND created_at < $1", kept),
        ("DELETE FROM mails WHERE sent_at < $1", kept),
        ("DELETE FROM rate_windows WHERE window_start < $1", day_ago),
    ];
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                for (sql, before) in old {
                    let backend = transaction.get_database_backend();
                    let statement = Statement::from_sql_and_values(backend, sql, [before.into()]);
                    transaction.execute_raw(statement).await.map_err(unusable)?;
                }
                Ok(())
            })
        })
        .await?;
    telemetry::retention::prune(&app.store, now, app.settings.retention_days).await?;
    webhooks::inbox::prune(&app.store, now).await?;
    audit::head::renew(app).await?;
    Ok(())
}
