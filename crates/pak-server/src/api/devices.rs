//! `/auth/device` and `/device`: signing a command line in through a browser.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Done;
use super::account::UserBody;
use super::input::Input;
use crate::access::{Arrival, SignedIn};
use crate::actions::account::device;
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::time::Time;

/// A command line that wants in.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceBody {
    /// What it calls its machine; the person who confirms sees it.
    #[serde(default)]
    #[schema(example = "laptop", max_length = 100)]
    pub name: String,
}

/// A sign-in that was begun.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeviceBegun {
    /// Always true.
    pub success: bool,
    /// What the command line asks with.
    pub device_code: String,
    /// What the person types.
    #[schema(example = "WDJB-MJHT")]
    pub user_code: String,
    /// Where the person types it.
    pub verification_uri: String,
    /// Seconds until the codes end.
    pub expires_in: u64,
    /// Seconds between two questions.
    pub interval: u64,
}

/// Begins a sign-in of a command line.
#[utoipa::path(post, path = "/auth/device", tag = "account", request_body = DeviceBody,
    responses((status = 200, body = DeviceBegun), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn begin(State(app): State<App>, Input(body): Input<DeviceBody>) -> ApiResult<Json<DeviceBegun>> {
    let begun = device::begin(&app, &body.name).await?;
    Ok(Json(DeviceBegun {
        success: true,
        device_code: begun.device_code.expose().to_owned(),
        user_code: begun.user_code,
        verification_uri: begun.address,
        expires_in: begun.expires_in,
        interval: device::INTERVAL,
    }))
}

/// A person's decision.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionBody {
    /// The code that the command line shows.
    #[schema(example = "WDJB-MJHT")]
    pub user_code: String,
    /// Whether it may come in.
    pub allow: bool,
}

/// Lets a command line in, or keeps it out. API keys can not do it.
#[utoipa::path(post, path = "/device", tag = "account", request_body = DecisionBody,
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("session"))))]
pub async fn decide(
    State(app): State<App>,
    person: SignedIn,
    Input(body): Input<DecisionBody>,
) -> ApiResult<Json<Done>> {
    let waiting = device::waiting(&app, &body.user_code).await?;
    device::decide(&app, &person.caller, &person.session, waiting, body.allow).await?;
    Ok(Json(Done::new(if body.allow { "The command line is signed in." } else { "The command line was kept out." })))
}

/// A question for the key.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectBody {
    /// The device code.
    pub device_code: String,
}

/// The key of a command line that was let in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeviceGranted {
    /// Always true.
    pub success: bool,
    /// The API key: given this once.
    pub api_key: String,
    /// When it ends.
    pub expires_at: Time,
    /// Whose it is.
    pub user: UserBody,
}

/// Asks for the key. Until a person has decided the answer is 400 with the code `pak::access::device_pending`.
#[utoipa::path(post, path = "/auth/device/token", tag = "account", request_body = CollectBody,
    responses((status = 200, body = DeviceGranted), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("public"))))]
pub async fn collect(
    State(app): State<App>,
    arrival: Arrival,
    Input(body): Input<CollectBody>,
) -> ApiResult<Json<DeviceGranted>> {
    let granted = device::collect(&app, &body.device_code, arrival).await?;
    let user = granted.user;
    Ok(Json(DeviceGranted {
        success: true,
        api_key: granted.key.text.expose().to_owned(),
        expires_at: Time(granted.key.row.expires_at),
        user: UserBody { id: user.id, email: user.email, name: user.name, role: user.role },
    }))
}

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(begin)).routes(routes!(collect)).routes(routes!(decide))
}
