//! The upload form: the artifact's own metadata, its digests, and the file last.

use pak_http::{FilePart, Part};
use pak_model::artifact::PythonDetails;
use pak_model::python::FORM_FIELDS;
use pak_model::{Artifact, ArtifactKind};
use serde_json::Value;

use crate::protocol::multipart_form::MultipartForm;

/// Makes the form of one file.
pub(super) fn form(artifact: &Artifact, details: &PythonDetails, attestations: &[Value]) -> MultipartForm {
    let wheel = artifact.kind == ArtifactKind::Wheel;
    let mut form = MultipartForm::new(artifact.digests.sha256.as_deref().unwrap_or("file"))
        .text(":action", "file_upload")
        .text("protocol_version", "1")
        .text("filetype", if wheel { "bdist_wheel" } else { "sdist" })
        .text("pyversion", if wheel { &details.python_tag } else { "source" });
    for (name, value) in fields(details) {
        form = form.text(name, value);
    }
    let digests = [
        ("sha256_digest", &artifact.digests.sha256),
        ("blake2_256_digest", &artifact.digests.blake2b_256),
        ("md5_digest", &artifact.digests.md5),
    ];
    for (name, digest) in digests {
        if let Some(digest) = digest {
            form = form.text(name, digest);
        }
    }
    if !attestations.is_empty() {
        form = form.text("attestations", &Value::from(attestations).to_string());
    }
    let content = Part::File(FilePart {
        path: artifact.path.clone(),
        offset: 0,
        length: artifact.size,
        sha256: artifact.digests.sha256.clone(),
    });
    form.file("content", &artifact.id, "application/octet-stream", content)
}

/// Metadata as form fields, repeated headers repeated, in the file's order.
pub(super) fn fields(details: &PythonDetails) -> Vec<(&'static str, &str)> {
    // Before 2.4 the header was an unofficial one of setuptools, and the index refuses it.
    let license_files = details
        .header("Metadata-Version")
        .is_some_and(|version| !matches!(version, "1.0" | "1.1" | "1.2" | "2.0" | "2.1" | "2.2" | "2.3"));
    let mut fields: Vec<(&'static str, &str)> = details
        .metadata
        .iter()
        .filter_map(|(header, value)| {
            let (_, field) = FORM_FIELDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(header))?;
            // Old setuptools writes UNKNOWN for what it was not told.
            let told = value != "UNKNOWN" && (license_files || *field != "license_file");
            told.then_some((*field, value.as_str()))
        })
        .collect();
    if let Some(description) = details.description.as_deref().filter(|text| !text.is_empty()) {
        fields.push(("description", description));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(version: &str) -> PythonDetails {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        PythonDetails {
            metadata: vec![
                header("Metadata-Version", version),
                header("Classifier", "A"),
                header("classifier", "B"),
                header("Home-page", "UNKNOWN"),
                header("License-File", "LICENSE"),
                header("X-Own", "x"),
            ],
            description: Some("d".into()),
            python_tag: "py3".into(),
            platform_tags: Vec::new(),
            members: Vec::new(),
        }
    }

    #[test]
    fn headers_become_fields() {
        let expected = [
            ("metadata_version", "2.4"),
            ("classifiers", "A"),
            ("classifiers", "B"),
            ("license_file", "LICENSE"),
            ("description", "d"),
        ];
        assert_eq!(fields(&details("2.4")), expected);
        assert!(!fields(&details("2.1")).iter().any(|(name, _)| *name == "license_file"));
    }
}
