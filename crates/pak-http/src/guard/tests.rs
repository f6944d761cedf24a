//! Hostile addresses, by table, and a resolver that changes its mind.

use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use pak_model::fault::FaultPlan;

use super::*;
use crate::{Client, Policy, Request};

/// Every one leads, or might lead, into the server's own network, or is no https address of the public internet.
const HOSTILE: &[&str] = &[
    // This machine, in every spelling that clients have fallen for.
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://0177.0.0.1/",
    "https://0x7f.0.0.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://017700000001/",
    "https://0x7f.1/",
    "https://127.0.0.1./",
    "https://127。0。0。1/",
    "https://１２７.０.０.１/",
    "https://⑫⑦.0.0.1/",
    "https://%31%32%37.0.0.1/",
    "https://127.0.0.1:443/",
    "https://localhost/",
    "https://LOCALHOST/",
    "https://localhost./",
    "https://a.localhost/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::]/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    // IPv4 carried inside IPv6.
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::a00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:7f00:1::1]/",
    "https://[::ffff:0:127.0.0.1]/",
    // Private, local, shared and reserved networks.
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://012.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://0xc0a80001/",
    "https://3232235521/",
    "https://100.64.0.1/",
    "https://100.127.255.254/",
    "https://169.254.0.1/",
    "https://192.0.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.7/",
    "https://203.0.113.7/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[fc00::1]/",
    "https://[fd12:3456:789a::1]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    // Metadata services.
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0251.0376.0251.0376/",
    "https://[fd00:ec2::254]/",
    "https://100.100.100.200/",
    "https://192.0.0.192/",
    "https://168.63.129.16/",
    "https://metadata.google.internal/",
    "https://METADATA.google.internal./",
    "https://metadata/",
    "https://instance-data/",
    // Names of local networks.
    "https://intranet/",
    "https://printer.local/",
    "https://db.internal/",
    "https://router.lan/",
    "https://nas.home.arpa/",
    "https://ldap.corp/",
    "https://a.localdomain/",
    // A user in front of the host.
    "https://example.org@127.0.0.1/",
    "https://alice@example.org/",
    "https://alice:pw@example.org/",
    "https://:pw@example.org/",
    "https://example.org%2f@127.0.0.1/",
    r"https://127.0.0.1\@example.org/",
    // Other protocols.
    "http://example.org/",
    "http://8.8.8.8/",
    "ftp://example.org/",
    "file:///etc/passwd",
    "gopher://example.org:11211/_stats",
    "data:text/plain,x",
    "ws://example.org/",
    "ssh://git@example.org/a",
    "unix:/var/run/docker.sock",
    // Ports of other protocols.
    "https://example.org:22/",
    "https://example.org:25/",
    "https://example.org:0/",
    "https://example.org:2375/",
    "https://example.org:3306/",
    "https://example.org:5432/",
    "https://example.org:6379/",
    "https://example.org:11211/",
];

fn guarded(guard: Guard) -> Policy {
    Policy { guard: Some(Arc::new(guard)), ..Policy::default() }
}

fn allowing(list: &str) -> Guard {
    Guard::new(Allowed::parse(list).unwrap())
}

#[test]
fn hostile_addresses_are_refused_before_anything_is_sent() {
    let policy = guarded(allowing(""));
    // What is no URL at all cannot be connected to either.
    let urls: Vec<(&str, Url)> = HOSTILE.iter().filter_map(|text| Some((*text, Url::parse(text).ok()?))).collect();
    assert!(urls.len() > 95, "{}", urls.len());
    for (text, url) in urls {
        assert!(policy.check_url(&url).is_err(), "{text} was taken for {url}");
    }
}

#[test]
fn public_addresses_pass() {
    let policy = guarded(allowing(""));
    for text in [
        "https://example.org/hook?x=1",
        "https://example.org:8443/",
        "https://EXAMPLE.org./",
        "https://bücher.example/",
        "https://8.8.8.8/",
        "https://[2a00:1450:4001::1]/",
        "https://notlocalhost.example/",
        "https://internal.example.org/",
    ] {
        assert!(policy.check_url(&Url::parse(text).unwrap()).is_ok(), "{text}");
    }
}

