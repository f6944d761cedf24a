//! Starts the registries on loopback: one port, all protocols, faults applied before and after the handlers.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use bytes::Bytes;
use camino::Utf8PathBuf;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use pak_model::{Problem, Result, code};
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use crate::faults::{Fault, Faults, Kind};
use crate::occupancy;
use crate::registries::{self, Shared};
use crate::store::Store;
use crate::upstream::Upstreams;

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the registries keep their files. Kept from one start to the next.
    pub data: Utf8PathBuf,
    /// The port on 127.0.0.1; 0 for a free one.
    pub port: u16,
}

/// Running registries. They stop when this is dropped.
pub struct Sandbox {
    address: SocketAddr,
    token: String,
    faults: Faults,
    upstreams: Upstreams,
    requests: Requests,
    task: tokio::task::JoinHandle<()>,
    _lock: std::fs::File,
}

/// What was asked of the sandbox, for tests: `PUT /npm/x -> 200`.
type Requests = Arc<Mutex<Vec<String>>>;

impl Sandbox {
    /// Starts listening. The token is made on the first start and kept in the data folder.
    pub async fn start(options: Options) -> Result<Self> {
        Self::open(options, false).await
    }

    /// Starts listening for as long as a person wants: others who need the same folder find this one (see [`occupancy`]).
    pub async fn serve(options: Options) -> Result<Self> {
        Self::open(options, true).await
    }

    async fn open(options: Options, alone: bool) -> Result<Self> {
        let unusable = |error: std::io::Error| {
            Problem::new(
                code::sandbox::DATA_UNUSABLE,
                format!("{} cannot be used as the sandbox's data folder.", options.data),
            )
            .about("file", &options.data)
            .cause(&error)
        };
        let store = Store::open(options.data.clone()).map_err(unusable)?;
        let token = token(&store).map_err(unusable)?;
        let lock = occupancy::take(&options.data, alone).map_err(unusable)?.ok_or_else(|| {
            let message = format!("Another sandbox is at work on {}.", options.data);
            Problem::new(code::sandbox::IN_USE, message).about("file", &options.data)
        })?;
        let listener = TcpListener::bind(("127.0.0.1", options.port)).await.map_err(|error| {
            Problem::new(code::sandbox::PORT_TAKEN, format!("Port {} cannot be listened on.", options.port))
                .cause(&error)
        })?;
        let address = listener.local_addr().map_err(unusable)?;
        if alone {
            store.write(occupancy::ADDRESS, format!("http://{address}").as_bytes()).map_err(unusable)?;
        }
        let faults = Faults::default();
        let requests = Requests::default();
        let shared = Shared { store, token: token.clone(), faults: faults.clone(), base: format!("http://{address}") };
        let upstreams = Upstreams::default();
        let front = Front {
            router: registries::router(&shared).merge(control(faults.clone())),
            shared,
            upstreams: upstreams.clone(),
            requests: Arc::clone(&requests),
        };
        let task = tokio::spawn(accept(listener, front));
        Ok(Self { address, token, faults, upstreams, requests, task, _lock: lock })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The token that may write; as a password it goes with any user.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The faults in force.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Where reads of packages that are not held are sent on to; nowhere at first.
    pub fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// Everything asked so far, in order of the answers.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until no client is connected, half a minute at the longest. What a killed client sent may be carried out after its
    /// death, as at a real registry; whoever compares before and after has to let that end.
    pub async fn until_idle(&self) {
        for _ in 0..3_000 {
            // One is ours, one the accept loop's; each connection has its own.
            if Arc::strong_count(&self.requests) <= 2 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Runs until the accept loop ends (which it does only when the sandbox is dropped).
    pub async fn wait(&mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The address of a driver's registry below a sandbox's base URL: root, upload URL, index URL.
pub fn addresses(base: &str, driver: &str) -> Option<(String, Option<String>, Option<String>)> {
    match driver {
        "npm" => Some((format!("{base}/npm/"), None, None)),
        "pypi" => {
            Some((format!("{base}/pypi/"), Some(format!("{base}/pypi/legacy/")), Some(format!("{base}/pypi/simple/"))))
        }
        "cargo" => Some((format!("{base}/cargo/"), None, Some(format!("{base}/cargo/index/")))),
        "central" => Some((format!("{base}/central/"), None, Some(format!("{base}/central/maven2/")))),
        "maven" => Some((format!("{base}/maven/"), None, None)),
        // Docker clients know no path before /v2/.
        "oci" | "docker" => Some((format!("{base}/"), None, None)),
        "generic" => Some((format!("{base}/files/"), None, None)),
        // Repositories, and the forges that take pull requests to them.
        "homebrew" | "homebrew-cask" | "scoop" => Some((format!("{base}/git/"), Some(format!("{base}/forge/")), None)),
        _ => None,
    }
}

fn token(store: &Store) -> std::io::Result<String> {
    if let Some(bytes) = store.read("token")? {
        return Ok(String::from_utf8_lossy(&bytes).trim().to_owned());
    }
    let token = format!("sandbox-{}", uuid::Uuid::new_v4().simple());
    store.write("token", token.as_bytes())?;
    Ok(token)
}

/// Routes for tests and people: health, faults.
fn control(faults: Faults) -> Router {
    let added = faults.clone();
    Router::new().route("/-/sandbox/health", get(|| async { "ok" })).route(
        "/-/sandbox/faults",
        post(move |axum::Json(new): axum::Json<Vec<Fault>>| async move {
            for fault in new {
                added.add(fault);
            }
        })
        .delete(move || async move { faults.clear() }),
    )
}

/// What stands before the registries. Cloning shares it.
#[derive(Clone)]
struct Front {
    router: Router,
    shared: Shared,
    upstreams: Upstreams,
    requests: Requests,
}

async fn accept(listener: TcpListener, front: Front) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: wait for some to be closed.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let front = front.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| answer(request, front.clone()));
            // An error here is a client that went away or a cut we made ourselves.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(Duration::from_secs(30))
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await;
        });
    }
}

