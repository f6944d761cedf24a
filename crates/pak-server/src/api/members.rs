//! `/projects/<name>/members`: who has a part in a project.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};

use super::Done;
use super::input::Input;
use crate::access::{In, Own, Read, Role};
use crate::actions::members;
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::time::Time;

/// A member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Member {
    /// The account.
    pub user_id: i64,
    /// Its name.
    pub name: String,
    /// Its address.
    pub email: String,
    /// The role.
    pub role: String,
    /// Since when.
    pub created_at: Time,
}

/// The members of a project.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MemberList {
    /// In the order they came.
    pub members: Vec<Member>,
}

/// A role for a person.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberBody {
    /// The person's account.
    #[schema(example = "jane@example.org")]
    pub email: String,
    /// The role.
    pub role: Role,
}

/// Who has a part in the project.
#[utoipa::path(get, path = "/projects/{name}/members", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = MemberList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn list(State(app): State<App>, place: In<Read>) -> ApiResult<Json<MemberList>> {
    let rows = members::list(&app, place.project.id).await?;
    let members = rows
        .into_iter()
        .map(|row| Member {
            user_id: row.user_id,
            name: row.name,
            email: row.email,
            role: row.role,
            created_at: Time(row.created_at),
        })
        .collect();
    Ok(Json(MemberList { members }))
}

/// Gives a person a role, new or another one.
#[utoipa::path(put, path = "/projects/{name}/members", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    request_body = MemberBody,
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:own"))))]
pub async fn set(State(app): State<App>, place: In<Own>, Input(body): Input<MemberBody>) -> ApiResult<Json<Done>> {
    members::set(&app, &place, &body.email, body.role).await?;
    Ok(Json(Done::new("The role is set.")))
}

/// Takes a person out of the project.
#[utoipa::path(delete, path = "/projects/{name}/members/{user}", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), ("user" = i64, Path, description = "The account's id.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:own"))))]
pub async fn remove(
    State(app): State<App>,
    place: In<Own>,
    Path(path): Path<(String, String)>,
) -> ApiResult<Json<Done>> {
    members::remove(&app, &place, super::number(&path.1, "member")?).await?;
    Ok(Json(Done::new("The person has no part in the project any more.")))
}
