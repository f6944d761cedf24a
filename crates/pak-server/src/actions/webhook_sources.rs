//! Systems that send us events: named by administrators, each with a secret of its own. The instance's secret is for all others.

use pak_model::{Problem, Result, Secret, code};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, ModelTrait as _, QueryFilter as _,
    QueryOrder as _, Set,
};

use super::names;
use crate::access::Admin;
use crate::audit::{self, Actor, Deed};
use crate::error::{not_found, shown};
use crate::state::App;
use crate::store::entity::webhook_source::{self, ActiveModel, Column, Entity, Model};
use crate::store::{is_duplicate, unusable};
use crate::webhooks::{inbox, secrets};

/// All of them, by name.
pub async fn list(app: &App, _: &Admin) -> Result<Vec<Model>> {
    Entity::find().order_by_asc(Column::Name).all(app.store.read()).await.map_err(unusable)
}

/// Names a source. Its secret is returned here and never again.
pub async fn create(app: &App, Admin(caller): Admin, name: String, secret: Option<String>) -> Result<(Model, Secret)> {
    names::target(&name)?;
    inbox::check_source(&name)?;
    let secret = secrets::chosen(secret)?;
    let (now, app_, shown) = (app.now(), app.clone(), secret.clone());
    let made = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let row = ActiveModel {
                    id: sea_orm::ActiveValue::NotSet,
                    name: Set(name.clone()),
                    sealed_secret: Set(String::new()),
                    created_by: Set(caller.user_id()),
                    created_at: Set(now),
                    last_seen_at: Set(None),
                };
                let row = row.insert(transaction).await.map_err(|error| {
                    let taken = || format!("There is a source `{name}` already.");
                    if is_duplicate(&error) { Problem::new(code::server::NAME_TAKEN, taken()) } else { unusable(error) }
                })?;
                let row = seal(transaction, &app_, row, &secret).await?;
                let deed = Deed::new("webhook_source.create", "webhook_source", &row.name);
                audit::append(transaction, now, &Actor::of(&caller), deed).await?;
                Ok(row)
            })
        })
        .await?;
    Ok((made, shown))
}

/// Gives a source another secret; the one before is refused from now on.
pub async fn rotate(app: &App, Admin(caller): Admin, name: String, secret: Option<String>) -> Result<Secret> {
    let secret = secrets::chosen(secret)?;
    let (now, app_, shown) = (app.now(), app.clone(), secret.clone());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let row = held(transaction, &name).await?;
                seal(transaction, &app_, row, &secret).await?;
                let deed = Deed::new("webhook_source.rotate", "webhook_source", name);
                audit::append(transaction, now, &Actor::of(&caller), deed).await.map(drop)
            })
        })
        .await?;
    Ok(shown)
}

/// Takes a source's name away. What it reported stays.
pub async fn delete(app: &App, Admin(caller): Admin, name: String) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                held(transaction, &name).await?.delete(transaction).await.map_err(unusable)?;
                let deed = Deed::new("webhook_source.delete", "webhook_source", name);
                audit::append(transaction, now, &Actor::of(&caller), deed).await.map(drop)
            })
        })
        .await
}

/// Gives the instance another secret for messages from systems without a name here.
pub async fn rotate_instance(app: &App, Admin(caller): Admin, secret: Option<String>) -> Result<Secret> {
    if app.settings.api_secret.is_some() {
        return Err(Problem::new(code::server::CONFLICT, "The instance's secret is set by PAK_API_SECRET.")
            .next("Change the variable and start the server again."));
    }
    let secret = secrets::chosen(secret)?;
    let (now, app_, shown) = (app.now(), app.clone(), secret.clone());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                secrets::replace_instance(transaction, &app_.vault, &secret, now, caller.user_id()).await?;
                let deed = Deed::new("webhook_secret.rotate", "instance", "webhook_secret");
                audit::append(transaction, now, &Actor::of(&caller), deed).await.map(drop)
            })
        })
        .await?;
    Ok(shown)
}

async fn held(transaction: &DatabaseTransaction, name: &str) -> Result<Model> {
    let found = Entity::find().filter(Column::Name.eq(name)).one(transaction).await.map_err(unusable)?;
    found.ok_or_else(|| not_found(format!("source `{}`", shown(name, 80))))
}

async fn seal(
    transaction: &DatabaseTransaction,
    app: &App,
    row: webhook_source::Model,
    secret: &Secret,
) -> Result<Model> {
    let sealed = app.vault.seal(secrets::of_source(row.id), secret)?;
    let mut row: ActiveModel = row.into();
    row.sealed_secret = Set(sealed);
    row.update(transaction).await.map_err(unusable)
}
