//! `/api/platforms`: the platforms this server releases to, and how they do.

use axum::Json;
use axum::extract::{Path, State};
use pak_platforms::Definition;
use serde::Serialize;

use crate::access::Caller;
use crate::actions::platforms;
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::time::Time;

/// A platform, as the command line shows it too.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlatformCard {
    /// Its id.
    #[schema(example = "npm")]
    pub name: String,
    /// What it is for.
    #[serde(rename = "type")]
    #[schema(example = "javascript")]
    pub kind: String,
    /// The registry's root.
    pub registry: String,
    /// Where uploads go.
    pub api: String,
    /// The ecosystem's own equivalents; pak needs none of them.
    pub commands: PlatformCommands,
    /// Its title.
    pub title: String,
    /// Its other names.
    pub aliases: Vec<String>,
    /// What was seen of it last.
    pub health: Option<PlatformHealth>,
}

/// The ecosystem's own commands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlatformCommands {
    /// Publishes.
    #[schema(example = "npm publish")]
    pub publish: String,
    /// Looks a package up.
    #[schema(example = "npm info {package}")]
    pub info: String,
}

/// What a look at a registry said.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlatformHealth {
    /// Whether it answered.
    pub reachable: bool,
    /// How long it took.
    pub milliseconds: i64,
    /// What it said, or why not.
    pub message: String,
    /// When.
    pub checked_at: Time,
}

/// Every platform.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PlatformList {
    /// By id.
    pub platforms: Vec<PlatformCard>,
}

/// Every platform this server knows.
#[utoipa::path(get, path = "/api/platforms", tag = "operation",
    responses((status = 200, body = PlatformList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn list(State(app): State<App>, _: Caller) -> ApiResult<Json<PlatformList>> {
    let known = platforms::known()?;
    let health = platforms::health(&app).await?;
    let cards = known.iter().map(|platform| {
        let definition = platform.definition();
        card(definition, health.iter().find(|row| row.platform == definition.id))
    });
    Ok(Json(PlatformList { platforms: cards.collect() }))
}

/// One platform.
#[utoipa::path(get, path = "/api/platforms/{platform}", tag = "operation", params(("platform" = String, Path, description = "Its id or another of its names.")),
    responses((status = 200, body = PlatformCard), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn show(State(app): State<App>, _: Caller, Path(name): Path<String>) -> ApiResult<Json<PlatformCard>> {
    let platform = platforms::named(&name)?;
    let definition = platform.definition();
    let health = platforms::health(&app).await?;
    Ok(Json(card(definition, health.iter().find(|row| row.platform == definition.id))))
}

/// Looks at a platform's registry now. No credential is shown to it.
#[utoipa::path(post, path = "/api/platforms/{platform}/check", tag = "operation", params(("platform" = String, Path, description = "Its id or another of its names.")),
    responses((status = 200, body = PlatformHealth), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn check(
    State(app): State<App>,
    caller: Caller,
    Path(name): Path<String>,
) -> ApiResult<Json<PlatformHealth>> {
    let row = platforms::check(&app, &caller, &name).await?;
    Ok(Json(health_of(&row)))
}

/// A platform as everyone sees it.
pub fn card(definition: &Definition, health: Option<&crate::store::entity::platform_health::Model>) -> PlatformCard {
    let registry = definition.shown_root();
    let api = definition.upload.as_deref().map_or_else(|| registry.clone(), |form| definition.shown(form));
    PlatformCard {
        name: definition.id.clone(),
        kind: definition.kind.clone(),
        registry,
        api,
        commands: PlatformCommands {
            publish: definition.commands.publish.clone(),
            info: definition.commands.info.clone(),
        },
        title: definition.title.clone(),
        aliases: definition.aliases.clone(),
        health: health.map(health_of),
    }
}

fn health_of(row: &crate::store::entity::platform_health::Model) -> PlatformHealth {
    PlatformHealth {
        reachable: row.reachable,
        milliseconds: row.milliseconds,
        message: row.message.clone(),
        checked_at: Time(row.checked_at),
    }
}
