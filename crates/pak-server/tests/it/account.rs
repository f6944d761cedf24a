//! Signing in, out and up: the promised shapes, and what strangers can not do.

use axum::body::Body;
use http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{Method, Request, StatusCode};
use insta::assert_json_snapshot;
use pak_server::store::entity::{mail, user};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use crate::server::{Server, Somebody};

const EMAIL: &str = "user@example.com";
const PASSWORD: &str = "correct horse battery";

on_both_databases! {
    &[];
    a_session_that_was_there_before_signing_in_is_not_the_session_after
    sessions_end_idle_in_any_case_and_by_their_owner
    nothing_tells_whether_there_is_an_account
    strangers_who_guess_keep_nobody_out
    a_reset_link_works_once_for_its_purpose_and_ends_every_session
    pages_of_other_sites_change_nothing
    a_password_is_changed_by_whoever_knows_it
    what_makes_no_account_is_refused
    a_hundred_wrong_tries_at_once_are_at_most_five_comparisons
}

fn register(email: &str) -> Value {
    json!({ "action": "register", "email": email, "password": PASSWORD, "name": "John Doe" })
}

fn login(email: &str, password: &str) -> Value {
    json!({ "action": "login", "email": email, "password": password })
}

struct Answer {
    status: StatusCode,
    body: Value,
    cookies: Vec<String>,
}

impl Answer {
    /// The cookie of a name, as it is sent back.
    fn cookie(&self, name: &str) -> Option<String> {
        let cookie = self.cookies.iter().find(|cookie| cookie.starts_with(&format!("{name}=")))?;
        cookie.split(';').next().map(str::to_owned)
    }
}

/// A request from outside, with the headers a test gives it.
async fn post(server: &Server, path: &str, headers: &[(http::HeaderName, &str)], body: &Value) -> Answer {
    let mut request = Request::builder().method(Method::POST).uri(path).header(CONTENT_TYPE, "application/json");
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let response = server.send(request.body(Body::from(body.to_string())).unwrap()).await;
    let status = response.status();
    let cookies = response.headers().get_all(SET_COOKIE).iter();
    let cookies = cookies.map(|value| value.to_str().unwrap().to_owned()).collect();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null), cookies }
}

async fn auth(server: &Server, body: Value) -> Answer {
    post(server, "/auth", &[], &body).await
}

/// The link of the latest mail to somebody.
async fn link(server: &Server, to: &str) -> (String, String) {
    let mails = mail::Entity::find().order_by_desc(mail::Column::Id).all(server.app.store.read()).await.unwrap();
    let mail = mails.into_iter().find(|mail| mail.recipient == to).expect("a mail was written");
    let link = mail.body.lines().find(|line| line.contains("token=")).expect("it has a link").to_owned();
    let token = link.split("token=").nth(1).unwrap().to_owned();
    (link, token)
}

async fn works(server: &Server, cookie: &str) -> bool {
    let somebody = Somebody { id: 0, cookie: cookie.to_owned() };
    server.get(&somebody, "/account").await.0 == StatusCode::OK
}

