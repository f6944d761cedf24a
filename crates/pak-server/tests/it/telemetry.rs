//! What is reported is stored, seen by those it concerns, and adds up.

use std::time::Instant;

use http::{Method, Request, StatusCode, header};
use pak_server::access::Role;
use pak_server::store::entity::{telemetry_event, telemetry_rollup};
use pak_server::telemetry::batch::Reporter;
use pak_server::telemetry::event::Report;
use sea_orm::{EntityTrait as _, PaginatorTrait as _};
use serde_json::{Value, json};

use crate::server::{NOW, Server, Somebody};

on_both_databases! { &[];
    the_promised_report_is_stored_and_added_up
    events_belong_to_the_project_they_name_and_its_members_see_them
    wrong_reports_are_refused_and_nothing_is_stored
    pages_of_events_hold_each_event_once
    reports_that_come_together_are_all_counted
    old_events_go_and_their_sums_stay
}

fn promised() -> Value {
    json!({
        "event": "package_deployed", "package": "my-package", "version": "1.2.3", "platform": "npm",
        "timestamp": "2024-01-01T00:00:00Z", "metadata": { "deployment_time": 45.2, "file_size": 1_024_000 }
    })
}

async fn count(server: &Server) -> u64 {
    telemetry_event::Entity::find().count(server.app.store.read()).await.unwrap()
}

async fn the_promised_report_is_stored_and_added_up(server: Server) {
    let (alice, bob) =
        (server.person("alice@example.org", "user").await, server.person("bob@example.org", "user").await);
    let admin = server.person("root@example.org", "admin").await;
    assert_eq!(
        server.post(&alice, "/api/telemetry", promised()).await,
        (StatusCode::CREATED, json!({ "success": true }))
    );
    let (status, list) = server.get(&alice, "/api/telemetry").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        list,
        json!({ "events": [{
            "id": 1, "event": "package_deployed", "package": "my-package", "version": "1.2.3", "platform": "npm",
            "timestamp": "2024-01-01T00:00:00Z", "received_at": "2026-01-01T00:00:00Z", "source": "api",
            "metadata": { "deployment_time": 45.2, "file_size": 1_024_000 }
        }] })
    );
    let path = "/api/telemetry/stats?from=2024-01-01&to=2024-01-03";
    let (_, sums) = server.get(&alice, path).await;
    assert_eq!(sums["bucket"], "hour");
    assert_eq!(sums["series"].as_array().unwrap().len(), 48);
    assert_eq!(sums["series"][0]["count"], 1);
    assert_eq!(sums["total"], json!({ "count": 1, "mean_deployment_time": 45.2, "total_file_size": 1_024_000.0 }));
    assert_eq!(sums["platforms"][0]["name"], "npm");
    for (who, seen) in [(&bob, 0), (&admin, 1)] {
        assert_eq!(server.get(who, "/api/telemetry").await.1["events"].as_array().unwrap().len(), seen);
        assert_eq!(server.get(who, path).await.1["total"]["count"], seen);
    }
    assert_eq!(server.call(None, Method::POST, "/api/telemetry", Some(promised())).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.call(None, Method::GET, "/api/telemetry", None).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(count(&server).await, 1);
}

async fn events_belong_to_the_project_they_name_and_its_members_see_them(server: Server) {
    let alice = server.person("alice@example.org", "user").await;
    let viewer = server.person("viewer@example.org", "user").await;
    let stranger = server.person("stranger@example.org", "user").await;
    let (status, made) = server.post(&alice, "/projects", json!({ "name": "my-package" })).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let id = made["project"]["id"].as_i64().unwrap();
    server.join(id, &viewer, Role::Viewer).await;
    // By the package's name; by its own name; a viewer's and a stranger's stay their own.
    let mut named = promised();
    named["package"] = json!("another");
    named["project"] = json!("my-package");
    assert_eq!(server.post(&alice, "/api/telemetry", promised()).await.0, StatusCode::CREATED);
    assert_eq!(server.post(&alice, "/api/telemetry", named.clone()).await.0, StatusCode::CREATED);
    assert_eq!(server.post(&viewer, "/api/telemetry", promised()).await.0, StatusCode::CREATED);
    assert_eq!(server.post(&stranger, "/api/telemetry", promised()).await.0, StatusCode::CREATED);
    for who in [&viewer, &stranger] {
        let (status, said) = server.post(who, "/api/telemetry", named.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(said["code"], "pak::server::input_invalid");
    }
    let seen = |who: &Somebody, path: &'static str| {
        let (server, who) = (&server, who.clone());
        async move { server.get(&who, path).await.1["events"].as_array().map_or(0, Vec::len) }
    };
    assert_eq!(seen(&alice, "/api/telemetry").await, 2);
    assert_eq!(seen(&viewer, "/api/telemetry").await, 3);
    assert_eq!(seen(&viewer, "/api/telemetry?project=my-package").await, 2);
    assert_eq!(seen(&stranger, "/api/telemetry").await, 1);
    assert_eq!(seen(&stranger, "/api/telemetry?project=my-package").await, 0);
    let sums = "/api/telemetry/stats?from=2024-01-01&to=2024-01-02&package=my-package";
    for (who, expected) in [(&alice, 1), (&viewer, 2), (&stranger, 1)] {
        assert_eq!(server.get(who, sums).await.1["total"]["count"], expected);
    }
}

