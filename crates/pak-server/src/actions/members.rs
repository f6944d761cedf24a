//! The people of a project and their roles.

use pak_model::{Problem, Result, code};
use sea_orm::{
    ActiveValue, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, FromQueryResult, PaginatorTrait as _,
    QueryFilter as _, Statement,
};
use serde_json::json;

use crate::access::{In, Own, Role};
use crate::audit::{self, Actor, Deed};
use crate::error::not_found;
use crate::state::App;
use crate::store::entity::{member, user};
use crate::store::unusable;

/// A member in the list.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Listed {
    /// The account.
    pub user_id: i64,
    /// Its name.
    pub name: String,
    /// Its address.
    pub email: String,
    /// The role.
    pub role: String,
    /// Since when.
    pub created_at: i64,
}

/// Everyone in a project, in the order they came.
pub async fn list(app: &App, project: i64) -> Result<Vec<Listed>> {
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "SELECT m.user_id, u.name, u.email, m.role, m.created_at FROM members m JOIN users u ON u.id = m.user_id \
         WHERE m.project_id = $1 ORDER BY m.created_at, m.user_id",
        [project.into()],
    );
    Listed::find_by_statement(statement).all(app.store.read()).await.map_err(unusable)
}

/// Gives a person a role, new or another one.
pub async fn set(app: &App, place: &In<Own>, email: &str, role: Role) -> Result<()> {
    let (actor, now, project, name) =
        (Actor::of(&place.caller), app.now(), place.project.id, place.project.name.clone());
    let email = email.trim().to_lowercase();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(transaction).await;
                let person = found.map_err(unusable)?.ok_or_else(|| not_found(format!("account `{email}`")))?;
                if role != Role::Owner {
                    keep_an_owner(transaction, project, person.id).await?;
                }
                let before = member::Entity::delete_by_id((project, person.id));
                before.exec(transaction).await.map_err(unusable)?;
                let row = member::ActiveModel {
                    project_id: ActiveValue::Set(project),
                    user_id: ActiveValue::Set(person.id),
                    role: ActiveValue::Set(role.word().to_owned()),
                    created_at: ActiveValue::Set(now),
                };
                member::Entity::insert(row).exec_without_returning(transaction).await.map_err(unusable)?;
                let deed = Deed::new("member.set", "project", name).project(project);
                let deed = deed.details(json!({ "user": person.id, "role": role.word() }));
                audit::append(transaction, now, &actor, deed).await
            })
        })
        .await
}

/// Takes a person out of a project.
pub async fn remove(app: &App, place: &In<Own>, person: i64) -> Result<()> {
    let (actor, now, project, name) =
        (Actor::of(&place.caller), app.now(), place.project.id, place.project.name.clone());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                keep_an_owner(transaction, project, person).await?;
                let gone = member::Entity::delete_by_id((project, person)).exec(transaction).await.map_err(unusable)?;
                if gone.rows_affected == 0 {
                    return Err(not_found("such member"));
                }
                let deed = Deed::new("member.remove", "project", name).project(project);
                audit::append(transaction, now, &actor, deed.details(json!({ "user": person }))).await
            })
        })
        .await
}

/// A project that nobody owns could not be given to anyone any more.
async fn keep_an_owner(transaction: &DatabaseTransaction, project: i64, leaving: i64) -> Result<()> {
    let owners = member::Entity::find()
        .filter(member::Column::ProjectId.eq(project))
        .filter(member::Column::Role.eq(Role::Owner.word()));
    let is_one =
        owners.clone().filter(member::Column::UserId.eq(leaving)).count(transaction).await.map_err(unusable)?;
    if is_one == 1 && owners.count(transaction).await.map_err(unusable)? == 1 {
        return Err(Problem::new(code::server::STATE, "The project's last owner stays one.")
            .next("Make someone else an owner first."));
    }
    Ok(())
}
