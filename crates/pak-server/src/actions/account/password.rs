//! Changing one's password, knowing the old one.

use pak_model::{Problem, Result, code};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Statement};

use crate::access::Caller;
use crate::access::lockout;
use crate::access::password::{Password, Verdict};
use crate::access::session::Found;
use crate::audit::{self, Actor, Deed};
use crate::mail::{self, Draft};
use crate::state::App;
use crate::store::entity::user;
use crate::store::unusable;

/// Sets a new password. Other sessions end; the one that asks goes on.
pub async fn change(app: &App, caller: &Caller, session: &Found, old: &Password, new: &Password) -> Result<()> {
    let person = &session.person;
    let user = user::Entity::find_by_id(person.id).one(app.store.read()).await.map_err(unusable)?;
    let user = user.ok_or_else(crate::access::caller::nobody)?;
    new.acceptable(&user.email, &user.name)?;
    // Guessing is no easier here than at the door: an open session counts as a device of its own.
    let subjects = vec![lockout::session(session.id)];
    let (counted, now) = (subjects.clone(), app.now());
    app.store
        .write(move |transaction| Box::pin(async move { lockout::admit(transaction, &counted, now).await }))
        .await
        .map_err(|_| wrong())?;
    if app.passwords.check(Some(&user.password_hash), old).await? == Verdict::Wrong {
        return Err(wrong());
    }
    let hash = app.passwords.hash(new).await?;
    let (actor, base, id, keep) = (Actor::of(caller), app.settings.base.clone(), user.id, session.id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                lockout::forgive(transaction, &subjects).await?;
                let backend = transaction.get_database_backend();
                for (sql, values) in [
                    (
                        "UPDATE users SET password_hash = $1, updated_at = $2 WHERE id = $3",
                        vec![hash.into(), now.into(), id.into()],
                    ),
                    ("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", vec![id.into(), keep.into()]),
                ] {
                    let statement = Statement::from_sql_and_values(backend, sql, values);
                    transaction.execute_raw(statement).await.map_err(unusable)?;
                }
                mail::write(transaction, now, notice(&user.email, &base)).await?;
                audit::append(transaction, now, &actor, Deed::new("account.password_change", "user", id)).await
            })
        })
        .await?;
    app.mailer.wake();
    Ok(())
}

fn wrong() -> Problem {
    Problem::new(code::server::FORBIDDEN, "The current password is wrong, or there were too many tries.")
        .next("Check it, wait a while, or reset the password by mail.")
}

/// What the owner is told when the password was changed.
pub(super) fn notice(email: &str, base: &url::Url) -> Draft {
    Draft {
        to: email.to_owned(),
        subject: "Your password was changed".to_owned(),
        body: format!(
            "The password of your account at {base} was changed, and other sessions were ended. API keys go on working: look \
             them through at {base}account/keys.\n\nIf it was not you, reset the password now: {base}reset\n"
        ),
    }
}
