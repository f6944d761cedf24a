//! Removes what has ended: sessions, links, counts of failures and requests, records of tries. Called once in a while by one process.

use pak_model::Result;
use sea_orm::{ConnectionTrait as _, Statement};

use super::rate_limit;
use crate::state::App;
use crate::store::unusable;

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Removes it. Records of tries stay as long as logs do.
pub async fn run(app: &App) -> Result<()> {
    let now = app.now();
    let kept = now - i64::from(app.settings.retention_days) * DAY;
    let idle = i64::try_from(app.settings.session_idle.as_millis()).unwrap_or(i64::MAX / 2);
    let backend = app.store.backend();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                for (sql, before) in [
                    ("DELETE FROM sessions WHERE expires_at <= $1", now),
                    ("DELETE FROM sessions WHERE seen_at <= $1", now - idle),
                    ("DELETE FROM one_time_tokens WHERE expires_at <= $1", now - DAY),
                    ("DELETE FROM login_limits WHERE last_at <= $1", now - DAY),
                    ("DELETE FROM login_attempts WHERE at <= $1", kept),
                    ("DELETE FROM known_devices WHERE seen_at <= $1", now - 180 * DAY),
                    ("DELETE FROM mails WHERE created_at <= $1 AND (sent_at IS NOT NULL OR recipient = '')", kept),
                ] {
                    let statement = Statement::from_sql_and_values(backend, sql, [before.into()]);
                    transaction.execute_raw(statement).await.map_err(unusable)?;
                }
                Ok(())
            })
        })
        .await?;
    rate_limit::sweep(&app.store, now).await
}
