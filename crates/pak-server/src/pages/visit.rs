//! A visit: who looks at a page, and what forms send. Handlers take a [`Visit`] to build the frame and [`Fields`] for a form.

use axum::extract::{FromRequest, FromRequestParts, OriginalUri, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use pak_model::{Problem, Result, code};

use super::frame::{Frame, Place, Theme, Who};
use crate::access::caller::{identify, nobody};
use crate::access::session::{cookie, cookie_name};
use crate::access::{Caller, same_origin};
use crate::error::ApiError;
use crate::state::App;

/// The cookie of those who chose colours.
pub const THEME_COOKIE: &str = "pak_theme";

/// What a page needs to know of the request.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who is signed in.
    pub caller: Option<Caller>,
    /// The page's own address.
    pub here: String,
    /// What was just done: the word in `?done=`.
    done: Option<&'static str>,
    theme: Theme,
    csrf: String,
}

impl FromRequestParts<App> for Visit {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(app, parts).await?;
        let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |uri| &uri.0);
        let query = uri.query().unwrap_or_default().as_bytes().to_owned();
        let word = url::form_urlencoded::parse(&query).find(|(name, _)| name == "done");
        let chosen = cookie(&parts.headers, THEME_COOKIE);
        let kept = caller.as_ref().and_then(Caller::person).map(|person| person.theme.as_str());
        let csrf = cookie(&parts.headers, cookie_name(&app.settings)).map(same_origin::form_token);
        Ok(Self {
            here: uri.path().to_owned(),
            done: word.and_then(|(_, word)| sentence(&word)),
            theme: Theme::of(chosen.or(kept).unwrap_or_default()),
            csrf: csrf.unwrap_or_default(),
            caller,
        })
    }
}

impl Visit {
    /// The frame of a page.
    pub fn frame(&self, title: impl Into<String>, place: Place) -> Frame {
        let who = self.caller.as_ref().and_then(Caller::person).map(|person| Who {
            name: person.name.clone(),
            email: person.email.clone(),
            is_admin: person.is_admin,
        });
        Frame {
            who,
            csrf: self.csrf.clone(),
            theme: self.theme,
            here: self.here.clone(),
            notice: self.done,
            ..Frame::new(title, place)
        }
    }

    /// The hidden field of forms.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Who is signed in; otherwise the way leads to the door.
    pub fn caller(&self) -> Result<&Caller, ApiError> {
        self.caller.as_ref().ok_or_else(|| nobody().into())
    }

    /// Whether an administrator is looking.
    pub fn is_admin(&self) -> bool {
        self.caller.as_ref().and_then(Caller::person).is_some_and(|person| person.is_admin)
    }
}

/// What a form sent, checked to be one of ours.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// A field's text; empty where it was not sent. Spaces around it are a slip of the hand, but for passwords.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// A field's text as it was sent.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// A field's text, where there is one.
    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Whether a box is checked.
    pub fn is_on(&self, name: &str) -> bool {
        self.raw(name) == "true"
    }

    /// Every value of a name: boxes of one group.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// Words of a text, between commas, spaces or lines.
    pub fn words(&self, name: &str) -> Vec<String> {
        let words = self.raw(name).split([',', ' ', '\n', '\r', '\t']);
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    /// A number.
    pub fn number(&self, name: &'static str) -> Result<i64> {
        self.text(name).parse().map_err(|_| crate::error::invalid(name, "is not a whole number"))
    }
}

impl<'n> FromIterator<(&'n str, String)> for Fields {
    fn from_iter<I: IntoIterator<Item = (&'n str, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

impl FromRequest<App> for Fields {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        same_origin::check(&parts.method, &parts.headers, Some(app.settings.base.as_str()))?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Problem::new(code::server::INPUT_TYPE, "This is not what a form sends.").into());
        }
        let session = cookie(&parts.headers, cookie_name(&app.settings)).map(str::to_owned);
        let bytes = crate::api::input::read(Request::from_parts(parts, body), app).await?;
        let pairs = url::form_urlencoded::parse(&bytes).map(|(name, value)| (name.into_owned(), value.into_owned()));
        let fields = Self(pairs.collect());
        if let Some(session) = session {
            same_origin::check_form(&session, fields.raw(same_origin::FIELD))?;
        }
        Ok(fields)
    }
}

