//! Where the dependencies of a rehearsed package come from: reads of packages that the sandbox does not hold are sent on to
//! the registries that do. Off unless asked for; `serve.rs` asks before the registries answer.
//!
//! The sandbox never fetches anything itself: clients are redirected, and go there with their own trust and proxy settings.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use url::Url;

use crate::registries::{self, Address, Shared};

/// A registry to send reads on to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// npm: the registry's root; pypi: its simple index; cargo: its sparse index.
    pub index: Url,
    /// cargo: where crates are downloaded from, as `dl` of the index's `config.json` says it.
    pub download: Option<String>,
}

/// The upstreams in force, by platform. Cloning shares them.
#[derive(Debug, Clone, Default)]
pub struct Upstreams(Arc<Mutex<BTreeMap<String, Upstream>>>);

impl Upstreams {
    /// Sends reads for a platform on from now on.
    pub fn set(&self, platform: &str, upstream: Upstream) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(platform.to_owned(), upstream);
    }

    /// The redirect that answers a request, where it is a read of a package that is not held.
    pub(crate) fn answer(&self, shared: &Shared, request: &Request<Body>) -> Option<Response<Body>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return None;
        }
        let (platform, address) = registries::address(shared, request.uri().path())?;
        let upstream = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(platform)?.clone();
        let target = upstream.target(address)?;
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
        response.headers_mut().insert(header::LOCATION, HeaderValue::from_str(&target).ok()?);
        Some(response)
    }
}

impl Upstream {
    fn target(&self, address: Address<'_>) -> Option<String> {
        match address {
            Address::Below(path) => Some(format!("{}/{path}", self.index.as_str().trim_end_matches('/'))),
            Address::Crate { name, version } => download(self.download.as_deref()?, name, version),
        }
    }
}

/// Fills a download template as cargo does. The checksum is not known here.
fn download(template: &str, name: &str, version: &str) -> Option<String> {
    if template.contains("{sha256-checksum}") {
        return None;
    }
    if !["{crate}", "{version}", "{prefix}", "{lowerprefix}"].iter().any(|marker| template.contains(marker)) {
        return Some(format!("{}/{name}/{version}/download", template.trim_end_matches('/')));
    }
    let prefix = match name.len() {
        short @ 1..=2 => short.to_string(),
        3 => format!("3/{}", name.get(..1)?),
        _ => format!("{}/{}", name.get(..2)?, name.get(2..4)?),
    };
    let filled = template.replace("{crate}", name).replace("{version}", version).replace("{prefix}", &prefix);
    Some(filled.replace("{lowerprefix}", &prefix.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use camino::Utf8PathBuf;

    use super::*;
    use crate::faults::Faults;
    use crate::store::Store;

    fn asked(method: &str, path: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap()).unwrap();
        for key in ["npm/held/-/packument.json", "cargo/crates/held_too/crate.json", "pypi/projects/held-too.json"] {
            store.write(key, b"{}").unwrap();
        }
        let base = "http://127.0.0.1:1".to_owned();
        let shared = Shared { store, token: String::new(), faults: Faults::default(), base };
        let upstreams = Upstreams::default();
        for (platform, download) in [("npm", None), ("pypi", None), ("cargo", Some("http://127.0.0.1:2/dl".to_owned()))]
        {
            let index = Url::parse(&format!("http://127.0.0.1:2/{platform}/")).unwrap();
            upstreams.set(platform, Upstream { index, download });
        }
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let response = upstreams.answer(&shared, &request)?;
        Some(response.headers()["location"].to_str().unwrap().trim_start_matches("http://127.0.0.1:2").to_owned())
    }

    #[test]
    fn reads_of_what_is_not_held_are_sent_on() {
        for (path, expected) in [
            ("/npm/left-pad", "/npm/left-pad"),
            ("/npm/@a%2fb", "/npm/@a%2fb"),
            ("/npm/JSONStream", "/npm/JSONStream"),
            ("/npm/a/-/a-1.0.0.tgz", "/npm/a/-/a-1.0.0.tgz"),
            ("/pypi/simple/six/", "/pypi/six/"),
            ("/cargo/index/cf/g-/cfg-if", "/cargo/cf/g-/cfg-if"),
            ("/cargo/api/v1/crates/cfg-if/1.0.0/download", "/dl/cfg-if/1.0.0/download"),
        ] {
            assert_eq!(asked("GET", path).as_deref(), Some(expected), "{path}");
        }
    }

    #[test]
    fn what_is_held_and_what_is_written_never_is() {
        for (method, path) in [
            ("GET", "/npm/held"),
            ("GET", "/npm/held/-/held-9.0.0.tgz"),
            ("GET", "/pypi/simple/Held_Too/"),
            ("GET", "/pypi/simple/"),
            ("GET", "/pypi/files/other/other-1.0.tar.gz"),
            ("GET", "/cargo/index/he/ld/held-too"),
            ("GET", "/cargo/index/config.json"),
            ("GET", "/cargo/api/v1/crates/Held-Too/9.0.0/download"),
            ("GET", "/npm/-/whoami"),
            ("GET", "/npm/a/../b"),
            ("GET", "/v2/a/manifests/latest"),
            ("GET", "/-/sandbox/health"),
            ("PUT", "/npm/other"),
            ("DELETE", "/cargo/api/v1/crates/other/1.0.0/yank"),
        ] {
            assert_eq!(asked(method, path), None, "{method} {path}");
        }
    }

    #[test]
    fn download_templates_are_filled() {
        for (template, expected) in [
            ("http://h/dl", Some("http://h/dl/MyCrate/1.0.0/download")),
            ("http://h/{crate}/{crate}-{version}.crate", Some("http://h/MyCrate/MyCrate-1.0.0.crate")),
            ("http://h/{prefix}/{lowerprefix}/{crate}", Some("http://h/My/Cr/my/cr/MyCrate")),
            ("http://h/{sha256-checksum}", None),
        ] {
            assert_eq!(download(template, "MyCrate", "1.0.0").as_deref(), expected, "{template}");
        }
    }
}