#[tokio::test]
async fn the_promised_shapes() {
    let server = Server::start().await;
    let made = auth(&server, register(EMAIL)).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_json_snapshot!(made.body, @r#"
    {
      "success": true,
      "user": {
        "id": 1,
        "email": "user@example.com",
        "name": "John Doe",
        "role": "user"
      }
    }
    "#);
    let entered = auth(&server, login(EMAIL, PASSWORD)).await;
    assert_eq!(entered.status, StatusCode::OK);
    assert_eq!(entered.body, made.body);
    let session = entered.cookie("pak_session").unwrap();
    assert!(entered.cookies[0].ends_with("; Path=/; HttpOnly; SameSite=Lax; Max-Age=43200"), "{:?}", entered.cookies);
    assert!(works(&server, &session).await);
    let reset = auth(&server, json!({ "action": "reset", "email": EMAIL })).await;
    assert_eq!(reset.status, StatusCode::OK);
    assert_json_snapshot!(reset.body, @r#"
    {
      "success": true,
      "message": "If there is an account with this address, a link to reset its password is on its way."
    }
    "#);
    let out = post(&server, "/logout", &[(COOKIE, &session)], &json!({})).await;
    assert_eq!(out.status, StatusCode::OK);
    assert_json_snapshot!(out.body, @r#"
    {
      "success": true,
      "message": "Logged out successfully"
    }
    "#);
    assert!(!works(&server, &session).await, "the session is dead from then on");
    let wrong = auth(&server, login(EMAIL, "not the password")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!(
        (&wrong.body["success"], &wrong.body["code"]),
        (&json!(false), &json!("pak::server::wrong_credentials"))
    );
    let odd = auth(&server, json!({ "action": "dance" })).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn over_tls_cookies_belong_to_this_host_alone() {
    let server = Server::with(&[("PAK_BASE_URL", "https://pak.example.org")]).await;
    auth(&server, register(EMAIL)).await;
    let entered = auth(&server, login(EMAIL, PASSWORD)).await;
    assert!(entered.cookie("__Host-pak_session").is_some());
    assert!(entered.cookies.iter().all(|cookie| cookie.contains("; Secure") && cookie.contains("; HttpOnly")));
}

async fn a_session_that_was_there_before_signing_in_is_not_the_session_after(server: Server) {
    auth(&server, register(EMAIL)).await;
    let first = auth(&server, login(EMAIL, PASSWORD)).await.cookie("pak_session").unwrap();
    // What a stranger planted is no session, and does not become one.
    let planted = format!("pak_session={}", "A".repeat(43));
    let headers = [(COOKIE, planted.as_str())];
    let entered = post(&server, "/auth", &headers, &login(EMAIL, PASSWORD)).await;
    assert_ne!(entered.cookie("pak_session").unwrap(), planted);
    assert!(!works(&server, &planted).await);
    // A session of one's own ends when one signs in again.
    let again = post(&server, "/auth", &[(COOKIE, &first)], &login(EMAIL, PASSWORD)).await;
    assert!(!works(&server, &first).await);
    assert!(works(&server, &again.cookie("pak_session").unwrap()).await);
}

async fn sessions_end_idle_in_any_case_and_by_their_owner(server: Server) {
    auth(&server, register(EMAIL)).await;
    let enter = || async { auth(&server, login(EMAIL, PASSWORD)).await.cookie("pak_session").unwrap() };
    let (one, two, three) = (enter().await, enter().await, enter().await);
    let owner = Somebody { id: 1, cookie: one.clone() };
    let (_, list) = server.get(&owner, "/account/sessions").await;
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(
        sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect::<Vec<_>>(),
        [false, false, true]
    );
    let path = format!("/account/sessions/{}", sessions[0]["id"]);
    assert_eq!(server.call(Some(&owner), Method::DELETE, &path, None).await.0, StatusCode::OK);
    assert_eq!(server.call(Some(&owner), Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    assert!(!works(&server, &three).await && works(&server, &two).await);
    assert_eq!(server.call(Some(&owner), Method::DELETE, "/account/sessions", None).await.0, StatusCode::OK);
    assert!(!works(&server, &two).await && works(&server, &one).await);
    // A session of somebody else is not there.
    let other = server.person("other@example.org", "user").await;
    let (_, own) = server.get(&owner, "/account/sessions").await;
    let path = format!("/account/sessions/{}", own["sessions"][0]["id"]);
    assert_eq!(server.call(Some(&other), Method::DELETE, &path, None).await.0, StatusCode::NOT_FOUND);
    server.app.clock.advance(31 * 60 * 1000);
    assert!(!works(&server, &one).await, "idle for half an hour");
}

async fn nothing_tells_whether_there_is_an_account(server: Server) {
    auth(&server, register(EMAIL)).await;
    let hashes = || server.app.passwords.computed();
    // Signing in: unknown, wrong, not allowed any more.
    let mut answers = Vec::new();
    let other = server.person("left@example.org", "user").await;
    let admin = server.person("admin@example.org", "admin").await;
    let gone = json!({ "is_active": false });
    let path = format!("/users/{}", other.id);
    assert_eq!(server.call(Some(&admin), Method::PATCH, &path, Some(gone)).await.0, StatusCode::OK);
    for email in [EMAIL, "nobody@example.org", "left@example.org", "not an address"] {
        let before = hashes();
        let answer = auth(&server, login(email, "not the password")).await;
        assert_eq!(hashes() - before, 1, "{email} costs one comparison");
        answers.push((answer.status, answer.body, answer.cookies));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    // Asking for a link.
    let known = auth(&server, json!({ "action": "reset", "email": EMAIL })).await;
    let unknown = auth(&server, json!({ "action": "reset", "email": "nobody@example.org" })).await;
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    // Registering an address that has an account: the shape of a new one, nothing of the owner's, and a mail to the owner.
    let before = hashes();
    let again = json!({ "action": "register", "email": "User@Example.com", "password": "another good password", "name": "Mallory" });
    let answer = auth(&server, again).await;
    assert_eq!((answer.status, hashes() - before), (StatusCode::CREATED, 1));
    assert_eq!(answer.body["user"]["name"], "Mallory");
    let drawn = answer.body["user"]["id"].as_i64().unwrap();
    let next = auth(&server, register("new@example.org")).await.body["user"]["id"].as_i64().unwrap();
    assert_eq!(next, drawn + 1, "the number is one that no account has or will have");
    let users = user::Entity::find().all(server.app.store.read()).await.unwrap();
    assert!(users.iter().all(|user| user.id != drawn && user.name != "Mallory"));
    assert_eq!(auth(&server, login(EMAIL, "another good password")).await.status, StatusCode::UNAUTHORIZED);
    server.app.clock.advance(1000);
    assert_eq!(auth(&server, login(EMAIL, PASSWORD)).await.status, StatusCode::OK);
}

async fn a_hundred_wrong_tries_at_once_are_at_most_five_comparisons(server: Server) {
    let server = std::sync::Arc::new(server);
    auth(&server, register(EMAIL)).await;
    let before = server.app.passwords.computed();
    let mut all = tokio::task::JoinSet::new();
    for n in 0..100 {
        let server = std::sync::Arc::clone(&server);
        all.spawn(async move { auth(&server, login(EMAIL, &format!("wrong password {n}"))).await.status });
    }
    let statuses = all.join_all().await;
    assert!(statuses.iter().all(|status| *status == StatusCode::UNAUTHORIZED));
    assert_eq!(server.app.passwords.computed() - before, 5);
    // The right password has to wait as well, and then it is let in.
    assert_eq!(auth(&server, login(EMAIL, PASSWORD)).await.status, StatusCode::UNAUTHORIZED);
    server.app.clock.advance(1000);
    assert_eq!(auth(&server, login(EMAIL, PASSWORD)).await.status, StatusCode::OK);
}

async fn strangers_who_guess_keep_nobody_out(server: Server) {
    auth(&server, register(EMAIL)).await;
    let device = auth(&server, login(EMAIL, PASSWORD)).await.cookie("pak_device").unwrap();
    for _ in 0..20 {
        auth(&server, login(EMAIL, "not the password")).await;
        server.app.clock.advance(500);
    }
    assert_eq!(auth(&server, login(EMAIL, PASSWORD)).await.status, StatusCode::UNAUTHORIZED);
    let admin = server.person("admin@example.org", "admin").await;
    let (_, shown) = server.get(&admin, "/users/1").await;
    assert!(shown["user"]["failed_attempts"].as_i64().unwrap() >= 5 && shown["user"]["locked_until"].is_string());
    // From a device that was let in before.
    let known = post(&server, "/auth", &[(COOKIE, &device)], &login(EMAIL, PASSWORD)).await;
    assert_eq!(known.status, StatusCode::OK);
    // That device is known for this account alone, and guesses no more than others.
    let mut refused = 0;
    let before = server.app.passwords.computed();
    for _ in 0..20 {
        refused += u32::from(
            post(&server, "/auth", &[(COOKIE, &device)], &login(EMAIL, "wrong one here")).await.status == 401,
        );
    }
    assert_eq!((refused, server.app.passwords.computed() - before), (20, 5));
    // With a link from a mail, from anywhere.
    auth(&server, json!({ "action": "reset", "email": EMAIL })).await;
    let (_, token) = link(&server, EMAIL).await;
    let fresh = "a password of the new kind";
    let changed = post(&server, "/auth/reset", &[], &json!({ "token": token, "password": fresh })).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.body);
    server.app.clock.advance(900_000);
    assert_eq!(auth(&server, login(EMAIL, fresh)).await.status, StatusCode::OK);
}

async fn a_reset_link_works_once_for_its_purpose_and_ends_every_session(server: Server) {
    auth(&server, register(EMAIL)).await;
    let (_, confirm) = link(&server, EMAIL).await;
    let session = auth(&server, login(EMAIL, PASSWORD)).await.cookie("pak_session").unwrap();
    let ask = json!({ "action": "reset", "email": EMAIL });
    auth(&server, ask.clone()).await;
    let (_, first) = link(&server, EMAIL).await;
    auth(&server, ask.clone()).await;
    let (_, second) = link(&server, EMAIL).await;
    let new = |token: &str, password: &str| json!({ "token": token, "password": password });
    let reset = async |body: Value| post(&server, "/auth/reset", &[], &body).await.status;
    let fresh = "a password of the new kind";
    assert_eq!(reset(new(&first, fresh)).await, StatusCode::UNPROCESSABLE_ENTITY, "a new link ends the one before");
    assert_eq!(reset(new(&confirm, fresh)).await, StatusCode::UNPROCESSABLE_ENTITY, "a link is for one purpose");
    assert_eq!(reset(new(&second, "short")).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(works(&server, &session).await, "nothing was changed so far");
    assert_eq!(reset(new(&second, fresh)).await, StatusCode::OK, "a refused password does not use the link up");
    assert_eq!(reset(new(&second, "yet another password")).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!works(&server, &session).await);
    assert_eq!(auth(&server, login(EMAIL, PASSWORD)).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(auth(&server, login(EMAIL, fresh)).await.status, StatusCode::OK);
    auth(&server, ask).await;
    let (_, late) = link(&server, EMAIL).await;
    server.app.clock.advance(31 * 60 * 1000);
    assert_eq!(reset(new(&late, fresh)).await, StatusCode::UNPROCESSABLE_ENTITY, "half an hour is over");
    let confirmed = post(&server, "/auth/verify", &[], &json!({ "token": confirm })).await;
    assert_eq!(confirmed.status, StatusCode::OK);
}

#[tokio::test]
async fn links_lead_to_the_configured_host_whatever_a_request_claims() {
    let server = Server::with(&[("PAK_BASE_URL", "https://pak.example.org")]).await;
    auth(&server, register(EMAIL)).await;
    let headers = [
        (HOST, "evil.example.net"),
        (http::HeaderName::from_static("x-forwarded-host"), "evil.example.net"),
        (http::HeaderName::from_static("forwarded"), "host=evil.example.net"),
    ];
    post(&server, "/auth", &headers, &json!({ "action": "reset", "email": EMAIL })).await;
    let (address, _) = link(&server, EMAIL).await;
    assert!(address.starts_with("https://pak.example.org/reset?token="), "{address}");
}

async fn pages_of_other_sites_change_nothing(server: Server) {
    auth(&server, register(EMAIL)).await;
    let session = auth(&server, login(EMAIL, PASSWORD)).await.cookie("pak_session").unwrap();
    let site = http::HeaderName::from_static("sec-fetch-site");
    for headers in [
        vec![(COOKIE, session.as_str()), (site.clone(), "cross-site")],
        vec![(COOKIE, session.as_str()), (HOST, "localhost:5000"), (ORIGIN, "https://evil.example.net")],
        vec![(COOKIE, session.as_str()), (ORIGIN, "null")],
    ] {
        let answer = post(&server, "/logout", &headers, &json!({})).await;
        assert_eq!((answer.status, &answer.body["code"]), (StatusCode::FORBIDDEN, &json!("pak::server::cross_site")));
    }
    assert!(works(&server, &session).await);
    let own = [(COOKIE, session.as_str()), (HOST, "localhost:5000"), (ORIGIN, "http://localhost:5000")];
    assert_eq!(post(&server, "/logout", &own, &json!({})).await.status, StatusCode::OK);
}

async fn a_password_is_changed_by_whoever_knows_it(server: Server) {
    auth(&server, register(EMAIL)).await;
    let enter = || async { auth(&server, login(EMAIL, PASSWORD)).await.cookie("pak_session").unwrap() };
    let (mine, other) = (enter().await, enter().await);
    let change = async |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        post(&server, "/account/password", &[(COOKIE, &mine)], &body).await.status
    };
    assert_eq!(change("not the password", "a password of the new kind").await, StatusCode::FORBIDDEN);
    assert_eq!(change(PASSWORD, "password1234").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(PASSWORD, "a password of the new kind").await, StatusCode::OK);
    assert!(works(&server, &mine).await && !works(&server, &other).await);
    assert_eq!(auth(&server, login(EMAIL, "a password of the new kind")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn where_mail_is_sent_an_account_opens_after_its_address_was_confirmed() {
    let server = Server::with(&[("PAK_SMTP_URL", "smtp://127.0.0.1:1"), ("PAK_MAIL_FROM", "pak@example.org")]).await;
    assert_eq!(auth(&server, register(EMAIL)).await.status, StatusCode::CREATED);
    let before = server.app.passwords.computed();
    let unconfirmed = auth(&server, login(EMAIL, PASSWORD)).await;
    let wrong = auth(&server, login(EMAIL, "not the password")).await;
    assert_eq!((unconfirmed.status, &unconfirmed.body), (wrong.status, &wrong.body));
    assert_eq!(server.app.passwords.computed() - before, 2);
    let (_, token) = link(&server, EMAIL).await;
    assert_eq!(post(&server, "/auth/verify", &[], &json!({ "token": token })).await.status, StatusCode::OK);
    assert_eq!(
        post(&server, "/auth/verify", &[], &json!({ "token": token })).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    assert_eq!(auth(&server, login(EMAIL, PASSWORD)).await.status, StatusCode::OK);
}

async fn what_makes_no_account_is_refused(server: Server) {
    for (field, value) in [
        ("email", "no address"),
        ("password", "short"),
        ("password", "password1234"),
        ("name", " "),
        ("name", "a\u{0}b"),
    ] {
        let mut body = register(EMAIL);
        body[field] = json!(value);
        assert_eq!(auth(&server, body).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {value}");
    }
    let mut more = register(EMAIL);
    more["role"] = json!("admin");
    assert_eq!(
        auth(&server, more).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nobody makes themselves administrator"
    );
    assert!(user::Entity::find().all(server.app.store.read()).await.unwrap().is_empty());
}
