//! Keeps requests to addresses that users gave (webhooks, registries of projects) out of the server's own network.
//!
//! What is checked is what is connected to: addresses in URLs before anything is sent, names when they are resolved for a
//! connection, so that a name that leads elsewhere the second time leads nowhere.

mod address;
mod allowed;

pub use allowed::Allowed;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use pak_model::{Problem, code};
use url::{Host, Url};

use crate::url::{is_loopback, safe};

/// Names of the services that hand out a cloud machine's own credentials.
const METADATA_NAMES: &[&str] = &["metadata.google.internal", "metadata.goog", "metadata", "instance-data"];

/// Ends of names that lead into a machine or a local network by agreement.
const INNER_NAMES: &[&str] = &["localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa", "corp"];

/// Ports above 1023 where other protocols listen that could be talked to by a crafted request.
const OTHER_PROTOCOLS: &[u16] = &[
    1433, 1521, 2049, 2375, 2376, 2379, 3306, 3389, 4190, 5060, 5061, 5432, 5672, 5900, 6000, 6379, 6443, 6660, 6665,
    6666, 6667, 6668, 6669, 6697, 9092, 9200, 9300, 10250, 11211, 27017,
];

/// Turns names into addresses. The system's own way unless another is put in its place.
#[async_trait]
pub trait Names: Send + Sync {
    /// The addresses of a name.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The system's resolver.
struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// The guard: only https, only public addresses and likely ports, except what an administrator allowed.
#[derive(Clone)]
pub struct Guard {
    allowed: Allowed,
    names: Arc<dyn Names>,
    pub(crate) longest: Duration,
    pub(crate) largest: u64,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

/// Why an address is not connected to; found again among a request's causes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused(String);

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The refusal for people.
    pub(crate) fn problem(&self, url: &Url) -> Problem {
        Problem::new(code::http::ADDRESS_REFUSED, format!("{} is not connected to: {}.", safe(url), self.0))
            .about("url", safe(url))
    }
}

impl Guard {
    /// A guard with what an administrator allowed. An answer may take an hour and 16 GiB; see [`Guard::limited`].
    pub fn new(allowed: Allowed) -> Self {
        Self { allowed, names: Arc::new(SystemNames), longest: Duration::from_hours(1), largest: 16 << 30 }
    }

    /// Resolves names in another way.
    pub fn with_names(self, names: Arc<dyn Names>) -> Self {
        Self { names, ..self }
    }

    /// Bounds an answer's whole time and size.
    pub fn limited(self, longest: Duration, largest: u64) -> Self {
        Self { longest, largest, ..self }
    }

    /// Checks an address as far as it can be without resolving names; what it cannot see is checked at the connection.
    pub fn check(&self, url: &Url) -> Result<(), Problem> {
        self.look(url).map_err(|refused| refused.problem(url))
    }

    /// The same for an address that is only called, with nothing else said about it: https, or http to what is listed.
    pub fn check_web(&self, url: &Url) -> Result<(), Problem> {
        self.check(url)?;
        if url.scheme() == "http" && !self.lists(url) && !is_loopback(url) {
            return Err(Refused("it is on plain http, where everyone on the way can read".to_owned()).problem(url));
        }
        Ok(())
    }

    /// Whether an administrator listed this host, or a network that holds this address.
    pub(crate) fn lists(&self, url: &Url) -> bool {
        match url.host() {
            Some(Host::Ipv4(address)) => self.allowed.address(address.into()),
            Some(Host::Ipv6(address)) => self.allowed.address(address.into()),
            Some(Host::Domain(name)) => self.allowed.host(&plain(name)),
            None => false,
        }
    }

    fn look(&self, url: &Url) -> Result<(), Refused> {
        let refused = |why: String| Err(Refused(why));
        let web = matches!(url.scheme(), "http" | "https");
        // A user in an address is a means to make it look like another's.
        if web && !(url.username().is_empty() && url.password().is_none()) {
            return refused("it carries a user or a password".to_owned());
        }
        if self.lists(url) {
            return Ok(());
        }
        // Where a program connects instead of us (ssh), nothing can be pinned.
        if !web {
            return refused(format!("{} is only for hosts an administrator allows", url.scheme()));
        }
        let inner = match url.host() {
            None => Some("nowhere"),
            Some(Host::Ipv4(address)) => address::not_public(address.into()),
            Some(Host::Ipv6(address)) => address::not_public(address.into()),
            Some(Host::Domain(name)) => self.inner_name(&plain(name)),
        };
        if let Some(inner) = inner {
            return refused(format!("its address belongs to {inner}"));
        }
        match url.port_or_known_default() {
            Some(port @ (80 | 443 | 1024..)) if !OTHER_PROTOCOLS.contains(&port) => Ok(()),
            port => refused(format!("port {} belongs to another protocol", port.unwrap_or_default())),
        }
    }

    /// Names that cannot be public. Where an administrator allowed a network, its names are told by their addresses alone.
    fn inner_name(&self, name: &str) -> Option<&'static str> {
        let ends_in = |end: &&str| name.strip_suffix(*end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        if METADATA_NAMES.contains(&name) {
            return Some("a cloud's metadata service");
        }
        let inner = !name.contains('.') || INNER_NAMES.iter().any(ends_in);
        (inner && !self.allowed.has_networks()).then_some("a local network")
    }

    /// Resolves a name for a connection and leaves only what may be connected to.
    pub(crate) async fn resolve(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let mut found = self.names.addresses(name).await?;
        if !self.allowed.host(&plain(name)) {
            let mut why = "no address";
            found.retain(|address| match address::not_public(*address) {
                Some(reason) if !self.allowed.address(*address) => {
                    why = reason;
                    false
                }
                _ => true,
            });
            if found.is_empty() {
                return Err(Box::new(Refused(format!("its name leads to {why}"))));
            }
        }
        Ok(found.into_iter().map(|address| SocketAddr::new(address, 0)).collect())
    }
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// The guard as the HTTP library's resolver.
pub(crate) struct Resolver(pub(crate) Arc<Guard>);

impl reqwest::dns::Resolve for Resolver {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let guard = Arc::clone(&self.0);
        Box::pin(async move {
            let found = guard.resolve(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as reqwest::dns::Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
