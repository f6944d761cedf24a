//! The sparse index: `config.json`, where a crate's file lies, what its lines say.

use pak_http::{Auth, Request, StatusCode, header, safe, status_problem};
use pak_model::{Digests, Presence, Problem, Result, Standing, code};
use semver::Version;
use serde::Deserialize;
use url::Url;

use super::{api, checked_name};
use crate::call::Call;
use crate::endpoint::{join, parse_url};
use crate::platform::PackageSource;

/// A registry as its index describes it.
#[derive(Debug)]
pub(super) struct Registry {
    index: Url,
    config: Config,
    public: bool,
}

#[derive(Debug, Deserialize)]
struct Config {
    dl: String,
    #[serde(default)]
    api: Option<String>,
    #[serde(default, rename = "auth-required")]
    auth_required: bool,
    /// Told by pak's own sandbox: it refuses what crates.io refuses, so the same rules apply.
    #[serde(default, rename = "emulates-public")]
    emulates_public: bool,
}

/// One version, as a line of the index tells it.
#[derive(Debug, Deserialize)]
pub(super) struct Entry {
    /// The exact spelling of the crate's name.
    pub name: String,
    /// The exact version.
    #[serde(rename = "vers")]
    pub version: Version,
    #[serde(default)]
    cksum: String,
    /// Whether it was yanked.
    #[serde(default)]
    pub yanked: bool,
}

impl Entry {
    pub(super) fn digests(&self) -> Digests {
        Digests::from_sha256(self.cksum.to_ascii_lowercase())
    }

    pub(super) fn presence(&self) -> Presence {
        Presence::Present { digests: self.digests(), standing: Standing::withdrawn_if(self.yanked) }
    }
}

impl Registry {
    /// Reads `config.json`. A registry that wants a credential for reading refuses the first request; only then is it shown one.
    pub(super) async fn read(call: &Call, index: &Url, public: bool) -> Result<Self> {
        let url = join(index, "config.json")?;
        let request = Request::get(url.clone()).accept("application/json");
        let mut response = call.send(request.clone()).await?;
        if response.status() == StatusCode::UNAUTHORIZED && call.credential().is_some() {
            response = call.send(request.auth(api::auth(call))).await?;
        }
        if response.status() != StatusCode::OK {
            return Err(status_problem("The index's config.json", response, true)
                .await
                .next("Check that the URL is the registry's sparse index: it must hold a file config.json."));
        }
        Ok(Self { index: index.clone(), config: response.json().await?, public })
    }

    /// Whether the rules of crates.io apply.
    pub(super) fn follows_public_rules(&self) -> bool {
        self.public || self.config.emulates_public
    }

    /// Whether it is crates.io itself.
    pub(super) fn is_public(&self) -> bool {
        self.public
    }

    /// What a client needs to read from it.
    pub(super) fn package_source(&self) -> PackageSource {
        PackageSource { index: self.index.clone(), download: Some(self.config.dl.clone()) }
    }

    /// Whether an index URL written in a manifest is this one.
    pub(super) fn is(&self, index: &str) -> bool {
        parse_url(index).is_ok_and(|url| same_folder(&url, &self.index))
    }

    /// An address of the web API below `/api/v1/`.
    pub(super) fn api(&self, path: &str) -> Result<Url> {
        let Some(api) = &self.config.api else {
            return Err(Problem::new(code::cargo::NO_API, format!("The index {} names no web API.", self.index))
                .about("url", &self.index));
        };
        parse_url(&format!("{}/api/v1/{path}", api.trim_end_matches('/')))
    }

    /// The credential for reading, where the registry wants one.
    pub(super) fn reading_auth(&self, call: &Call) -> Auth {
        if self.config.auth_required { api::auth(call) } else { Auth::None }
    }

    /// Every version of a crate, oldest first; empty where the crate is unknown.
    pub(super) async fn versions(&self, call: &Call, name: &str) -> Result<Vec<Entry>> {
        let url = join(&self.index, &path(checked_name(name)?))?;
        let request = Request::get(url).header(header::CACHE_CONTROL, "no-cache").auth(self.reading_auth(call));
        let response = call.send(request).await?;
        match response.status().as_u16() {
            200 => Ok(entries(&String::from_utf8_lossy(&response.bytes().await?))),
            // What cargo itself takes for "no such crate".
            404 | 410 | 451 => Ok(Vec::new()),
            _ => Err(status_problem(&format!("Index of {name}"), response, true).await),
        }
    }

    /// The version of a crate, if it is there. Build metadata does not tell versions apart: 1.0.0+a takes 1.0.0+b's place.
    pub(super) async fn version(&self, call: &Call, name: &str, version: &str) -> Result<Option<Entry>> {
        let wanted = Version::parse(version).map_err(|error| {
            Problem::new(code::cargo::VERSION_INVALID, format!("`{version}` is no SemVer version.")).cause(&error)
        })?;
        let wanted = without_build(wanted);
        let all = self.versions(call, name).await?;
        Ok(all.into_iter().find(|entry| without_build(entry.version.clone()) == wanted))
    }

