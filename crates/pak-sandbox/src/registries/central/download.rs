//! The download root: files of published components, and the list of versions made from what is published.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use http::{Response, StatusCode, header};
use pak_model::xml;

use super::layout::{Component, FILES, RECORDS};
use super::{Answer, Refusal, upload};
use crate::registries::Shared;
use crate::transfer;

const METADATA: &str = "maven-metadata.xml";

/// `GET /maven2/…`.
pub(super) async fn serve(State(shared): State<Shared>, Path(path): Path<String>) -> Answer {
    if let Some((group, artifact, ending)) = metadata(&path) {
        let document = versions(&shared, &group, artifact)?.ok_or_else(Refusal::not_found)?;
        return Ok(if ending.is_empty() {
            xml_answer(document)
        } else {
            let hex = upload::checksum(document.as_bytes(), ending).map_err(|_| Refusal::not_found())?;
            (StatusCode::OK, hex).into_response()
        });
    }
    let (component, _) = Component::of_path(&path).ok_or_else(Refusal::not_found)?;
    match component.record(&shared)? {
        Some(record) if shared.is_visible(record.promoted) => {
            Ok(transfer::serve(&shared.store.path(&format!("{FILES}/{path}"))?, "application/octet-stream").await)
        }
        _ => Err(Refusal::not_found()),
    }
}

/// Whether a path is of something that is published here, in whichever version.
pub(super) fn is_held(shared: &Shared, path: &str) -> bool {
    let (group, artifact) = match (metadata(path), Component::of_path(path)) {
        (Some((group, artifact, _)), _) => (group, artifact.to_owned()),
        (None, Some((component, _))) => (component.group, component.artifact),
        (None, None) => return false,
    };
    shared.store.path(&format!("{RECORDS}/{group}/{artifact}")).is_ok_and(|folder| folder.is_dir())
}

/// The group, the artifact and the algorithm of a list of versions or of a checksum of it.
fn metadata(path: &str) -> Option<(String, &str, &str)> {
    let (folder, file) = path.rsplit_once('/')?;
    let ending = file.strip_prefix(METADATA)?.trim_start_matches('.');
    let (group, artifact) = folder.rsplit_once('/')?;
    Some((group.replace('/', "."), artifact, ending))
}

fn versions(shared: &Shared, group: &str, artifact: &str) -> std::io::Result<Option<String>> {
    let mut found = Component::versions(shared, group, artifact)?;
    found.retain(|(_, record)| shared.is_visible(record.promoted));
    let Some((latest, record)) = found.last() else { return Ok(None) };
    let updated = jiff::Timestamp::from_millisecond(record.promoted).unwrap_or_default().strftime("%Y%m%d%H%M%S");
    let latest = xml::escape(&latest.version);
    let mut list = String::new();
    for (component, _) in &found {
        let _ = writeln!(list, "      <version>{}</version>", xml::escape(&component.version));
    }
    Ok(Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<metadata>\n  <groupId>{}</groupId>\n  <artifactId>{}</artifactId>\n  \
         <versioning>\n    <latest>{latest}</latest>\n    <release>{latest}</release>\n    <versions>\n{list}    </versions>\n    \
         <lastUpdated>{updated}</lastUpdated>\n  </versioning>\n</metadata>\n",
        xml::escape(group),
        xml::escape(artifact),
    )))
}

fn xml_answer(document: String) -> Response<Body> {
    ([(header::CONTENT_TYPE, "text/xml")], document).into_response()
}
