//! Each server starts, knows its account, and is gone after the test.

use std::net::TcpStream;

use super::nginx::Dav;
use super::{Running, devpi, docker_registry, ferro, git_http, nginx, postgres, pypiserver, verdaccio};
use crate::http::Http;

fn starts_and_ends(running: Option<Running>, path: &str, status: u16) {
    let Some(running) = running else { return };
    let port = running.server.port();
    assert_eq!(Http::new(port).get(path).expect("an answer").status, status);
    drop(running);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "nothing listens any more");
}

#[test]
fn verdaccio_starts_with_a_token() {
    let running = verdaccio::start();
    assert!(running.as_ref().is_none_or(|running| running.token.is_some()));
    starts_and_ends(running, "/-/ping", 200);
}

#[test]
fn pypiserver_starts() {
    starts_and_ends(pypiserver::start(), "/simple/", 200);
}

#[test]
fn devpi_starts_with_an_index() {
    starts_and_ends(devpi::start(), "/alice/dev/+simple/", 200);
}

#[test]
fn docker_registry_asks_for_a_password() {
    starts_and_ends(docker_registry::start(), "/v2/", 401);
}

#[test]
fn git_asks_for_a_password() {
    starts_and_ends(git_http::start().map(|server| server.running), "/git/", 401);
}

#[test]
fn ferro_serves_an_index() {
    starts_and_ends(ferro::start(), "/config.json", 200);
}

#[test]
fn nginx_serves_files_below_its_root() {
    starts_and_ends(nginx::start(Dav::default()), "/releases/", 200);
    starts_and_ends(nginx::start(Dav { private: true, ..Dav::default() }), "/releases/", 401);
}

#[test]
fn nginx_stands_before_a_registry() {
    let Some(registry) = verdaccio::start() else { return };
    let Some(gateway) = nginx::gateway("/api/npm/", "Private-Token", &registry) else { return };
    assert!(gateway.url.ends_with("/api/npm"), "{}", gateway.url);
    let port = gateway.server.port();
    let refused = Http::new(port).json("PUT", "/api/npm/x", &serde_json::json!({})).expect("an answer");
    assert_eq!(refused.status, 401, "without its token");
    starts_and_ends(Some(gateway), "/api/npm/-/ping", 200);
}

#[test]
fn postgres_keeps_what_was_committed_when_it_is_killed() {
    let Some(mut cluster) = postgres::durable() else { return };
    let url = cluster.database();
    let name = url.rsplit('/').next().expect("a name").to_owned();
    cluster.run(&name, "create table kept (what text); insert into kept values ('a|b')");
    cluster.kill();
    cluster.restart();
    assert_eq!(cluster.run(&name, "select what from kept"), "a|b\n");
}

#[test]
fn tests_share_a_postgres_and_not_a_database() {
    let Some(one) = postgres::database() else { return };
    let other = postgres::database().expect("it is there");
    let base = |url: &str| url.rsplit_once('/').expect("a name").0.to_owned();
    assert_eq!(base(one.url()), base(other.url()));
    assert_ne!(one.url(), other.url());
}
