//! Messages of other systems: taken when they are signed, once, and refused alike whatever is wrong with the signature.

use http::{Request, StatusCode};
use pak_model::Secret;
use pak_server::store::entity::telemetry_event;
use pak_server::webhooks::sign::{self, Keys};
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

use crate::server::{NOW, Server};

const SECRET: &str = "the secret of the instance";
const BODY: &str = r#"{"source":"external_system","data":{"event":"deployment_completed","package":"my-package"}}"#;

const VARIABLES: &[(&str, &str)] = &[("PAK_API_SECRET", SECRET)];

on_both_databases! { super::VARIABLES;
    the_promised_message_is_stored_with_its_source
    a_message_is_stored_once
    the_same_message_many_times_at_once_is_stored_once
    a_named_source_has_a_secret_of_its_own
}

async fn server() -> Server {
    Server::with(VARIABLES).await
}

async fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
    let mut request = Request::post(path).header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = server.send(request.body(axum::body::Body::from(body.to_owned())).unwrap()).await;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

async fn signed(server: &Server, path: &str, secret: &str, body: &str) -> (StatusCode, Value) {
    let signature = sign::body_signature(&Secret::new(secret), body.as_bytes());
    send(server, path, &[("X-PAK-Signature", &signature)], body).await
}

async fn stored(server: &Server) -> u64 {
    telemetry_event::Entity::find().count(server.app.store.read()).await.unwrap()
}

async fn the_promised_message_is_stored_with_its_source(server: Server) {
    assert_eq!(signed(&server, "/webhook/telemetry", SECRET, BODY).await, (StatusCode::OK, json!({ "success": true })));
    let admin = server.person("root@example.org", "admin").await;
    let (_, list) = server.get(&admin, "/api/telemetry").await;
    assert_eq!(
        list["events"],
        json!([{
            "id": 1, "event": "deployment_completed", "package": "my-package", "source": "external_system",
            "timestamp": "2026-01-01T00:00:00Z", "received_at": "2026-01-01T00:00:00Z"
        }])
    );
    let (_, sums) = server.get(&admin, "/api/telemetry/stats").await;
    assert_eq!(sums["sources"][0]["name"], "external_system");
}

#[tokio::test]
async fn a_wrong_or_missing_signature_stores_nothing_and_tells_nothing() {
    let server = server().await;
    let right = sign::body_signature(&Secret::new(SECRET), BODY.as_bytes());
    let mut answers = Vec::new();
    for (path, headers, body) in [
        ("/webhook/telemetry", vec![], BODY),
        ("/webhook/telemetry", vec![("X-PAK-Signature", "sha256=00")], BODY),
        ("/webhook/telemetry", vec![("X-PAK-Signature", right.as_str())], &BODY.replace(':', ": ")),
        ("/webhook/telemetry", vec![("X-PAK-Signature", &right)], "not even JSON"),
        ("/webhook/telemetry", vec![("X-PAK-Signature", &right), ("X-PAK-Timestamp", "1767225000")], BODY),
        // No source of this name; the instance's secret does not open it either.
        ("/webhook/telemetry/external_system", vec![("X-PAK-Signature", &right)], BODY),
    ] {
        answers.push(send(&server, path, &headers, body).await);
    }
    answers.push(signed(&server, "/webhook/telemetry", "another secret of someone", BODY).await);
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
        assert_eq!((answer.0, &answer.1["success"]), (StatusCode::UNAUTHORIZED, &json!(false)));
    }
    assert_eq!(stored(&server).await, 0);
    // Without any secret set, nothing is taken.
    let bare = Server::start().await;
    assert_eq!(signed(&bare, "/webhook/telemetry", "", BODY).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn what_is_signed_must_still_be_a_message() {
    let server = server().await;
    let large = format!(r#"{{"source":"x","data":{{"event":"{}"}}}}"#, "e".repeat(1 << 20));
    for (body, expected) in [
        ("", StatusCode::BAD_REQUEST),
        ("{", StatusCode::BAD_REQUEST),
        ("[]", StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"source":"x"}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"source":"x","data":{"event":""}}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"source":"pak","data":{"event":"e"}}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (r#"{"source":"a\u0000","data":{"event":"e"}}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (&large, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(signed(&server, "/webhook/telemetry", SECRET, body).await.0, expected, "{body:.60}");
    }
    assert_eq!(stored(&server).await, 0);
}

async fn a_message_is_stored_once(server: Server) {
    let path = "/webhook/telemetry";
    let twice = |body: &'static str| {
        let server = &server;
        async move {
            let first = signed(server, path, SECRET, body).await;
            assert_eq!(first, (StatusCode::OK, json!({ "success": true })), "{body}");
            signed(server, path, SECRET, body).await.1["duplicate"] == json!(true)
        }
    };
    assert!(twice(BODY).await);
    // Without a time of its own an equal message is another one later; with one it stays the same.
    let timed = r#"{"source":"s","data":{"event":"e","timestamp":"2025-12-31T23:00:00Z"}}"#;
    assert!(twice(timed).await);
    assert_eq!(stored(&server).await, 2);
    server.app.clock.advance(6 * 60 * 1000);
    assert_eq!(signed(&server, path, SECRET, timed).await.1["duplicate"], true);
    assert!(twice(BODY).await);
    assert_eq!(stored(&server).await, 3);
    // A signed id counts whatever the body says.
    let keys = Keys { current: Secret::new(SECRET), previous: None };
    let at = (server.app.now() / 1000).to_string();
    for (body, duplicate) in [
        (r#"{"source":"s","data":{"event":"a"}}"#, Value::Null),
        (r#"{"source":"s","data":{"event":"b"}}"#, json!(true)),
    ] {
        let values = sign::signatures(&keys, "msg_7", server.app.now() / 1000, body.as_bytes());
        let headers =
            [("webhook-id", "msg_7"), ("webhook-timestamp", at.as_str()), ("webhook-signature", values.as_str())];
        let (status, answer) = send(&server, path, &headers, body).await;
        assert_eq!((status, &answer["duplicate"]), (StatusCode::OK, &duplicate), "{answer}");
    }
    assert_eq!(stored(&server).await, 4);
    // And not before it is true that nobody can send it again.
    pak_server::webhooks::inbox::prune(&server.app.store, NOW + 8 * 24 * 3600 * 1000).await.unwrap();
    let left = pak_server::store::entity::seen_message::Entity::find().count(server.app.store.read()).await.unwrap();
    assert_eq!(left, 0);
}

async fn the_same_message_many_times_at_once_is_stored_once(server: Server) {
    let server = std::sync::Arc::new(server);
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let server = std::sync::Arc::clone(&server);
            tokio::spawn(async move { signed(&server, "/webhook/telemetry", SECRET, BODY).await })
        })
        .collect();
    let mut first = 0;
    for task in tasks {
        let (status, answer) = task.await.unwrap();
        assert_eq!(status, StatusCode::OK);
        first += usize::from(answer["duplicate"].is_null());
    }
    assert_eq!((first, stored(&server).await), (1, 1));
}

