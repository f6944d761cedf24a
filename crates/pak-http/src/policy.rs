//! What a client may do: which origins, which methods.

use std::collections::BTreeSet;
use std::sync::Arc;

use http::Method;
use pak_model::{Problem, Result, code};
use url::Url;

use crate::guard::Guard;
use crate::request::Request;
use crate::url::{is_loopback, origin, safe};

/// The limits of a client. A rehearsal and a dry run are the same drivers under another policy.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Origins that may be reached; `None` for any.
    pub origins: Option<BTreeSet<String>>,
    /// Refuses every method that may change something.
    pub read_only: bool,
    /// Origins on plain http that the user allowed. Loopback needs no permission.
    pub plain_http: BTreeSet<String>,
    /// Keeps addresses that others gave out of this machine's network; none where the user runs pak alone.
    pub guard: Option<Arc<Guard>>,
    /// Origins this process serves itself (the sandbox): reached whatever the guard says.
    pub own: BTreeSet<String>,
}

impl Policy {
    /// Checks a request before anything is sent.
    pub(crate) fn check(&self, request: &Request) -> Result<()> {
        if !is_safe(&request.method) && !request.harmless {
            self.check_writing(request.method.as_str(), &request.url)?;
        }
        self.check_url(&request.url)
    }

    /// Checks that this run may write at all; `what` begins the message.
    pub(crate) fn check_writing(&self, what: &str, url: &Url) -> Result<()> {
        if self.read_only {
            return Err(Problem::new(
                code::http::DRY_RUN,
                format!("{what} {} was stopped: this run may only read.", safe(url)),
            ));
        }
        Ok(())
    }

    /// Checks an address, also one a registry redirects to.
    pub(crate) fn check_url(&self, url: &Url) -> Result<()> {
        let origin = origin(url);
        if let Some(origins) = &self.origins
            && !origins.contains(&origin)
        {
            return Err(Problem::new(
                code::http::ORIGIN_REFUSED,
                format!("{origin} is not one of this run's registries."),
            )
            .about("url", safe(url)));
        }
        let mut trusted = is_loopback(url) || self.plain_http.contains(&origin);
        if let Some(guard) = &self.guard
            && !self.own.contains(&origin)
        {
            guard.check(url)?;
            trusted |= guard.lists(url);
        }
        if url.scheme() == "http" && !trusted {
            return Err(Problem::new(
                code::config::HTTP_NOT_ALLOWED,
                format!("{origin} is on plain http: a credential sent there can be read on the way."),
            )
            .about("url", safe(url)));
        }
        Ok(())
    }
}

/// Methods that change nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}
