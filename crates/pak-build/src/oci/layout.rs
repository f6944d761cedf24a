//! A folder in OCI layout.

use camino::Utf8Path;
use pak_model::Result;
use serde_json::Value;

use super::source::{Source, Stretch, read};
use super::{invalid, io};

/// Opens a layout folder.
pub(super) fn open(folder: &Utf8Path) -> Result<Source> {
    let marker: Value = json(&folder.join("oci-layout"))?;
    if !marker["imageLayoutVersion"].as_str().is_some_and(|version| version.starts_with("1.")) {
        return Err(invalid(folder, "oci-layout names no version that is known"));
    }
    let index = json(&folder.join("index.json"))?;
    let blobs = folder.join("blobs/sha256");
    Ok(Source {
        path: folder.to_owned(),
        index,
        find: Box::new(move |hex| {
            let path = blobs.join(hex);
            // A blob that is a link is not followed: a layout is self-contained.
            let metadata = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?;
            Some(Stretch { path, offset: 0, size: metadata.len() })
        }),
    })
}

fn json(path: &Utf8Path) -> Result<Value> {
    let metadata = path.metadata().map_err(|error| io(path, &error))?;
    let bytes = read(&Stretch { path: path.to_owned(), offset: 0, size: metadata.len() })?;
    serde_json::from_slice(&bytes).map_err(|error| invalid(path, "not JSON").cause(&error))
}
