//! One's own name and look, and the confirmation of one's address.

use pak_model::Result;
use sea_orm::{ActiveModelTrait as _, ActiveValue, ConnectionTrait as _, EntityTrait as _, Statement};

use super::{link, register};
use crate::access::token::Purpose;
use crate::access::{Account, Arrival};
use crate::audit::{self, Actor, Deed};
use crate::error::invalid;
use crate::state::App;
use crate::store::entity::user;
use crate::store::unusable;

/// What is changed; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The name shown to others.
    pub name: Option<String>,
    /// `system`, `light` or `dark`.
    pub theme: Option<String>,
}

/// Changes the caller's profile.
pub async fn change(app: &App, account: &Account, changes: Changes) -> Result<user::Model> {
    let mut row = user::ActiveModel { id: ActiveValue::Unchanged(account.person.id), ..Default::default() };
    if let Some(name) = changes.name {
        row.name = ActiveValue::Set(register::name(&name)?);
    }
    if let Some(theme) = changes.theme {
        if !["system", "light", "dark"].contains(&theme.as_str()) {
            return Err(invalid("theme", "is neither `system`, `light` nor `dark`"));
        }
        row.theme = ActiveValue::Set(theme);
    }
    let (actor, now) = (Actor::of(&account.caller), app.now());
    row.updated_at = ActiveValue::Set(now);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let after = row.update(transaction).await.map_err(unusable)?;
                audit::append(transaction, now, &actor, Deed::new("account.change", "user", after.id)).await?;
                Ok(after)
            })
        })
        .await
}

/// Takes the link that shows that an address is the account's.
pub async fn confirm_email(app: &App, token: &str, arrival: Arrival) -> Result<()> {
    let link = link::look(app, Purpose::Verify, token).await?;
    let user = user::Entity::find_by_id(link.user_id.unwrap_or(0)).one(app.store.read()).await.map_err(unusable)?;
    let user = user.filter(|user| link.email.as_ref() == Some(&user.email)).ok_or_else(link::worthless)?;
    let now = app.now();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                link::consume(transaction, now, &link).await?;
                let statement = Statement::from_sql_and_values(
                    transaction.get_database_backend(),
                    "UPDATE users SET email_verified = TRUE, updated_at = $1 WHERE id = $2",
                    [now.into(), user.id.into()],
                );
                transaction.execute_raw(statement).await.map_err(unusable)?;
                let actor = Actor::person(Some(user.id), &user.email, &arrival);
                audit::append(transaction, now, &actor, Deed::new("account.email_confirm", "user", user.id)).await
            })
        })
        .await
}
