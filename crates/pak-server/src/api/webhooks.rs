//! Webhooks of a project (`/projects/{name}/webhooks`) and of the whole instance (`/webhooks`): the same operations on both.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use super::Done;
use super::input::{Asked, Input, Place};
use crate::access::{Admin, In, Manage};
use crate::actions::page::PageQuery;
use crate::actions::webhooks::{self, Wanted};
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;
use crate::store::entity::{delivery, webhook};
use crate::time::Time;

/// A webhook to be made.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// The receiver: https, on the public internet or in a network the administrator allows.
    #[schema(example = "https://example.org/hook", max_length = 2000)]
    pub url: String,
    /// Which events. Default: all.
    #[serde(default)]
    #[schema(example = json!(["package_deployed", "deployment_failed"]))]
    pub events: Vec<String>,
    /// The signing secret. Default: a new one.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 200)]
    pub secret: Option<String>,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub description: String,
    /// Whether it is on. Default: yes.
    #[serde(default)]
    pub enabled: Option<bool>,
}

/// What is changed; what is left out stays.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChanges {
    /// The receiver.
    #[schema(max_length = 2000)]
    pub url: Option<String>,
    /// Which events; an empty list: all.
    pub events: Option<Vec<String>>,
    /// What it is for.
    #[schema(max_length = 500)]
    pub description: Option<String>,
    /// Whether it is on.
    pub enabled: Option<bool>,
}

/// Another secret.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSecret {
    /// The secret. Default: a new one.
    #[schema(min_length = 16, max_length = 200)]
    pub secret: Option<String>,
}

/// A webhook.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Webhook {
    /// Its number.
    pub id: i64,
    /// The receiver.
    pub url: String,
    /// Which events; empty: all.
    pub events: Vec<String>,
    /// Whether it is on. While it is off, what happens is not told, and what waits to be sent stays.
    pub enabled: bool,
    /// What it is for.
    pub description: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was changed.
    pub updated_at: Time,
    /// Until when the secret before signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_secret_until: Option<Time>,
}

/// Webhooks.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookList {
    /// In the order they were made.
    pub webhooks: Vec<Webhook>,
}

/// A webhook with its secret, which is not shown again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookMade {
    /// Always true.
    pub success: bool,
    /// The webhook.
    pub webhook: Webhook,
    /// What its messages are signed with.
    pub secret: String,
}

/// A webhook that was asked for.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct WebhookShown {
    /// The webhook.
    pub webhook: Webhook,
}

/// A new secret, which is not shown again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecretMade {
    /// Always true.
    pub success: bool,
    /// What messages are signed with from now on; for a day the one before signs too.
    pub secret: String,
}

/// The state of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryStatus {
    /// On its way, or waiting to be tried again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// Given up; it can be sent again.
    Dead,
}

impl DeliveryStatus {
    fn of(word: &str) -> Self {
        match word {
            crate::webhooks::deliver::DELIVERED => Self::Delivered,
            crate::webhooks::deliver::DEAD => Self::Dead,
            _ => Self::Pending,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Pending => crate::webhooks::deliver::PENDING,
            Self::Delivered => crate::webhooks::deliver::DELIVERED,
            Self::Dead => crate::webhooks::deliver::DEAD,
        }
    }
}

/// A delivery.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// What the receiver sees as `webhook-id`: the same for every try and every time it is sent again.
    pub message_id: String,
    /// What it tells of.
    #[schema(example = "package_deployed")]
    pub event: String,
    /// The deployment it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deployment_id: Option<String>,
    /// Its state.
    pub status: DeliveryStatus,
    /// Tries so far.
    pub attempts: i64,
    /// When the event happened.
    pub created_at: Time,
    /// When it is tried next; while it is pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Time>,
    /// When it arrived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Time>,
    /// What the receiver answered last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_status: Option<i64>,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// The beginning of the receiver's last answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_answer: Option<String>,
    /// What is sent, byte for byte; when one delivery is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// A page of deliveries.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryList {
    /// Newest first.
    pub deliveries: Vec<Delivery>,
    /// Where the next page begins; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<i64>,
}

/// A delivery.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct DeliveryShown {
    /// The delivery.
    pub delivery: Delivery,
}

/// Which deliveries.
#[derive(Debug, Clone, Copy, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct DeliveryQuery {
    /// Only those in this state.
    pub status: Option<DeliveryStatus>,
    /// Show what comes after this: `next_cursor` of the page before.
    #[param(minimum = 1)]
    #[serde(default, deserialize_with = "crate::actions::page::cursor")]
    pub cursor: Option<i64>,
    /// How many, 1 to 500. Default: 50.
    #[param(minimum = 1, maximum = 500)]
    #[serde(default, deserialize_with = "crate::actions::page::limit")]
    pub limit: Option<u64>,
}

