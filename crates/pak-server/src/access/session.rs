//! Sessions: 256 random bits in a cookie, their SHA-256 in a row. They end when idle, after some hours in any case, and when their owner says so.

use http::HeaderMap;
use http::header::COOKIE;
use pak_model::{Result, Secret};
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _, QueryFilter as _, Statement,
};

use super::digest;
use crate::settings::Settings;
use crate::state::App;
use crate::store::entity::session;
use crate::store::unusable;

const PURPOSE: &str = "session";
/// A use is noted once a minute, so that reading pages does not write.
const NOTED_EVERY: i64 = 60_000;

/// A person, as the session or key of a request says.
#[derive(Debug, Clone)]
pub struct Person {
    /// The account.
    pub id: i64,
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Whether it administers the instance.
    pub is_admin: bool,
    /// `system`, `light` or `dark`.
    pub theme: String,
}

/// A session that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its row.
    pub id: i64,
    /// Whose it is.
    pub person: Person,
    /// The hash its forms' tokens are derived from.
    pub token_hash: String,
}

/// The cookie's name. Browsers take the `__Host-` prefix over TLS only.
pub fn cookie_name(settings: &Settings) -> &'static str {
    if settings.is_secure() { "__Host-pak_session" } else { "pak_session" }
}

/// The value of a cookie that a request carries.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).find_map(|pair| {
        let (found, value) = pair.trim().split_once('=')?;
        (found == name).then_some(value)
    })
}

/// `Set-Cookie` for a value that lives for a time; none ends the cookie.
pub fn set_cookie(settings: &Settings, name: &str, value: Option<(&str, std::time::Duration)>) -> String {
    let secure = if settings.is_secure() { "; Secure" } else { "" };
    let (value, age) = value.map_or(("", 0), |(value, life)| (value, life.as_secs()));
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}")
}

/// Begins a session inside a transaction. The text goes into the cookie and nowhere else.
pub async fn begin(
    app: &App,
    transaction: &DatabaseTransaction,
    user: i64,
    address: &str,
    agent: &str,
) -> Result<Secret> {
    let text = digest::random_text()?;
    let now = app.now();
    let life = i64::try_from(app.settings.session_life.as_millis()).unwrap_or(i64::MAX / 2);
    let row = session::ActiveModel {
        id: ActiveValue::NotSet,
        token_hash: ActiveValue::Set(digest::digest(PURPOSE, &text)),
        user_id: ActiveValue::Set(user),
        created_at: ActiveValue::Set(now),
        seen_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(now + life),
        address: ActiveValue::Set(address.to_owned()),
        agent: ActiveValue::Set(agent.chars().filter(|c| !c.is_control()).take(200).collect()),
    };
    session::Entity::insert(row).exec_without_returning(transaction).await.map_err(unusable)?;
    Ok(Secret::new(text))
}

/// The live session of a cookie's value.
pub async fn find(app: &App, text: &str) -> Result<Option<Found>> {
    if text.len() != 43 {
        return Ok(None);
    }
    let token_hash = digest::digest(PURPOSE, text);
    let now = app.now();
    let idle = i64::try_from(app.settings.session_idle.as_millis()).unwrap_or(i64::MAX / 2);
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "SELECT s.id, s.seen_at, u.id AS user_id, u.email, u.name, u.role, u.theme FROM sessions s \
         JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND u.is_active",
        [token_hash.clone().into(), now.into(), (now - idle).into()],
    );
    let Some(row) = app.store.read().query_one_raw(statement).await.map_err(unusable)? else { return Ok(None) };
    let id: i64 = row.try_get("", "id").map_err(unusable)?;
    let seen: i64 = row.try_get("", "seen_at").map_err(unusable)?;
    if now - seen >= NOTED_EVERY {
        note(app, id, now);
    }
    let role: String = row.try_get("", "role").map_err(unusable)?;
    let person = Person {
        id: row.try_get("", "user_id").map_err(unusable)?,
        email: row.try_get("", "email").map_err(unusable)?,
        name: row.try_get("", "name").map_err(unusable)?,
        is_admin: role == "admin",
        theme: row.try_get("", "theme").map_err(unusable)?,
    };
    Ok(Some(Found { id, person, token_hash }))
}

/// Ends a session.
pub async fn end(transaction: &DatabaseTransaction, id: i64) -> Result<()> {
    session::Entity::delete_by_id(id).exec(transaction).await.map(drop).map_err(unusable)
}

/// Ends the session of a cookie's value, whoever's it is.
pub async fn end_by_text(transaction: &DatabaseTransaction, text: &str) -> Result<()> {
    let hash = digest::digest(PURPOSE, text);
    let which = session::Entity::delete_many().filter(session::Column::TokenHash.eq(hash));
    which.exec(transaction).await.map(drop).map_err(unusable)
}

/// Notes a use, beside the request: nobody waits for it.
fn note(app: &App, id: i64, now: i64) {
    let app = app.clone();
    tokio::spawn(async move {
        let backend = app.store.backend();
        let noted = app.store.write(move |transaction| {
            Box::pin(async move {
                let statement = Statement::from_sql_and_values(
                    backend,
                    "UPDATE sessions SET seen_at = $1 WHERE id = $2 AND seen_at < $1",
                    [now.into(), id.into()],
                );
                transaction.execute_raw(statement).await.map(drop).map_err(unusable)
            })
        });
        if let Err(problem) = noted.await {
            tracing::warn!("a session's use was not noted: {}", problem.message());
        }
    });
}
