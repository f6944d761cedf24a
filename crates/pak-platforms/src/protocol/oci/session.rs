//! Who we are to a registry: answers its challenge, keeps the token it gives, and asks again when the token runs out.
//!
//! A registry is asked once per repository and credential; parallel uploads share the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use pak_http::{Auth, Body, Request, Response};
use pak_model::{Credential, Hasher, Problem, Recovery, Result, Secret, code};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;

use super::challenge::{self, Challenge};
use crate::call::Call;
use crate::quirks::AuthStyle;

/// The user name that marks a password as an identity (refresh) token: docker's own convention.
pub(super) const IDENTITY_TOKEN_USER: &str = "<token>";
/// How long a token lives where the registry does not say.
const DEFAULT_LIFE: u64 = 60;

/// What a request will do in a repository; it decides what a token is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need<'a> {
    /// Read or write. With a credential both are asked for at once: a token with fewer rights is no error, and one token
    /// then serves the whole release.
    Use,
    /// Write, with blobs taken from another repository.
    Mount(&'a str),
    /// Delete.
    Delete,
    /// The registry itself, no repository.
    Registry,
}

/// The sessions of a process, one per registry, need and credential.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<String, Arc<tokio::sync::Mutex<Session>>>>);

/// What one registry wants to be shown.
#[derive(Default)]
struct Session {
    scheme: Scheme,
    token: Option<Token>,
    /// Counts exchanges, so that of several requests refused at once only the first exchanges.
    exchanges: u64,
}

#[derive(Default, Clone)]
enum Scheme {
    /// Not asked yet: a bare token is shown as it is, a password is not shown unasked.
    #[default]
    Unknown,
    Basic,
    Bearer(Challenge),
}

struct Token {
    secret: Secret,
    good_until: Instant,
}

impl Sessions {
    /// Sends a request to a registry, with whatever the registry asks for. `registry` is its root, `repository` the name.
    ///
    /// A 401 is answered once with a (new) token; a second 401 is the caller's.
    pub async fn send(
        &self,
        call: &Call,
        registry: &Url,
        repository: &str,
        need: Need<'_>,
        request: Request,
    ) -> Result<Response> {
        // Where the definition says how the credential is shown, the registry's challenge is not waited for.
        if matches!(call.quirks().auth, AuthStyle::Header(_) | AuthStyle::Bearer) {
            return call.send(request.auth(call.auth())).await;
        }
        let scopes = scopes(repository, need, call.credential().is_some());
        let slot = self.slot(registry, &scopes, call.credential());
        let (auth, exchanges) = {
            let mut session = slot.lock().await;
            session.renew(call, registry, &scopes).await?;
            (session.auth(call), session.exchanges)
        };
        let response = call.send(request.clone().auth(auth)).await?;
        if response.status() != http::StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        let auth = {
            let mut session = slot.lock().await;
            if session.exchanges == exchanges && !session.learn(&response, call.credential().is_some()) {
                return Ok(response);
            }
            if session.exchanges == exchanges {
                session.token = None;
                session.exchanges += 1;
                session.renew(call, registry, &scopes).await?;
            }
            session.auth(call)
        };
        call.send(request.auth(auth)).await
    }

    fn slot(
        &self,
        registry: &Url,
        scopes: &[String],
        credential: Option<&Credential>,
    ) -> Arc<tokio::sync::Mutex<Session>> {
        let key = format!("{registry} {} {}", scopes.join(" "), fingerprint(credential));
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(sessions.entry(key).or_default())
    }
}

impl Session {
    /// Takes a refusal's challenge in. `false`: there is nothing new to try.
    fn learn(&mut self, refusal: &Response, known: bool) -> bool {
        let challenges = challenge::parse(refusal.headers());
        let bearer = challenges.iter().find(|c| c.scheme == "bearer" && c.parameters.contains_key("realm"));
        match (bearer, &self.scheme) {
            (Some(bearer), _) => {
                self.scheme = Scheme::Bearer(bearer.clone());
                true
            }
            // A token that ran out half-way, refused without a challenge.
            (None, Scheme::Bearer(_)) => true,
            (None, Scheme::Unknown) if known && challenges.iter().any(|c| c.scheme == "basic") => {
                self.scheme = Scheme::Basic;
                true
            }
            _ => false,
        }
    }

    /// Gets a token where the registry wants one and none is good.
    async fn renew(&mut self, call: &Call, registry: &Url, scopes: &[String]) -> Result<()> {
        let Scheme::Bearer(challenge) = &self.scheme else { return Ok(()) };
        if self.token.as_ref().is_some_and(|token| Instant::now() < token.good_until) {
            return Ok(());
        }
        self.token = Some(exchange(call, registry, challenge, scopes).await?);
        Ok(())
    }

    fn auth(&self, call: &Call) -> Auth {
        match (&self.scheme, call.credential()) {
            (Scheme::Bearer(_), _) => {
                self.token.as_ref().map_or(Auth::None, |token| Auth::Bearer(token.secret.clone()))
            }
            (Scheme::Basic, _) => basic(call),
            (Scheme::Unknown, Some(Credential::Token(token))) if call.quirks().auth == AuthStyle::Auto => {
                Auth::Bearer(token.clone())
            }
            _ => Auth::None,
        }
    }
}

/// The credential as user and password. Most registries that take a bare token as a password do not look at the user.
fn basic(call: &Call) -> Auth {
    call.auth_or(|credential| match credential {
        Some(Credential::Token(token)) => Auth::Basic("token".to_owned(), token.clone()),
        credential => Auth::bearer_or_basic(credential),
    })
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
}

