//! A request, before it is sent.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use pak_model::{Credential, Secret};
use url::Url;

use crate::body::Body;

/// What to ask of a registry.
#[derive(Debug, Clone)]
pub struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) auth: Auth,
    pub(crate) harmless: bool,
    pub(crate) idle: Duration,
    pub(crate) attempts: u32,
}

/// How the request shows who sends it.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// `Authorization: Basic …`.
    Basic(String, Secret),
    /// `Authorization: …`, the token alone (cargo registries).
    Raw(Secret),
    /// The token alone in a header of the server's own (`PRIVATE-TOKEN`), kept from other origins like `Authorization`.
    Named(HeaderName, Secret),
}

impl Auth {
    /// Bearer for a token, Basic for a user and password, nothing for nothing.
    pub fn bearer_or_basic(credential: Option<&Credential>) -> Self {
        match credential {
            None => Self::None,
            Some(Credential::Token(token)) => Self::Bearer(token.clone()),
            Some(Credential::Basic { user, password }) => Self::Basic(user.clone(), password.clone()),
        }
    }

    /// The header, its value marked sensitive so that no debug output shows it.
    pub(crate) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        let text = match self {
            Self::None => return None,
            Self::Bearer(token) => format!("Bearer {}", token.expose()),
            Self::Raw(token) | Self::Named(_, token) => token.expose().to_owned(),
            Self::Basic(user, password) => {
                format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())))
            }
        };
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        let name = if let Self::Named(name, _) = self { name.clone() } else { header::AUTHORIZATION };
        Some((name, value))
    }
}

impl Request {
    /// A request of any method.
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: Body::empty(),
            auth: Auth::None,
            harmless: false,
            idle: Duration::from_mins(1),
            attempts: 5,
        }
    }

    /// `GET`.
    pub fn get(url: Url) -> Self {
        Self::new(Method::GET, url)
    }

    /// `HEAD`.
    pub fn head(url: Url) -> Self {
        Self::new(Method::HEAD, url)
    }

    /// `PUT`.
    pub fn put(url: Url, body: Body) -> Self {
        Self::new(Method::PUT, url).body(body)
    }

    /// `POST`.
    pub fn post(url: Url, body: Body) -> Self {
        Self::new(Method::POST, url).body(body)
    }

    /// `DELETE`.
    pub fn delete(url: Url) -> Self {
        Self::new(Method::DELETE, url)
    }

    /// Sets the body.
    pub fn body(mut self, body: Body) -> Self {
        self.body = body;
        self
    }

    /// Sets a header. A value that is not a legal header value is left out: registries answer that with an error of their own.
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        if let Ok(value) = HeaderValue::from_str(value.as_ref()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets a header whose value must not appear anywhere (a one-time password).
    pub fn secret_header(mut self, name: HeaderName, value: &Secret) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value.expose()) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }

    /// Sets `Accept`.
    pub fn accept(self, media_type: &str) -> Self {
        self.header(header::ACCEPT, media_type)
    }

    /// Sets `Content-Type`.
    pub fn content_type(self, media_type: &str) -> Self {
        self.header(header::CONTENT_TYPE, media_type)
    }

    /// Shows who sends it.
    pub fn auth(mut self, auth: Auth) -> Self {
        self.auth = auth;
        self
    }

    /// Marks a request that exchanges or checks credentials and publishes nothing, whatever its method.
    /// A read-only client sends it, and it may be repeated freely.
    pub fn signs_in(mut self) -> Self {
        self.harmless = true;
        self
    }

    /// Marks a request that only reads although its method could write: git asks for objects with POST.
    pub fn reads(mut self) -> Self {
        self.harmless = true;
        self
    }

    /// How long the answer's headers, or the next piece of it, may take.
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// How often it may be tried in all, where it may be tried again.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The address.
    pub fn url(&self) -> &Url {
        &self.url
    }
}
