//! Sends requests: policy first, then the fault points, then the wire, then the retry rules.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use pak_model::fault::FaultPlan;
use pak_model::{Problem, Recovery, Result, code};
use url::Url;

use crate::failure::network_problem;
use crate::guard::{Guard, Resolver};
use crate::observer::{Observer, Silent};
use crate::policy::{Policy, is_safe};
use crate::request::Request;
use crate::response::Response;
use crate::stream::Outgoing;
use crate::url::{is_loopback, origin, safe};
use crate::{retry, url as shown};

/// How many redirects of a read are followed.
const REDIRECTS: usize = 5;

/// The client of a run. Cloning is cheap and shares connections; `with_…` gives a client with other limits or listeners.
#[derive(Clone)]
pub struct Client {
    wires: Arc<Wires>,
    policy: Arc<Policy>,
    observer: Arc<dyn Observer>,
    faults: FaultPlan,
}

/// Connection pools, made when first needed: reading the system's certificates costs tens of milliseconds.
#[derive(Default)]
struct Wires {
    guard: Option<Arc<Guard>>,
    loopback: OnceLock<reqwest::Client>,
    world: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client with a policy.
    pub fn new(policy: Policy, faults: FaultPlan) -> Self {
        let wires = Wires::under(&policy);
        Self { wires, policy: Arc::new(policy), observer: Arc::new(Silent), faults }
    }

    /// The same connections under another policy; connections of its own where another guard watches over them.
    pub fn with_policy(&self, policy: Policy) -> Self {
        let same = match (&self.wires.guard, &policy.guard) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (one, other) => one.is_none() && other.is_none(),
        };
        let wires = if same { Arc::clone(&self.wires) } else { Wires::under(&policy) };
        Self { wires, policy: Arc::new(policy), ..self.clone() }
    }

    /// The same client, heard by another listener.
    pub fn with_observer(&self, observer: Arc<dyn Observer>) -> Self {
        Self { observer, ..self.clone() }
    }

    /// The limits.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The listener, for waits that are not requests.
    pub fn observer(&self) -> &dyn Observer {
        &*self.observer
    }

    /// Asks the policy about a connection that is not made here but by a program (ssh), before it is started.
    pub fn allows_connection(&self, url: &Url, writing: bool) -> Result<()> {
        if writing {
            self.policy.check_writing("Connecting to", url)?;
        }
        self.policy.check_url(url)
    }

    /// Passes a fault point, where something is sent that is no request: `ssh git-receive-pack /path before`.
    pub fn pass(&self, point: &str) {
        self.faults.pass(point);
    }

    /// Sends a request and returns the answer, whatever its status, except where it is worth trying again:
    ///
    /// * requests that change nothing: after network failures, 408, 425, 429 and 5xx;
    /// * requests that may change something: only where nothing can have been changed (no connection, 429).
    ///   A connection that breaks later is [`code::http::ANSWER_LOST`] with [`Recovery::LookUpFirst`].
    pub async fn send(&self, request: Request) -> Result<Response> {
        self.policy.check(&request)?;
        let harmless = is_safe(&request.method) || request.harmless;
        let mut attempt = 1;
        loop {
            let outcome = self.once(&request, harmless).await;
            let (why, wait) = match &outcome {
                Ok(response) => {
                    let status = response.status();
                    let again =
                        if harmless { retry::is_transient(status) } else { status == StatusCode::TOO_MANY_REQUESTS };
                    if !again {
                        return outcome;
                    }
                    let asked = retry::retry_after(response.headers(), Timestamp::now());
                    (format!("{} answered {}", host(&request.url), status.as_u16()), asked)
                }
                Err(problem) => match problem.recovery_of() {
                    Recovery::RetryAfter(_) => (problem.message().to_owned(), None),
                    _ => return outcome,
                },
            };
            let pause = wait.unwrap_or_else(|| retry::backoff(attempt + 1));
            if attempt >= request.attempts || pause > retry::LONGEST_WAIT {
                return outcome;
            }
            attempt += 1;
            if !request.body.is_empty() {
                self.observer.rewind(request.body.len());
            }
            self.observer
                .waiting(if wait.is_some() { "the registry asks to wait" } else { "before trying again" }, pause);
            tokio::time::sleep(pause).await;
            self.observer.retrying(attempt, &why);
        }
    }

    /// One attempt, redirects of reads included.
    async fn once(&self, request: &Request, harmless: bool) -> Result<Response> {
        let mut url = request.url.clone();
        for _ in 0..=REDIRECTS {
            let response = self.attempt(request, &url, harmless).await?;
            let Some(next) = redirect_target(&response) else { return Ok(response) };
            if !is_safe(&request.method) {
                return Err(Problem::new(
                    code::http::REDIRECT,
                    format!("{} redirects uploads to {}; they are not followed.", safe(&url), safe(&next)),
                )
                .about("url", safe(&url)));
            }
            self.policy.check_url(&next)?;
            url = next;
        }
        Err(Problem::new(code::http::UNEXPECTED, format!("{} redirects in a circle.", safe(&request.url))))
    }

    async fn attempt(&self, request: &Request, url: &Url, harmless: bool) -> Result<Response> {
        let mut headers = request.headers.clone();
        // A credential is meant for one origin: a file host or CDN that is redirected to must not see it.
        if origin(url) == origin(&request.url)
            && let Some((name, value)) = request.auth.header()
        {
            headers.insert(name, value);
        }
        let wire = self.wires.of(url)?;
        let mut builder = wire.request(request.method.clone(), url.clone()).headers(headers);
        if !request.body.is_empty() {
            let body = Outgoing::start(&request.body, Arc::clone(&self.observer), self.faults.clone());
            builder = builder.body(reqwest::Body::wrap(body));
        } else if !is_safe(&request.method) && request.method != http::Method::DELETE {
            // Registries want an explicit length on an empty POST or PUT (OCI upload sessions).
            builder = builder.header(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        let point = format!("http {} {}", request.method, url.path());
        self.faults.pass(&format!("{point} before"));
        let answer = tokio::time::timeout(whole_upload(request), builder.send()).await;
        self.faults.pass(&format!("{point} answered"));
        let inner = match answer {
            Ok(answer) => answer.map_err(|error| network_problem(&error, url, harmless))?,
            Err(_) => return Err(no_answer(url, harmless)),
        };
        let headers: HeaderMap = inner.headers().clone();
        let guard = self.policy.guard.as_ref();
        let until = guard.map(|guard| tokio::time::Instant::now() + guard.longest);
        let largest = guard.map_or(u64::MAX, |guard| guard.largest);
        Ok(Response { status: inner.status(), headers, url: url.clone(), inner, until, largest })
    }
}

impl Wires {
    fn under(policy: &Policy) -> Arc<Self> {
        Arc::new(Self { guard: policy.guard.clone(), ..Self::default() })
    }

    fn of(&self, url: &Url) -> Result<&reqwest::Client> {
        let local = is_loopback(url) && url.scheme() == "http";
        let cell = if local { &self.loopback } else { &self.world };
        if let Some(client) = cell.get() {
            return Ok(client);
        }
        let client = build(local, self.guard.clone()).map_err(|error| {
            Problem::new(code::http::TLS, "The HTTP client could not be set up.".to_owned())
                .next("Check that the system has its certificate store (the package is often called ca-certificates).")
                .cause(&error)
                .about("url", shown::safe(url))
        })?;
        Ok(cell.get_or_init(|| client))
    }
}

/// The one place where the HTTP library is set up.
#[expect(clippy::disallowed_methods, reason = "this is the wrapper")]
fn build(local: bool, guard: Option<Arc<Guard>>) -> reqwest::Result<reqwest::Client> {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("pak/", env!("CARGO_PKG_VERSION"), " (+", env!("CARGO_PKG_REPOSITORY"), ")"))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(10))
        .pool_idle_timeout(Duration::from_secs(20))
        .tcp_nodelay(true)
        .read_timeout(Duration::from_mins(1))
        .no_gzip();
    let builder = match guard {
        // A proxy would resolve and connect in our place, unchecked.
        Some(guard) => builder.dns_resolver(Arc::new(Resolver(guard))).no_proxy(),
        None => builder,
    };
    if local { builder.no_proxy().tls_certs_only([]).build() } else { builder.gzip(true).build() }
}