/// Asks a token service. Identity tokens go by POST (OAuth 2), everything else by GET, which every service knows.
async fn exchange(call: &Call, registry: &Url, challenge: &Challenge, scopes: &[String]) -> Result<Token> {
    let realm = realm(registry, challenge)?;
    let service = challenge.parameters.get("service").map(String::as_str);
    let request = match call.credential() {
        Some(Credential::Basic { user, password }) if user == IDENTITY_TOKEN_USER => {
            let mut form = Serializer::new(String::new());
            form.append_pair("grant_type", "refresh_token").append_pair("client_id", "pak");
            form.append_pair("scope", &scopes.join(" ")).append_pair("refresh_token", password.expose());
            if let Some(service) = service {
                form.append_pair("service", service);
            }
            Request::post(realm, Body::bytes(form.finish())).content_type("application/x-www-form-urlencoded")
        }
        credential => {
            let mut url = realm;
            {
                let mut query = url.query_pairs_mut();
                if let Some(service) = service {
                    query.append_pair("service", service);
                }
                for scope in scopes {
                    query.append_pair("scope", scope);
                }
                query.append_pair("client_id", "pak");
                if let Some(Credential::Basic { user, .. }) = credential {
                    query.append_pair("account", user);
                }
            }
            Request::get(url).auth(basic(call))
        }
    };
    let response = call.send(request.signs_in()).await?;
    if !response.status().is_success() {
        let problem = pak_http::status_problem("Asking for a registry token", response, true).await;
        let bare = matches!(call.credential(), Some(Credential::Token(_)));
        return Err(if bare && problem.recovery_of() == Recovery::AskUser {
            problem.next("This registry wants a user name with the token: set `username-env` and `password-env`, or the target's user name and password.")
        } else {
            problem
        });
    }
    let url = pak_http::safe(response.url());
    let answer: TokenAnswer = response.json().await?;
    let text = answer
        .token
        .or(answer.access_token)
        .filter(|text| !text.is_empty())
        .ok_or_else(|| Problem::new(code::http::UNEXPECTED, format!("{url} gave no token.")).about("url", &url))?;
    let life =
        Duration::from_secs(answer.expires_in.filter(|seconds| *seconds > 0).unwrap_or(DEFAULT_LIFE).min(86_400));
    // A token must outlive the request it is sent with, or at least its beginning.
    let margin = (life / 4).min(Duration::from_secs(10));
    Ok(Token { secret: Secret::new(text), good_until: Instant::now() + life.saturating_sub(margin) })
}

/// The token service's address. A registry on https must not send the password to plain http.
fn realm(registry: &Url, challenge: &Challenge) -> Result<Url> {
    let text = challenge.parameters.get("realm").map_or("", String::as_str);
    let realm = registry.join(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    match realm {
        Some(url) if url.scheme() == "https" || registry.scheme() == "http" => Ok(url),
        _ => Err(Problem::new(
            code::oci::REALM_REFUSED,
            format!("{registry} names a token service that a password must not be sent to: `{text}`."),
        )
        .about("url", pak_http::safe(registry))),
    }
}

/// Scopes as token services write them: actions sorted, the mount's source as a scope of its own.
fn scopes(repository: &str, need: Need<'_>, known: bool) -> Vec<String> {
    match need {
        Need::Registry => Vec::new(),
        Need::Use if !known => vec![format!("repository:{repository}:pull")],
        Need::Use => vec![format!("repository:{repository}:pull,push")],
        Need::Mount(from) => {
            vec![format!("repository:{repository}:pull,push"), format!("repository:{from}:pull")]
        }
        Need::Delete => vec![format!("repository:{repository}:delete,pull,push")],
    }
}

/// Tells credentials apart without keeping them.
fn fingerprint(credential: Option<&Credential>) -> String {
    let mut hasher = Hasher::sha256_only();
    match credential {
        None => return String::new(),
        Some(Credential::Token(token)) => hasher.update(token.expose().as_bytes()),
        Some(Credential::Basic { user, password }) => {
            hasher.update(user.as_bytes());
            hasher.update(&[0]);
            hasher.update(password.expose().as_bytes());
        }
    }
    hasher.finish().sha256.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(realm: &str) -> Challenge {
        Challenge { scheme: "bearer".into(), parameters: [("realm".to_owned(), realm.to_owned())].into() }
    }

    #[test]
    fn a_password_never_goes_from_https_to_plain_http() {
        let secure = Url::parse("https://registry.example.org/").unwrap();
        let local = Url::parse("http://127.0.0.1:5000/").unwrap();
        assert!(realm(&secure, &challenge("https://auth.example.org/token")).is_ok());
        assert!(realm(&secure, &challenge("http://auth.example.org/token")).is_err());
        assert!(realm(&secure, &challenge("http://127.0.0.1/token")).is_err());
        assert!(realm(&secure, &challenge("file:///etc/passwd")).is_err());
        assert_eq!(realm(&local, &challenge("/token")).unwrap().as_str(), "http://127.0.0.1:5000/token");
    }

    #[test]
    fn scopes_ask_for_what_the_request_needs() {
        assert_eq!(scopes("a/b", Need::Use, false), ["repository:a/b:pull"]);
        assert_eq!(scopes("a/b", Need::Use, true), ["repository:a/b:pull,push"]);
        assert_eq!(scopes("a/b", Need::Mount("c"), true), ["repository:a/b:pull,push", "repository:c:pull"]);
        assert_eq!(scopes("a/b", Need::Delete, true), ["repository:a/b:delete,pull,push"]);
    }
}
