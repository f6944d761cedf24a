//! The token service: signs people in for repositories that want Bearer tokens.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::answer::{self, Refusal};
use super::{BASIC, Shared, query};
use crate::access::{self, Access};

/// Repositories that want a token of this service.
pub(super) const BEARER_ONLY: &str = "bearer/";
/// How long a token is good, in seconds.
const LIFE: i64 = 300;

/// What a token allows. It carries that itself, sealed with the sandbox's own token, so that it outlives a restart.
#[derive(Serialize, Deserialize)]
pub(super) struct Grant {
    /// `repository:name:pull,push`, as asked for and granted.
    scopes: Vec<String>,
    /// Seconds since 1970.
    until: i64,
}

/// `GET /v2-token?service=…&scope=…`: everyone may pull, the owner may do everything.
pub(super) async fn issue(
    State(shared): State<Shared>,
    RawQuery(text): RawQuery,
    headers: HeaderMap,
) -> Response<Body> {
    let asked = scopes(text.as_deref());
    match access::check(&headers, &shared.token) {
        Access::Owner => granted(&shared, asked),
        Access::Anonymous => granted(&shared, asked.iter().map(|scope| pull_only(scope)).collect()),
        Access::Wrong => Refusal::unauthorized(BASIC).into(),
    }
}

/// `POST /v2-token` with a form, for identity tokens; here the sandbox's token is one.
pub(super) async fn refresh(State(shared): State<Shared>, form: String) -> Response<Body> {
    let value = |name| query(Some(&form), name).unwrap_or_default();
    if value("grant_type") == "refresh_token" && value("refresh_token") == shared.token {
        let asked = value("scope").split(' ').filter(|scope| !scope.is_empty()).map(str::to_owned).collect();
        return granted(&shared, asked);
    }
    Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "the refresh token is not valid").into()
}

fn granted(shared: &Shared, scopes: Vec<String>) -> Response<Body> {
    let grant = Grant { scopes, until: jiff::Timestamp::now().as_second() + LIFE };
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&grant).unwrap_or_default());
    let token = format!("{payload}.{}", seal(shared, &payload));
    answer::document_response(
        StatusCode::OK,
        &serde_json::json!({"token": token, "access_token": token, "expires_in": LIFE}),
    )
}

fn seal(shared: &Shared, payload: &str) -> String {
    hex::encode(Sha256::digest(format!("{}\0{payload}\0{}", shared.token, shared.token)))
}

/// What a token allows, if it is one of ours and still good.
pub(super) fn read(shared: &Shared, token: &str) -> Option<Grant> {
    let (payload, sealed) = token.split_once('.')?;
    let grant: Grant = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    (seal(shared, payload) == sealed && grant.until > jiff::Timestamp::now().as_second()).then_some(grant)
}

/// The token of a request.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Lets a request pass, or says where a token for it is to be had.
pub(super) fn allow(shared: &Shared, name: &str, method: &Method, headers: &HeaderMap) -> Result<(), Refusal> {
    let action = match *method {
        Method::GET | Method::HEAD => "pull",
        Method::DELETE => "delete",
        _ => "push",
    };
    let grant = bearer(headers).and_then(|token| read(shared, token));
    let allows = |scope: &String| {
        let actions = scope.strip_prefix("repository:").and_then(|rest| rest.strip_prefix(name)?.strip_prefix(':'));
        actions.is_some_and(|actions| actions.split(',').any(|one| one == action || one == "*"))
    };
    if grant.is_some_and(|grant| grant.scopes.iter().any(allows)) {
        return Ok(());
    }
    let wanted = if action == "pull" { "pull".to_owned() } else { format!("{action},pull") };
    Err(Refusal::unauthorized(&format!(
        "Bearer realm=\"{}/v2-token\",service=\"sandbox\",scope=\"repository:{name}:{wanted}\"",
        shared.base
    )))
}

fn scopes(text: Option<&str>) -> Vec<String> {
    url::form_urlencoded::parse(text.unwrap_or_default().as_bytes())
        .filter(|(key, _)| key == "scope")
        .flat_map(|(_, value)| value.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

fn pull_only(scope: &str) -> String {
    scope.rsplit_once(':').map_or_else(String::new, |(front, _)| format!("{front}:pull"))
}
