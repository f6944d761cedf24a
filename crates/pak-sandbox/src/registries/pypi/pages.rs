//! What clients read: simple pages as HTML and as JSON, and the JSON of projects.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _};
use http::{HeaderMap, Response, StatusCode, header};
use pak_model::python::normalized_name;
use serde_json::{Value, json};

use super::project::{File, Project};
use super::{Refusal, find};
use crate::registries::Shared;

const JSON: &str = "application/vnd.pypi.simple.v1+json";

/// Text in HTML.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains(JSON) || accepted.contains("application/vnd.pypi.simple.latest+json")
}

fn simple(headers: &HeaderMap, json: &Value, html: String) -> Response<Body> {
    if wants_json(headers) {
        ([(header::CONTENT_TYPE, JSON)], json.to_string()).into_response()
    } else {
        Html(html).into_response()
    }
}

fn page(title: &str, links: &[String]) -> String {
    format!(
        "<!DOCTYPE html>\n<html>\n<head>\n<meta name=\"pypi:repository-version\" content=\"1.1\">\n\
         <title>{title}</title>\n</head>\n<body>\n{}\n</body>\n</html>\n",
        links.join("\n")
    )
}

/// All projects.
pub(super) async fn list(State(shared): State<Shared>, headers: HeaderMap) -> Response<Body> {
    let names = match shared.store.list("pypi/projects") {
        Ok(names) => names,
        Err(error) => return Refusal::from(error).answer(&headers),
    };
    let names: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(".json")).collect();
    let links: Vec<String> = names.iter().map(|name| format!("<a href=\"{name}/\">{name}</a><br>")).collect();
    let projects: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    simple(&headers, &json!({"meta": {"api-version": "1.1"}, "projects": projects}), page("Simple index", &links))
}

/// One project.
pub(super) async fn project(
    State(shared): State<Shared>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response<Body> {
    let found = find(&shared, &name);
    let project = match found {
        Ok(project) if project.visible(&shared).next().is_some() => project,
        Ok(_) => return Refusal::not_found().answer(&headers),
        Err(refusal) => return refusal.answer(&headers),
    };
    let normalized = normalized_name(&project.name);
    let mut links = Vec::new();
    let mut files = Vec::new();
    let mut versions: Vec<&str> = Vec::new();
    for file in project.visible(&shared) {
        let sha256 = file.digests.sha256.as_deref().unwrap_or_default();
        // Relative, as some indexes write them: clients must resolve them against the page.
        let url = format!("../../files/{normalized}/{}", file.name);
        let requires = file.requires_python.as_deref();
        let attribute = requires.map(|text| format!(" data-requires-python=\"{}\"", escaped(text))).unwrap_or_default();
        let provenance = file
            .attested
            .then(|| format!("{}/pypi/integrity/{normalized}/{}/{}/provenance", shared.base, file.version, file.name));
        let attested = provenance.as_ref().map(|url| format!(" data-provenance=\"{url}\"")).unwrap_or_default();
        links.push(format!("<a href=\"{url}#sha256={sha256}\"{attribute}{attested}>{}</a><br>", escaped(&file.name)));
        files.push(json!({
            "filename": file.name, "url": url, "hashes": {"sha256": sha256}, "requires-python": requires,
            "size": file.size, "upload-time": time(file), "yanked": false,
            "provenance": provenance,
        }));
        if !versions.contains(&file.version.as_str()) {
            versions.push(&file.version);
        }
    }
    let json = json!({"meta": {"api-version": "1.1"}, "name": normalized, "versions": versions, "files": files});
    simple(&headers, &json, page(&format!("Links for {normalized}"), &links))
}

fn time(file: &File) -> String {
    jiff::Timestamp::from_millisecond(file.uploaded).unwrap_or_default().to_string()
}

/// The JSON of a project or of one of its versions.
pub(super) fn json(shared: &Shared, name: &str, version: Option<String>) -> Response<Body> {
    let missing = || (StatusCode::NOT_FOUND, Json(json!({"message": "Not Found"}))).into_response();
    let Ok(project) = find(shared, name) else { return missing() };
    let mut releases: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for file in project.visible(shared) {
        releases.entry(&file.version).or_default().push(described(shared, &project, file));
    }
    let shown = version.or_else(|| project.visible(shared).last().map(|file| file.version.clone()));
    let Some(shown) = shown.filter(|version| releases.contains_key(version.as_str())) else { return missing() };
    let summary = project.files.iter().find(|file| file.version == shown).and_then(|file| file.summary.as_deref());
    let urls = releases.get(shown.as_str()).cloned().unwrap_or_default();
    let info = json!({"name": project.name, "version": shown, "summary": summary, "yanked": false});
    Json(json!({"info": info, "releases": releases, "urls": urls, "vulnerabilities": []})).into_response()
}

fn described(shared: &Shared, project: &Project, file: &File) -> Value {
    json!({
        "filename": file.name,
        "packagetype": file.kind,
        "size": file.size,
        "digests": {
            "md5": file.digests.md5, "sha256": file.digests.sha256, "blake2b_256": file.digests.blake2b_256,
        },
        "requires_python": file.requires_python,
        "upload_time_iso_8601": time(file),
        "url": format!("{}/pypi/files/{}/{}", shared.base, normalized_name(&project.name), file.name),
        "yanked": false,
    })
}
