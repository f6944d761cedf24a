//! Who may do what: every operation of the OpenAPI document × every caller, against what the operation declares (`x-access`, `x-scope`).

use std::time::Duration;

use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderName, Request, StatusCode};
use pak_server::access::{Right, Role, Scope};
use pak_server::actions::api_keys::{self, New};
use pak_server::audit::Actor;
use pak_server::router;
use serde_json::{Value, json};

use crate::server::{NOW, Server, Somebody};

pub(crate) const MACHINE: &str = "a key of this instance alone";

on_both_databases! { &[("PAK_API_KEY", crate::matrix::MACHINE)]; every_operation_lets_in_whom_it_declares }

/// What a caller meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Met {
    /// The operation itself, whatever it then says.
    LetIn,
    /// 401.
    NobodyKnown,
    /// 403.
    NotAllowed,
    /// 404, as if the project did not exist.
    NotThere,
}

/// Who calls.
struct Who {
    name: String,
    header: Option<(HeaderName, String)>,
    kind: Kind,
}

enum Kind {
    Nobody,
    Member(Role),
    Stranger,
    Admin,
    Machine,
    /// A key of an owner of the project, with scopes; bound elsewhere or not.
    Key {
        scopes: Vec<Scope>,
        elsewhere: bool,
    },
    AdminKey {
        scopes: Vec<Scope>,
    },
}

struct Operation {
    method: http::Method,
    path: String,
    access: String,
    scope: Option<Scope>,
}

