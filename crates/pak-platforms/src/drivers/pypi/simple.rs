//! A project's page in the simple index: JSON where the server has it, HTML of old servers otherwise.

use pak_http::{Request, header};
use pak_model::python::{WheelName, normalized_name, parse_sdist_name};
use pak_model::{Digests, Problem, Result, code};
use serde::Deserialize;
use url::Url;

use super::{PypiDriver, credentials, html};
use crate::call::Call;

const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";
/// Pages of projects with tens of thousands of files are this large.
const PAGE_LIMIT: u64 = 128 << 20;

/// What the page lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// Files in the server's order.
    pub files: Vec<File>,
    /// Versions, where the server lists them.
    pub versions: Vec<String>,
}

/// One file of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    /// Its name.
    pub name: String,
    /// Where it is downloaded, absolute.
    pub url: Url,
    /// What the index says of its bytes.
    pub digests: Digests,
    /// Whether it is yanked.
    pub yanked: bool,
    /// When it was uploaded, where the index tells.
    pub uploaded: Option<jiff::Timestamp>,
}

impl File {
    /// The version in the file's name; `None` for names that are neither wheel nor sdist of this project.
    pub(super) fn version(&self, project: &str) -> Option<String> {
        let (name, version) = match WheelName::parse(&self.name) {
            Some(wheel) => (wheel.name, wheel.version),
            None => parse_sdist_name(&self.name).map(|(name, version)| (name.to_owned(), version.to_owned()))?,
        };
        (normalized_name(&name) == normalized_name(project)).then_some(version)
    }
}

#[derive(Deserialize)]
struct JsonPage {
    files: Vec<JsonFile>,
    #[serde(default)]
    versions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: std::collections::BTreeMap<String, String>,
    #[serde(default)]
    yanked: serde_json::Value,
    #[serde(default)]
    upload_time: Option<String>,
}

impl PypiDriver {
    /// Reads the page of a project; `None` where the index does not know the name.
    pub(super) async fn page(&self, call: &Call, name: &str) -> Result<Option<Page>> {
        let url = self.addresses(call.endpoint()).page(name)?;
        let request = Request::get(url.clone())
            .accept(ACCEPT)
            .header(header::CACHE_CONTROL, "no-cache")
            .auth(credentials::reading_auth(self, call, &url)?);
        let response = match call.send(request).await {
            Ok(response) => response,
            // pypiserver sends questions about names it does not have on to the public index: not here, then.
            Err(problem) if is_handed_on(&problem, &url) => return Ok(None),
            Err(problem) => return Err(problem),
        };
        if pak_http::origin(response.url()) != pak_http::origin(&url) {
            return Ok(None);
        }
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            _ => return Err(pak_http::status_problem(&format!("The index page of {name}"), response, true).await),
        }
        let is_json = response.header("content-type").is_some_and(|kind| kind.contains("json"));
        let base = response.url().clone();
        let bytes = response.bytes_up_to(PAGE_LIMIT).await?;
        let page = if is_json { from_json(&base, &bytes) } else { from_html(&base, &String::from_utf8_lossy(&bytes)) };
        page.map(Some).map_err(|why| {
            Problem::new(
                code::http::UNEXPECTED,
                format!("{} is not a page of a simple index: {why}.", pak_http::safe(&url)),
            )
            .about("url", pak_http::safe(&url))
            .next("Set the target's `index` to the URL that pip would be given as --index-url.")
        })
    }
}

/// A redirect to another registry that this run may not talk to.
fn is_handed_on(problem: &Problem, asked: &Url) -> bool {
    problem.code() == code::http::ORIGIN_REFUSED && problem.named("url").is_some_and(|url| url != pak_http::safe(asked))
}

fn from_json(base: &Url, bytes: &[u8]) -> Result<Page, String> {
    let page: JsonPage = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let files = page.files.into_iter().filter_map(|file| {
        let hash = |name: &str| file.hashes.get(name).cloned();
        Some(File {
            url: base.join(&file.url).ok()?,
            digests: Digests {
                sha256: hash("sha256"),
                sha512: hash("sha512"),
                blake2b_256: hash("blake2b_256"),
                sha1: hash("sha1"),
                md5: hash("md5"),
                git: None,
            },
            // A reason, which may be empty, or true.
            yanked: file.yanked.is_string() || file.yanked == serde_json::Value::Bool(true),
            uploaded: file.upload_time.as_deref().and_then(|time| time.parse().ok()),
            name: file.filename,
        })
    });
    Ok(Page { files: files.collect(), versions: page.versions })
}

fn from_html(base: &Url, text: &str) -> Result<Page, String> {
    if !text.to_ascii_lowercase().contains("<a") && !text.to_ascii_lowercase().contains("<html") {
        return Err("it is neither JSON nor HTML".to_owned());
    }
    let files = html::links(text).into_iter().filter_map(|link| {
        let mut url = base.join(link.href.trim()).ok()?;
        let mut digests = Digests::default();
        if let Some((algorithm, value)) = url.fragment().and_then(|fragment| fragment.split_once('=')) {
            let value = Some(value.to_owned());
            match algorithm {
                "sha256" => digests.sha256 = value,
                "sha512" => digests.sha512 = value,
                "sha1" => digests.sha1 = value,
                "md5" => digests.md5 = value,
                _ => {}
            }
        }
        url.set_fragment(None);
        Some(File { name: link.text.trim().to_owned(), url, digests, yanked: link.yanked, uploaded: None })
    });
    Ok(Page { files: files.collect(), versions: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_and_html_pages_say_the_same() {
        let base = Url::parse("http://127.0.0.1:1/simple/a-b/").unwrap();
        let json = br#"{"meta":{"api-version":"1.1"},"name":"a-b","versions":["1.0"],"files":[
            {"filename":"a_b-1.0.tar.gz","url":"../../f/a_b-1.0.tar.gz","hashes":{"sha256":"ab"},"yanked":"bad","upload-time":"2026-01-02T03:04:05.678Z"},
            {"filename":"a_b-1.0-py3-none-any.whl","url":"https://files.example/x.whl","hashes":{},"yanked":false}]}"#;
        let page = from_json(&base, json).unwrap();
        assert_eq!(page.files[0].url.as_str(), "http://127.0.0.1:1/f/a_b-1.0.tar.gz");
        assert!(page.files[0].yanked && page.files[0].uploaded.is_some() && !page.files[1].yanked);
        assert_eq!(page.files[1].version("A.b").as_deref(), Some("1.0"));
        assert_eq!(page.files[1].version("other"), None);
        let html = "<html><a data-yanked='bad' href=\"../../f/a_b-1.0.tar.gz#sha256=ab\">a_b-1.0.tar.gz</a></html>";
        let from_html = from_html(&base, html).unwrap();
        assert_eq!(from_html.files[0], File { uploaded: None, ..page.files[0].clone() });
        assert!(super::from_html(&base, "plain").is_err() && from_json(&base, b"[]").is_err());
    }
}
