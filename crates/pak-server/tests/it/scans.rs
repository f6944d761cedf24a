//! What a scan found, shown and compared: to those who may read the project, and to no one else.

use axum::body::Body;
use camino::Utf8Path;
use http::{Request, StatusCode, header};
use pak_server::access::Role;
use pak_server::store::entity::deployment_file;
use pak_server::store::unusable;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, Set, Statement};
use serde_json::{Value, json};

use crate::server::{Server, Somebody};

on_both_databases! { &[]; scans_are_shown_and_compared findings_are_approved_by_another_person }

fn component(name: &str, version: &str, licence: &str) -> Value {
    json!({
        "purl": format!("pkg:npm/{name}@{version}"), "ecosystem": "npm", "name": name, "version": version,
        "path": "package-lock.json", "scope": "runtime", "origin": "registry", "certainty": "exact",
        "licence": { "declared": licence },
    })
}

fn report(components: &[Value], findings: &[Value]) -> Value {
    json!([{
        "schema": 1, "pak": "0.1.0", "target": { "kind": "tree", "name": "." }, "at": "2026-01-01T00:00:00Z",
        "findings": findings, "notices": [], "components": components,
    }])
}

fn finding(ruling: &str, title: &str) -> Value {
    json!({
        "kind": "artifact", "id": format!("rule-{ruling}"), "severity": "high", "confidence": "certain", "title": title,
        "message": "It was not there before.", "remedy": "Look at it.", "path": "package/<b>install</b>.js",
        "fingerprint": format!("{ruling}{title}"), "decision": { "ruling": ruling, "by": "default rule 1" },
    })
}

/// Puts a scan beside a deployment's plan, as a worker does.
async fn scanned(server: &Server, deployment: i64, report: &Value) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("scan.json"), report.to_string()).unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    let kept = server.app.files.put_folder(&format!("deployments/{deployment}/run"), path).await.unwrap();
    let rows: Vec<_> = kept
        .into_iter()
        .map(|file| deployment_file::ActiveModel {
            deployment_id: Set(deployment),
            path: Set(file.path.clone()),
            size: Set(i64::try_from(file.size).unwrap()),
            sha256: Set(file.sha256.clone()),
            location: Set(file.location),
            ..Default::default()
        })
        .collect();
    let written = server.app.store.write(move |transaction| {
        Box::pin(async move {
            deployment_file::Entity::insert_many(rows).exec_without_returning(transaction).await.map_err(unusable)
        })
    });
    written.await.unwrap();
}

async fn page(server: &Server, who: &Somebody, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).header(header::COOKIE, &who.cookie).header(header::ACCEPT, "text/html");
    let answer = server.send(request.body(Body::empty()).unwrap()).await;
    let status = answer.status();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 22).await.unwrap();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