async fn a_named_source_has_a_secret_of_its_own(server: Server) {
    let admin = server.person("root@example.org", "admin").await;
    let user = server.person("user@example.org", "user").await;
    assert_eq!(server.post(&user, "/webhook-sources", json!({ "name": "ci" })).await.0, StatusCode::FORBIDDEN);
    for wrong in ["", "api", "pak", "a/b", "a b"] {
        let (status, _) = server.post(&admin, "/webhook-sources", json!({ "name": wrong })).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    let (status, made) = server.post(&admin, "/webhook-sources", json!({ "name": "ci" })).await;
    assert_eq!((status, &made["source"]["path"]), (StatusCode::CREATED, &json!("/webhook/telemetry/ci")));
    assert_eq!(server.post(&admin, "/webhook-sources", json!({ "name": "ci" })).await.0, StatusCode::CONFLICT);
    let secret = made["secret"].as_str().unwrap().to_owned();
    let body = r#"{"source":"ci","data":{"event":"built"}}"#;
    let (named, general) = ("/webhook/telemetry/ci", "/webhook/telemetry");
    for (path, secret, expected) in [
        (named, SECRET, StatusCode::UNAUTHORIZED),
        (general, secret.as_str(), StatusCode::UNAUTHORIZED),
        // Who knows the instance's secret does not speak for this source.
        (general, SECRET, StatusCode::UNAUTHORIZED),
        (named, &secret, StatusCode::OK),
    ] {
        assert_eq!(signed(&server, path, secret, body).await.0, expected, "{path}");
    }
    assert_eq!(signed(&server, named, &secret, BODY).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let (_, list) = server.get(&admin, "/webhook-sources").await;
    assert_eq!(list["sources"][0]["last_seen_at"], "2026-01-01T00:00:00Z");
    assert!(!list.to_string().contains(&secret));
    let (_, rotated) = server.post(&admin, "/webhook-sources/ci/rotate", json!({})).await;
    assert_eq!(signed(&server, named, &secret, body).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(signed(&server, named, rotated["secret"].as_str().unwrap(), body).await.1["duplicate"], true);
    let deleted = server.call(Some(&admin), http::Method::DELETE, "/webhook-sources/ci", None).await;
    assert_eq!(deleted.0, StatusCode::OK);
    // The instance's own secret is set by a variable here; elsewhere an administrator has one made.
    assert_eq!(server.post(&admin, "/webhook-secret/rotate", json!({})).await.0, StatusCode::CONFLICT);
    let bare = Server::start().await;
    let admin = bare.person("root@example.org", "admin").await;
    let (status, made) = bare.post(&admin, "/webhook-secret/rotate", json!({})).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(signed(&bare, general, made["secret"].as_str().unwrap(), BODY).await.0, StatusCode::OK);
}
