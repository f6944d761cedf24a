//! What teams rely on: approvals by others, an owner that stays, secrets that are never read back, releases at set times.

use http::{Method, StatusCode};
use pak_server::access::Role;
use serde_json::{Value, json};

use crate::server::{Server, Somebody};

// Clocks are moved by days: sessions last longer.
on_both_databases! { &[("PAK_SESSION_IDLE_MINUTES", "9999"), ("PAK_SESSION_MINUTES", "9999")];
    a_release_is_approved_by_others_than_the_one_who_asks
    a_project_keeps_an_owner
    a_secret_goes_in_and_does_not_come_out
    a_schedule_asks_once_for_each_of_its_times
}

/// A project with an owner and, in this order, a maintainer, another one, and a publisher.
async fn team(server: &Server) -> [Somebody; 4] {
    let mut people = Vec::new();
    for name in ["owner", "one", "two", "publisher"] {
        people.push(server.person(&format!("{name}@example.org"), "user").await);
    }
    let git = json!({ "kind": "git", "url": "https://git.example.org/p.git" });
    let (status, made) = server.post(&people[0], "/projects", json!({ "name": "p", "source": git })).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let id = made["project"]["id"].as_i64().unwrap();
    server.join(id, &people[1], Role::Maintainer).await;
    server.join(id, &people[2], Role::Maintainer).await;
    server.join(id, &people[3], Role::Publisher).await;
    people.try_into().unwrap()
}

fn approve() -> Value {
    json!({ "decision": "approved" })
}

async fn a_release_is_approved_by_others_than_the_one_who_asks(server: Server) {
    let [owner, one, two, publisher] = team(&server).await;
    let rules =
        json!({ "approvals_needed": 2, "approvers": ["one@example.org", "two@example.org", "owner@example.org"] });
    let path = "/projects/p/environments/production";
    assert_eq!(server.call(Some(&one), Method::PUT, path, Some(rules.clone())).await.0, StatusCode::FORBIDDEN);
    assert_eq!(server.call(Some(&owner), Method::PUT, path, Some(rules)).await.0, StatusCode::OK);
    let (_, asked) = server.post(&one, "/deploy/p", json!({})).await;
    assert_eq!(asked["status"], "pending");
    let at = "/deployments/deploy_1/approve";
    assert_eq!(server.post(&one, at, approve()).await.0, StatusCode::FORBIDDEN, "asked for it");
    assert_eq!(server.post(&publisher, at, approve()).await.0, StatusCode::FORBIDDEN, "has no right to");
    assert!(pak_server::work::waiting(&server.app).await.unwrap().is_none());
    assert_eq!(server.post(&two, at, approve()).await.0, StatusCode::ACCEPTED);
    assert_eq!(server.post(&two, at, approve()).await.0, StatusCode::ACCEPTED, "said twice counts once");
    assert!(pak_server::work::waiting(&server.app).await.unwrap().is_none());
    assert_eq!(server.post(&owner, at, approve()).await.0, StatusCode::ACCEPTED);
    assert_eq!(pak_server::work::waiting(&server.app).await.unwrap(), Some(1));

    let (_, asked) = server.post(&one, "/deploy/p", json!({})).await;
    assert_eq!(asked["deployment_id"], "deploy_2");
    let no = json!({ "decision": "rejected", "note": "not on a Friday" });
    assert_eq!(server.post(&two, "/deployments/2/approve", no).await.1["status"], "cancelled");
}

async fn a_project_keeps_an_owner(server: Server) {
    let [owner, one, ..] = team(&server).await;
    let path = "/projects/p/members";
    let leave = format!("{path}/{}", owner.id);
    let role = |role: &str, email: &str| Some(json!({ "email": email, "role": role }));
    assert_eq!(server.call(Some(&owner), Method::DELETE, &leave, None).await.0, StatusCode::CONFLICT);
    let less = role("viewer", "owner@example.org");
    assert_eq!(server.call(Some(&owner), Method::PUT, path, less).await.0, StatusCode::CONFLICT);
    assert_eq!(
        server.call(Some(&one), Method::PUT, path, role("owner", "one@example.org")).await.0,
        StatusCode::FORBIDDEN
    );
    assert_eq!(server.call(Some(&owner), Method::PUT, path, role("owner", "one@example.org")).await.0, StatusCode::OK);
    assert_eq!(server.call(Some(&owner), Method::DELETE, &leave, None).await.0, StatusCode::OK);
    assert_eq!(server.get(&owner, "/projects/p").await.0, StatusCode::NOT_FOUND);
}

async fn a_secret_goes_in_and_does_not_come_out(server: Server) {
    let [owner, _, _, publisher] = team(&server).await;
    let canary = ["npm", "_", "canary0123456789"].concat();
    let path = "/projects/p/credentials";
    let body = json!({ "target": "npm", "token": canary });
    assert_eq!(server.call(Some(&publisher), Method::PUT, path, Some(body.clone())).await.0, StatusCode::FORBIDDEN);
    let (status, set) = server.call(Some(&owner), Method::PUT, path, Some(body)).await;
    assert_eq!((status, &set["version"]), (StatusCode::OK, &json!(1)));
    let (_, list) = server.get(&owner, path).await;
    assert_eq!(list["credentials"][0]["target"], "npm");
    assert!(!list.to_string().contains(&canary));
    let folder = server.app.settings.data.clone();
    for file in ["pak.db", "pak.db-wal"] {
        let bytes = std::fs::read(folder.join(file)).unwrap_or_default();
        assert!(!bytes.windows(canary.len()).any(|window| window == canary.as_bytes()), "{file} holds the secret");
    }
    let gone = format!("{path}/{}", set["id"]);
    assert_eq!(server.call(Some(&owner), Method::DELETE, &gone, None).await.0, StatusCode::OK);
    assert_eq!(server.get(&owner, path).await.1, json!({ "credentials": [] }));
}

async fn a_schedule_asks_once_for_each_of_its_times(server: Server) {
    let [owner, one, ..] = team(&server).await;
    let when = json!({ "environment": "production", "cron": "0 9 * * *", "timezone": "Europe/Berlin" });
    let (status, made) = server.post(&one, "/projects/p/schedules", when).await;
    assert_eq!((status, &made["next_at"]), (StatusCode::CREATED, &json!("2026-01-01T08:00:00Z")));
    let asked = async || server.get(&owner, "/deployments").await.1["deployments"].as_array().unwrap().len();
    pak_server::work::schedule::once(&server.app).await.unwrap();
    assert_eq!(asked().await, 0);
    server.app.clock.advance(9 * 3600 * 1000);
    pak_server::work::schedule::once(&server.app).await.unwrap();
    pak_server::work::schedule::once(&server.app).await.unwrap();
    assert_eq!(asked().await, 1);
    // Who made it may not release any more: the schedule is turned off instead of releasing in their name.
    let out = format!("/projects/p/members/{}", one.id);
    assert_eq!(server.call(Some(&owner), Method::DELETE, &out, None).await.0, StatusCode::OK);
    server.app.clock.advance(24 * 3600 * 1000);
    pak_server::work::schedule::once(&server.app).await.unwrap();
    let (_, list) = server.get(&owner, "/projects/p/schedules").await;
    assert_eq!(list["schedules"][0]["enabled"], false);
    assert_eq!(server.get(&owner, "/deployments").await.1["deployments"].as_array().unwrap().len(), 1);
}