/// A path's numbers: a webhook's, a delivery's. The project's name stands before them, where there is one.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Numbers {
    /// The webhook.
    pub webhook: i64,
    /// The delivery, where one is asked for.
    #[serde(default)]
    pub delivery: i64,
}

impl From<webhook::Model> for Webhook {
    fn from(row: webhook::Model) -> Self {
        Self {
            id: row.id,
            events: serde_json::from_str(&row.events).unwrap_or_default(),
            url: row.url,
            enabled: row.enabled,
            description: row.description,
            created_at: Time(row.created_at),
            updated_at: Time(row.updated_at),
            previous_secret_until: row.previous_until.map(Time),
        }
    }
}

impl From<delivery::Model> for Delivery {
    fn from(row: delivery::Model) -> Self {
        let status = DeliveryStatus::of(&row.status);
        Self {
            id: row.id,
            message_id: row.message_id,
            event: row.event,
            deployment_id: row.deployment_id.map(|id| format!("deploy_{id}")),
            status,
            attempts: row.attempts,
            created_at: Time(row.created_at),
            next_at: (status == DeliveryStatus::Pending).then_some(Time(row.next_at)),
            delivered_at: row.delivered_at.map(Time),
            last_status: row.last_status,
            last_error: row.last_error,
            last_answer: row.last_answer,
            body: Some(row.body),
        }
    }
}

impl From<NewWebhook> for Wanted {
    fn from(new: NewWebhook) -> Self {
        let NewWebhook { url, events, description, enabled, .. } = new;
        Self { url: Some(url), events: Some(events), description: Some(description), enabled }
    }
}

impl From<WebhookChanges> for Wanted {
    fn from(WebhookChanges { url, events, description, enabled }: WebhookChanges) -> Self {
        Self { url, events, enabled, description }
    }
}

