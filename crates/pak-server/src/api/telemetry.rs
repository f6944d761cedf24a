//! `/api/telemetry`: events are reported, listed and added up.

use axum::Json;
use axum::extract::{Request, State};
use bytes::Bytes;
use http::{StatusCode, header};
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::input::{Asked, Input, parse};
use crate::access::{Caller, Identity, Scope};
use crate::error::{ApiError, ApiResult, ErrorBody};
use crate::state::App;
use crate::telemetry::batch::Reporter;
use crate::telemetry::event::{Event, Report};
use crate::telemetry::query::{self, Bucket, Counted, Cursor, Filter, Listed, Statistics, Totals};
use crate::telemetry::record;
use crate::time::Time;

/// The most events of one request.
const BATCH: usize = 5000;
/// The largest batch, in bytes.
const BATCH_BYTES: usize = 8 << 20;

/// Events were stored.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Stored {
    /// Always true.
    pub success: bool,
}

/// Several events at once: for the document; it is read by its first letter.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Batch {
    /// As a list.
    List(Vec<Report>),
    /// As a list with a name.
    Named(Events),
}

/// A list of events with a name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Events {
    /// The events.
    #[schema(max_items = 5000)]
    pub events: Vec<Report>,
}

/// A batch was stored.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct BatchStored {
    /// Always true.
    pub success: bool,
    /// How many events it had.
    pub stored: usize,
}

/// An event that was reported.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelemetryEvent {
    /// Its number.
    pub id: i64,
    /// What happened.
    #[schema(example = "package_deployed")]
    pub event: String,
    /// The package.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub package: String,
    /// The package's version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// The platform.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub platform: String,
    /// When it happened.
    pub timestamp: Time,
    /// When it arrived.
    pub received_at: Time,
    /// `api`, `pak` (this server's own deployments) or a webhook's source.
    pub source: String,
    /// The project it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What else was said.
    #[schema(value_type = Option<Object>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// A page of events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelemetryList {
    /// Newest first, by when they happened.
    pub events: Vec<TelemetryEvent>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// Which events.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TelemetryQuery {
    /// The event's name.
    pub event: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// The package's version.
    pub version: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// `api`, `pak` or a webhook's source.
    pub source: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// Not before: a time or a day.
    #[param(example = "2024-01-01")]
    pub from: Option<String>,
    /// Before: a time or a day.
    pub to: Option<String>,
    /// Show what comes after this: `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// How many, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    #[serde(default, deserialize_with = "crate::actions::page::limit")]
    pub limit: Option<u64>,
}

/// What is added up.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatisticsQuery {
    /// The event's name.
    pub event: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// `api`, `pak` or a webhook's source.
    pub source: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// Not before: a time or a day. Default: 30 days before the end.
    #[param(example = "2024-01-01")]
    pub from: Option<String>,
    /// Before: a time or a day. Default: now.
    pub to: Option<String>,
    /// How long a point of the line is. Default: an hour up to three days, else a day.
    pub bucket: Option<Bucket>,
}

/// Events added up.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelemetryTotals {
    /// How many.
    pub count: i64,
    /// The mean of `deployment_time`, in seconds, of those that had one.
    pub mean_deployment_time: Option<f64>,
    /// The sum of `file_size`, in bytes.
    pub total_file_size: f64,
}

/// A point of the line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelemetryPoint {
    /// Its beginning.
    pub start: Time,
    /// What happened in it.
    #[serde(flatten)]
    pub totals: TelemetryTotals,
}

/// One name with what happened under it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelemetryName {
    /// The event, platform, package or source.
    pub name: String,
    /// What happened.
    #[serde(flatten)]
    pub totals: TelemetryTotals,
}

/// What events add up to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TelemetryStatistics {
    /// The first point's beginning.
    pub from: Time,
    /// The last point's end.
    pub to: Time,
    /// How long a point is.
    pub bucket: Bucket,
    /// All together.
    pub total: TelemetryTotals,
    /// A point for each hour or day, also where nothing happened.
    pub series: Vec<TelemetryPoint>,
    /// By event, the most frequent first.
    pub events: Vec<TelemetryName>,
    /// By platform.
    pub platforms: Vec<TelemetryName>,
    /// By package.
    pub packages: Vec<TelemetryName>,
    /// By source.
    pub sources: Vec<TelemetryName>,
}

