//! How many requests are answered, on one node and on two.

use axum::body::Body;
use http::{Request, StatusCode};
use pak_server::access::rate_limit::{Limiter, Subject};

use crate::server::{NOW, Server};

#[tokio::test]
async fn each_caller_has_the_promised_hundred_a_minute() {
    let server = Server::with(&[("PAK_API_RATE_LIMIT", "100")]).await;
    let (one, two) = (server.person("one@example.org", "user").await, server.person("two@example.org", "user").await);
    for _ in 0..100 {
        assert_eq!(server.get(&one, "/projects").await.0, StatusCode::OK);
    }
    let request = Request::builder().uri("/projects").header("cookie", &one.cookie).body(Body::empty()).unwrap();
    let refused = server.send(request).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let header = |name: &str| refused.headers()[name].to_str().unwrap().parse::<u32>().unwrap();
    assert_eq!((header("ratelimit-limit"), header("ratelimit-remaining")), (100, 0));
    assert!((1..=60).contains(&header("retry-after")), "{}", header("retry-after"));
    assert_eq!(server.get(&two, "/projects").await.0, StatusCode::OK, "another's allowance is their own");
    server.app.clock.advance(60_000);
    assert_eq!(server.get(&one, "/projects").await.0, StatusCode::OK);
}

#[tokio::test]
async fn the_door_is_narrower_and_what_pages_are_made_of_is_free() {
    let server = Server::with(&[("PAK_API_RATE_LIMIT", "100")]).await;
    let statuses = async |path: &str, method: &str, count: usize| {
        let mut seen = Vec::new();
        for _ in 0..count {
            let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
            seen.push(server.send(request.body(Body::from("{}")).unwrap()).await.status());
        }
        seen.into_iter().filter(|status| *status == StatusCode::TOO_MANY_REQUESTS).count()
    };
    assert_eq!(statuses("/auth", "POST", 25).await, 5);
    assert_eq!(statuses("/health", "GET", 150).await, 0);
    assert_eq!(statuses("/openapi.json", "GET", 101).await, 1);
}

/// Two nodes that share a database.
#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_together_give_no_more_than_one_would() {
    let Some(server) = Server::on_postgres(&[]).await else { return };
    let server = std::sync::Arc::new(server);
    let nodes = [Limiter::new(100), Limiter::new(100)].map(std::sync::Arc::new);
    let mut all = tokio::task::JoinSet::new();
    for n in 0..400 {
        let (server, node) = (std::sync::Arc::clone(&server), std::sync::Arc::clone(&nodes[n % 2]));
        all.spawn(async move { node.take(&server.app.store, Subject::Key(7), NOW).await.is_ok() });
    }
    let given = all.join_all().await.into_iter().filter(|given| *given).count();
    assert!((95..=100).contains(&given), "{given} were given");
    // Nobody is short-changed by what the other node holds back.
    for node in &nodes {
        assert!(node.take(&server.app.store, Subject::Key(8), NOW).await.is_ok());
    }
}