/// The operations on the webhooks of one kind of owner.
macro_rules! operations {
    (
        $(#[$doc:meta])* $module:ident: $extractor:ty, $access:tt, [$($parameter:tt)*],
        $list:tt $one:tt $rotate:tt $ping:tt $deliveries:tt $delivery:tt $redeliver:tt
    ) => {
        $(#[$doc])*
        pub mod $module {
            use super::*;

            /// Webhooks.
            #[utoipa::path(get, path = $list, tag = "webhooks", params($($parameter)*),
                responses((status = 200, body = WebhookList), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn list(State(app): State<App>, owner: $extractor) -> ApiResult<Json<WebhookList>> {
                let rows = webhooks::list(&app, &owner.into()).await?;
                Ok(Json(WebhookList { webhooks: rows.into_iter().map(Webhook::from).collect() }))
            }

            /// Makes a webhook. The answer shows its secret, which is not shown again.
            #[utoipa::path(post, path = $list, tag = "webhooks", params($($parameter)*), request_body = NewWebhook,
                responses((status = 201, body = WebhookMade), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn create(
                State(app): State<App>,
                owner: $extractor,
                Input(mut new): Input<NewWebhook>,
            ) -> ApiResult<(StatusCode, Json<WebhookMade>)> {
                let secret = new.secret.take();
                let (row, secret) = webhooks::create(&app, owner.into(), new.into(), secret).await?;
                let made = WebhookMade { success: true, webhook: row.into(), secret: secret.expose().to_owned() };
                Ok((StatusCode::CREATED, Json(made)))
            }

            /// One webhook.
            #[utoipa::path(get, path = $one, tag = "webhooks",
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number.")),
                responses((status = 200, body = WebhookShown), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn show(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
            ) -> ApiResult<Json<WebhookShown>> {
                let row = webhooks::find(&app, &owner.into(), at.webhook).await?;
                Ok(Json(WebhookShown { webhook: row.into() }))
            }

            /// Changes a webhook.
            #[utoipa::path(patch, path = $one, tag = "webhooks", request_body = WebhookChanges,
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number.")),
                responses((status = 200, body = WebhookShown), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn change(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
                Input(changes): Input<WebhookChanges>,
            ) -> ApiResult<Json<WebhookShown>> {
                let row = webhooks::change(&app, owner.into(), at.webhook, changes.into()).await?;
                Ok(Json(WebhookShown { webhook: row.into() }))
            }

            /// Deletes a webhook with its deliveries.
            #[utoipa::path(delete, path = $one, tag = "webhooks",
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number.")),
                responses((status = 200, body = Done), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn delete(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
            ) -> ApiResult<Json<Done>> {
                webhooks::delete(&app, owner.into(), at.webhook).await?;
                Ok(Json(Done::new("Webhook deleted")))
            }

            /// Gives a webhook another secret. The answer shows it; it is not shown again.
            #[utoipa::path(post, path = $rotate, tag = "webhooks", request_body = NewSecret,
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number.")),
                responses((status = 200, body = SecretMade), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn rotate(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
                Input(new): Input<NewSecret>,
            ) -> ApiResult<Json<SecretMade>> {
                let secret = webhooks::rotate(&app, owner.into(), at.webhook, new.secret).await?;
                Ok(Json(SecretMade { success: true, secret: secret.expose().to_owned() }))
            }

            /// Sends a webhook the event `ping`, to try it out.
            #[utoipa::path(post, path = $ping, tag = "webhooks",
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number.")),
                responses((status = 202, body = DeliveryShown), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn ping(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
            ) -> ApiResult<(StatusCode, Json<DeliveryShown>)> {
                let row = webhooks::ping(&app, owner.into(), at.webhook).await?;
                Ok((StatusCode::ACCEPTED, Json(DeliveryShown { delivery: row.into() })))
            }

            /// The deliveries of a webhook.
            #[utoipa::path(get, path = $deliveries, tag = "webhooks",
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number."), DeliveryQuery),
                responses((status = 200, body = DeliveryList), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn deliveries(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
                Asked(asked): Asked<DeliveryQuery>,
            ) -> ApiResult<Json<DeliveryList>> {
                let page = PageQuery { cursor: asked.cursor, limit: asked.limit };
                let status = asked.status.map(DeliveryStatus::word);
                let (rows, next_cursor) = webhooks::deliveries(&app, &owner.into(), at.webhook, status, page).await?;
                let short = |row| Delivery { body: None, ..Delivery::from(row) };
                Ok(Json(DeliveryList { deliveries: rows.into_iter().map(short).collect(), next_cursor }))
            }

            /// One delivery, with what is sent.
            #[utoipa::path(get, path = $delivery, tag = "webhooks",
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number."),
                    ("delivery" = i64, Path, description = "The delivery's number.")),
                responses((status = 200, body = DeliveryShown), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn delivery(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
            ) -> ApiResult<Json<DeliveryShown>> {
                let row = webhooks::delivery(&app, &owner.into(), at.webhook, at.delivery).await?;
                Ok(Json(DeliveryShown { delivery: row.into() }))
            }

            /// Sends a delivery again that arrived or was given up. The receiver sees the same `webhook-id`.
            #[utoipa::path(post, path = $redeliver, tag = "webhooks",
                params($($parameter)* ("webhook" = i64, Path, description = "The webhook's number."),
                    ("delivery" = i64, Path, description = "The delivery's number.")),
                responses((status = 202, body = DeliveryShown), (status = "4XX", body = ErrorBody)),
                extensions(("x-access" = json!($access))))]
            pub async fn redeliver(
                State(app): State<App>,
                owner: $extractor,
                Place(at): Place<Numbers>,
            ) -> ApiResult<(StatusCode, Json<DeliveryShown>)> {
                let row = webhooks::redeliver(&app, owner.into(), at.webhook, at.delivery).await?;
                Ok((StatusCode::ACCEPTED, Json(DeliveryShown { delivery: row.into() })))
            }

            /// All of them.
            pub fn routes() -> utoipa_axum::router::OpenApiRouter<App> {
                use utoipa_axum::routes;
                utoipa_axum::router::OpenApiRouter::new()
                    .routes(routes!(list, create))
                    .routes(routes!(show, change, delete))
                    .routes(routes!(rotate))
                    .routes(routes!(ping))
                    .routes(routes!(deliveries))
                    .routes(routes!(delivery))
                    .routes(routes!(redeliver))
            }
        }
    };
}

operations! {
    /// The webhooks of a project.
    of_project: In<Manage>, "project:manage", [("name" = String, Path, description = "The project's name."),],
    "/projects/{name}/webhooks"
    "/projects/{name}/webhooks/{webhook}"
    "/projects/{name}/webhooks/{webhook}/rotate"
    "/projects/{name}/webhooks/{webhook}/ping"
    "/projects/{name}/webhooks/{webhook}/deliveries"
    "/projects/{name}/webhooks/{webhook}/deliveries/{delivery}"
    "/projects/{name}/webhooks/{webhook}/deliveries/{delivery}/redeliver"
}

operations! {
    /// The webhooks of the instance: they are told of every project.
    of_instance: Admin, "admin", [],
    "/webhooks"
    "/webhooks/{webhook}"
    "/webhooks/{webhook}/rotate"
    "/webhooks/{webhook}/ping"
    "/webhooks/{webhook}/deliveries"
    "/webhooks/{webhook}/deliveries/{delivery}"
    "/webhooks/{webhook}/deliveries/{delivery}/redeliver"
}
