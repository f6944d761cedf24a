//! Webhooks: made by those who may, delivered at least once and in order, never into the server's own network.

use std::time::Duration;

use http::{Method, StatusCode};
use pak_model::Secret;
use pak_server::access::Role;
use pak_server::state::{App, Parts};
use pak_server::store::entity::{delivery, deployment, webhook};
use pak_server::store::{Location, Store};
use pak_server::webhooks::deliver::{self, Pace};
use pak_server::webhooks::queue::{self, Notice, What};
use pak_server::webhooks::sign;
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::receiver::{Came, Receiver, Reply};
use crate::server::{NOW, Server, Somebody};

const LOOPBACK: &[(&str, &str)] = &[("PAK_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8")];

on_both_databases! { super::LOOPBACK;
    a_webhook_belongs_to_those_who_manage_the_project_and_its_secret_is_seen_once
    what_happened_arrives_signed_over_the_bytes_sent
    messages_of_a_deployment_keep_their_order_and_hold_up_no_others
    a_receiver_that_hangs_is_given_up_and_holds_up_no_others
    what_a_killed_process_had_is_delivered_by_the_next
    a_new_secret_signs_beside_the_one_before_for_a_day
}

/// A server whose owner has the project `my-package`, and a receiver.
struct Ground {
    server: Server,
    owner: Somebody,
    project: i64,
    receiver: Receiver,
}

impl Ground {
    async fn of(server: Server) -> Self {
        let owner = server.person("owner@example.org", "user").await;
        let (status, made) = server.post(&owner, "/projects", json!({ "name": "my-package" })).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let project = made["project"]["id"].as_i64().unwrap();
        Self { server, owner, project, receiver: Receiver::start().await }
    }

    /// Makes a webhook; its number and secret.
    async fn webhook(&self, body: Value) -> (i64, Secret) {
        let (status, made) = self.server.post(&self.owner, "/projects/my-package/webhooks", body).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        (made["webhook"]["id"].as_i64().unwrap(), Secret::new(made["secret"].as_str().unwrap()))
    }

    /// A deployment's row, as a worker has it.
    async fn deployment(&self) -> deployment::Model {
        self.deployment_in("running").await
    }

    async fn deployment_in(&self, status: &str) -> deployment::Model {
        let row = deployment::ActiveModel {
            project_id: sea_orm::Set(self.project),
            environment: sea_orm::Set("production".into()),
            version: sea_orm::Set(Some("1.2.3".into())),
            status: sea_orm::Set(status.to_owned()),
            requested_via: sea_orm::Set("api".into()),
            created_at: sea_orm::Set(NOW),
            started_at: sea_orm::Set(Some(NOW)),
            ..Default::default()
        };
        let written = self.server.app.store.write(move |transaction| {
            Box::pin(async move {
                use sea_orm::ActiveModelTrait as _;
                row.insert(transaction).await.map_err(pak_server::store::unusable)
            })
        });
        written.await.unwrap()
    }

    /// Tells of what happened, as a worker does.
    async fn announce(&self, deployment: &deployment::Model, platforms: &'static [&'static str], ended: Option<&str>) {
        let mut deployment = deployment.clone();
        if let Some(ended) = ended {
            ended.clone_into(&mut deployment.status);
        }
        let (now, ended) = (self.server.app.now(), ended.is_some());
        let written = self.server.app.store.write(move |transaction| {
            Box::pin(async move {
                let of = |what| Notice { deployment: &deployment, project: "my-package", what };
                let package = |platform: &&'static str| {
                    of(What::Package {
                        package: "my-package",
                        version: "1.2.3",
                        platform,
                        seconds: Some(4.5),
                        bytes: Some(1000),
                    })
                };
                let mut notices: Vec<Notice<'_>> = platforms.iter().map(package).collect();
                if platforms.is_empty() {
                    notices.push(of(if ended { What::Ended } else { What::Started }));
                }
                queue::announce(transaction, now, &notices).await
            })
        });
        if written.await.unwrap() {
            self.server.app.hub.wake_deliveries();
        }
    }

    fn deliver(&self, pace: Pace) -> Delivering {
        Delivering(tokio::spawn(deliver::run(self.server.app.clone(), pace)))
    }

    async fn deliveries(&self) -> Vec<delivery::Model> {
        delivery::Entity::find().order_by_asc(delivery::Column::Id).all(self.server.app.store.read()).await.unwrap()
    }

    /// Waits, moving the server's clock, until nothing is on its way.
    async fn settled(&self) -> Vec<delivery::Model> {
        for _ in 0..400 {
            let rows = self.deliveries().await;
            if rows.iter().all(|row| row.status != "pending") {
                return rows;
            }
            self.server.app.clock.advance(500);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("still on their way: {:?}", self.deliveries().await);
    }
}

