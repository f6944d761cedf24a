//! What a project's environments ask for on this server: approvals by people other than the one who asks.

use pak_model::Result;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _,
    QueryOrder as _,
};
use serde_json::json;

use super::names;
use crate::access::{In, Own};
use crate::audit::{self, Actor, Deed};
use crate::error::{invalid, not_found, shown};
use crate::state::App;
use crate::store::entity::{environment, member, user};
use crate::store::unusable;

/// The most approvals that can be asked for.
const MOST: i64 = 20;

/// A project's environments that have rules, by name.
pub async fn list(app: &App, project: i64) -> Result<Vec<environment::Model>> {
    environment::Entity::find()
        .filter(environment::Column::ProjectId.eq(project))
        .order_by_asc(environment::Column::Name)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// The rules of one environment, where it has any.
pub(crate) async fn rules(
    connection: &impl ConnectionTrait,
    project: i64,
    name: &str,
) -> Result<Option<environment::Model>> {
    environment::Entity::find()
        .filter(environment::Column::ProjectId.eq(project))
        .filter(environment::Column::Name.eq(name))
        .one(connection)
        .await
        .map_err(unusable)
}

/// The accounts that may approve releases to an environment; empty: everyone whose role allows it.
pub fn approvers(row: &environment::Model) -> Vec<i64> {
    serde_json::from_str(&row.approvers).unwrap_or_default()
}

/// Sets an environment's rules. They hold for deployments that are asked for from now on.
pub async fn set(
    app: &App,
    place: &In<Own>,
    name: &str,
    needed: i64,
    emails: Vec<String>,
) -> Result<environment::Model> {
    names::environment(name)?;
    if !(0..=MOST).contains(&needed) {
        return Err(invalid("approvals_needed", format!("must be 0 to {MOST}")));
    }
    let (actor, now, project, name) = (Actor::of(&place.caller), app.now(), place.project.id, name.to_owned());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let mut approvers = Vec::new();
                for email in emails {
                    let email = email.trim().to_lowercase();
                    let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(transaction).await;
                    let person = found.map_err(unusable)?.ok_or_else(|| not_found(format!("account `{email}`")))?;
                    let part = member::Entity::find_by_id((project, person.id)).one(transaction).await;
                    if part.map_err(unusable)?.is_none() {
                        return Err(invalid("approvers", format!("has `{email}`, who is no member of the project")));
                    }
                    approvers.push(person.id);
                }
                approvers.sort_unstable();
                approvers.dedup();
                if !approvers.is_empty() && i64::try_from(approvers.len()).unwrap_or(0) < needed {
                    return Err(invalid("approvers", "has fewer people than approvals are needed"));
                }
                let deed = Deed::new("environment.set", "environment", &name).project(project);
                let deed = deed.details(json!({ "approvals_needed": needed, "approvers": approvers }));
                let found = rules(transaction, project, &name).await?;
                let list = json!(approvers).to_string();
                let row = match found {
                    Some(row) => {
                        let mut row: environment::ActiveModel = row.into();
                        row.approvals_needed = ActiveValue::Set(needed);
                        row.approvers = ActiveValue::Set(list);
                        row.update(transaction).await
                    }
                    None => {
                        let row = environment::ActiveModel {
                            id: ActiveValue::NotSet,
                            project_id: ActiveValue::Set(project),
                            name: ActiveValue::Set(name),
                            approvals_needed: ActiveValue::Set(needed),
                            approvers: ActiveValue::Set(list),
                            created_at: ActiveValue::Set(now),
                        };
                        row.insert(transaction).await
                    }
                };
                let row = row.map_err(unusable)?;
                audit::append(transaction, now, &actor, deed).await?;
                Ok(row)
            })
        })
        .await
}

/// Removes an environment's rules.
pub async fn remove(app: &App, place: &In<Own>, name: &str) -> Result<()> {
    let (actor, now, project, name) = (Actor::of(&place.caller), app.now(), place.project.id, name.to_owned());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let gone = environment::Entity::delete_many()
                    .filter(environment::Column::ProjectId.eq(project))
                    .filter(environment::Column::Name.eq(&name))
                    .exec(transaction)
                    .await
                    .map_err(unusable)?;
                if gone.rows_affected == 0 {
                    return Err(not_found(format!("rule for environment `{}`", shown(&name, 64))));
                }
                let deed = Deed::new("environment.remove", "environment", &name).project(project);
                audit::append(transaction, now, &actor, deed).await
            })
        })
        .await
}
