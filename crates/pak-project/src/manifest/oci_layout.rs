//! A folder in OCI image layout: `oci-layout` beside `index.json`.

use camino::Utf8Path;
use pak_model::{Ecosystem, Result};
use serde::Deserialize;

use super::{Manifest, Reading, invalid};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

/// An image, if the marker is of a version that is known. `file` is the `oci-layout`.
pub(crate) fn read(file: &Utf8Path, text: &str) -> Result<Reading> {
    let marker: Marker = serde_json::from_str(text).map_err(|error| invalid(file, Some(error.line()), &error))?;
    if !marker.image_layout_version.starts_with("1.") {
        return Ok(Reading::Note(format!("is of layout version {}, which is not known", marker.image_layout_version)));
    }
    Ok(Reading::Package(Manifest::new(Ecosystem::Oci, file)))
}
