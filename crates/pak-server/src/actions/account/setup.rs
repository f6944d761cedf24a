//! The first administrator: a link that the server prints when it starts and nobody administers it.

use pak_model::{Problem, Result, code};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::register::{self, Row};
use super::{Shown, email, link};
use crate::access::Arrival;
use crate::access::password::Password;
use crate::access::token::Purpose;
use crate::audit::{self, Actor, Deed};
use crate::state::App;
use crate::store::entity::{one_time_token, user};
use crate::store::unusable;

/// Whether nobody administers this server yet.
pub async fn is_needed(app: &App) -> Result<bool> {
    let admin = user::Entity::find().filter(user::Column::Role.eq("admin")).one(app.store.read()).await;
    Ok(admin.map_err(unusable)?.is_none())
}

/// A link for the first administrator, to be printed when the server starts; none where there is one. Links of earlier starts end.
pub async fn offer(app: &App) -> Result<Option<String>> {
    if !is_needed(app).await? {
        return Ok(None);
    }
    let now = app.now();
    let secret = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                one_time_token::Entity::delete_many()
                    .filter(one_time_token::Column::Purpose.eq(Purpose::Setup.word()))
                    .exec(transaction)
                    .await
                    .map_err(unusable)?;
                link::issue(transaction, now, Purpose::Setup, link::For::default()).await
            })
        })
        .await?;
    Ok(Some(link::address(app, "setup", &secret)))
}

/// Whether a link is good for it.
pub async fn check(app: &App, token: &str) -> Result<()> {
    link::look(app, Purpose::Setup, token).await.map(drop)
}

/// Makes the first administrator.
pub async fn finish(
    app: &App,
    token: &str,
    typed: &str,
    name: &str,
    password: &Password,
    arrival: Arrival,
) -> Result<Shown> {
    let link = link::look(app, Purpose::Setup, token).await?;
    let row = administrator(app, typed, name, password).await?;
    let now = app.now();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                link::consume(transaction, now, &link).await?;
                let admin = user::Entity::find().filter(user::Column::Role.eq("admin")).one(transaction).await;
                if admin.map_err(unusable)?.is_some() {
                    return Err(Problem::new(code::server::STATE, "This server has an administrator already.")
                        .next("Sign in with that account."));
                }
                let made = register::insert(transaction, row, now).await?;
                let actor = Actor::person(Some(made.id), &made.email, &arrival);
                audit::append(transaction, now, &actor, Deed::new("instance.setup", "user", made.id)).await?;
                Ok(Shown::from(&made))
            })
        })
        .await
}

async fn administrator(app: &App, typed: &str, name: &str, password: &Password) -> Result<Row> {
    let (email, name) = (email::normal(typed)?, register::name(name)?);
    password.acceptable(&email, &name)?;
    let hash = app.passwords.hash(password).await?;
    Ok(Row { email, name, hash, role: "admin".to_owned(), verified: true })
}