/// Ends like a killed process: at once, whatever is under way.
struct Delivering(JoinHandle<()>);

impl Drop for Delivering {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A day in a few seconds of the test's clock.
fn hurried() -> Pace {
    Pace {
        timeout: Duration::from_millis(400),
        lease: Duration::from_secs(30),
        waits: vec![Duration::from_secs(1); 3],
        look_every: Duration::from_millis(10),
        ..Pace::default()
    }
}

async fn a_webhook_belongs_to_those_who_manage_the_project_and_its_secret_is_seen_once(server: Server) {
    let ground = Ground::of(server).await;
    let (server, url) = (&ground.server, ground.receiver.url("/hook"));
    let publisher = server.person("publisher@example.org", "user").await;
    let stranger = server.person("stranger@example.org", "user").await;
    let admin = server.person("root@example.org", "admin").await;
    server.join(ground.project, &publisher, Role::Publisher).await;
    let (id, secret) = ground.webhook(json!({ "url": url, "events": ["package_deployed"] })).await;
    let path = format!("/projects/my-package/webhooks/{id}");
    for (who, status) in [
        (&ground.owner, StatusCode::OK),
        (&admin, StatusCode::OK),
        (&publisher, StatusCode::FORBIDDEN),
        (&stranger, StatusCode::NOT_FOUND),
    ] {
        let (got, shown) = server.get(who, &path).await;
        assert_eq!(got, status);
        assert!(!shown.to_string().contains(secret.expose()));
        assert_eq!(server.get(who, &format!("{path}/deliveries")).await.0, status);
    }
    assert_eq!(server.call(None, Method::GET, &path, None).await.0, StatusCode::UNAUTHORIZED);
    // The instance's webhooks are others: of administrators, and not found under a project or the other way round.
    let whole = json!({ "url": url });
    assert_eq!(server.post(&ground.owner, "/webhooks", whole.clone()).await.0, StatusCode::FORBIDDEN);
    let (status, made) = server.post(&admin, "/webhooks", whole).await;
    assert_eq!(status, StatusCode::CREATED);
    let other = made["webhook"]["id"].as_i64().unwrap();
    assert_eq!(server.get(&admin, &format!("/webhooks/{id}")).await.0, StatusCode::NOT_FOUND);
    let below = format!("/projects/my-package/webhooks/{other}");
    assert_eq!(server.get(&ground.owner, &below).await.0, StatusCode::NOT_FOUND);
    assert_eq!(server.get(&ground.owner, "/projects/my-package/webhooks/x").await.0, StatusCode::NOT_FOUND);

    let change = |body| server.call(Some(&ground.owner), Method::PATCH, &path, Some(body));
    let (status, changed) = change(json!({ "enabled": false, "description": "for CI" })).await;
    assert_eq!((status, &changed["webhook"]["enabled"]), (StatusCode::OK, &json!(false)));
    for wrong in
        [json!({ "events": ["no_such"] }), json!({ "url": "x" }), json!({ "odd": 1 }), json!({ "secret": "x" })]
    {
        assert_eq!(change(wrong.clone()).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
    }
    // What is kept is sealed.
    let row = webhook::Entity::find_by_id(id).one(server.app.store.read()).await.unwrap().unwrap();
    assert!(!row.sealed_secret.contains(&secret.expose()[6..]));
    let delete =
        |path: String| server.call(Some(&ground.owner), Method::DELETE, Box::leak(path.into_boxed_str()), None);
    assert_eq!(delete(path.clone()).await.0, StatusCode::OK);
    assert_eq!(delete(path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn addresses_of_the_inner_network_are_refused_when_they_are_given() {
    let server = Server::start().await;
    let owner = server.person("owner@example.org", "user").await;
    assert_eq!(server.post(&owner, "/projects", json!({ "name": "a" })).await.0, StatusCode::CREATED);
    for url in [
        "http://127.0.0.1:5000/",
        "https://127.0.0.1/",
        "https://0x7f.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost/",
        "https://metadata.google.internal/",
        "http://example.org/",
        "https://user:password@example.org/",
        "https://example.org:22/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//example.org",
        "",
    ] {
        let (status, said) = server.post(&owner, "/projects/a/webhooks", json!({ "url": url })).await;
        assert_eq!(
            (status, &said["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("pak::server::input_invalid")),
            "{url}"
        );
    }
    assert_eq!(
        server.post(&owner, "/projects/a/webhooks", json!({ "url": "https://example.org/hook" })).await.0,
        StatusCode::CREATED
    );
}

async fn what_happened_arrives_signed_over_the_bytes_sent(server: Server) {
    let ground = Ground::of(server).await;
    let (_, secret) = ground.webhook(json!({ "url": ground.receiver.url("/all") })).await;
    let packages = json!({ "url": ground.receiver.url("/packages"), "events": ["package_deployed"] });
    ground.webhook(packages).await;
    ground.webhook(json!({ "url": ground.receiver.url("/off"), "enabled": false })).await;
    let deployment = ground.deployment().await;
    ground.announce(&deployment, &[], None).await;
    ground.announce(&deployment, &["npm", "pypi"], None).await;
    ground.announce(&deployment, &[], Some("success")).await;
    let _delivering = ground.deliver(hurried());
    assert!(ground.settled().await.iter().all(|row| row.status == "delivered" && row.attempts == 1));
    let came = ground.receiver.came();
    let to = |path: &str| came.iter().filter(|came| came.path == path).map(Came::json).collect::<Vec<_>>();
    let names: Vec<Value> = to("/all").iter().map(|body| body["event"].clone()).collect();
    assert_eq!(
        json!(names),
        json!(["deployment_started", "package_deployed", "package_deployed", "deployment_completed"])
    );
    assert_eq!(
        to("/packages")[1],
        json!({
            "event": "package_deployed", "package": "my-package", "version": "1.2.3", "platform": "pypi",
            "deployment_id": format!("deploy_{}", deployment.id), "project": "my-package", "environment": "production",
            "status": "running", "timestamp": "2026-01-01T00:00:00Z"
        })
    );
    assert!(to("/off").is_empty());
    for came in came.iter().filter(|came| came.path == "/all") {
        assert!(sign::is_body_signature(&secret, &came.body, came.header("x-pak-signature")));
        let at = came.header("webhook-timestamp").parse().unwrap();
        assert!(sign::is_signed(&secret, came.header("webhook-id"), at, &came.body, came.header("webhook-signature")));
        assert_eq!(came.header("content-type"), "application/json");
    }
    // The same is told to telemetry.
    let (_, seen) = ground.server.get(&ground.owner, "/api/telemetry?event=package_deployed&source=pak").await;
    assert_eq!(seen["events"].as_array().unwrap().len(), 2);
    assert_eq!(seen["events"][0]["metadata"]["deployment_time"], 4.5);
}

async fn messages_of_a_deployment_keep_their_order_and_hold_up_no_others(server: Server) {
    let ground = Ground::of(server).await;
    ground.webhook(json!({ "url": ground.receiver.url("/hook") })).await;
    let (one, two) = (ground.deployment().await, ground.deployment().await);
    ground.receiver.replies(&[Reply::Status(500), Reply::Status(503), Reply::Redirect]);
    for deployment in [&one, &two] {
        ground.announce(deployment, &[], None).await;
        ground.announce(deployment, &["npm", "pypi", "cargo"], None).await;
        ground.announce(deployment, &[], Some("failed")).await;
    }
    let pace = || Pace { at_once: 3, ..hurried() };
    // Two nodes at once.
    let _delivering = (ground.deliver(pace()), ground.deliver(pace()));
    let rows = ground.settled().await;
    assert!(rows.iter().all(|row| row.status == "delivered"), "{rows:?}");
    assert!(rows.iter().map(|row| row.attempts).sum::<i64>() >= 13);
    assert!(ground.receiver.came().iter().all(|came| came.path == "/hook"), "no redirect is followed");
    for deployment in [one, two] {
        let mut seen = Vec::new();
        for came in ground.receiver.came() {
            let body = came.json();
            if body["deployment_id"] == format!("deploy_{}", deployment.id) {
                let name = format!("{} {}", body["event"].as_str().unwrap(), body["platform"].as_str().unwrap_or("-"));
                // Tries of one message follow each other.
                if seen.last() != Some(&name) {
                    seen.push(name);
                }
            }
        }
        let platforms = ["npm", "pypi", "cargo"].map(|platform| format!("package_deployed {platform}"));
        assert_eq!(
            seen,
            [&["deployment_started -".to_owned()], &platforms[..], &["deployment_failed -".to_owned()]].concat()
        );
    }
}

async fn a_receiver_that_hangs_is_given_up_and_holds_up_no_others(server: Server) {
    let ground = Ground::of(server).await;
    let hanging = Receiver::start().await;
    hanging.always(Some(Reply::Hang));
    let (hung, _) = ground.webhook(json!({ "url": hanging.url("/") })).await;
    let (fine, _) = ground.webhook(json!({ "url": ground.receiver.url("/") })).await;
    for _ in 0..6 {
        ground.announce(&ground.deployment().await, &[], None).await;
    }
    let patient = ground.deliver(Pace { at_once: 3, to_one: 2, timeout: Duration::from_secs(20), ..hurried() });
    let begun = std::time::Instant::now();
    while ground.receiver.came().len() < 6 {
        assert!(begun.elapsed() < Duration::from_secs(15), "held up by the one that hangs");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(hanging.came().len() <= 2);
    drop(patient);
    let _delivering = ground.deliver(Pace { waits: vec![Duration::from_secs(1); 4], ..hurried() });
    let rows = ground.settled().await;
    for row in &rows {
        if row.webhook_id == fine {
            assert_eq!(row.status, "delivered");
        } else {
            assert_eq!((row.status.as_str(), row.attempts, row.webhook_id), ("dead", 5, hung));
            assert!(row.last_error.as_deref().unwrap().starts_with("No answer within"), "{row:?}");
        }
    }
    // The receiver is back, and a person sends one again: it is the same message.
    hanging.always(None);
    let dead = rows.iter().find(|row| row.status == "dead").unwrap();
    let path = format!("/projects/my-package/webhooks/{hung}/deliveries");
    let (_, list) = ground.server.get(&ground.owner, &format!("{path}?status=dead&limit=4")).await;
    assert_eq!(list["deliveries"].as_array().unwrap().len(), 4);
    assert!(list["next_cursor"].is_i64());
    let (status, again) = ground.server.post(&ground.owner, &format!("{path}/{}/redeliver", dead.id), json!({})).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{again}");
    ground.settled().await;
    let came = hanging.came();
    assert_eq!(came.last().unwrap().header("webhook-id"), dead.message_id);
    let again = format!("{path}/{}", again["delivery"]["id"]);
    let (_, shown) = ground.server.get(&ground.owner, &again).await;
    assert_eq!((&shown["delivery"]["status"], &shown["delivery"]["last_status"]), (&json!("delivered"), &json!(200)));
    assert_eq!(shown["delivery"]["body"].as_str().unwrap().as_bytes(), came.last().unwrap().body);
    // What belongs to another webhook is not found under this one.
    let other = format!("/projects/my-package/webhooks/{fine}/deliveries/{}", dead.id);
    assert_eq!(ground.server.get(&ground.owner, &other).await.0, StatusCode::NOT_FOUND);
}

async fn what_a_killed_process_had_is_delivered_by_the_next(server: Server) {
    let ground = Ground::of(server).await;
    ground.webhook(json!({ "url": ground.receiver.url("/") })).await;
    ground.receiver.replies(&[Reply::Hang]);
    let deployment = ground.deployment().await;
    ground.announce(&deployment, &["npm", "pypi"], None).await;
    let first = ground.deliver(Pace { timeout: Duration::from_mins(1), ..hurried() });
    for _ in 0..200 {
        if !ground.receiver.came().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(ground.receiver.came().len(), 1);
    drop(first);
    let _next = ground.deliver(hurried());
    // Until the lease runs out it is the killed one's, and what comes after it waits.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(ground.receiver.came().len(), 1);
    ground.server.app.clock.advance(31_000);
    ground.settled().await;
    let came = ground.receiver.came();
    let platforms: Vec<Value> = came.iter().map(|came| came.json()["platform"].clone()).collect();
    assert_eq!(platforms, ["npm", "npm", "pypi"]);
    assert_eq!(came[0].header("webhook-id"), came[1].header("webhook-id"), "the receiver can tell it is the same");
}

async fn a_new_secret_signs_beside_the_one_before_for_a_day(server: Server) {
    let ground = Ground::of(server).await;
    let (id, before) =
        ground.webhook(json!({ "url": ground.receiver.url("/"), "secret": "one chosen by a person" })).await;
    assert_eq!(before.expose(), "one chosen by a person");
    let path = format!("/projects/my-package/webhooks/{id}");
    assert_eq!(
        ground.server.post(&ground.owner, &format!("{path}/rotate"), json!({ "secret": "short" })).await.0,
        StatusCode::UNPROCESSABLE_ENTITY
    );
    let (status, made) = ground.server.post(&ground.owner, &format!("{path}/rotate"), json!({})).await;
    assert_eq!(status, StatusCode::OK);
    let after = Secret::new(made["secret"].as_str().unwrap());
    let _delivering = ground.deliver(hurried());
    assert_eq!(ground.server.post(&ground.owner, &format!("{path}/ping"), json!({})).await.0, StatusCode::ACCEPTED);
    ground.settled().await;
    let came = ground.receiver.came().remove(0);
    assert_eq!(came.json()["event"], "ping");
    assert!(sign::is_body_signature(&after, &came.body, came.header("x-pak-signature")));
    let at = came.header("webhook-timestamp").parse().unwrap();
    for secret in [&before, &after] {
        assert!(sign::is_signed(secret, came.header("webhook-id"), at, &came.body, came.header("webhook-signature")));
    }
}

#[tokio::test]
async fn an_address_that_became_an_inner_one_is_not_connected_to() {
    let ground = Ground::of(Server::with(LOOPBACK).await).await;
    ground.webhook(json!({ "url": ground.receiver.url("/") })).await;
    ground.announce(&ground.deployment().await, &[], None).await;
    // The same database under a server that allows no inner network any more.
    let Location::Sqlite(path) = ground.server.app.settings.database.clone() else { panic!() };
    let mut settings = ground.server.app.settings.clone();
    settings.private_networks = pak_http::Allowed::default();
    let store = Store::open(&Location::Sqlite(path)).await.unwrap();
    let app = App::new(Parts::new(store, settings, ground.server.app.clock.clone()).unwrap());
    let _delivering = Delivering(tokio::spawn(deliver::run(app, Pace { waits: Vec::new(), ..hurried() })));
    let row = ground.settled().await.remove(0);
    assert_eq!(row.status, "dead");
    assert!(row.last_error.as_deref().unwrap().contains("its address belongs to this machine"), "{row:?}");
    assert!(ground.receiver.came().is_empty());
}

#[tokio::test]
async fn a_deployment_that_is_cancelled_before_it_begins_is_told_of() {
    let ground = Ground::of(Server::with(LOOPBACK).await).await;
    ground.webhook(json!({ "url": ground.receiver.url("/"), "events": ["deployment_failed"] })).await;
    let path = format!("/deployments/deploy_{}/cancel", ground.deployment_in("pending").await.id);
    let (status, said) = ground.server.post(&ground.owner, &path, json!({})).await;
    assert!(status.is_success(), "{said}");
    let _delivering = ground.deliver(hurried());
    ground.settled().await;
    let body = ground.receiver.came()[0].json();
    assert_eq!((&body["event"], &body["status"]), (&json!("deployment_failed"), &json!("cancelled")));
}
