//! `/audit` and a project's `audit`: who did what; exported; verified.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::input::Asked;
use crate::access::{Admin, Audit, In};
use crate::actions::audit::{self, Filter};
use crate::actions::page::PageQuery;
use crate::audit::export::Line;
use crate::audit::verify::Verdict;
use crate::error::{ApiResult, ErrorBody, invalid};
use crate::state::App;
use crate::store::entity::audit_entry;
use crate::time::Time;

/// Entries of the log.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditList {
    /// Newest first.
    pub entries: Vec<AuditEntry>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// An entry.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditEntry {
    /// Counts up.
    pub id: i64,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: AuditActor,
    /// What: `project.create`, `deployment.request` …
    #[schema(example = "project.create")]
    pub action: String,
    /// What it was done to.
    pub subject: AuditSubject,
    /// What changed; never a secret.
    #[schema(value_type = Object)]
    pub details: Value,
    /// The request's id in the server's log.
    pub request_id: String,
    /// The hash of the entry before.
    pub previous: String,
    /// Its own hash.
    pub hash: String,
}

/// Who did it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditActor {
    /// `user`, `key`, `machine` or `system`.
    pub kind: String,
    /// The account or key.
    pub id: Option<i64>,
    /// The name at the time.
    pub name: String,
    /// Where the request came from.
    pub address: String,
}

/// What it was done to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AuditSubject {
    /// `project`, `deployment`, `user` …
    pub kind: String,
    /// Which one.
    pub id: String,
}

impl From<audit_entry::Model> for AuditEntry {
    fn from(entry: audit_entry::Model) -> Self {
        Self {
            id: entry.id,
            at: Time(entry.at),
            actor: AuditActor {
                kind: entry.actor_kind,
                id: entry.actor_id,
                name: entry.actor_name,
                address: entry.address,
            },
            action: entry.action,
            subject: AuditSubject { kind: entry.subject_kind, id: entry.subject_id },
            details: serde_json::from_str(&entry.details).unwrap_or(Value::Null),
            request_id: entry.request_id,
            previous: entry.previous,
            hash: entry.hash,
        }
    }
}

/// What is looked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// The actor's name.
    pub actor: Option<String>,
    /// The action, or its beginning: `project.` finds all that was done to projects.
    pub action: Option<String>,
    /// What it was done to: `project`, `deployment`, `user`, `key` …
    pub subject: Option<String>,
    /// Not before this time.
    #[param(format = DateTime)]
    pub since: Option<String>,
    /// Before this time.
    #[param(format = DateTime)]
    pub until: Option<String>,
    /// Show what comes after this: `next_cursor` of the page before.
    #[param(minimum = 1)]
    #[serde(default, deserialize_with = "crate::actions::page::cursor")]
    pub cursor: Option<i64>,
    /// How many, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    #[serde(default, deserialize_with = "crate::actions::page::limit")]
    pub limit: Option<u64>,
}

impl AuditQuery {
    /// The filter and the page.
    pub fn read(self, project: Option<i64>) -> pak_model::Result<(Filter, PageQuery)> {
        let filter = Filter {
            project,
            actor: self.actor,
            action: self.action,
            subject: self.subject,
            since: self.since.map(|text| moment("since", &text)).transpose()?,
            until: self.until.map(|text| moment("until", &text)).transpose()?,
        };
        Ok((filter, PageQuery { cursor: self.cursor, limit: self.limit }))
    }
}

fn moment(field: &'static str, text: &str) -> pak_model::Result<i64> {
    let at: Timestamp = text.parse().map_err(|_| invalid(field, "is not a time such as `2024-01-01T00:00:00Z`"))?;
    Ok(at.as_millisecond())
}

async fn answer(app: &App, query: AuditQuery, project: Option<i64>) -> ApiResult<Json<AuditList>> {
    let (filter, page) = query.read(project)?;
    let (rows, next_cursor) = audit::list(app, &filter, page).await?;
    Ok(Json(AuditList { entries: rows.into_iter().map(AuditEntry::from).collect(), next_cursor }))
}

/// The audit log of the instance.
#[utoipa::path(get, path = "/audit", tag = "administration", params(AuditQuery),
    responses((status = 200, body = AuditList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn list(
    State(app): State<App>,
    _admin: Admin,
    Asked(query): Asked<AuditQuery>,
) -> ApiResult<Json<AuditList>> {
    answer(&app, query, None).await
}

/// The audit log of a project.
#[utoipa::path(get, path = "/projects/{name}/audit", tag = "projects",
    params(AuditQuery, ("name" = String, Path, description = "The project's name.")),
    responses((status = 200, body = AuditList), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:audit"))))]
pub async fn of_project(
    State(app): State<App>,
    place: In<Audit>,
    Asked(query): Asked<AuditQuery>,
) -> ApiResult<Json<AuditList>> {
    answer(&app, query, Some(place.project.id)).await
}

/// The whole log, an entry a line, oldest first. `pak audit verify FILE` verifies it without the server.
#[utoipa::path(get, path = "/audit/export", tag = "administration",
    responses((status = 200, content_type = "application/x-ndjson", body = String), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn export(State(app): State<App>, _admin: Admin) -> Response {
    let lines = stream::try_unfold((app, None), |(app, last)| async move {
        let Some(last) = last else {
            // What every later line is verified with.
            let first: String = audit::before_entries(&app).await?.iter().map(Line::text).collect();
            return Ok(Some((Bytes::from(first), (app, Some(0)))));
        };
        let portion = audit::after(&app, &Filter::default(), last).await?;
        let Some(end) = portion.last() else { return Ok(None) };
        let last = end.id;
        let lines: String = portion.into_iter().map(|row| Line::entry(row).text()).collect();
        Ok::<_, pak_model::Problem>(Some((Bytes::from(lines), (app, Some(last)))))
    });
    let headers =
        [(CONTENT_TYPE, "application/x-ndjson"), (CONTENT_DISPOSITION, "attachment; filename=\"pak-audit.jsonl\"")];
    (headers, Body::from_stream(lines)).into_response()
}

/// Verifies the whole log: finds entries that were changed, removed, moved or cut off.
#[utoipa::path(get, path = "/audit/verify", tag = "administration",
    responses((status = 200, body = Verdict), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn verify(State(app): State<App>, _admin: Admin) -> ApiResult<Json<Verdict>> {
    Ok(Json(audit::verify(&app).await?))
}

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(of_project))
        .routes(routes!(export))
        .routes(routes!(verify))
}
