//! Who is calling: a person by session or API key, or the instance's own machine key. Handlers take a [`Caller`]; without one the answer is 401.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use pak_model::{Problem, Result, code};

use super::arrival::Arrival;
use super::scope::Scope;
use super::session::{self, Found, Person};
use crate::error::ApiError;
use crate::state::App;

/// The caller of a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub identity: Identity,
    /// Where from, and the request's id.
    pub arrival: Arrival,
}

/// Who a caller is.
#[derive(Debug, Clone)]
pub enum Identity {
    /// A person in a browser or with a cookie.
    Session(Found),
    /// A program with a person's key.
    Key {
        /// Whose key.
        person: Person,
        /// The key's row.
        key: i64,
        /// What it may do.
        scopes: Vec<Scope>,
        /// The only project it works for.
        project: Option<i64>,
    },
    /// A program with `PAK_API_KEY`: every project, no accounts.
    Machine,
}

impl Caller {
    /// The person, where there is one.
    pub fn person(&self) -> Option<&Person> {
        match &self.identity {
            Identity::Session(found) => Some(&found.person),
            Identity::Key { person, .. } => Some(person),
            Identity::Machine => None,
        }
    }

    /// The account, where there is one.
    pub fn user_id(&self) -> Option<i64> {
        self.person().map(|person| person.id)
    }

    /// Whether every project is open to it.
    pub fn sees_everything(&self) -> bool {
        matches!(self.identity, Identity::Machine) || self.person().is_some_and(|person| person.is_admin)
    }

    /// Checks the scope of an API key. Sessions have no scopes: they may what the person may.
    pub fn needs(&self, scope: Scope) -> Result<()> {
        match &self.identity {
            Identity::Key { scopes, .. } if !scopes.contains(&scope) => {
                Err(Problem::new(code::server::SCOPE, format!("This API key lacks the scope `{scope}`.")))
            }
            Identity::Machine if matches!(scope, Scope::Account | Scope::Admin) => Err(Problem::new(
                code::server::FORBIDDEN,
                "The instance's machine key has no account and administers nothing.",
            )),
            _ => Ok(()),
        }
    }

    /// How the request came, for the deployment it asks for.
    pub fn via(&self) -> &'static str {
        match &self.identity {
            Identity::Session(_) => "web",
            Identity::Key { .. } => "key",
            Identity::Machine => "machine",
        }
    }

    /// The session, for what only people with one may do.
    pub fn session(&self) -> Option<&Found> {
        match &self.identity {
            Identity::Session(found) => Some(found),
            _ => None,
        }
    }
}

/// Nobody, said so.
pub fn nobody() -> Problem {
    Problem::new(code::server::SIGN_IN, "This needs a signed-in person or an API key.")
}

/// Looks at a request. Found once, the caller is kept with the request.
pub async fn identify(app: &App, parts: &mut Parts) -> Result<Option<Caller>> {
    if let Some(caller) = parts.extensions.get::<Option<Caller>>() {
        return Ok(caller.clone());
    }
    let arrival =
        parts.extensions.get::<Arrival>().cloned().ok_or_else(|| {
            Problem::new(code::server::INTERNAL, "A request reached a handler without passing the door.")
        })?;
    let identity = match super::presented_key(&parts.headers) {
        Some(text) => super::key_identity(app, text).await?,
        None => match session::cookie(&parts.headers, session::cookie_name(&app.settings)) {
            Some(text) => session::find(app, text).await?.map(Identity::Session),
            None => None,
        },
    };
    let caller = identity.map(|identity| Caller { identity, arrival });
    parts.extensions.insert(caller.clone());
    Ok(caller)
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        identify(app, parts).await?.ok_or_else(|| nobody().into())
    }
}

impl OptionalFromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        Ok(identify(app, parts).await?)
    }
}

/// An administrator of the instance; 403 for anyone else who is signed in.
#[derive(Debug, Clone)]
pub struct Admin(pub Caller);

impl FromRequestParts<App> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(app, parts).await?.ok_or_else(nobody)?;
        caller.needs(Scope::Admin)?;
        if caller.person().is_some_and(|person| person.is_admin) {
            return Ok(Self(caller));
        }
        Err(Problem::new(code::server::FORBIDDEN, "Only administrators of this server may do that.").into())
    }
}

/// A person who signed in: for what no key may do.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: Found,
    /// The whole caller.
    pub caller: Caller,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(app, parts).await?.ok_or_else(nobody)?;
        match &caller.identity {
            Identity::Session(found) => Ok(Self { session: found.clone(), caller }),
            _ => Err(Problem::new(code::server::FORBIDDEN, "Only a signed-in person may do that, not an API key.")
                .next("Sign in and do it there.")
                .into()),
        }
    }
}

/// A person with an account: by session, or by a key with the scope `account`.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// The whole caller.
    pub caller: Caller,
}

impl FromRequestParts<App> for Account {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(app, parts).await?.ok_or_else(nobody)?;
        caller.needs(Scope::Account)?;
        let person = caller.person().cloned().ok_or_else(nobody)?;
        Ok(Self { person, caller })
    }
}