    /// Where people look at a version: crates.io has pages, elsewhere it is the file.
    pub(super) fn page(&self, name: &str, version: &str) -> Option<String> {
        if self.public {
            let api = self.config.api.as_deref()?.trim_end_matches('/');
            return Some(format!("{api}/crates/{name}/{version}"));
        }
        let version = Version::parse(version).ok()?;
        let entry = Entry { name: name.to_owned(), version, cksum: String::new(), yanked: false };
        let by_digest = self.config.dl.contains("{sha256-checksum}");
        self.download(&entry).ok().filter(|_| !by_digest).map(|url| safe(&url))
    }

    /// Where the file of a version is served.
    pub(super) fn download(&self, entry: &Entry) -> Result<Url> {
        let Entry { name, version, cksum, .. } = entry;
        let name = checked_name(name)?;
        let template = &self.config.dl;
        let version = version.to_string();
        let prefix = folder(name);
        let markers = [
            ("{crate}", name),
            ("{version}", &version),
            ("{prefix}", &prefix),
            ("{lowerprefix}", &prefix.to_lowercase()),
            ("{sha256-checksum}", cksum),
        ];
        if !markers.iter().any(|(marker, _)| template.contains(marker)) {
            return parse_url(&format!("{}/{name}/{version}/download", template.trim_end_matches('/')));
        }
        parse_url(&markers.iter().fold(template.clone(), |url, (marker, value)| url.replace(marker, value)))
    }
}

/// Lines that cannot be read are of a newer form of the index: cargo passes over them too.
fn entries(text: &str) -> Vec<Entry> {
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn without_build(mut version: Version) -> Version {
    version.build = semver::BuildMetadata::EMPTY;
    version
}

fn same_folder(a: &Url, b: &Url) -> bool {
    a.origin() == b.origin() && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
}

/// The path of a crate's file in the index; names are ASCII here.
fn path(name: &str) -> String {
    let lower = name.to_lowercase();
    format!("{}/{lower}", folder(&lower))
}

fn folder(name: &str) -> String {
    let part = |from: usize, to: usize| name.get(from..to).unwrap_or_default();
    match name.len() {
        1 => "1".to_owned(),
        2 => "2".to_owned(),
        3 => format!("3/{}", part(0, 1)),
        _ => format!("{}/{}", part(0, 2), part(2, 4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(dl: &str) -> Registry {
        let config = Config { dl: dl.to_owned(), api: None, auth_required: false, emulates_public: false };
        Registry { index: Url::parse("http://127.0.0.1/i/").unwrap(), config, public: false }
    }

    #[test]
    fn files_lie_where_cargo_looks_for_them() {
        for (name, expected) in [
            ("a", "1/a"),
            ("aB", "2/ab"),
            ("abc", "3/a/abc"),
            ("Serde_JSON", "se/rd/serde_json"),
            ("rand", "ra/nd/rand"),
        ] {
            assert_eq!(path(name), expected);
        }
    }

    #[test]
    fn download_templates_are_filled() {
        let entry = Entry {
            name: "MyCrate".into(),
            version: Version::parse("1.0.0+b").unwrap(),
            cksum: "ab12".into(),
            yanked: false,
        };
        for (template, expected) in [
            ("http://127.0.0.1/dl", "http://127.0.0.1/dl/MyCrate/1.0.0+b/download"),
            ("http://127.0.0.1/dl/", "http://127.0.0.1/dl/MyCrate/1.0.0+b/download"),
            ("http://127.0.0.1/{crate}-{version}.crate", "http://127.0.0.1/MyCrate-1.0.0+b.crate"),
            ("http://127.0.0.1/{prefix}/{lowerprefix}/{sha256-checksum}", "http://127.0.0.1/My/Cr/my/cr/ab12"),
        ] {
            assert_eq!(registry(template).download(&entry).unwrap().as_str(), expected);
        }
        let hostile = Entry { name: "../x".into(), ..entry };
        assert!(registry("http://127.0.0.1/dl").download(&hostile).is_err());
    }

    #[test]
    fn lines_of_unknown_form_are_passed_over() {
        let text = "{\"name\":\"a\",\"vers\":\"1.0.0\",\"cksum\":\"AB\",\"yanked\":true,\"new\":{}}\n\n{\"name\":1}\nrubbish\n";
        let read = entries(text);
        assert_eq!(read.len(), 1);
        assert_eq!(
            read[0].presence(),
            Presence::Present { digests: Digests::from_sha256("ab"), standing: Standing::Withdrawn },
        );
    }

    #[test]
    fn an_index_is_recognised_however_it_is_written() {
        let registry = registry("http://127.0.0.1/dl");
        assert!(registry.is("sparse+http://127.0.0.1/i/") && registry.is("http://127.0.0.1/i"));
        assert!(!registry.is("http://127.0.0.1/j/") && !registry.is("https://127.0.0.1/i/"));
    }
}
