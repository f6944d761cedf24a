//! What every page has around it: places to go, who is signed in, the theme, a notice of what was just done.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};

use super::assets;
use super::icon::Icon;

/// The places of the dashboard, one of which is marked as the current one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Projects and everything below one.
    Projects,
    /// Deployments of all projects.
    Deployments,
    /// Platforms and their health.
    Platforms,
    /// Telemetry and downloads.
    Telemetry,
    /// Webhooks of the instance.
    Webhooks,
    /// The caller's keys.
    ApiKeys,
    /// The audit log.
    Audit,
    /// People and invitations.
    Users,
    /// Settings of the instance.
    Settings,
    /// Mails that were written.
    Outbox,
    /// The description of the API.
    Docs,
    /// The caller's own account.
    Account,
    /// A page outside of all places.
    Nowhere,
}

/// An entry of the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Which place.
    pub place: Place,
    /// Its address.
    pub path: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its picture.
    pub icon: Icon,
}

const fn entry(place: Place, path: &'static str, name: &'static str, icon: Icon) -> Entry {
    Entry { place, path, name, icon }
}

const EVERYONES: &[Entry] = &[
    entry(Place::Projects, "/projects", "Projects", Icon::Box),
    entry(Place::Deployments, "/deployments", "Deployments", Icon::Rocket),
    entry(Place::Platforms, "/platforms", "Platforms", Icon::Globe),
    entry(Place::Telemetry, "/telemetry", "Telemetry", Icon::Chart),
    entry(Place::ApiKeys, "/account/keys", "API keys", Icon::Key),
    entry(Place::Docs, "/docs", "API", Icon::Book),
];

const ADMINISTRATORS: &[Entry] = &[
    entry(Place::Users, "/users", "Users", Icon::People),
    entry(Place::Webhooks, "/webhooks", "Webhooks", Icon::Hook),
    entry(Place::Audit, "/audit", "Audit log", Icon::Scroll),
    entry(Place::Settings, "/settings", "Settings", Icon::Gear),
    entry(Place::Outbox, "/outbox", "Mail outbox", Icon::Letter),
];

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they administer the instance.
    pub is_admin: bool,
}

/// The chosen colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    /// From its word; unknown words mean the system's choice.
    pub fn of(word: &str) -> Self {
        match word {
            "light" => Self::Light,
            "dark" => Self::Dark,
            _ => Self::System,
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The theme that the button offers next.
    pub(crate) fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// A link with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its address.
    pub path: String,
    /// Its name.
    pub name: String,
}

impl Link {
    /// A link.
    pub fn new(path: impl Into<String>, name: impl Into<String>) -> Self {
        Self { path: path.into(), name: name.into() }
    }
}

/// What stands around a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The page's name, as the browser shows it.
    pub title: String,
    /// Where it belongs.
    pub place: Place,
    /// The way to it.
    pub crumbs: Vec<Link>,
    /// Who is signed in.
    pub who: Option<Who>,
    /// The hidden field of every form.
    pub csrf: String,
    /// The chosen colours.
    pub theme: Theme,
    /// The page's own address, to come back to.
    pub here: String,
    /// What was just done.
    pub notice: Option<&'static str>,
    /// The stream of events that renews it.
    pub live: Option<String>,
}

impl Frame {
    /// The frame of a page for somebody.
    pub fn new(title: impl Into<String>, place: Place) -> Self {
        Self {
            title: title.into(),
            place,
            crumbs: Vec::new(),
            who: None,
            csrf: String::new(),
            theme: Theme::System,
            here: "/".to_owned(),
            notice: None,
            live: None,
        }
    }

    /// Adds a step of the way to the page.
    pub fn under(mut self, path: impl Into<String>, name: impl Into<String>) -> Self {
        self.crumbs.push(Link::new(path, name));
        self
    }

    pub(crate) fn places() -> &'static [Entry] {
        EVERYONES
    }

    pub(crate) fn administration(&self) -> &'static [Entry] {
        if self.who.as_ref().is_some_and(|who| who.is_admin) { ADMINISTRATORS } else { &[] }
    }

    pub(crate) fn css() -> &'static str {
        assets::path("pak.css")
    }

    pub(crate) fn script() -> &'static str {
        assets::path("pak.js")
    }

    pub(crate) fn picture() -> &'static str {
        assets::path("pak.svg")
    }

    pub(crate) fn tick() -> Icon {
        Icon::Tick
    }
}

/// A name as one part of an address.
pub fn segment(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&hex::encode_upper([byte]));
        }
    }
    out
}

/// The answer that a template makes.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, [(header::CACHE_CONTROL, "no-store")], Html(super::show::printable(text))).into_response(),
        Err(error) => {
            // Templates write into memory: only a broken `Display` of our own could end up here.
            tracing::error!(%error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