/// The connection is to be closed without (the rest of) an answer.
#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection cut by an injected fault")
    }
}

impl std::error::Error for Cut {}

async fn answer(request: Request<hyper::body::Incoming>, front: Front) -> std::result::Result<Response<Body>, Cut> {
    let line = format!("{} {}", request.method(), request.uri().path());
    let fault = if request.uri().path().starts_with("/-/sandbox/") {
        None
    } else {
        front.shared.faults.hit(request.method().as_str(), request.uri().path())
    };
    let outcome = faulty(request.map(Body::new), &front, fault).await;
    let end = outcome.as_ref().map_or("cut".to_owned(), |response| response.status().as_u16().to_string());
    front.requests.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{line} -> {end}"));
    outcome
}

async fn faulty(
    request: Request<Body>,
    front: &Front,
    fault: Option<Kind>,
) -> std::result::Result<Response<Body>, Cut> {
    let handle = |request| async move {
        if let Some(elsewhere) = front.upstreams.answer(&front.shared, &request) {
            return elsewhere;
        }
        match front.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never as Infallible {},
        }
    };
    match fault {
        None | Some(Kind::SlowIndex { .. }) => Ok(handle(request).await),
        Some(Kind::Status { status, retry_after, body }) => {
            // Read the body, as servers behind a proxy do; otherwise the client may see a reset instead of the status.
            let _ = request.into_body().collect().await;
            Ok(refusal(status, retry_after, body))
        }
        Some(Kind::CutBefore) => Err(Cut),
        Some(Kind::CutDuring) => {
            let _ = request.into_body().frame().await;
            Err(Cut)
        }
        Some(Kind::CutAfter) => {
            let _ = request.into_body().collect().await;
            Err(Cut)
        }
        Some(Kind::LostAnswer) => {
            let response = handle(request).await;
            // Carry the work out to its end before the answer is dropped.
            let _ = response.into_body().collect().await;
            Err(Cut)
        }
        Some(Kind::Slow { ms }) => {
            tokio::time::sleep(Duration::from_millis(ms)).await;
            Ok(handle(request).await)
        }
        Some(Kind::WrongDigest) => Ok(change_first_byte(handle(request).await).await),
    }
}

fn refusal(status: u16, retry_after: Option<String>, body: Option<String>) -> Response<Body> {
    let body = body.unwrap_or_else(|| r#"{"error":"injected fault"}"#.to_owned());
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(header::RETRY_AFTER, value);
    }
    response
}

async fn change_first_byte(response: Response<Body>) -> Response<Body> {
    let (parts, body) = response.into_parts();
    let mut bytes = match body.collect().await {
        Ok(collected) => collected.to_bytes().to_vec(),
        Err(_) => Vec::new(),
    };
    if let Some(first) = bytes.first_mut() {
        *first ^= 1;
    }
    Response::from_parts(parts, Body::from(Bytes::from(bytes)))
}
