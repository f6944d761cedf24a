//! `/projects/<name>/schedules`: releases at set times.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Done;
use super::input::Input;
use crate::access::{In, Manage, Read};
use crate::actions::deployments::shown_id;
use crate::actions::schedules::{self, NewSchedule};
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::schedule;
use crate::time::Time;

/// A schedule.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScheduleShown {
    /// Its id.
    pub id: i64,
    /// Where it releases to.
    pub environment: String,
    /// When: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// The time zone of these.
    pub timezone: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The next time.
    pub next_at: Option<Time>,
    /// The last time.
    pub last_at: Option<Time>,
    /// What came of it.
    pub last_deployment: Option<String>,
}

/// A project's schedules.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ScheduleList {
    /// In the order they were made.
    pub schedules: Vec<ScheduleShown>,
}

/// A schedule to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleBody {
    /// Where it releases to.
    #[schema(example = "production")]
    pub environment: String,
    /// Five fields: minute, hour, day of the month, month, day of the week.
    #[schema(example = "30 9 * * MON")]
    pub cron: String,
    /// The time zone of these. Default: UTC.
    #[schema(example = "Europe/Berlin")]
    pub timezone: Option<String>,
}

/// A change of a schedule.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleChange {
    /// Whether it is on.
    pub enabled: bool,
}

/// The schedules of a project.
#[utoipa::path(get, path = "/projects/{name}/schedules", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = ScheduleList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn list(State(app): State<App>, place: In<Read>) -> ApiResult<Json<ScheduleList>> {
    let rows = schedules::list(&app, place.project.id).await?;
    Ok(Json(ScheduleList { schedules: rows.into_iter().map(shown).collect() }))
}

/// Makes a schedule. Its releases are asked for in the caller's name.
#[utoipa::path(post, path = "/projects/{name}/schedules", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    request_body = ScheduleBody,
    responses((status = 201, body = ScheduleShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:manage"))))]
pub async fn create(
    State(app): State<App>,
    place: In<Manage>,
    Input(body): Input<ScheduleBody>,
) -> ApiResult<(StatusCode, Json<ScheduleShown>)> {
    let new = NewSchedule {
        environment: body.environment,
        cron: body.cron,
        timezone: body.timezone.unwrap_or_else(|| "UTC".to_owned()),
    };
    Ok((StatusCode::CREATED, Json(shown(schedules::create(&app, &place, new).await?))))
}

/// Turns a schedule on or off.
#[utoipa::path(patch, path = "/projects/{name}/schedules/{schedule}", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), ("schedule" = i64, Path, description = "The schedule's id.")),
    request_body = ScheduleChange,
    responses((status = 200, body = ScheduleShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:manage"))))]
pub async fn change(
    State(app): State<App>,
    place: In<Manage>,
    Path(path): Path<(String, String)>,
    Input(body): Input<ScheduleChange>,
) -> ApiResult<Json<ScheduleShown>> {
    let row = schedules::enable(&app, &place, super::number(&path.1, "schedule")?, body.enabled).await?;
    Ok(Json(shown(row)))
}

/// Removes a schedule.
#[utoipa::path(delete, path = "/projects/{name}/schedules/{schedule}", tag = "projects",
    params(("name" = String, Path, description = "The project's name."), ("schedule" = i64, Path, description = "The schedule's id.")),
    responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:manage"))))]
pub async fn remove(
    State(app): State<App>,
    place: In<Manage>,
    Path(path): Path<(String, String)>,
) -> ApiResult<Json<Done>> {
    schedules::remove(&app, &place, super::number(&path.1, "schedule")?).await?;
    Ok(Json(Done::new("The schedule is removed.")))
}

fn shown(row: schedule::Model) -> ScheduleShown {
    ScheduleShown {
        id: row.id,
        environment: row.environment,
        cron: row.cron,
        timezone: row.timezone,
        enabled: row.enabled,
        next_at: row.next_at.map(Time).filter(|_| row.enabled),
        last_at: row.last_at.map(Time),
        last_deployment: row.last_deployment_id.map(shown_id),
    }
}
