//! `/users` and `/invitations`: the people of the instance, for administrators.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Done;
use super::input::{Asked, Input};
use crate::access::Admin;
use crate::actions::page::PageQuery;
use crate::actions::users::{self, Changes, New};
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::user;
use crate::time::Time;

/// Accounts.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserList {
    /// Newest first.
    pub users: Vec<UserDetail>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// An account as administrators see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserDetail {
    /// Its id.
    pub id: i64,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// `user` or `admin`.
    pub role: String,
    /// Whether it may sign in.
    pub is_active: bool,
    /// Whether the address was confirmed.
    pub email_verified: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// The last sign-in.
    pub last_login: Option<Time>,
    /// Wrong passwords in a row.
    pub failed_attempts: i64,
    /// Until when unknown devices have to wait.
    pub locked_until: Option<Time>,
}

impl From<user::Model> for UserDetail {
    fn from(user: user::Model) -> Self {
        Self {
            id: user.id,
            email: user.email,
            name: user.name,
            role: user.role,
            is_active: user.is_active,
            email_verified: user.email_verified,
            created_at: Time(user.created_at),
            updated_at: Time(user.updated_at),
            last_login: user.last_login.map(Time),
            failed_attempts: user.failed_attempts,
            locked_until: user.locked_until.map(Time),
        }
    }
}

/// One account, made or changed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserDetailAnswer {
    /// Always true.
    pub success: bool,
    /// The account.
    pub user: UserDetail,
}

/// One account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct UserShown {
    /// The account.
    pub user: UserDetail,
}

/// The people of the instance.
#[utoipa::path(get, path = "/users", tag = "administration", params(PageQuery),
    responses((status = 200, body = UserList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn list(State(app): State<App>, _admin: Admin, Asked(page): Asked<PageQuery>) -> ApiResult<Json<UserList>> {
    let (rows, next_cursor) = users::list(&app, page).await?;
    Ok(Json(UserList { users: rows.into_iter().map(UserDetail::from).collect(), next_cursor }))
}

/// One account.
#[utoipa::path(get, path = "/users/{user}", tag = "administration",
    params(("user" = i64, Path, description = "The account's id.")),
    responses((status = 200, body = UserShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn show(State(app): State<App>, _admin: Admin, Path(id): Path<String>) -> ApiResult<Json<UserShown>> {
    Ok(Json(UserShown { user: users::find(&app, super::number(&id, "account")?).await?.into() }))
}

/// An account to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUserBody {
    /// The address; a link to choose a password is sent there.
    #[schema(example = "user@example.com", max_length = 255)]
    pub email: String,
    /// The name.
    #[schema(example = "John Doe", min_length = 1, max_length = 100)]
    pub name: String,
    /// `user` or `admin`.
    #[serde(default = "ordinary")]
    #[schema(example = "user")]
    pub role: String,
}

fn ordinary() -> String {
    "user".to_owned()
}

/// Makes an account; its person gets a link to choose a password.
#[utoipa::path(post, path = "/users", tag = "administration", request_body = NewUserBody,
    responses((status = 201, body = UserDetailAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn create(
    State(app): State<App>,
    admin: Admin,
    Input(body): Input<NewUserBody>,
) -> ApiResult<(StatusCode, Json<UserDetailAnswer>)> {
    let made = users::create(&app, &admin, New { email: body.email, name: body.name, role: body.role }).await?;
    Ok((StatusCode::CREATED, Json(UserDetailAnswer { success: true, user: made.into() })))
}

/// What is changed; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserChanges {
    /// The name.
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// `user` or `admin`.
    pub role: Option<String>,
    /// Whether it may sign in. Ends its sessions and keys when it may not.
    pub is_active: Option<bool>,
}

/// Changes an account.
#[utoipa::path(patch, path = "/users/{user}", tag = "administration", request_body = UserChanges,
    params(("user" = i64, Path, description = "The account's id.")),
    responses((status = 200, body = UserDetailAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn change(
    State(app): State<App>,
    admin: Admin,
    Path(id): Path<String>,
    Input(body): Input<UserChanges>,
) -> ApiResult<Json<UserDetailAnswer>> {
    let changes = Changes { name: body.name, role: body.role, is_active: body.is_active };
    let user = users::change(&app, &admin, super::number(&id, "account")?, changes).await?;
    Ok(Json(UserDetailAnswer { success: true, user: user.into() }))
}

/// Invitations.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvitationList {
    /// Those that were not used yet, the latest first.
    pub invitations: Vec<InvitationBody>,
}

/// An invitation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct InvitationBody {
    /// Its id.
    pub id: i64,
    /// Whom it was sent to.
    pub email: String,
    /// `user` or `admin`.
    pub role: String,
    /// When it was sent.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
}

/// Invitations that were not used yet.
#[utoipa::path(get, path = "/invitations", tag = "administration",
    responses((status = 200, body = InvitationList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn invitations(State(app): State<App>, _admin: Admin) -> ApiResult<Json<InvitationList>> {
    let invitations = users::invitations(&app).await?.into_iter().map(|row| InvitationBody {
        id: row.id,
        email: row.email.unwrap_or_default(),
        role: row.payload.unwrap_or_else(ordinary),
        created_at: Time(row.created_at),
        expires_at: Time(row.expires_at),
    });
    Ok(Json(InvitationList { invitations: invitations.collect() }))
}

/// Somebody to be invited.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// Their address.
    #[schema(example = "user@example.com", max_length = 255)]
    pub email: String,
    /// `user` or `admin`.
    #[serde(default = "ordinary")]
    #[schema(example = "user")]
    pub role: String,
}

/// An invitation that was sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Invited {
    /// Always true.
    pub success: bool,
    /// The link, for handing over by other means than mail. Shown this once.
    pub link: String,
}

/// Invites somebody to make an account.
#[utoipa::path(post, path = "/invitations", tag = "administration", request_body = InviteBody,
    responses((status = 201, body = Invited), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn invite(
    State(app): State<App>,
    admin: Admin,
    Input(body): Input<InviteBody>,
) -> ApiResult<(StatusCode, Json<Invited>)> {
    let link = users::invite(&app, &admin, &body.email, &body.role).await?;
    Ok((StatusCode::CREATED, Json(Invited { success: true, link })))
}

/// Takes an invitation back.
#[utoipa::path(delete, path = "/invitations/{invitation}", tag = "administration",
    params(("invitation" = i64, Path, description = "The invitation's id.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn uninvite(State(app): State<App>, admin: Admin, Path(id): Path<String>) -> ApiResult<Json<Done>> {
    users::uninvite(&app, &admin, super::number(&id, "invitation")?).await?;
    Ok(Json(Done::new("The invitation is taken back.")))
}

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(show, change))
        .routes(routes!(invitations, invite))
        .routes(routes!(uninvite))
}