async fn every_operation_lets_in_whom_it_declares(server: Server) {
    let callers = callers(&server).await;
    let mut wrong = Vec::new();
    let mut asked = 0;
    for operation in operations() {
        for who in &callers {
            let expected = expected(&operation, &who.kind);
            let met = call(&server, &operation, who).await;
            asked += 1;
            if met != expected && !is_tolerated(&operation, who, met) {
                let Operation { method, path, access, .. } = &operation;
                wrong.push(format!("{method} {path} ({access}) met by {}: {met:?}, declared {expected:?}", who.name));
            }
        }
    }
    assert!(asked > 1000, "only {asked} calls");
    assert!(wrong.is_empty(), "{} of {asked} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// Where a declaration says less than the operation knows.
fn is_tolerated(operation: &Operation, who: &Who, met: Met) -> bool {
    match (operation.access.as_str(), &who.kind) {
        // A key that is none is said to be none, also where no key is needed.
        ("public", Kind::Nobody) => who.name == "a broken key" && met == Met::NobodyKnown,
        // Lists and reports need scopes that are not declared; a key that is bound to a project may be asked to stay there.
        ("user", Kind::Key { scopes, elsewhere }) => {
            operation.scope.is_none() && met == Met::NotAllowed && (*elsewhere || scopes.len() < Scope::ALL.len())
        }
        _ => false,
    }
}

/// Every operation with its declaration. Signing out comes last: it ends the callers' sessions.
fn operations() -> Vec<Operation> {
    let document = serde_json::to_value(router::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = method.to_uppercase().parse::<http::Method>() else { continue };
            let access = operation["x-access"].as_str().unwrap_or_else(|| panic!("{method} {path} declares no access"));
            let scope = operation["x-scope"].as_str().map(|word| Scope::parse(word).expect("a scope"));
            found.push(Operation { method, path: path.clone(), access: access.to_owned(), scope });
        }
    }
    found.sort_by_key(|operation| operation.path == "/logout");
    found
}

async fn callers(server: &Server) -> Vec<Who> {
    let stranger = server.person("stranger@example.org", "user").await;
    let owner = server.person("owner@example.org", "user").await;
    let gone = server.person("gone@example.org", "user").await;
    server.app.clock.advance(31 * 60 * 1000);
    let owner = renewed(server, &owner).await;
    let stranger = renewed(server, &stranger).await;
    let (mine, theirs) = (project(server, &owner, "p").await, project(server, &stranger, "elsewhere").await);
    let asked = server.post(&owner, "/deploy/p", json!({ "environment": "production" })).await;
    assert_eq!((asked.0, &asked.1["deployment_id"]), (StatusCode::ACCEPTED, &json!("deploy_1")));
    let session = |who: &Somebody| Some((COOKIE, who.cookie.clone()));
    let key = HeaderName::from_static("x-api-key");
    let mut all = vec![
        Who { name: "nobody".into(), header: None, kind: Kind::Nobody },
        Who { name: "an expired session".into(), header: session(&gone), kind: Kind::Nobody },
        Who { name: "a broken key".into(), header: Some((key.clone(), "pak_x".into())), kind: Kind::Nobody },
        Who { name: "a member of another project".into(), header: session(&stranger), kind: Kind::Stranger },
        Who { name: "the machine".into(), header: Some((key.clone(), MACHINE.into())), kind: Kind::Machine },
    ];
    for (role, word, _) in Role::ALL {
        let member = server.person(&format!("{word}2@example.org"), "user").await;
        server.join(mine, &member, *role).await;
        all.push(Who { name: (*word).to_owned(), header: session(&member), kind: Kind::Member(*role) });
    }
    let admin = server.person("admin@example.org", "admin").await;
    all.push(Who { name: "an administrator".into(), header: session(&admin), kind: Kind::Admin });
    // Ending all sessions of one's account is among the operations, so keys are another administrator's.
    let other_admin = server.person("admin2@example.org", "admin").await;
    let every: Vec<Scope> = Scope::ALL.iter().map(|(scope, ..)| *scope).collect();
    for missing in std::iter::once(None).chain(every.iter().copied().map(Some)) {
        let scopes: Vec<Scope> = every.iter().copied().filter(|scope| Some(*scope) != missing).collect();
        let name = missing.map_or_else(|| "with every scope".to_owned(), |scope| format!("without {scope}"));
        let text = make_key(server, owner.id, &scopes, None).await;
        let kind = Kind::Key { scopes: scopes.clone(), elsewhere: false };
        all.push(Who { name: format!("an owner's key {name}"), header: Some((key.clone(), text)), kind });
        if missing.is_none() || missing == Some(Scope::Admin) {
            let text = make_key(server, other_admin.id, &scopes, None).await;
            let kind = Kind::AdminKey { scopes };
            all.push(Who { name: format!("an administrator's key {name}"), header: Some((key.clone(), text)), kind });
        }
    }
    // Bound to a project that is not the one asked for.
    let text = make_key(server, owner.id, &every, Some(theirs)).await;
    let kind = Kind::Key { scopes: every, elsewhere: true };
    all.push(Who { name: "an owner's key bound elsewhere".into(), header: Some((key, text)), kind });
    all
}

/// The same person after time went by, with a new session.
async fn renewed(server: &Server, who: &Somebody) -> Somebody {
    let (app, id) = (server.app.clone(), who.id);
    let written = server.app.store.write(move |transaction| {
        Box::pin(async move { pak_server::access::session::begin(&app, transaction, id, "127.0.0.1", "test").await })
    });
    Somebody { id, cookie: format!("pak_session={}", written.await.unwrap().expose()) }
}

async fn project(server: &Server, owner: &Somebody, name: &str) -> i64 {
    let git = json!({ "kind": "git", "url": "https://git.example.org/p.git" });
    let (status, made) = server.post(owner, "/projects", json!({ "name": name, "source": git })).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    made["project"]["id"].as_i64().unwrap()
}

async fn make_key(server: &Server, user: i64, scopes: &[Scope], project: Option<i64>) -> String {
    let new = New { user, name: "test".into(), scopes: scopes.to_vec(), project, expires_at: NOW + (1 << 40) };
    let written = server.app.store.write(move |transaction| {
        Box::pin(async move { api_keys::insert(transaction, new, NOW, &Actor::system("test")).await })
    });
    written.await.unwrap().text.expose().to_owned()
}

/// What a caller meets, by the operation's own declaration.
fn expected(operation: &Operation, who: &Kind) -> Met {
    let lacks = |scopes: &[Scope], scope: Option<Scope>| scope.is_some_and(|scope| !scopes.contains(&scope));
    let right = Right::ALL.iter().find(|(_, word)| *word == operation.access).map(|(right, _)| *right);
    if operation.access == "public" {
        return Met::LetIn;
    }
    match (operation.access.as_str(), who) {
        (_, Kind::Nobody) => Met::NobodyKnown,
        ("user" | "package", Kind::Machine) if operation.scope == Some(Scope::Account) => Met::NotAllowed,
        ("user", Kind::Key { scopes, .. } | Kind::AdminKey { scopes }) if lacks(scopes, operation.scope) => {
            Met::NotAllowed
        }
        ("session", Kind::Key { .. } | Kind::AdminKey { .. } | Kind::Machine) => Met::NotAllowed,
        ("user" | "package" | "session", _) | ("admin", Kind::Admin) => Met::LetIn,
        ("admin", Kind::AdminKey { scopes }) if scopes.contains(&Scope::Admin) => Met::LetIn,
        ("admin", _) => Met::NotAllowed,
        (word, who) => {
            let right = right.unwrap_or_else(|| panic!("`{word}` is no access that is known"));
            let scope = Some(operation.scope.unwrap_or(right.scope()));
            match who {
                Kind::Stranger | Kind::Key { elsewhere: true, .. } => Met::NotThere,
                Kind::Member(role) if !role.allows(right) => Met::NotAllowed,
                Kind::Key { scopes, .. } | Kind::AdminKey { scopes } if lacks(scopes, scope) => Met::NotAllowed,
                _ => Met::LetIn,
            }
        }
    }
}

async fn call(server: &Server, operation: &Operation, who: &Who) -> Met {
    let path = operation.path.replace("{name}", "p").replace("{id}", "deploy_1").replace("{platform}", "nonesuch");
    // Everything else that a path names is not there; who is let in is told so.
    let path =
        path.split('/').map(|part| if part.starts_with('{') { "999999" } else { part }).collect::<Vec<_>>().join("/");
    let mut request = Request::builder().method(&operation.method).uri(&path).header(CONTENT_TYPE, "application/json");
    if let Some((name, value)) = &who.header {
        request = request.header(name, value);
    }
    let request = request.body(Body::from("{}")).unwrap();
    // What waits for work to be done has let its caller in.
    let Ok(response) = tokio::time::timeout(Duration::from_secs(2), server.send(request)).await else {
        return Met::LetIn;
    };
    let status = response.status();
    assert!(!status.is_server_error(), "{} {path} by {}: {status}", operation.method, who.name);
    if status.is_success() {
        return Met::LetIn;
    }
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    let (code, message) = (body["code"].as_str().unwrap_or_default(), body["error"].as_str().unwrap_or_default());
    match (status, code) {
        (StatusCode::UNAUTHORIZED, "pak::server::sign_in_needed" | "pak::access::key_refused") => Met::NobodyKnown,
        (StatusCode::FORBIDDEN, "pak::server::forbidden" | "pak::server::scope_missing") => Met::NotAllowed,
        (StatusCode::NOT_FOUND, _) if message.contains("project `p`") || message.contains("deployment `") => {
            Met::NotThere
        }
        _ => Met::LetIn,
    }
}
