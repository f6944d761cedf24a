//! Signing in and out.

use std::time::Duration;

use pak_model::{Result, Secret};
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult as _,
    QueryFilter as _, Statement,
};

use super::email;
use crate::access::lockout::{self, Subject};
use crate::access::password::{Password, Verdict};
use crate::access::session::Found;
use crate::access::{Arrival, Caller, digest, session};
use crate::audit::{self, Actor, Deed};
use crate::settings::Settings;
use crate::state::App;
use crate::store::entity::{known_device, login_attempt, user};
use crate::store::unusable;

/// How long a device is known without signing in again.
pub const DEVICE_COOKIE_LIFE: Duration = Duration::from_hours(180 * 24);
const DEVICE: &str = "known device";

/// A try to sign in.
pub struct Attempt {
    /// The address that was typed.
    pub email: String,
    /// The password that was typed.
    pub password: Password,
    /// The device's cookie, where it signed in before.
    pub device: Option<String>,
    /// The session's cookie, where there is one: it ends, so that nobody goes on with a session they were given before.
    pub session: Option<String>,
    /// Where the try comes from.
    pub arrival: Arrival,
    /// What the client calls itself.
    pub agent: String,
}

/// A person who is in.
#[derive(Debug)]
pub struct SignedIn {
    /// The account.
    pub user: user::Model,
    /// The session's cookie.
    pub session: Secret,
    /// The device's cookie, where it is a new one.
    pub device: Option<Secret>,
}

/// The name of the cookie that a device is known by.
pub fn device_cookie_name(settings: &Settings) -> &'static str {
    if settings.is_secure() { "__Host-pak_device" } else { "pak_device" }
}

/// Lets a person in who knows the password of an account. Every other outcome has the same answer.
pub async fn sign_in(app: &App, attempt: Attempt) -> Result<SignedIn> {
    // What can not be an address belongs to nobody; it is treated as any unknown one.
    let email = email::normal(&attempt.email).unwrap_or_else(|_| attempt.email.trim().to_lowercase());
    let device = known(app, attempt.device.as_deref(), &email).await?;
    let subjects = match device {
        Some(id) => vec![lockout::device(id)],
        None => vec![lockout::account(&email), lockout::source(attempt.arrival.address)],
    };
    let (counted, now) = (subjects.clone(), app.now());
    let admitted =
        app.store.write(move |transaction| Box::pin(async move { lockout::admit(transaction, &counted, now).await }));
    if let Err(problem) = admitted.await {
        app.passwords.pause().await;
        return Err(problem);
    }
    let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(app.store.read()).await;
    let found =
        found.map_err(unusable)?.filter(|user| user.is_active && (user.email_verified || !app.mailer.delivers()));
    let stored = found.as_ref().map(|user| user.password_hash.as_str());
    match (app.passwords.check(stored, &attempt.password).await?, found) {
        (Verdict::Right(replacement), Some(user)) => enter(app, user, replacement, subjects, device, attempt).await,
        _ => {
            note_failure(app, email, &attempt).await?;
            Err(lockout::refused())
        }
    }
}

/// The device of a cookie, if it signed in to that account before.
async fn known(app: &App, cookie: Option<&str>, email: &str) -> Result<Option<i64>> {
    let hash = digest::digest(DEVICE, cookie.unwrap_or_default());
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "SELECT d.* FROM known_devices d JOIN users u ON u.id = d.user_id WHERE d.token_hash = $1 AND u.email = $2",
        [hash.into(), email.into()],
    );
    let row = app.store.read().query_one_raw(statement).await.map_err(unusable)?;
    row.map(|row| known_device::Model::from_query_result(&row, "").map(|device| device.id))
        .transpose()
        .map_err(unusable)
}