#[test]
fn what_an_administrator_lists_passes_and_nothing_beside_it() {
    let policy = guarded(allowing("127.0.0.0/8 10.1.0.0/16 git.intranet fd00:1::/32"));
    for (text, expected) in [
        ("http://127.0.0.1:4873/", true),
        ("http://10.1.2.3:22/", true),
        ("https://10.2.0.1/", false),
        ("http://git.intranet:3000/", true),
        ("ssh://git@git.intranet/a", true),
        ("ssh://git@example.org/a", false),
        ("http://registry.intranet/", false),
        ("https://registry.intranet/", true), // by name, checked when it is resolved
        ("https://metadata.google.internal/", false),
        ("http://[fd00:1::7]/", true),
        ("https://[fd00:2::7]/", false),
        ("https://[::ffff:127.0.0.1]/", false),
        ("https://a:b@127.0.0.1/", false),
    ] {
        assert_eq!(policy.check_url(&Url::parse(text).unwrap()).is_ok(), expected, "{text}");
    }
}

#[test]
fn what_this_process_serves_is_reached() {
    let own = [String::from("http://127.0.0.1:4999")];
    let policy = Policy { own: own.into(), ..guarded(allowing("")) };
    assert!(policy.check_url(&Url::parse("http://127.0.0.1:4999/npm/").unwrap()).is_ok());
    assert!(policy.check_url(&Url::parse("http://127.0.0.1:5000/").unwrap()).is_err());
}

/// Answers another address each time it is asked, the last one for ever.
struct Rebinding {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Rebinding {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|list| list.iter().map(|text| text.parse().unwrap()).collect()).collect();
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Names for Rebinding {
    async fn addresses(&self, _: &str) -> io::Result<Vec<IpAddr>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        Ok(self.answers[turn].clone())
    }
}

#[tokio::test]
async fn every_address_of_a_name_is_looked_at() {
    let names = Rebinding::new(&[&["9.9.9.9"], &["127.0.0.1"], &["10.0.0.1", "9.9.9.9", "::1"], &[], &["10.3.0.1"]]);
    let guard = allowing("10.3.0.0/16").with_names(names);
    let mut seen = Vec::new();
    for _ in 0..5 {
        seen.push(guard.resolve("rebind.example").await.map_err(|error| error.to_string()));
    }
    let one = |text: &str| Ok(vec![SocketAddr::new(text.parse().unwrap(), 0)]);
    assert_eq!(seen[0], one("9.9.9.9"));
    assert_eq!(seen[1], Err("its name leads to this machine".to_owned()));
    assert_eq!(seen[2], one("9.9.9.9"));
    assert_eq!(seen[3], Err("its name leads to no address".to_owned()));
    assert_eq!(seen[4], one("10.3.0.1"));
}

/// A server on an address of this machine that counts who comes.
async fn serve(address: &str, router: Router) -> (u16, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind((address, 0)).await.unwrap();
    let (port, visits) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&visits);
    let router = router.layer(axum::middleware::from_fn(move |request, next: axum::middleware::Next| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { next.run(request).await }
    }));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (port, visits)
}

/// A name that is harmless when it is checked and leads to this machine when it is connected to.
#[tokio::test]
async fn a_name_that_changes_its_mind_reaches_nothing() {
    let (port, visits) = serve("127.0.0.1", Router::new().route("/", get(|| async { "secret" }))).await;
    let names = Rebinding::new(&[&["9.9.9.9"], &["127.0.0.1"]]);
    let guard = allowing("").with_names(Arc::clone(&names) as Arc<dyn Names>);
    // The one who checks first and connects later sees the harmless answer.
    assert!(guard.resolve("rebind.example").await.is_ok());
    let origin = format!("http://rebind.example:{port}");
    let policy = Policy { plain_http: [origin.clone()].into(), ..guarded(guard) };
    let client = Client::new(policy, FaultPlan::none());
    let problem = client.send(Request::get(Url::parse(&origin).unwrap())).await.unwrap_err();
    assert_eq!(problem.code(), code::http::ADDRESS_REFUSED, "{problem:?}");
    assert_eq!(names.asked.load(Ordering::SeqCst), 2, "refused once and for all: not asked again");
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

/// Connects to what was checked, with the name kept for the host behind it.
#[tokio::test]
async fn a_checked_name_keeps_its_host() {
    let host = |headers: http::HeaderMap| async move { headers[http::header::HOST].to_str().unwrap().to_owned() };
    let (port, _) = serve("127.0.0.1", Router::new().route("/", get(host))).await;
    let names = Rebinding::new(&[&["127.0.0.1"], &["10.0.0.1"]]);
    let guard = allowing("127.0.0.0/8").with_names(Arc::clone(&names) as Arc<dyn Names>);
    let origin = format!("http://registry.example:{port}");
    let policy = Policy { plain_http: [origin.clone()].into(), ..guarded(guard) };
    let client = Client::new(policy, FaultPlan::none());
    let response = client.send(Request::get(Url::parse(&origin).unwrap())).await.unwrap();
    assert_eq!(response.text().await, format!("registry.example:{port}"));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1, "resolved once for one connection");
}

