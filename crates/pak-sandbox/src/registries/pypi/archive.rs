//! Looks into an uploaded file: the metadata it carries, and what an index insists on.

use std::fs::File;
use std::io::{BufReader, Read};

use pak_model::python::Metadata;

use super::Refusal;

/// The largest metadata file that is read.
const LIMIT: u64 = 16 << 20;

/// The metadata of a wheel. `info` is its `.dist-info` folder.
pub(super) fn wheel(file: &File, name: &str, info: &str) -> Result<Metadata, Refusal> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file))
        .map_err(|_| Refusal::bad("Invalid distribution file. File is not a zipfile"))?;
    for required in ["WHEEL", "RECORD"] {
        if archive.index_for_name(&format!("{info}/{required}")).is_none() {
            return Err(Refusal::bad(format!(
                "Wheel '{name}' does not contain the required {required} file: {info}/{required}"
            )));
        }
    }
    let member = archive.by_name(&format!("{info}/METADATA")).map_err(|_| {
        Refusal::bad(format!("Wheel '{name}' does not contain the required METADATA file: {info}/METADATA"))
    })?;
    parse(member)
}

/// The metadata of a source distribution whose one folder is `top`.
pub(super) fn sdist(file: &File, top: &str) -> Result<Metadata, Refusal> {
    let mut archive = tar::Archive::new(flate2::bufread::MultiGzDecoder::new(BufReader::new(file)));
    let broken = |_| Refusal::bad("Invalid distribution file. File is not a tarfile");
    let mut metadata = None;
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?.into_owned();
        if !path.starts_with(top) {
            return Err(Refusal::bad(
                "Invalid distribution file. Source distributions must have exactly one top-level directory",
            ));
        }
        if path == std::path::Path::new(top).join("PKG-INFO") {
            metadata = Some(parse(entry)?);
        }
    }
    metadata.ok_or_else(|| Refusal::bad(format!("Invalid distribution file. PKG-INFO not found at {top}/PKG-INFO")))
}

fn parse(reader: impl Read) -> Result<Metadata, Refusal> {
    let mut bytes = Vec::new();
    let read = reader.take(LIMIT).read_to_end(&mut bytes);
    let metadata = read.ok().and_then(|_| Metadata::parse(&bytes));
    metadata.ok_or_else(|| Refusal::bad("Invalid distribution metadata: it cannot be read"))
}
