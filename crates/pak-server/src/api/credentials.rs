//! `/projects/<name>/credentials`: set, listed without their secrets, removed. Nothing reads a secret back.

use axum::Json;
use axum::extract::{Path, State};
use pak_model::Secret;
use serde::{Deserialize, Serialize};

use super::Done;
use super::input::Input;
use crate::access::{In, Manage, Secrets};
use crate::actions::credentials::{self, NewCredential};
use crate::error::{ApiResult, ErrorBody, invalid};
use crate::state::App;
use crate::store::entity::credential;
use crate::time::Time;

/// A credential, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CredentialShown {
    /// Its id.
    pub id: i64,
    /// The platform or target it is for.
    pub target: String,
    /// The only environment it is for; absent: all.
    pub environment: Option<String>,
    /// `token` or `basic`.
    pub kind: String,
    /// The account, where it has one.
    pub username: Option<String>,
    /// Counts its changes.
    pub version: i64,
    /// When it was last set.
    pub updated_at: Time,
}

/// A project's credentials.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CredentialList {
    /// By target and environment.
    pub credentials: Vec<CredentialShown>,
}

/// A credential to be set: a token, or a user name and a password.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CredentialBody {
    /// The platform or target it is for.
    #[schema(example = "npm")]
    pub target: String,
    /// The only environment it is for. Default: all.
    pub environment: Option<String>,
    /// The token.
    #[schema(format = Password)]
    pub token: Option<String>,
    /// The account.
    pub username: Option<String>,
    /// The password.
    #[schema(format = Password)]
    pub password: Option<String>,
}

/// The credentials of a project, without their secrets.
#[utoipa::path(get, path = "/projects/{name}/credentials", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = CredentialList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:manage"))))]
pub async fn list(State(app): State<App>, place: In<Manage>) -> ApiResult<Json<CredentialList>> {
    let rows = credentials::list(&app, place.project.id).await?;
    Ok(Json(CredentialList { credentials: rows.into_iter().map(shown).collect() }))
}

/// Sets a credential; one for the same target and environment is replaced.
#[utoipa::path(put, path = "/projects/{name}/credentials", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    request_body = CredentialBody,
    responses((status = 200, body = CredentialShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:secrets"))))]
pub async fn set(
    State(app): State<App>,
    place: In<Secrets>,
    Input(body): Input<CredentialBody>,
) -> ApiResult<Json<CredentialShown>> {
    let (username, secret) = match (body.token, body.username, body.password) {
        (Some(token), None, None) => (None, token),
        (None, Some(user), Some(password)) => (Some(user), password),
        _ => return Err(invalid("token", "or `username` and `password` must be given, and not both").into()),
    };
    let new = NewCredential {
        target: body.target,
        environment: body.environment.unwrap_or_default(),
        username,
        secret: Secret::new(secret),
    };
    Ok(Json(shown(credentials::set(&app, &place, new).await?)))
}

/// Removes a credential.
#[utoipa::path(delete, path = "/projects/{name}/credentials/{credential}", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), ("credential" = i64, Path, description = "The credential's id.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:secrets"))))]
pub async fn remove(
    State(app): State<App>,
    place: In<Secrets>,
    Path(path): Path<(String, String)>,
) -> ApiResult<Json<Done>> {
    credentials::remove(&app, &place, super::number(&path.1, "credential")?).await?;
    Ok(Json(Done::new("The credential is removed.")))
}

fn shown(row: credential::Model) -> CredentialShown {
    CredentialShown {
        id: row.id,
        target: row.target,
        environment: Some(row.environment).filter(|name| !name.is_empty()),
        kind: row.kind,
        username: row.username,
        version: row.version,
        updated_at: Time(row.updated_at),
    }
}
