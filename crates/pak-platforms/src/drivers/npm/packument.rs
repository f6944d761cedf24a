//! What a registry says about a package: the packument, and what follows from it for one version.

use std::cmp::Ordering;

use pak_http::{Auth, Request, header};
use pak_model::{Digests, Presence, Problem, Result, Standing, code};
use serde_json::{Map, Value};
use url::Url;

use super::{name, refusal};
use crate::call::Call;
use crate::previous::{Candidate, newest_before};

/// A packument, unchanged: undo writes it back, so nothing may be lost.
#[derive(Debug)]
pub(super) struct Packument(pub(super) Map<String, Value>);

impl Packument {
    /// Asks with the credential; `None` where the name is unknown.
    pub(super) async fn fetch(call: &Call, package: &str) -> Result<Option<Self>> {
        Self::ask(call, package, call.auth()).await
    }

    /// Asks as a stranger, and with the credential only where a stranger sees nothing of it or not `enough`.
    ///
    /// Users install without our token, so what they see is what counts; and registries that check a password anew for every
    /// request (Verdaccio's bcrypt) answer a stranger twenty times faster.
    pub(super) async fn fetch_openly(
        call: &Call,
        package: &str,
        enough: impl Fn(&Self) -> bool,
    ) -> Result<Option<Self>> {
        match Self::ask(call, package, Auth::None).await {
            Ok(Some(packument)) if enough(&packument) => Ok(Some(packument)),
            answer if call.credential().is_none() => answer,
            _ => Self::fetch(call, package).await,
        }
    }

    /// `?write=true` and the header pass by the caches in front of the registry.
    async fn ask(call: &Call, package: &str, auth: Auth) -> Result<Option<Self>> {
        let mut url = call.endpoint().join(&name::escaped(package))?;
        url.set_query(Some("write=true"));
        let request = Request::get(url).auth(auth).accept("application/json").header(header::CACHE_CONTROL, "no-cache");
        let response = call.send(request).await?;
        match response.status().as_u16() {
            200 => {
                let url = pak_http::safe(response.url());
                match response.json::<Value>().await? {
                    Value::Object(document) => Ok(Some(Self(document))),
                    _ => Err(Problem::new(code::http::UNEXPECTED, format!("{url} did not answer with a package."))),
                }
            }
            404 | 410 => Ok(None),
            _ => Err(refusal::problem(&format!("Looking up {package}"), response, true, false).await),
        }
    }

    /// One version's document.
    pub(super) fn version(&self, version: &str) -> Option<&Value> {
        self.0.get("versions")?.get(version)
    }

    /// Versions, lowest first; what is no semantic version comes first.
    pub(super) fn versions(&self) -> Vec<String> {
        let mut versions: Vec<String> = self
            .0
            .get("versions")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(key, _)| key.clone())
            .collect();
        versions.sort_by(|a, b| compare(a, b));
        versions
    }

    /// The version that users of `this` have before it.
    pub(super) fn newest_before(&self, this: &str) -> Option<String> {
        let this = semver::Version::parse(this).ok()?;
        let listed = self.0.get("versions").and_then(Value::as_object)?;
        let candidates = listed.iter().filter_map(|(version, document)| {
            let order = semver::Version::parse(version).ok()?;
            let early = !order.pre.is_empty();
            Some(Candidate { order, early, withdrawn: is_deprecated(document), what: version.clone() })
        });
        newest_before(&this, !this.pre.is_empty(), candidates)
    }

    /// Where the tarball lies.
    pub(super) fn tarball(&self, version: &str) -> Option<Url> {
        Url::parse(self.version(version)?.get("dist")?.get("tarball")?.as_str()?).ok()
    }

    /// Whether a version is there, was there, or never was.
    pub(super) fn presence(&self, version: &str) -> Presence {
        if let Some(found) = self.version(version) {
            let standing = Standing::withdrawn_if(is_deprecated(found));
            return Presence::Present { digests: digests(found), standing };
        }
        let times = self.0.get("time");
        let gone = times.and_then(|times| times.get("unpublished"));
        let all_gone = gone
            .and_then(|gone| gone.get("versions"))
            .and_then(Value::as_array)
            .is_some_and(|versions| versions.iter().any(|gone| gone.as_str() == Some(version)));
        if all_gone || times.and_then(|times| times.get(version)).is_some() {
            return Presence::Burnt { reason: format!("{version} was published and unpublished") };
        }
        Presence::Absent
    }
}

/// Whether a version carries a deprecation; registries also write `""` and `false`.
pub(super) fn is_deprecated(version: &Value) -> bool {
    match version.get("deprecated") {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Bool(set)) => *set,
        _ => false,
    }
}

/// The digests of `dist`: `integrity`, and `shasum` for versions older than it.
pub(super) fn digests(version: &Value) -> Digests {
    let dist = |field: &str| version.get("dist")?.get(field)?.as_str();
    let mut digests = dist("integrity").map(Digests::from_integrity).unwrap_or_default();
    if let Some(shasum) = dist("shasum").filter(|text| text.len() == 40) {
        digests.sha1 = Some(shasum.to_ascii_lowercase());
    }
    digests
}

fn compare(a: &str, b: &str) -> Ordering {
    match (semver::Version::parse(a), semver::Version::parse(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Greater,
        (Err(_), Ok(_)) => Ordering::Less,
        (Err(_), Err(_)) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn packument(value: &Value) -> Packument {
        Packument(value.as_object().unwrap().clone())
    }

    #[test]
    fn presence_tells_used_up_numbers_from_free_ones() {
        let some = packument(&json!({
            "versions": {"1.0.0": {"dist": {"shasum": "AB".repeat(20)}, "deprecated": ""}},
            "time": {"1.0.0": "x", "0.9.0": "x"},
        }));
        let expected = Digests { sha1: Some("ab".repeat(20)), ..Digests::default() };
        assert_eq!(some.presence("1.0.0"), Presence::present(expected));
        assert!(matches!(some.presence("0.9.0"), Presence::Burnt { .. }));
        assert_eq!(some.presence("1.1.0"), Presence::Absent);
        let gone = packument(&json!({"time": {"unpublished": {"versions": ["2.0.0"]}}}));
        assert!(matches!(gone.presence("2.0.0"), Presence::Burnt { .. }));
        assert_eq!(gone.presence("2.0.1"), Presence::Absent);
    }

    #[test]
    fn versions_are_in_their_own_order() {
        let some = packument(&json!({"versions": {"1.10.0": {}, "1.9.0": {}, "1.10.0-rc.1": {}, "odd": {}}}));
        assert_eq!(some.versions(), ["odd", "1.9.0", "1.10.0-rc.1", "1.10.0"]);
    }
}