async fn enter(
    app: &App,
    user: user::Model,
    replacement: Option<String>,
    subjects: Vec<Subject>,
    device: Option<i64>,
    attempt: Attempt,
) -> Result<SignedIn> {
    let (inner, now) = (app.clone(), app.now());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                lockout::forgive(transaction, &subjects).await?;
                let statement = Statement::from_sql_and_values(
                    transaction.get_database_backend(),
                    "UPDATE users SET last_login = $1, failed_attempts = 0, locked_until = NULL, \
                     password_hash = COALESCE($2, password_hash) WHERE id = $3",
                    [now.into(), replacement.into(), user.id.into()],
                );
                transaction.execute_raw(statement).await.map_err(unusable)?;
                tried(transaction, &user.email, &attempt.arrival, now, true).await?;
                if let Some(before) = &attempt.session {
                    session::end_by_text(transaction, before).await?;
                }
                let address = attempt.arrival.address.to_string();
                let text = session::begin(&inner, transaction, user.id, &address, &attempt.agent).await?;
                let new_device = remember(transaction, user.id, device, now).await?;
                let actor = Actor::person(Some(user.id), &user.email, &attempt.arrival);
                audit::append(transaction, now, &actor, Deed::new("account.sign_in", "user", user.id)).await?;
                Ok(SignedIn { user, session: text, device: new_device })
            })
        })
        .await
}

/// Notes a device's use, or makes a new device known.
pub(super) async fn remember(
    transaction: &DatabaseTransaction,
    user: i64,
    device: Option<i64>,
    now: i64,
) -> Result<Option<Secret>> {
    if let Some(id) = device {
        let statement = Statement::from_sql_and_values(
            transaction.get_database_backend(),
            "UPDATE known_devices SET seen_at = $1 WHERE id = $2",
            [now.into(), id.into()],
        );
        transaction.execute_raw(statement).await.map_err(unusable)?;
        return Ok(None);
    }
    let text = digest::random_text()?;
    let row = known_device::ActiveModel {
        id: ActiveValue::NotSet,
        user_id: ActiveValue::Set(user),
        token_hash: ActiveValue::Set(digest::digest(DEVICE, &text)),
        seen_at: ActiveValue::Set(now),
    };
    known_device::Entity::insert(row).exec_without_returning(transaction).await.map_err(unusable)?;
    Ok(Some(Secret::new(text)))
}

/// Writes a failure down, where the account is too: unknown addresses cost the same statements.
async fn note_failure(app: &App, email: String, attempt: &Attempt) -> Result<()> {
    let (arrival, now) = (attempt.arrival.clone(), app.now());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let (failures, until) = lockout::standing(transaction, &lockout::account(&email)).await?;
                let statement = Statement::from_sql_and_values(
                    transaction.get_database_backend(),
                    "UPDATE users SET failed_attempts = $1, locked_until = $2 WHERE email = $3",
                    [failures.into(), Some(until).filter(|until| *until > now).into(), email.clone().into()],
                );
                transaction.execute_raw(statement).await.map_err(unusable)?;
                tried(transaction, &email, &arrival, now, false).await
            })
        })
        .await
}

async fn tried(
    transaction: &DatabaseTransaction,
    email: &str,
    arrival: &Arrival,
    now: i64,
    succeeded: bool,
) -> Result<()> {
    let row = login_attempt::ActiveModel {
        id: ActiveValue::NotSet,
        account: ActiveValue::Set(lockout::account_word(email)),
        address: ActiveValue::Set(arrival.address.to_string()),
        at: ActiveValue::Set(now),
        succeeded: ActiveValue::Set(succeeded),
    };
    login_attempt::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(unusable)
}

/// Ends the caller's session.
pub async fn sign_out(app: &App, caller: &Caller, session: &Found) -> Result<()> {
    let (id, actor, now) = (session.id, Actor::of(caller), app.now());
    let user = session.person.id;
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                session::end(transaction, id).await?;
                audit::append(transaction, now, &actor, Deed::new("account.sign_out", "user", user)).await
            })
        })
        .await
}
