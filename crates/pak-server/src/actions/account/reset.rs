//! Resetting a password: a link by mail, exchanged for a new password. It works also while the account has to wait after wrong tries.

use pak_model::Result;
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Statement};

use super::{email, link};
use crate::access::Arrival;
use crate::access::lockout;
use crate::access::password::Password;
use crate::access::token::Purpose;
use crate::audit::{self, Actor, Deed};
use crate::mail::{self, Draft};
use crate::state::App;
use crate::store::entity::user;
use crate::store::unusable;

/// Sends a link to an address, if it has an account. Unknown addresses cost the same work and get no mail.
pub async fn ask(app: &App, typed: &str) -> Result<()> {
    let email = email::normal(typed).unwrap_or_default();
    let (inner, now) = (app.clone(), app.now());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(transaction).await;
                let found = found.map_err(unusable)?.filter(|user| user.is_active);
                let whom = link::For { user: found.as_ref().map(|user| user.id), email: None, payload: None };
                let secret = link::issue(transaction, now, Purpose::Reset, whom).await?;
                let draft = Draft {
                    to: found.as_ref().map(|user| user.email.clone()).unwrap_or_default(),
                    subject: "Reset your password".to_owned(),
                    body: format!(
                        "Somebody, perhaps you, asked to reset the password of your account at {}. Choose a new one:\n\n{}\n\n\
                         The link works once, for half an hour. If you did not ask, do nothing: your password stays as it is.\n",
                        inner.settings.base,
                        link::address(&inner, "reset", &secret),
                    ),
                };
                mail::write(transaction, now, draft).await
            })
        })
        .await?;
    app.mailer.wake();
    Ok(())
}

/// Sets a new password for the holder of a link. All sessions end, and every device has to show the password anew.
pub async fn finish(app: &App, token: &str, password: &Password, arrival: Arrival) -> Result<()> {
    let link = link::look(app, Purpose::Reset, token).await?;
    let user = user::Entity::find_by_id(link.user_id.unwrap_or(0)).one(app.store.read()).await.map_err(unusable)?;
    let user = user.filter(|user| user.is_active).ok_or_else(link::worthless)?;
    password.acceptable(&user.email, &user.name)?;
    let hash = app.passwords.hash(password).await?;
    let (now, base) = (app.now(), app.settings.base.clone());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                link::consume(transaction, now, &link).await?;
                let backend = transaction.get_database_backend();
                for (sql, values) in [
                    // Who holds the link reads that address's mail.
                    (
                        "UPDATE users SET password_hash = $1, email_verified = TRUE, failed_attempts = 0, locked_until = NULL, \
                         updated_at = $2 WHERE id = $3",
                        vec![hash.into(), now.into(), user.id.into()],
                    ),
                    ("DELETE FROM sessions WHERE user_id = $1", vec![user.id.into()]),
                    ("DELETE FROM known_devices WHERE user_id = $1", vec![user.id.into()]),
                ] {
                    let statement = Statement::from_sql_and_values(backend, sql, values);
                    transaction.execute_raw(statement).await.map_err(unusable)?;
                }
                lockout::forgive(transaction, &[lockout::account(&user.email)]).await?;
                mail::write(transaction, now, super::password::notice(&user.email, &base)).await?;
                let actor = Actor::person(Some(user.id), &user.email, &arrival);
                audit::append(transaction, now, &actor, Deed::new("account.password_reset", "user", user.id)).await
            })
        })
        .await?;
    app.mailer.wake();
    Ok(())
}
