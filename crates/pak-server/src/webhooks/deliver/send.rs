//! One try: signed, sent, and what came of it written down.

use std::time::Duration;

use http::HeaderName;
use pak_http::{Body, Client, Request};
use pak_model::{Problem, Result, code};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use url::Url;

use super::claim::Delivery;
use super::{DEAD, DELIVERED, PENDING, Pace};
use crate::state::App;
use crate::store::entity::{delivery, webhook};
use crate::store::unusable;
use crate::webhooks::{secrets, sign};

/// How much of an answer is kept.
const ANSWER: usize = 1024;
/// The longest wait a receiver may ask for.
const LONGEST_WAIT: i64 = 3600 * 1000;

/// Sends deliveries.
pub struct Sender {
    app: App,
    client: Client,
    pace: Pace,
}

/// What came of a try.
struct Outcome {
    status: Option<u16>,
    error: Option<String>,
    answer: Option<String>,
    /// What the receiver asks to wait, in milliseconds.
    wait: i64,
}

impl Outcome {
    fn failed(error: impl Into<String>) -> Self {
        Self { status: None, error: Some(error.into()), answer: None, wait: 0 }
    }
}

impl Sender {
    /// A sender with a client that is guarded.
    pub fn new(app: App, client: Client, pace: Pace) -> Self {
        Self { app, client, pace }
    }

    /// One try of a delivery that was claimed.
    pub(super) async fn deliver(&self, delivery: Delivery) -> Result<()> {
        let webhook = webhook::Entity::find_by_id(delivery.webhook_id).one(self.app.store.read()).await;
        // Deleted meanwhile: its deliveries went with it.
        let Some(webhook) = webhook.map_err(unusable)? else { return Ok(()) };
        let outcome = match tokio::time::timeout(self.pace.timeout, self.post(&webhook, &delivery)).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(problem)) => Outcome::failed(said(&problem)),
            Err(_) => Outcome::failed(format!("No answer within {} seconds.", self.pace.timeout.as_secs_f64())),
        };
        self.record(delivery, outcome).await
    }

    async fn post(&self, webhook: &webhook::Model, delivery: &Delivery) -> Result<Outcome> {
        let now = self.app.now();
        let keys = secrets::keys(&self.app.vault, webhook, now)?;
        let url = Url::parse(&webhook.url)
            .map_err(|_| Problem::new(code::config::URL_INVALID, "The webhook's address is no URL."))?;
        let body = delivery.body.as_bytes();
        let seconds = now.div_euclid(1000);
        let header = HeaderName::from_static;
        let request = Request::post(url, Body::bytes(body.to_vec()))
            .content_type("application/json")
            .header(header(sign::SIGNATURE), sign::body_signature(&keys.current, body))
            .header(header(sign::ID), &delivery.message_id)
            .header(header(sign::TIMESTAMP), seconds.to_string())
            .header(header(sign::SIGNATURES), sign::signatures(&keys, &delivery.message_id, seconds, body))
            .header(header("x-pak-event"), &delivery.event)
            // The whole try is timed; what waits less says what is not true of a message.
            .idle_timeout(self.pace.timeout * 2)
            .attempts(1);
        let response = self.client.send(request).await?;
        let status = response.status();
        let wait = response.header("retry-after").and_then(|text| text.trim().parse().ok()).unwrap_or(0i64);
        let answer = shown(&response.text().await);
        let error = (!status.is_success()).then(|| format!("The receiver answered {status}."));
        let wait = wait.clamp(0, LONGEST_WAIT / 1000) * 1000;
        Ok(Outcome { status: Some(status.as_u16()), error, answer: Some(answer), wait })
    }

    /// Writes down what came of it, unless the lease ran out and another has it now.
    async fn record(&self, delivery: Delivery, outcome: Outcome) -> Result<()> {
        use delivery::Column;
        let now = self.app.now();
        let wait = self.wait(delivery.attempts).map(|wait| wait.max(outcome.wait));
        let delivered = outcome.error.is_none();
        // The receiver says that it is gone for good.
        let over = wait.is_none() || outcome.status == Some(410);
        let status = match (delivered, over) {
            (true, _) => DELIVERED,
            (false, true) => DEAD,
            (false, false) => PENDING,
        };
        let webhook = delivery.webhook_id;
        if status == DEAD {
            tracing::warn!(webhook, delivery = delivery.id, "a webhook delivery was given up");
        }
        self.app
            .store
            .write(move |transaction| {
                Box::pin(async move {
                    delivery::Entity::update_many()
                        .col_expr(Column::Status, Expr::value(status))
                        .col_expr(Column::LastStatus, Expr::value(outcome.status.map(i64::from)))
                        .col_expr(Column::LastError, Expr::value(outcome.error))
                        .col_expr(Column::LastAnswer, Expr::value(outcome.answer))
                        .col_expr(Column::DeliveredAt, Expr::value(delivered.then_some(now)))
                        .col_expr(Column::NextAt, Expr::value(now + wait.unwrap_or(0)))
                        .col_expr(Column::LeaseUntil, Expr::value(Option::<i64>::None))
                        .filter(Column::Id.eq(delivery.id))
                        .filter(Column::Status.eq(PENDING))
                        .filter(Column::LeaseUntil.eq(delivery.lease_until))
                        .exec(transaction)
                        .await
                        .map(drop)
                        .map_err(unusable)
                })
            })
            .await
    }

    /// The wait after a failed try, with up to a fifth more or less; none after the last.
    fn wait(&self, attempts: i64) -> Option<i64> {
        let index = usize::try_from(attempts - 1).ok()?;
        let wait = *self.pace.waits.get(index)?;
        let part = f64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 255.0;
        let wait = Duration::from_secs_f64(wait.as_secs_f64() * (0.8 + 0.4 * part));
        i64::try_from(wait.as_millis()).ok()
    }
}

/// The problem in one line, with its causes: they are what helps.
fn said(problem: &Problem) -> String {
    let mut text = problem.message().to_owned();
    for cause in problem.causes().iter().take(3) {
        text.push(' ');
        text.push_str(cause);
    }
    shown(&text)
}

/// A receiver's words as they are kept: bounded, without control characters.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ANSWER).collect::<String>().trim().to_owned()
}