#[tokio::test]
async fn redirects_are_checked_like_addresses_given() {
    let (inner, visits) = serve("127.0.0.1", Router::new().route("/", get(|| async { "secret" }))).await;
    let elsewhere = format!("http://127.0.0.1:{inner}/");
    let router = Router::new().route("/", get(move || async move { Redirect::temporary(&elsewhere) }));
    let (port, _) = serve("127.0.0.1", router).await;
    let own = format!("http://127.0.0.1:{port}");
    let policy = Policy { own: [own.clone()].into(), ..guarded(allowing("")) };
    let problem =
        Client::new(policy, FaultPlan::none()).send(Request::get(Url::parse(&own).unwrap())).await.unwrap_err();
    assert_eq!(problem.code(), code::http::ADDRESS_REFUSED);
    assert_eq!(visits.load(Ordering::SeqCst), 0);
}

/// Connections made without a guard are not handed to a client that has one.
#[tokio::test]
async fn a_guard_has_connections_of_its_own() {
    let (port, visits) = serve("127.0.0.1", Router::new().route("/", get(|| async { "x" }))).await;
    let names = Rebinding::new(&[&["127.0.0.1"]]);
    let origin = format!("http://registry.example:{port}");
    let url = Url::parse(&origin).unwrap();
    let plain_http: std::collections::BTreeSet<String> = [origin].into();
    let free = allowing("127.0.0.0/8").with_names(Arc::clone(&names) as Arc<dyn Names>);
    let free = Client::new(Policy { plain_http: plain_http.clone(), ..guarded(free) }, FaultPlan::none());
    assert_eq!(free.send(Request::get(url.clone())).await.unwrap().text().await, "x");
    let strict = free.with_policy(Policy { plain_http, ..guarded(allowing("").with_names(names)) });
    assert!(strict.send(Request::get(url)).await.is_err());
    assert_eq!(visits.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn answers_are_bounded_in_size_and_time() {
    use futures_util::StreamExt as _;
    let drip = || async {
        axum::body::Body::from_stream(futures_util::stream::iter(0..).then(|_| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok::<_, io::Error>("x")
        }))
    };
    let router = Router::new().route("/large", get(|| async { vec![0u8; 5000] })).route("/drip", get(drip));
    let (port, _) = serve("127.0.0.1", router).await;
    let guard = allowing("127.0.0.0/8").limited(Duration::from_millis(300), 4096);
    let client = Client::new(guarded(guard), FaultPlan::none());
    for (path, expected) in [("large", code::http::UNEXPECTED), ("drip", code::http::TIMEOUT)] {
        let url = Url::parse(&format!("http://127.0.0.1:{port}/{path}")).unwrap();
        let problem = client.send(Request::get(url)).await.unwrap().bytes().await.unwrap_err();
        assert_eq!(problem.code(), expected, "{path}");
    }
}

#[test]
fn a_receiver_is_called_over_https_or_where_an_administrator_listed_it() {
    let guard = allowing("127.0.0.0/8 hooks.intranet");
    for (text, expected) in [
        ("https://example.org/hook", true),
        ("http://example.org/hook", false),
        ("http://127.0.0.1:9000/hook", true),
        ("http://localhost:9000/hook", true),
        ("http://hooks.intranet/hook", true),
        ("http://10.0.0.1/hook", false),
    ] {
        assert_eq!(guard.check_web(&Url::parse(text).unwrap()).is_ok(), expected, "{text}");
    }
}
