//! Numbers for those who run the server, in Prometheus' text form at `/metrics`.

use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode, header};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use pak_model::{Problem, Result, code};
use sea_orm::{ConnectionTrait as _, Statement};

use crate::access::{Caller, Identity, Scope};
use crate::error::ApiResult;
use crate::state::App;
use crate::store::unusable;

/// Seconds, from a read in memory to a package that is built while a client waits.
const BUCKETS: [f64; 11] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];

/// The process has one recorder, whoever asks first.
fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let started = RECORDER.get_or_init(|| {
        let seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &BUCKETS).ok()?;
        builder.install_recorder().ok()
    });
    started.as_ref()
}

/// Starts counting.
pub(crate) fn start() {
    let _ = recorder();
}

/// The route that answered, told to the door by way of the answer.
#[derive(Debug, Clone)]
pub(crate) struct Route(pub(crate) MatchedPath);

/// Remembers the route: outside the router it is not known any more.
pub(crate) async fn name_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(Route(route));
    }
    response
}

/// Counts a request. The route is the pattern, not the path: names of projects would make numbers without end.
pub(crate) fn count(method: &Method, route: Option<&Route>, status: StatusCode, time: Duration) {
    let route = route.map_or_else(|| "none".to_owned(), |route| route.0.as_str().to_owned());
    let labels = [("method", method.as_str().to_owned()), ("route", route), ("status", status.as_str().to_owned())];
    metrics::counter!("pak_http_requests_total", &labels).increment(1);
    metrics::histogram!("pak_http_request_seconds", &labels[1..2]).record(time.as_secs_f64());
}

/// The numbers. For the machine key, keys of administrators with the scope `admin`, or everyone where `PAK_METRICS=open`.
pub(crate) async fn show(State(app): State<App>, caller: Option<Caller>) -> ApiResult<Response> {
    if !app.settings.open_metrics {
        let caller = caller.ok_or_else(crate::access::caller::nobody)?;
        let allowed = matches!(caller.identity, Identity::Machine)
            || (caller.needs(Scope::Admin).is_ok() && caller.person().is_some_and(|person| person.is_admin));
        if !allowed {
            return Err(Problem::new(
                code::server::FORBIDDEN,
                "Only administrators and the machine key see the numbers.",
            )
            .into());
        }
    }
    gauges(&app).await?;
    let text = recorder().map(PrometheusHandle::render).unwrap_or_default();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// What is counted when it is asked for: rows of the database, the same on every node.
async fn gauges(app: &App) -> Result<()> {
    let counts = [
        ("pak_deployments", "SELECT status, COUNT(*) AS n FROM deployments WHERE action <> 'package' GROUP BY status"),
        ("pak_webhook_deliveries", "SELECT status, COUNT(*) AS n FROM webhook_deliveries GROUP BY status"),
    ];
    for (name, sql) in counts {
        let statement = Statement::from_string(app.store.backend(), sql);
        for row in app.store.read().query_all_raw(statement).await.map_err(unusable)? {
            let status: String = row.try_get("", "status").map_err(unusable)?;
            let count: i64 = row.try_get("", "n").map_err(unusable)?;
            metrics::gauge!(name, "status" => status).set(count as f64);
        }
    }
    metrics::gauge!("pak_watched_deployments").set(app.hub.watched() as f64);
    Ok(())
}