async fn wrong_reports_are_refused_and_nothing_is_stored(server: Server) {
    let alice = server.person("alice@example.org", "user").await;
    for (body, expected) in [
        (json!({}), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "event": "" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "event": 7 }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "event": "x", "timestamp": "soon" }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!({ "event": "x", "unknown": 1 }), StatusCode::UNPROCESSABLE_ENTITY),
        (json!([{ "event": "x" }]), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, said) = server.post(&alice, "/api/telemetry", body.clone()).await;
        assert_eq!((status, &said["success"]), (expected, &json!(false)), "{body}");
    }
    let raw = |kind: &'static str, path: &'static str, body: Vec<u8>| {
        let request = Request::post(path).header(header::COOKIE, &alice.cookie).header(header::CONTENT_TYPE, kind);
        request.body(axum::body::Body::from(body)).unwrap()
    };
    let deep = format!(r#"{{"event":"x","metadata":{{"a":{}{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    for (kind, path, body, expected) in [
        ("application/json", "/api/telemetry", b"{".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", "/api/telemetry", deep.into_bytes(), StatusCode::BAD_REQUEST),
        ("application/json", "/api/telemetry", b"{\"event\":\"\xff\"}".to_vec(), StatusCode::BAD_REQUEST),
        ("text/plain", "/api/telemetry", b"{}".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("text/plain", "/api/telemetry/batch", b"[]".to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("application/x-ndjson", "/api/telemetry/batch", b"{\"event\":\"a\"}\n{".to_vec(), StatusCode::BAD_REQUEST),
        ("application/json", "/api/telemetry/batch", vec![b' '; (8 << 20) + 1], StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        assert_eq!(server.send(raw(kind, path, body)).await.status(), expected, "{kind} {path}");
    }
    let many: Vec<Value> = (0..5001).map(|_| json!({ "event": "x" })).collect();
    assert_eq!(server.post(&alice, "/api/telemetry/batch", json!(many)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let one_wrong = json!([{ "event": "a" }, { "event": "b" }, { "event": "c", "platform": "p".repeat(65) }]);
    for odd in [json!({}), json!({ "events": 1 }), json!({ "events": [], "odd": 1 }), json!("x")] {
        assert_eq!(server.post(&alice, "/api/telemetry/batch", odd).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let (status, said) = server.post(&alice, "/api/telemetry/batch", json!({ "events": one_wrong })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(said["error"], "Event 3 of the batch: `platform` is longer than 64 bytes.");
    for query in ["cursor=x", "from=soon", "limit=many", "odd=1", "cursor=1-x"] {
        let (status, _) = server.get(&alice, &format!("/api/telemetry?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    for query in ["bucket=week", "from=2020-01-01&to=2025-12-31&bucket=hour", "from=2025-01-02&to=2025-01-01"] {
        let (status, _) = server.get(&alice, &format!("/api/telemetry/stats?{query}")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    assert_eq!(count(&server).await, 0);
}

async fn pages_of_events_hold_each_event_once(server: Server) {
    let alice = server.person("alice@example.org", "user").await;
    // Many at the same moment: the order is still one.
    let events: Vec<Value> = (0..250)
        .map(|n| json!({ "event": "e", "version": n.to_string(), "timestamp": format!("2025-12-0{}T00:00:00Z", 1 + n % 3) }))
        .collect();
    let lines = events.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    let request = Request::post("/api/telemetry/batch")
        .header(header::COOKIE, &alice.cookie)
        .header(header::CONTENT_TYPE, "application/x-ndjson")
        .body(axum::body::Body::from(lines))
        .unwrap();
    assert_eq!(server.send(request).await.status(), StatusCode::CREATED);
    let (mut versions, mut times, mut path) = (Vec::new(), Vec::new(), "/api/telemetry?limit=40".to_owned());
    for _ in 0..7 {
        let (_, page) = server.get(&alice, &path).await;
        for event in page["events"].as_array().unwrap() {
            versions.push(event["version"].as_str().unwrap().parse::<u32>().unwrap());
            times.push(event["timestamp"].as_str().unwrap().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/api/telemetry?limit=40&cursor={cursor}"),
            None => break,
        }
    }
    assert!(times.is_sorted_by(|one, next| one >= next));
    versions.sort_unstable();
    assert_eq!(versions, (0..250).collect::<Vec<_>>());
    for (query, expected) in [
        ("event=e", 200),
        ("event=e&from=2025-12-02", 166),
        ("event=e&to=2025-12-02", 84),
        ("event=none", 0),
        ("package=p", 0),
    ] {
        let (_, some) = server.get(&alice, &format!("/api/telemetry?limit=200&{query}")).await;
        assert_eq!(some["events"].as_array().unwrap().len(), expected, "{query}");
    }
    let (_, some) = server.get(&alice, "/api/telemetry?version=7&from=2025-12-01&to=2026-01-01").await;
    assert_eq!(some["events"].as_array().unwrap().len(), 1);
}

async fn reports_that_come_together_are_all_counted(server: Server) {
    let reporter = |user| Reporter { user_id: user, project_id: None, everywhere: false, source: "api".into() };
    let tasks: Vec<_> = (0..400)
        .map(|n| {
            let (recorder, reporter) = (server.app.recorder().clone(), reporter(None));
            let report = Report {
                event: format!("e{}", n % 3),
                metadata: json!({ "deployment_time": 1.5 }).as_object().cloned(),
                ..Report::default()
            };
            tokio::spawn(async move { recorder.record(vec![report.check(NOW).unwrap()], reporter).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    // One that cannot be stored takes none of the others with it.
    let nobody = server
        .app
        .recorder()
        .record(vec![Report { event: "x".into(), ..Report::default() }.check(NOW).unwrap()], reporter(Some(4711)));
    assert!(nobody.await.is_err());
    assert_eq!(count(&server).await, 400);
    let sums = telemetry_rollup::Entity::find().all(server.app.store.read()).await.unwrap();
    assert_eq!(sums.len(), 6, "three events, by hour and by day");
    let by_day: Vec<_> = sums.iter().filter(|row| row.span == 24 * 3600 * 1000).collect();
    assert_eq!(by_day.iter().map(|row| row.count).sum::<i64>(), 400);
    assert!((by_day.iter().map(|row| row.seconds).sum::<f64>() - 600.0).abs() < 1e-6);
}

async fn old_events_go_and_their_sums_stay(server: Server) {
    let alice = server.person("alice@example.org", "user").await;
    assert_eq!(server.post(&alice, "/api/telemetry", promised()).await.0, StatusCode::CREATED);
    server.app.clock.advance(20 * 24 * 3600 * 1000);
    let alice = server.person("alice@example.com", "user").await;
    assert_eq!(server.post(&alice, "/api/telemetry", promised()).await.0, StatusCode::CREATED);
    server.app.clock.advance(20 * 24 * 3600 * 1000);
    let gone = pak_server::telemetry::retention::prune(&server.app.store, server.app.now(), 30).await.unwrap();
    assert_eq!((gone, count(&server).await), (1, 1));
    let admin = server.person("root@example.org", "admin").await;
    let (_, sums) = server.get(&admin, "/api/telemetry/stats?from=2024-01-01&to=2024-01-02").await;
    assert_eq!(sums["total"]["count"], 2);
}

/// `PAK_BENCH_EVENTS=1000000 cargo test --release -p pak-server --test it -- --ignored --nocapture events_per_second`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "measures; give the number of events as PAK_BENCH_EVENTS"]
async fn events_per_second() {
    let wanted =
        std::env::vars().find(|(name, _)| name == "PAK_BENCH_EVENTS").map_or(20_000, |(_, n)| n.parse().unwrap());
    let server = Server::start().await;
    let alice = server.person("alice@example.org", "user").await;
    let batch: Vec<Value> = (0..2000)
        .map(|n| {
            let platform = ["npm", "pypi", "cargo"][n % 3];
            let metadata = json!({ "deployment_time": 1.5 });
            json!({ "event": "package_deployed", "package": format!("p{}", n % 40), "version": "1.2.3", "platform": platform, "metadata": metadata })
        })
        .collect();
    let begun = Instant::now();
    for _ in 0..wanted / 2000 {
        assert_eq!(server.post(&alice, "/api/telemetry/batch", json!(batch)).await.0, StatusCode::CREATED);
    }
    println!("{:.0} events/s stored", f64::from(wanted) / begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let (_, sums) = server.get(&alice, "/api/telemetry/stats").await;
    println!("{} events added up in {:?}", sums["total"]["count"], begun.elapsed());
}