/// What a query asked for, as text.
#[derive(Debug, Clone, Default)]
pub struct Asked(Fields);

impl std::ops::Deref for Asked {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.0
    }
}

impl FromRequestParts<App> for Asked {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Ok(Self(Fields(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())))
    }
}

impl Asked {
    /// The same query with another cursor.
    pub fn with_cursor(&self, path: &str, cursor: Option<i64>) -> Option<String> {
        let cursor = cursor?;
        let kept = self.0.0.iter().filter(|(name, value)| name != "cursor" && name != "done" && !value.is_empty());
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("cursor", &cursor.to_string())
            .finish();
        Some(format!("{path}?{query}"))
    }

    /// Where the list begins.
    pub fn page(&self) -> crate::actions::page::PageQuery {
        crate::actions::page::PageQuery { cursor: self.text("cursor").parse().ok(), limit: None }
    }
}

/// The way on after a form: another page, with a word for what was done.
pub fn see(path: &str, done: &str) -> Response {
    let (path, part) = path.split_once('#').map_or((path, String::new()), |(path, part)| (path, format!("#{part}")));
    let separator = if path.contains('?') { '&' } else { '?' };
    let target = if done.is_empty() { format!("{path}{part}") } else { format!("{path}{separator}done={done}{part}") };
    let location = HeaderValue::from_str(&target).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// An address of this server that a form or query named; anything else leads to the beginning.
pub fn local(path: &str) -> &str {
    let is_local = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|byte| byte.is_ascii_graphic());
    if is_local { path } else { "/" }
}

/// The sentence of a word in `?done=`: fixed words, so that nobody can put text into our pages by a link.
fn sentence(word: &str) -> Option<&'static str> {
    Some(match word {
        "saved" => "Saved.",
        "created" => "Created.",
        "deleted" => "Deleted.",
        "archived" => "Archived. It can be brought back in its settings.",
        "restored" => "Brought back.",
        "uploaded" => "Uploaded. The next deployment takes its source from it.",
        "requested" => "Asked for. This page shows how it goes.",
        "cancelled" => "Asked to stop. What is on its way is heard out first.",
        "approved" => "Your approval is noted.",
        "rejected" => "Rejected. The deployment is cancelled.",
        "sent" => "Sent.",
        "revoked" => "Revoked. It does not work any more.",
        "invited" => "Invited. The mail is on its way, or in the outbox where no mail server is set.",
        "signed-out" => "You are signed out.",
        "password" => "The password is changed. Other sessions have ended.",
        "reset" => "If the address has an account, a mail with a link is on its way to it.",
        "check-mail" => "A mail with a link is on its way. It works once.",
        "registered" => "The account is made. Sign in; where a mail was sent, confirm the address first.",
        "verified" => "The address is confirmed. Sign in.",
        "session" => "Ended.",
        "device-refused" => "Kept out.",
        "device" => "Approved. The terminal is signed in now.",
        "looked" => "Looked at just now.",
        "redelivered" => "Queued again.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_lead_nowhere_else() {
        assert_eq!(local("/projects/a?b=c"), "/projects/a?b=c");
        for elsewhere in
            ["//evil.example", "/\\evil.example", "https://evil.example", "", "/a\r\nSet-Cookie: x", "javascript:0"]
        {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }

    #[test]
    fn fields_are_found_by_name() {
        let pairs =
            [("name", " a "), ("scope", "x"), ("scope", "y"), ("on", "true"), ("list", "a, b\r\nc"), ("empty", "")];
        let fields = Fields(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec());
        assert_eq!((fields.text("name"), fields.raw("name")), ("a", " a "));
        assert_eq!(fields.all("scope"), ["x", "y"]);
        assert_eq!(fields.words("list"), ["a", "b", "c"]);
        assert!(fields.is_on("on") && !fields.is_on("name") && fields.some("empty").is_none());
        let asked = Asked(fields);
        let next = asked.with_cursor("/x", Some(9)).unwrap();
        assert!(
            next.starts_with("/x?name=+a+&scope=x") && next.ends_with("cursor=9") && !next.contains("empty"),
            "{next}"
        );
    }
}
