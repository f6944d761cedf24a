//! Keys, command lines, administration, the first administrator and the audit log.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use pak_server::access::Role;
use pak_server::actions::account::setup;
use pak_server::audit::{self, export};
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::server::{Server, Somebody};

on_both_databases! {
    &[];
    a_key_may_what_its_scopes_say_until_it_is_withdrawn
    a_key_makes_no_key_that_may_more
    a_command_line_is_let_in_by_a_person
    the_first_administrator_is_made_by_a_link_that_works_once
    administrators_make_invite_and_send_away
    the_log_tells_what_was_done_and_shows_that_it_was_changed
}

/// A request with an API key.
async fn with_key(server: &Server, key: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = server.send(request).await;
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn make_key(server: &Server, who: &Somebody, wanted: Value) -> (String, i64) {
    let (status, made) = server.post(who, "/account/keys", wanted).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    (made["secret"].as_str().unwrap().to_owned(), made["key"]["id"].as_i64().unwrap())
}

async fn project(server: &Server, owner: &Somebody, name: &str) -> i64 {
    let git = json!({ "kind": "git", "url": "https://git.example.org/p.git" });
    let (_, made) = server.post(owner, "/projects", json!({ "name": name, "source": git })).await;
    made["project"]["id"].as_i64().unwrap()
}

async fn a_key_may_what_its_scopes_say_until_it_is_withdrawn(server: Server) {
    let owner = server.person("owner@example.org", "user").await;
    project(&server, &owner, "p").await;
    project(&server, &owner, "q").await;
    let wanted = json!({ "name": "job", "scopes": ["projects:read"], "project": "p", "expires_in_days": 7 });
    let (key, id) = make_key(&server, &owner, wanted).await;
    let get = async |path: &str| with_key(&server, &key, Method::GET, path, json!({})).await;
    assert_eq!(get("/projects/p").await.0, StatusCode::OK);
    assert_eq!(get("/projects/q").await.0, StatusCode::NOT_FOUND, "it is bound to another");
    let (_, list) = get("/projects").await;
    assert_eq!(list["projects"].as_array().unwrap().len(), 1);
    assert_eq!(with_key(&server, &key, Method::POST, "/deploy/p", json!({})).await.0, StatusCode::FORBIDDEN);
    assert_eq!(get("/account").await.0, StatusCode::FORBIDDEN);
    let (_, kept) = server.get(&owner, "/account/keys").await;
    assert!(!kept.to_string().contains(&key[key.len() - 40..]), "no list shows a secret");
    assert_eq!(kept["keys"][0]["project"], "p");
    let mut other = key.clone();
    let digit = other.pop().unwrap();
    other.push(if digit == '0' { '1' } else { '0' });
    assert_eq!(with_key(&server, &other, Method::GET, "/projects/p", json!({})).await.0, StatusCode::UNAUTHORIZED);
    let stranger = server.person("stranger@example.org", "user").await;
    let path = format!("/account/keys/{id}");
    assert_eq!(server.call(Some(&stranger), Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.call(Some(&owner), Method::DELETE, &path, None).await.0, StatusCode::OK);
    let (status, refused) = get("/projects/p").await;
    assert_eq!((status, &refused["code"]), (StatusCode::UNAUTHORIZED, &json!("pak::access::key_refused")));
    let (late, _) =
        make_key(&server, &owner, json!({ "name": "short", "scopes": ["projects:read"], "expires_in_days": 1 })).await;
    server.app.clock.advance(24 * 60 * 60 * 1000 + 1);
    assert_eq!(with_key(&server, &late, Method::GET, "/projects", json!({})).await.0, StatusCode::UNAUTHORIZED);
}

async fn a_key_makes_no_key_that_may_more(server: Server) {
    let owner = server.person("owner@example.org", "user").await;
    project(&server, &owner, "p").await;
    for wrong in [
        json!({ "name": "x", "scopes": ["admin"] }),
        json!({ "name": "x", "scopes": [] }),
        json!({ "name": "x", "scopes": ["everything"] }),
        json!({ "name": " ", "scopes": ["account"] }),
        json!({ "name": "x", "scopes": ["account"], "expires_in_days": 366 }),
        json!({ "name": "x", "scopes": ["account"], "project": "not-mine" }),
    ] {
        let (status, _) = server.post(&owner, "/account/keys", wrong.clone()).await;
        assert!(status.is_client_error(), "{wrong}: {status}");
    }
    let wanted = json!({ "name": "x", "scopes": ["account", "projects:read"], "project": "p", "expires_in_days": 2 });
    let (key, _) = make_key(&server, &owner, wanted).await;
    let ask = async |body: Value| with_key(&server, &key, Method::POST, "/account/keys", body).await;
    assert_eq!(ask(json!({ "name": "y", "scopes": ["deploy:create"] })).await.0, StatusCode::FORBIDDEN);
    let (status, made) = ask(json!({ "name": "y", "scopes": ["projects:read"], "expires_in_days": 300 })).await;
    assert_eq!((status, &made["key"]["project"]), (StatusCode::CREATED, &json!("p")));
    assert_eq!(made["key"]["expires_at"], "2026-01-03T00:00:00Z", "no longer than the key that made it");
    let password = json!({ "current_password": "x", "new_password": "correct horse battery" });
    assert_eq!(with_key(&server, &key, Method::POST, "/account/password", password).await.0, StatusCode::FORBIDDEN);
}

async fn a_command_line_is_let_in_by_a_person(server: Server) {
    let person = server.person("person@example.org", "user").await;
    let start = async || server.call(None, Method::POST, "/auth/device", Some(json!({ "name": "laptop" }))).await.1;
    let collect = async |begun: &Value| {
        let body = json!({ "device_code": begun["device_code"] });
        server.call(None, Method::POST, "/auth/device/token", Some(body)).await
    };
    let begun = start().await;
    assert_eq!(begun["verification_uri"], "http://localhost:5000/device");
    let (status, pending) = collect(&begun).await;
    assert_eq!((status, &pending["code"]), (StatusCode::BAD_REQUEST, &json!("pak::access::device_pending")));
    let typed = begun["user_code"].as_str().unwrap().to_lowercase().replace('-', " ");
    let decision = json!({ "user_code": typed, "allow": true });
    let nobody = server.call(None, Method::POST, "/device", Some(decision.clone())).await;
    assert_eq!(nobody.0, StatusCode::UNAUTHORIZED);
    assert_eq!(server.post(&person, "/device", decision.clone()).await.0, StatusCode::OK);
    assert_eq!(server.post(&person, "/device", decision).await.0, StatusCode::NOT_FOUND, "it was decided");
    let (status, granted) = collect(&begun).await;
    assert_eq!((status, &granted["user"]["email"]), (StatusCode::OK, &json!("person@example.org")));
    let key = granted["api_key"].as_str().unwrap();
    assert_eq!(with_key(&server, key, Method::GET, "/projects", json!({})).await.0, StatusCode::OK);
    assert_eq!(collect(&begun).await.0, StatusCode::UNPROCESSABLE_ENTITY, "the key is given once");
    let refused = start().await;
    let decision = json!({ "user_code": refused["user_code"], "allow": false });
    assert_eq!(server.post(&person, "/device", decision).await.0, StatusCode::OK);
    assert_eq!(collect(&refused).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let late = start().await;
    server.app.clock.advance(10 * 60 * 1000 + 1);
    assert_eq!(collect(&late).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn the_first_administrator_is_made_by_a_link_that_works_once(server: Server) {
    let token = |link: String| link.split("token=").nth(1).unwrap().to_owned();
    let before = token(setup::offer(&server.app).await.unwrap().unwrap());
    let link = setup::offer(&server.app).await.unwrap().unwrap();
    assert!(link.starts_with("http://localhost:5000/setup?token="), "{link}");
    let token = token(link);
    let body = |token: &str, email: &str| json!({ "token": token, "email": email, "name": "Ada", "password": "correct horse battery" });
    let ask =
        async |token: &str, email: &str| server.call(None, Method::POST, "/setup", Some(body(token, email))).await;
    assert_eq!(
        ask(&before, "ada@example.org").await.0,
        StatusCode::UNPROCESSABLE_ENTITY,
        "the next start made a new link"
    );
    let (status, made) = ask(&token, "ada@example.org").await;
    assert_eq!((status, &made["user"]["role"]), (StatusCode::CREATED, &json!("admin")));
    assert_eq!(ask(&token, "eve@example.org").await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(setup::offer(&server.app).await.unwrap(), None);
}

async fn administrators_make_invite_and_send_away(server: Server) {
    let admin = server.person("admin@example.org", "admin").await;
    let user = server.person("user@example.org", "user").await;
    let patch = async |id: i64, body: Value| {
        server.call(Some(&admin), Method::PATCH, &format!("/users/{id}"), Some(body)).await.0
    };
    assert_eq!(server.get(&user, "/users").await.0, StatusCode::FORBIDDEN);
    assert_eq!(patch(admin.id, json!({ "role": "user" })).await, StatusCode::CONFLICT, "someone has to administer");
    assert_eq!(patch(admin.id, json!({ "is_active": false })).await, StatusCode::CONFLICT);
    let (key, _) = make_key(&server, &user, json!({ "name": "job", "scopes": ["projects:read"] })).await;
    assert_eq!(patch(user.id, json!({ "is_active": false })).await, StatusCode::OK);
    assert_eq!(server.get(&user, "/projects").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(with_key(&server, &key, Method::GET, "/projects", json!({})).await.0, StatusCode::UNAUTHORIZED);
    // A new account: its person chooses the password by the link in the mail.
    let new = json!({ "email": "new@example.org", "name": "New" });
    assert_eq!(server.post(&admin, "/users", new.clone()).await.0, StatusCode::CREATED);
    assert_eq!(server.post(&admin, "/users", new).await.0, StatusCode::CONFLICT);
    let (_, outbox) = server.get(&admin, "/outbox").await;
    assert_eq!(outbox["mails"][0]["to"], "new@example.org");
    assert!(outbox["mails"][0]["text"].as_str().unwrap().contains("/reset?token="));
    // Registration by invitation only.
    let settings = json!({ "registration": "invite" });
    assert_eq!(server.call(Some(&admin), Method::PATCH, "/settings", Some(settings)).await.0, StatusCode::OK);
    let register = |email: &str, invitation: Option<&str>| {
        let password = "correct horse battery";
        json!({ "action": "register", "email": email, "password": password, "name": "Guest", "invitation": invitation })
    };
    let auth = async |body: Value| server.call(None, Method::POST, "/auth", Some(body)).await;
    assert_eq!(auth(register("guest@example.org", None)).await.0, StatusCode::FORBIDDEN);
    let (status, invited) = server.post(&admin, "/invitations", json!({ "email": "guest@example.org" })).await;
    assert_eq!(status, StatusCode::CREATED);
    let token = invited["link"].as_str().unwrap().split("token=").nth(1).unwrap();
    assert_eq!(auth(register("other@example.org", Some(token))).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(auth(register("guest@example.org", Some(token))).await.0, StatusCode::CREATED);
    assert_eq!(auth(register("guest@example.org", Some(token))).await.0, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn the_log_tells_what_was_done_and_shows_that_it_was_changed(server: Server) {
    let admin = server.person("admin@example.org", "admin").await;
    let owner = server.person("owner@example.org", "user").await;
    let auditor = server.person("auditor@example.org", "user").await;
    let id = project(&server, &owner, "p").await;
    project(&server, &admin, "q").await;
    server.join(id, &auditor, Role::Auditor).await;
    make_key(&server, &owner, json!({ "name": "job", "scopes": ["projects:read"] })).await;
    let (_, all) = server.get(&admin, "/audit").await;
    let actions: Vec<&str> =
        all["entries"].as_array().unwrap().iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["key.create", "project.create", "project.create"]);
    let (_, some) = server.get(&admin, "/audit?action=project.&actor=owner@example.org&limit=5").await;
    assert_eq!(some["entries"].as_array().unwrap().len(), 1);
    let (_, of_project) = server.get(&auditor, "/projects/p/audit").await;
    assert_eq!(of_project["entries"].as_array().unwrap().len(), 1);
    audit::head::renew(&server.app).await.unwrap().unwrap();
    let (_, verdict) = server.get(&admin, "/audit/verify").await;
    assert_eq!((&verdict["intact"], &verdict["entries"], &verdict["heads"]), (&json!(true), &json!(3), &json!(1)));
    // The export says the same without the server.
    let request = Request::builder().uri("/audit/export").header("cookie", &admin.cookie).body(Body::empty()).unwrap();
    let bytes = axum::body::to_bytes(server.send(request).await.into_body(), 1 << 20).await.unwrap();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let check = |text: &str| export::verify(text.lines().map(|line| Ok(line.to_owned())), None).unwrap();
    assert!(check(&text).intact, "{:?}", check(&text).breaks);
    assert!(!check(&text.replace("owner@example.org", "eve@example.org")).intact);
    let key = server.app.vault.audit_keys().unwrap().first().map(hex::encode).unwrap();
    let trusted = |key: &str| export::verify(text.lines().map(|line| Ok(line.to_owned())), Some(key)).unwrap().intact;
    assert!(trusted(&key) && !trusted(&"00".repeat(32)));
    // Whoever can write to the database can not hide it.
    for (change, undo) in [
        (
            "UPDATE audit_log SET actor_name = 'eve' WHERE id = 2",
            "UPDATE audit_log SET actor_name = 'admin@example.org' WHERE id = 2",
        ),
        ("UPDATE audit_log SET id = 99 WHERE id = 1", "UPDATE audit_log SET id = 1 WHERE id = 99"),
        ("DELETE FROM audit_log WHERE id = 3", ""),
    ] {
        execute(&server, change).await;
        let (_, verdict) = server.get(&admin, "/audit/verify").await;
        assert_eq!(verdict["intact"], false, "{change}");
        if !undo.is_empty() {
            execute(&server, undo).await;
            assert_eq!(server.get(&admin, "/audit/verify").await.1["intact"], true, "{undo}");
        }
    }
}

async fn execute(server: &Server, sql: &'static str) {
    let written = server.app.store.write(move |transaction| {
        Box::pin(
            async move { transaction.execute_unprepared(sql).await.map(drop).map_err(pak_server::store::unusable) },
        )
    });
    written.await.unwrap();
}