async fn scans_are_shown_and_compared(server: Server) {
    let owner = server.person("owner@example.org", "user").await;
    let stranger = server.person("stranger@example.org", "user").await;
    for name in ["greeter", "other"] {
        let source = json!({ "kind": "git", "url": "https://git.example.org/greeter.git" });
        let (status, _) = server.post(&owner, "/projects", json!({ "name": name, "source": source })).await;
        assert_eq!(status, StatusCode::CREATED);
    }
    for name in ["greeter", "greeter", "other"] {
        let (status, _) = server.post(&owner, &format!("/deploy/{name}"), json!({ "environment": "production" })).await;
        assert_eq!(status, StatusCode::ACCEPTED);
    }
    let (status, _) = server.get(&owner, "/deployments/1/scan").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "there is none yet");
    let (status, text) = page(&server, &owner, "/deployments/1/scan").await;
    assert!(status == StatusCode::OK && text.contains("has no scan"), "{text}");

    let before = report(&[component("a", "1.0.0", "MIT"), component("b", "1.0.0", "MIT")], &[]);
    let after = report(
        &[component("a", "1.0.0", "MIT"), component("b", "2.0.0", "GPL-3.0-only"), component("c", "1.0.0", "MIT")],
        &[finding("warn", "a warning"), finding("deny", "a new install script"), finding("approve", "a new binary")],
    );
    scanned(&server, 1, &before).await;
    scanned(&server, 2, &after).await;

    let (status, scan) = server.get(&owner, "/deployments/deploy_2/scan").await;
    assert_eq!((status, scan[0]["findings"].as_array().unwrap().len()), (StatusCode::OK, 3));
    let (status, difference) = server.get(&owner, "/projects/greeter/compare?from=deploy_1&to=2").await;
    assert_eq!(status, StatusCode::OK, "{difference}");
    assert_eq!(difference["added"], json!([{ "ecosystem": "npm", "name": "c", "versions": ["1.0.0"] }]));
    assert_eq!(difference["changed"][0]["to"], json!(["2.0.0"]));
    assert_eq!(
        difference["licences"][0],
        json!({ "licence": "GPL-3.0-only", "from": 0, "to": 1, "came": ["b"], "went": [] })
    );
    assert_eq!(difference["new_findings"].as_array().unwrap().len(), 3);

    let (_, text) = page(&server, &owner, "/deployments/2/scan").await;
    let at = |words: &str| text.find(words).unwrap_or_else(|| panic!("`{words}` is not in {text}"));
    assert!(at("1 finding denied by the policy") < at("a new install script"));
    assert!(at("a new install script") < at("a new binary") && at("a new binary") < at("a warning"));
    assert!(!text.contains("<b>install"), "what a report says is text");
    let (_, text) = page(&server, &owner, "/projects/greeter/compare?from=1&to=2").await;
    for words in ["GPL-3.0-only", "c (npm)", "2.0.0", "1 component the same"] {
        assert!(text.contains(words), "`{words}` is not in {text}");
    }

    for path in ["/deployments/2/scan", "/projects/greeter/compare?from=1&to=2"] {
        assert_eq!(server.get(&stranger, path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
    // Of another project of the same owner, or not scanned.
    for (from, to) in [("1", "3"), ("3", "1"), ("x", "1"), ("1", "99")] {
        let path = format!("/projects/greeter/compare?from={from}&to={to}");
        assert_eq!(server.get(&owner, &path).await.0, StatusCode::NOT_FOUND, "{path}");
    }
}

/// Ends a deployment as a worker does whose plan was blocked.
async fn failed(server: &Server, deployment: i64) {
    let written = server.app.store.write(move |transaction| {
        Box::pin(async move {
            let sql = "UPDATE deployments SET status = 'failed' WHERE id = $1";
            let statement =
                Statement::from_sql_and_values(transaction.get_database_backend(), sql, [deployment.into()]);
            transaction.execute_raw(statement).await.map(drop).map_err(unusable)
        })
    });
    written.await.unwrap();
}

async fn findings_are_approved_by_another_person(server: Server) {
    let owner = server.person("owner@example.org", "user").await;
    let other = server.person("other@example.org", "user").await;
    let reader = server.person("reader@example.org", "user").await;
    let source = json!({ "kind": "git", "url": "https://git.example.org/greeter.git" });
    let (_, made) = server.post(&owner, "/projects", json!({ "name": "greeter", "source": source })).await;
    let project = made["project"]["id"].as_i64().unwrap();
    server.join(project, &other, Role::Maintainer).await;
    server.join(project, &reader, Role::Viewer).await;
    for _ in 0..2 {
        server.post(&owner, "/deploy/greeter", json!({ "environment": "production" })).await;
    }
    scanned(&server, 1, &report(&[], &[finding("approve", "a new binary"), finding("warn", "a warning")])).await;
    scanned(&server, 2, &report(&[], &[finding("approve", "a new binary"), finding("deny", "a new install script")]))
        .await;
    failed(&server, 1).await;
    failed(&server, 2).await;
    let (_, text) = page(&server, &other, "/deployments/1/scan").await;
    let digest = text.split("name=\"digest\" value=\"").nth(1).unwrap_or_else(|| panic!("no form in {text}"));
    let digest = digest.split('"').next().unwrap();
    let approve = async |who: &Somebody, id: i64, digest: &str| {
        server.post(who, &format!("/deployments/{id}/scan"), json!({ "digest": digest })).await
    };
    assert_eq!(approve(&reader, 1, digest).await.0, StatusCode::FORBIDDEN);
    for (who, id, digest, why) in [
        (&owner, 1, digest, "the person who asked"),
        (&other, 1, "0123456789abcdef", "other findings"),
        (&other, 2, digest, "what is denied cannot be approved"),
    ] {
        let (status, answer) = approve(who, id, digest).await;
        assert_eq!(answer["code"], "pak::server::approval_refused", "{why}: {status} {answer}");
    }
    let (status, answer) = approve(&other, 1, digest).await;
    assert_eq!((status, &answer["status"]), (StatusCode::ACCEPTED, &json!("pending")), "{answer}");
    assert_eq!(approve(&other, 1, digest).await.1["code"], "pak::server::wrong_state", "once");
}
