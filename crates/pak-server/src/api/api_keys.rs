//! `/account/keys`: one's API keys.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Done;
use super::input::Input;
use crate::access::{Account, Scope};
use crate::actions::api_keys::{self, Wanted};
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::{api_key, project};
use crate::time::Time;

/// One's keys.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyList {
    /// The latest first. What is withdrawn is not shown.
    pub keys: Vec<KeyBody>,
}

/// A key. Its secret is nowhere.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyBody {
    /// Its id.
    pub id: i64,
    /// What it is called.
    pub name: String,
    /// How it begins.
    #[schema(example = "pak_4fZkP0qLm2Xa")]
    pub begins: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The only project it works for.
    pub project: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it ends.
    pub expires_at: Time,
    /// Its last use, to the minute.
    pub last_used_at: Option<Time>,
    /// Whether it has ended.
    pub expired: bool,
}

/// A key to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    /// What it is called: where it is used.
    #[schema(example = "release job", min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do.
    #[schema(min_items = 1)]
    pub scopes: Vec<Scope>,
    /// The only project it works for. Default: all of one's projects.
    #[serde(default)]
    pub project: Option<String>,
    /// How many days it works. Default: 90.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 365)]
    pub expires_in_days: Option<i64>,
}

/// A key that was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct KeyMade {
    /// Always true.
    pub success: bool,
    /// The key itself: shown this once.
    pub secret: String,
    /// What is kept of it.
    pub key: KeyBody,
}

/// One's API keys.
#[utoipa::path(get, path = "/account/keys", tag = "account",
    responses((status = 200, body = KeyList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn list(State(app): State<App>, account: Account) -> ApiResult<Json<KeyList>> {
    let rows = api_keys::list(&app, &account).await?;
    let projects = api_keys::projects(&app, &rows).await?;
    let keys = rows.into_iter().map(|row| body(row, &projects, app.now())).collect();
    Ok(Json(KeyList { keys }))
}

/// Makes an API key. The answer is the only place where it is ever shown.
#[utoipa::path(post, path = "/account/keys", tag = "account", request_body = NewKeyBody,
    responses((status = 201, body = KeyMade), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn create(
    State(app): State<App>,
    account: Account,
    Input(new): Input<NewKeyBody>,
) -> ApiResult<(StatusCode, Json<KeyMade>)> {
    let wanted = Wanted { name: new.name, scopes: new.scopes, project: new.project, days: new.expires_in_days };
    let made = api_keys::create(&app, &account, wanted).await?;
    let projects = api_keys::projects(&app, std::slice::from_ref(&made.row)).await?;
    let secret = made.text.expose().to_owned();
    let answer = KeyMade { success: true, secret, key: body(made.row, &projects, app.now()) };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Withdraws an API key: it does not work from then on.
#[utoipa::path(delete, path = "/account/keys/{key}", tag = "account",
    params(("key" = i64, Path, description = "The key's id.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user")), ("x-scope" = json!("account"))))]
pub async fn revoke(State(app): State<App>, account: Account, Path(id): Path<String>) -> ApiResult<Json<Done>> {
    api_keys::revoke(&app, &account, super::number(&id, "key")?).await?;
    Ok(Json(Done::new("The key is withdrawn.")))
}

fn body(row: api_key::Model, projects: &[project::Model], now: i64) -> KeyBody {
    let project = row.project_id.and_then(|id| projects.iter().find(|project| project.id == id));
    KeyBody {
        id: row.id,
        name: row.name,
        begins: format!("pak_{}", row.public_id),
        scopes: Scope::split(&row.scopes),
        project: project.map(|project| project.name.clone()),
        created_at: Time(row.created_at),
        expires_at: Time(row.expires_at),
        last_used_at: row.last_used_at.map(Time),
        expired: row.expires_at <= now,
    }
}

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(revoke))
}
