//! `/settings` and `/outbox`, for administrators.

use axum::Json;
use axum::extract::State;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::input::{Asked, Input};
use crate::access::Admin;
use crate::actions::page::PageQuery;
use crate::actions::settings::{self, Changes};
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::mail;
use crate::time::Time;

/// The settings of the instance.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettingsShown {
    /// What can be changed here.
    pub settings: SettingsBody,
    /// What the server was told when it started.
    pub started_with: StartedWith,
}

/// What can be changed while the server runs.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SettingsBody {
    /// Who may register: `open`, `invite` or `closed`.
    #[schema(example = "open")]
    pub registration: String,
    /// A note on the sign-in page.
    pub notice: String,
}

/// What the server was told when it started, by flags, variables and `pak.conf`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StartedWith {
    /// The version of pak.
    pub version: String,
    /// The address people use.
    pub base_url: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// `smtp`, or `outbox` where mails are kept.
    pub mail: String,
    /// Requests a minute for each caller; 0: no limit.
    pub rate_limit: u32,
    /// Deployments that one process carries out at a time.
    pub workers: usize,
    /// Minutes after which an idle session ends.
    pub session_idle_minutes: u64,
    /// Minutes after which every session ends.
    pub session_minutes: u64,
    /// The largest source archive, in bytes.
    pub upload_limit: u64,
    /// Days that logs and telemetry are kept.
    pub retention_days: u32,
    /// Whether projects may take their source from a folder of the server.
    pub projects_root: bool,
    /// Whether machine calls with `PAK_API_KEY` are possible.
    pub machine_key: bool,
}

/// The settings of the instance.
#[utoipa::path(get, path = "/settings", tag = "administration",
    responses((status = 200, body = SettingsShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn show(State(app): State<App>, _admin: Admin) -> ApiResult<Json<SettingsShown>> {
    Ok(Json(shown(&app).await?))
}

async fn shown(app: &App) -> pak_model::Result<SettingsShown> {
    let told = &app.settings;
    Ok(SettingsShown {
        settings: SettingsBody {
            registration: settings::word(settings::registration(app).await?).to_owned(),
            notice: settings::notice(app).await?,
        },
        started_with: StartedWith {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            base_url: told.base.to_string(),
            database: if app.store.is_shared() { "postgres" } else { "sqlite" }.to_owned(),
            mail: if app.mailer.delivers() { "smtp" } else { "outbox" }.to_owned(),
            rate_limit: told.rate_limit,
            workers: told.workers,
            session_idle_minutes: told.session_idle.as_secs() / 60,
            session_minutes: told.session_life.as_secs() / 60,
            upload_limit: told.upload_limit,
            retention_days: told.retention_days,
            projects_root: told.projects_root.is_some(),
            machine_key: told.api_key.is_some(),
        },
    })
}

/// What is changed; what is absent stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChanges {
    /// Who may register: `open`, `invite` or `closed`.
    #[schema(example = "invite")]
    pub registration: Option<String>,
    /// A note on the sign-in page.
    #[schema(max_length = 2000)]
    pub notice: Option<String>,
}

/// Changes settings.
#[utoipa::path(patch, path = "/settings", tag = "administration", request_body = SettingsChanges,
    responses((status = 200, body = SettingsShown), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn change(
    State(app): State<App>,
    admin: Admin,
    Input(body): Input<SettingsChanges>,
) -> ApiResult<Json<SettingsShown>> {
    settings::change(&app, &admin, Changes { registration: body.registration, notice: body.notice }).await?;
    Ok(Json(shown(&app).await?))
}

/// Mails.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Outbox {
    /// Newest first.
    pub mails: Vec<MailBody>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// A mail.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MailBody {
    /// Its id.
    pub id: i64,
    /// To whom.
    pub to: String,
    /// What about.
    pub subject: String,
    /// Its text, where it was not sent: for handing a link over by other means.
    pub text: String,
    /// When it was written.
    pub created_at: Time,
    /// When it was sent.
    pub sent_at: Option<Time>,
    /// Why the last try failed.
    pub error: Option<String>,
}

/// A page of mails, newest first: also for the page.
pub async fn mails(app: &App, page: PageQuery) -> pak_model::Result<(Vec<mail::Model>, Option<i64>)> {
    let rows = mail::Entity::find().filter(mail::Column::Recipient.ne(""));
    page.read(&app.store, rows, mail::Column::Id, |row| row.id).await
}

/// Mails: sent, waiting, or kept where no mail server is set.
#[utoipa::path(get, path = "/outbox", tag = "administration", params(PageQuery),
    responses((status = 200, body = Outbox), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("admin"))))]
pub async fn outbox(State(app): State<App>, _admin: Admin, Asked(page): Asked<PageQuery>) -> ApiResult<Json<Outbox>> {
    let (rows, next_cursor) = mails(&app, page).await?;
    let mails = rows.into_iter().map(|row| MailBody {
        id: row.id,
        to: row.recipient,
        subject: row.subject,
        text: row.body,
        created_at: Time(row.created_at),
        sent_at: row.sent_at.map(Time),
        error: row.last_error,
    });
    Ok(Json(Outbox { mails: mails.collect(), next_cursor }))
}

/// Their routes.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, change)).routes(routes!(outbox))
}
