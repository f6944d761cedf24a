//! Registry credentials of a project: set and removed, never shown. A run gets them when it begins.

use pak_model::{Result, Secret};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;

use super::names;
use crate::access::{In, Secrets};
use crate::audit::{self, Actor, Deed};
use crate::error::{invalid, not_found};
use crate::state::App;
use crate::store::entity::credential;
use crate::store::unusable;
use crate::work::credentials::{bound_to, place as sealed_for};

/// A credential to be set.
#[derive(Debug, Clone)]
pub struct NewCredential {
    /// The platform or target it is for.
    pub target: String,
    /// The only environment it is for; empty: all.
    pub environment: String,
    /// The account, for registries that take a name and a password.
    pub username: Option<String>,
    /// The token or password.
    pub secret: Secret,
}

/// A project's credentials, without their secrets.
pub async fn list(app: &App, project: i64) -> Result<Vec<credential::Model>> {
    credential::Entity::find()
        .filter(credential::Column::ProjectId.eq(project))
        .order_by_asc(credential::Column::Target)
        .order_by_asc(credential::Column::Environment)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// Sets a credential; one for the same target and environment is replaced.
pub async fn set(app: &App, place: &In<Secrets>, new: NewCredential) -> Result<credential::Model> {
    names::target(&new.target)?;
    if !new.environment.is_empty() {
        names::environment(&new.environment)?;
    }
    let secret = new.secret.expose();
    if secret.is_empty() || secret.len() > 16_384 || secret.chars().any(char::is_control) {
        return Err(invalid("token", "must be one line of at most 16384 characters"));
    }
    if let Some(user) = &new.username {
        names::text("username", user, 200)?;
    }
    let bound = bound_to(&new.environment, &new.target);
    let sealed = app.vault.seal(sealed_for(place.project.id, &bound), &new.secret)?;
    let (actor, now, project, user) = (Actor::of(&place.caller), app.now(), place.project.id, place.caller.user_id());
    let (target, environment, username) = (new.target, new.environment, new.username);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let found = credential::Entity::find()
                    .filter(credential::Column::ProjectId.eq(project))
                    .filter(credential::Column::Environment.eq(&environment))
                    .filter(credential::Column::Target.eq(&target))
                    .one(transaction)
                    .await
                    .map_err(unusable)?;
                let version = found.as_ref().map_or(1, |row| row.version + 1);
                let kind = if username.is_some() { "basic" } else { "token" };
                let deed =
                    Deed::new("credential.set", "credential", format!("{target}/{environment}")).project(project);
                let mut row: credential::ActiveModel = found.map(Into::into).unwrap_or_default();
                row.project_id = ActiveValue::Set(project);
                row.environment = ActiveValue::Set(environment);
                row.target = ActiveValue::Set(target);
                row.kind = ActiveValue::Set(kind.to_owned());
                row.username = ActiveValue::Set(username);
                row.sealed = ActiveValue::Set(sealed);
                row.version = ActiveValue::Set(version);
                row.updated_at = ActiveValue::Set(now);
                row.updated_by = ActiveValue::Set(user);
                let row = row.save(transaction).await.map_err(unusable)?;
                audit::append(transaction, now, &actor, deed.details(json!({ "kind": kind, "version": version })))
                    .await?;
                sea_orm::TryIntoModel::try_into_model(row).map_err(unusable)
            })
        })
        .await
}

/// Removes a credential.
pub async fn remove(app: &App, place: &In<Secrets>, id: i64) -> Result<()> {
    let (actor, now, project) = (Actor::of(&place.caller), app.now(), place.project.id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let found = credential::Entity::find_by_id(id).filter(credential::Column::ProjectId.eq(project));
                let row =
                    found.one(transaction).await.map_err(unusable)?.ok_or_else(|| not_found("such credential"))?;
                credential::Entity::delete_by_id(id).exec(transaction).await.map_err(unusable)?;
                let deed = Deed::new("credential.remove", "credential", format!("{}/{}", row.target, row.environment));
                audit::append(transaction, now, &actor, deed.project(project)).await
            })
        })
        .await
}