/// Reports an event. When this is answered, it is stored.
#[utoipa::path(post, path = "/api/telemetry", tag = "telemetry", operation_id = "report_event", request_body = Report,
    responses((status = 201, body = Stored), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn report(
    State(app): State<App>,
    caller: Caller,
    Input(report): Input<Report>,
) -> ApiResult<(StatusCode, Json<Stored>)> {
    let reporter = reporter(&caller)?;
    app.recorder().record(vec![report.check(app.now())?], reporter).await?;
    Ok((StatusCode::CREATED, Json(Stored { success: true })))
}

/// Reports up to 5,000 events: a JSON array, `{"events": […]}`, or one JSON object a line (`application/x-ndjson`). All are stored, or
/// none.
#[utoipa::path(post, path = "/api/telemetry/batch", tag = "telemetry", operation_id = "report_events",
    request_body(content((Batch = "application/json"), (String = "application/x-ndjson"))),
    responses((status = 201, body = BatchStored), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn report_batch(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> ApiResult<(StatusCode, Json<BatchStored>)> {
    let reporter = reporter(&caller)?;
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let lines = match kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => false,
        "application/x-ndjson" | "application/jsonl" => true,
        _ => {
            let message = "The body is declared neither as `application/json` nor as `application/x-ndjson`.";
            return Err(Problem::new(code::server::INPUT_TYPE, message).into());
        }
    };
    let body = axum::body::to_bytes(request.into_body(), BATCH_BYTES).await.map_err(|_| {
        Problem::new(code::server::TOO_LARGE, format!("The body is larger than {} MiB.", BATCH_BYTES >> 20))
    })?;
    let events = events(&body, lines, app.now())?;
    let stored = events.len();
    app.recorder().record(events, reporter).await?;
    Ok((StatusCode::CREATED, Json(BatchStored { success: true, stored })))
}

/// Events that were reported: those of one's projects, and one's own. Newest first.
#[utoipa::path(get, path = "/api/telemetry", tag = "telemetry", operation_id = "list_events", params(TelemetryQuery),
    responses((status = 200, body = TelemetryList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<TelemetryQuery>,
) -> ApiResult<Json<TelemetryList>> {
    let cursor = asked.cursor.as_deref().map(Cursor::parse).transpose()?;
    let limit = asked.limit.unwrap_or(50);
    let filter = Filter {
        from: query::moment("from", asked.from.as_deref())?,
        to: query::moment("to", asked.to.as_deref())?,
        event: asked.event,
        package: asked.package,
        version: asked.version,
        platform: asked.platform,
        source: asked.source,
        project: asked.project,
    };
    let (rows, next) = query::list(&app, &caller, &filter, cursor, limit).await?;
    let events = rows.into_iter().map(shown).collect();
    Ok(Json(TelemetryList { events, next_cursor: next.map(|next| next.to_string()) }))
}

/// What events add up to, by hour or day and by event, platform, package and source.
#[utoipa::path(get, path = "/api/telemetry/stats", tag = "telemetry", operation_id = "telemetry_statistics",
    params(StatisticsQuery),
    responses((status = 200, body = TelemetryStatistics), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("user"))))]
pub async fn statistics(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<StatisticsQuery>,
) -> ApiResult<Json<TelemetryStatistics>> {
    let filter = Filter {
        from: query::moment("from", asked.from.as_deref())?,
        to: query::moment("to", asked.to.as_deref())?,
        event: asked.event,
        package: asked.package,
        version: None,
        platform: asked.platform,
        source: asked.source,
        project: asked.project,
    };
    Ok(Json(query::statistics(&app, &caller, &filter, asked.bucket).await?.into()))
}

/// Who reports, of a caller who may.
fn reporter(caller: &Caller) -> Result<Reporter> {
    caller.needs(Scope::TelemetryWrite)?;
    let project_id = match &caller.identity {
        Identity::Key { project, .. } => *project,
        _ => None,
    };
    let everywhere = caller.sees_everything() && project_id.is_none();
    Ok(Reporter { user_id: caller.user_id(), project_id, everywhere, source: record::API.to_owned() })
}

/// The events of a batch; a wrong one is named by its place.
fn events(body: &Bytes, lines: bool, now: i64) -> Result<Vec<Event>, ApiError> {
    let reports: Vec<Report> = if lines {
        let lines = body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
        lines.take(BATCH + 1).map(parse).collect::<Result<_, _>>()?
    } else if body.trim_ascii_start().first() == Some(&b'[') {
        parse(body)?
    } else {
        // Not by trying one form after the other: what is wrong in an event is named then.
        parse::<Events>(body)?.events
    };
    if reports.len() > BATCH {
        return Err(Problem::new(code::server::TOO_LARGE, format!("A batch has at most {BATCH} events.")).into());
    }
    let place = |(n, report): (usize, Report)| {
        report.check(now).map_err(|problem| {
            let field = problem.named("field").unwrap_or("event").to_owned();
            Problem::new(problem.code(), format!("Event {} of the batch: {}", n + 1, problem.message()))
                .about("field", field)
        })
    };
    Ok(reports.into_iter().enumerate().map(place).collect::<Result<_>>()?)
}

fn shown(row: Listed) -> TelemetryEvent {
    TelemetryEvent {
        id: row.id,
        event: row.event,
        package: row.package,
        version: row.version,
        platform: row.platform,
        timestamp: Time(row.at),
        received_at: Time(row.received_at),
        source: row.source,
        project: row.project,
        metadata: row.metadata.and_then(|text| serde_json::from_str(&text).ok()),
    }
}

impl From<Totals> for TelemetryTotals {
    fn from(totals: Totals) -> Self {
        Self { count: totals.count, mean_deployment_time: totals.mean_seconds(), total_file_size: totals.bytes }
    }
}

impl From<Statistics> for TelemetryStatistics {
    fn from(of: Statistics) -> Self {
        let names = |list: Vec<Counted>| {
            list.into_iter().map(|one| TelemetryName { name: one.name, totals: one.totals.into() }).collect()
        };
        Self {
            from: Time(of.from),
            to: Time(of.to),
            bucket: of.bucket,
            total: of.total.into(),
            series: of
                .series
                .iter()
                .map(|point| TelemetryPoint { start: Time(point.start), totals: point.totals.into() })
                .collect(),
            events: names(of.events),
            platforms: names(of.platforms),
            packages: names(of.packages),
            sources: names(of.sources),
        }
    }
}

/// All of them.
pub fn routes() -> utoipa_axum::router::OpenApiRouter<App> {
    use utoipa_axum::routes;
    utoipa_axum::router::OpenApiRouter::new()
        .routes(routes!(report, list))
        .routes(routes!(report_batch))
        .routes(routes!(statistics))
}
