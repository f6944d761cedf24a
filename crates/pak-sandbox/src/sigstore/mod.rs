//! Sigstore below `/sigstore/`, emulated: an authority that certifies identities (Fulcio), a transparency log (Rekor, v1), the
//! tokens of a CI job, and the trusted root that verifiers need. Its keys are its own: nothing in the world trusts them.

mod certificate;
pub(crate) mod check;
mod der;
mod fulcio;
mod keys;
mod rekor;
mod tree;

use std::io;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::any;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Limited};
use serde_json::{Value, json};

use crate::access::{self, Access};
use crate::identity;
use crate::registries::Shared;
use keys::Key;
use rekor::{Added, Log};

/// The largest request.
const LIMIT: usize = 16 << 20;
/// From when on the keys are good: before any sandbox there was.
const START: &str = "2024-01-01T00:00:00Z";

/// The routes. Other clients know no path before `/api/`.
pub(crate) fn router(shared: &Shared) -> Router {
    let paths = ["/sigstore/{*path}", "/api/v2/signingCert", "/api/v1/log/{*path}"];
    paths.into_iter().fold(Router::new(), |router, path| router.route(path, any(answer))).with_state(shared.clone())
}

/// A refusal, said as both services say it.
#[derive(Debug)]
struct Refusal(StatusCode, String);

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// The services' keys, and the authority's certificate.
struct Services {
    authority: Key,
    certificates: Key,
    log: Key,
    root: Vec<u8>,
}

impl Services {
    /// Opens them; the first time they are made. The caller holds the lock.
    fn open(shared: &Shared) -> io::Result<Self> {
        let key = |service| Key::open(&shared.store, service);
        let authority = key("authority")?;
        let root = match shared.store.read("sigstore/root.der")? {
            Some(root) => root,
            None => {
                let made = certificate::root(&authority)?;
                shared.store.write("sigstore/root.der", &made)?;
                made
            }
        };
        Ok(Self { authority, certificates: key("certificates")?, log: key("log")?, root })
    }

    /// What verifiers must know.
    fn trusted_root(&self, base: &str) -> Value {
        let log = |key: &Key| {
            json!([{
                "baseUrl": base,
                "hashAlgorithm": "SHA2_256",
                "publicKey": {
                    "rawBytes": STANDARD.encode(&key.public),
                    "keyDetails": "PKIX_ECDSA_P256_SHA_256",
                    "validFor": {"start": START},
                },
                "logId": {"keyId": STANDARD.encode(key.id())},
            }])
        };
        json!({
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": log(&self.log),
            "certificateAuthorities": [{
                "subject": {"organization": "pak sandbox", "commonName": "pak sandbox authority"},
                "uri": base,
                "certChain": {"certificates": [{"rawBytes": STANDARD.encode(&self.root)}]},
                "validFor": {"start": START},
            }],
            "ctlogs": log(&self.certificates),
            "timestampAuthorities": [],
        })
    }
}

/// Where the services are, in the form in which other clients of them are configured.
fn signing_config(base: &str) -> Value {
    let service = |version: u32| {
        json!([{
            "url": base, "majorApiVersion": version, "validFor": {"start": START},
            "operator": "pak-sandbox",
        }])
    };
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": service(1),
        "oidcUrls": service(1),
        "rekorTlogUrls": service(1),
        "rekorTlogConfig": {"selector": "ANY"},
        "tsaUrls": [],
        "tsaConfig": {"selector": "ANY"},
    })
}

async fn answer(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => return refused(&Refusal(StatusCode::BAD_REQUEST, error.to_string())),
    };
    let path = parts.uri.path().trim_start_matches("/sigstore").trim_matches('/');
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let asked = |name: &str| query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let _held = shared.store.lock("sigstore").await;
    let outcome = match (parts.method.as_str(), path) {
        ("GET", "token") => {
            token(&shared, &parts.headers, asked("audience").unwrap_or("sigstore"), asked("repository"))
        }
        (method, path) => route(&shared, method, path, asked("logIndex"), &parts.headers, &body),
    };
    outcome.unwrap_or_else(|refusal| refused(&refusal))
}

fn refused(Refusal(status, text): &Refusal) -> Response<Body> {
    (*status, axum::Json(json!({"code": status.as_u16(), "message": text}))).into_response()
}

fn route(
    shared: &Shared,
    method: &str,
    path: &str,
    index: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response<Body>, Refusal> {
    let services = Services::open(shared)?;
    let json = || -> Result<Value, Refusal> {
        serde_json::from_slice(body).map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.to_string()))
    };
    let say = |status: StatusCode, value: Value| Ok((status, axum::Json(value)).into_response());
    let missing = || Refusal(StatusCode::NOT_FOUND, "not found".to_owned());
    match (method, path) {
        ("GET", "trusted_root.json") => say(StatusCode::OK, services.trusted_root(&shared.base)),
        ("GET", "trust_config.json") => say(
            StatusCode::OK,
            json!({
                "mediaType": "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json",
                "trustedRoot": services.trusted_root(&shared.base),
                "signingConfig": signing_config(&shared.base),
            }),
        ),
        ("POST", "api/v2/signingCert") => {
            let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
            say(StatusCode::OK, fulcio::certify(&services, &shared.token, bearer, &json()?)?)
        }
        ("POST", "api/v1/log/entries") => {
            let mut log = Log::load(&shared.store)?;
            let (status, at) = match log.add(&shared.store, &json()?)? {
                Added::New(at) => (StatusCode::CREATED, at),
                Added::Known(at) => (StatusCode::CONFLICT, at),
            };
            let id = log.id(at).unwrap_or_default();
            let said = if status == StatusCode::CREATED {
                log.shown(&services, at)?
            } else {
                let text = format!("an equivalent entry already exists in the transparency log with UUID {id}");
                json!({"code": 409, "message": text})
            };
            let place = [(header::LOCATION, format!("/api/v1/log/entries/{id}"))];
            Ok((status, place, axum::Json(said)).into_response())
        }
        ("GET", "api/v1/log/entries") => {
            let at = index.and_then(|index| index.parse().ok()).ok_or_else(missing)?;
            say(StatusCode::OK, Log::load(&shared.store)?.shown(&services, at)?)
        }
        ("GET", "api/v1/log/publicKey") => Ok(keys::pem("PUBLIC KEY", &services.log.public).into_response()),
        ("GET", path) if path.starts_with("api/v1/log/entries/") => {
            let log = Log::load(&shared.store)?;
            let at = log.find(path.trim_start_matches("api/v1/log/entries/")).ok_or_else(missing)?;
            say(StatusCode::OK, log.shown(&services, at)?)
        }
        _ => Err(missing()),
    }
}

/// An identity token, as GitHub's runner hands it to a job that may ask for one.
fn token(
    shared: &Shared,
    headers: &HeaderMap,
    audience: &str,
    repository: Option<&str>,
) -> Result<Response<Body>, Refusal> {
    if access::check(headers, &shared.token) != Access::Owner {
        return Err(Refusal(StatusCode::UNAUTHORIZED, "the request's token is not accepted".to_owned()));
    }
    let claims = identity::workflow(repository.unwrap_or("pak/sandbox"));
    let value = identity::issue_claims(&shared.token, audience, claims);
    Ok(axum::Json(json!({"value": value})).into_response())
}