/// A bound on sending and waiting for the answer's headers: the idle time plus the body at 16 KiB a second.
fn whole_upload(request: &Request) -> Duration {
    request.idle + Duration::from_secs(request.body.len() / (16 << 10))
}

fn no_answer(url: &Url, harmless: bool) -> Problem {
    let shown = safe(url);
    if harmless {
        Problem::new(code::http::TIMEOUT, format!("{shown} did not answer in time."))
            .about("url", shown)
            .recovery(Recovery::RetryAfter(0))
    } else {
        Problem::new(code::http::ANSWER_LOST, format!("{shown} did not answer in time; it may have taken the upload."))
            .about("url", shown)
            .answer_lost()
    }
}

fn redirect_target(response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    response.url().join(response.header("location")?).ok()
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or("the registry").to_owned()
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::response::Redirect;
    use axum::routing::get;
    use pak_model::Secret;

    use super::*;
    use crate::request::Auth;

    async fn serve(router: Router) -> String {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }

    #[tokio::test]
    async fn credentials_stay_with_the_host_they_are_for() {
        let seen = |headers: HeaderMap| async move {
            let shown = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
            shown("authorization").or_else(|| shown("private-token")).unwrap_or_default()
        };
        let files = serve(Router::new().route("/file", get(seen))).await;
        let elsewhere = format!("{files}/file");
        let registry = Router::new()
            .route("/file", get(seen))
            .route("/here", get(|| async { Redirect::temporary("/file") }))
            .route("/there", get(move || async move { Redirect::temporary(&elsewhere) }));
        let registry = serve(registry).await;
        let client = Client::new(Policy::default(), FaultPlan::none());
        let header = http::HeaderName::from_static("private-token");
        for auth in [Auth::Raw(Secret::new("t")), Auth::Named(header, Secret::new("t"))] {
            for (path, expected) in [("here", "t"), ("there", "")] {
                let url = Url::parse(&format!("{registry}/{path}")).unwrap();
                let response = client.send(Request::get(url).auth(auth.clone())).await.unwrap();
                assert_eq!(response.text().await, expected, "{path}");
            }
        }
    }
}
