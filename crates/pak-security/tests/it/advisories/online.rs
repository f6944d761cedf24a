//! The OSV service, emulated: batches, pages, advisories by id, and a service that fails.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_security::advisories;
use pak_security::report::NoticeKind;
use serde_json::{Value, json};
use url::Url;

use super::component;

type Sizes = Arc<Mutex<Vec<usize>>>;

async fn batch(State(sizes): State<Sizes>, Json(asked): Json<Value>) -> Json<Value> {
    let queries = asked["queries"].as_array().unwrap();
    sizes.lock().unwrap().push(queries.len());
    let answer = |query: &Value| match (query["package"]["name"].as_str().unwrap(), query["page_token"].as_str()) {
        ("a", None) => json!({"vulns": [{"id": "GHSA-1", "modified": "x"}], "next_page_token": "more"}),
        ("a", Some("more")) => json!({"vulns": [{"id": "CVE-1"}, {"id": "GONE-1"}, {"id": "OLD-1"}]}),
        _ => json!({}),
    };
    Json(json!({ "results": queries.iter().map(answer).collect::<Vec<_>>() }))
}

async fn advisory(Path(id): Path<String>) -> Result<Json<Value>, StatusCode> {
    let affected = json!([{
        "package": {"ecosystem": "npm", "name": "a"},
        "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]
    }]);
    match id.as_str() {
        "GHSA-1" => Ok(Json(json!({"id": id, "aliases": ["CVE-1"], "summary": "Bad", "affected": affected}))),
        "CVE-1" => Ok(Json(json!({"id": id, "affected": affected}))),
        "OLD-1" => Ok(Json(json!({"id": id, "withdrawn": "2026-01-01T00:00:00Z", "affected": affected}))),
        _ => Err(StatusCode::NOT_FOUND),
    }
}

async fn serve(router: Router) -> Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Url::parse(&format!("http://{address}")).unwrap()
}

fn client() -> Client {
    Client::new(Policy::default(), FaultPlan::default())
}

#[tokio::test]
async fn components_are_asked_in_batches_and_pages() {
    let sizes = Sizes::default();
    let router = Router::new()
        .route("/v1/querybatch", post(batch))
        .route("/v1/vulns/{id}", get(advisory))
        .with_state(sizes.clone());
    let endpoint = serve(router).await;
    let mut components: Vec<_> = (0..1500).map(|number| component("npm", &format!("p{number}"), "1.0.0")).collect();
    components.push(component("npm", "a", "1.0.0"));
    let (findings, notices) = advisories::online(&client(), &endpoint, &components).await.unwrap();
    assert_eq!(*sizes.lock().unwrap(), [1000, 1, 501], "two batches, and a page more for the one that went on");
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.id.as_str(), finding.aliases.join(" "), finding.fixed_in.as_deref()))
        .collect();
    assert_eq!(found, [("GHSA-1", "CVE-1".to_owned(), Some("2.0.0")), ("GONE-1", String::new(), None)]);
    assert_eq!(notices.len(), 1, "{notices:?}");
    assert_eq!(notices[0].kind, NoticeKind::Offline);
}

#[tokio::test]
async fn a_service_that_fails_is_a_notice() {
    let router = Router::new().route("/v1/querybatch", post(|| async { (StatusCode::BAD_REQUEST, "no") }));
    let endpoint = serve(router).await;
    let (findings, notices) =
        advisories::online(&client(), &endpoint, &[component("npm", "a", "1.0.0")]).await.unwrap();
    assert_eq!((findings.len(), notices.len(), notices[0].kind), (0, 1, NoticeKind::Offline));
    // One that answers another number of questions is not believed.
    let router = Router::new().route("/v1/querybatch", post(|| async { Json(json!({"results": []})) }));
    let endpoint = serve(router).await;
    let (_, notices) = advisories::online(&client(), &endpoint, &[component("npm", "a", "1.0.0")]).await.unwrap();
    assert_eq!(notices[0].kind, NoticeKind::Offline);
}
