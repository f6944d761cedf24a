//! One's open sessions: listed, ended.

use pak_model::Result;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _, Statement};
use serde_json::json;

use crate::access::Account;
use crate::audit::{self, Actor, Deed};
use crate::error::not_found;
use crate::state::App;
use crate::store::entity::session;
use crate::store::unusable;

/// The sessions that have not ended, the latest first.
pub async fn list(app: &App, account: &Account) -> Result<Vec<session::Model>> {
    let now = app.now();
    let idle = i64::try_from(app.settings.session_idle.as_millis()).unwrap_or(i64::MAX / 2);
    session::Entity::find()
        .filter(session::Column::UserId.eq(account.person.id))
        .filter(session::Column::ExpiresAt.gt(now))
        .filter(session::Column::SeenAt.gt(now - idle))
        .order_by_desc(session::Column::Id)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// Ends one of them.
pub async fn end(app: &App, account: &Account, id: i64) -> Result<()> {
    let ended = remove(app, account, "id = $2", id).await?;
    if ended == 0 { Err(not_found(format!("session `{id}`"))) } else { Ok(()) }
}

/// Ends all of them but the one that asks. Returns how many.
pub async fn end_others(app: &App, account: &Account) -> Result<u64> {
    remove(app, account, "id <> $2", account.caller.session().map_or(0, |session| session.id)).await
}

async fn remove(app: &App, account: &Account, which: &str, id: i64) -> Result<u64> {
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        format!("DELETE FROM sessions WHERE user_id = $1 AND {which}"),
        [account.person.id.into(), id.into()],
    );
    let (actor, now, user) = (Actor::of(&account.caller), app.now(), account.person.id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let ended = transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected();
                if ended > 0 {
                    let deed = Deed::new("account.sessions_end", "user", user).details(json!({ "ended": ended }));
                    audit::append(transaction, now, &actor, deed).await?;
                }
                Ok(ended)
            })
        })
        .await
}
