//! Reads finished wheels and sdists back: what indexes are told is what the bytes say. Called for built and prebuilt files.
//!
//! The archives may come from anywhere: sizes are bounded, names are checked, nothing is unpacked to disk.

mod sdist;
mod wheel;

use std::fs::File;
use std::io::Read;

use camino::Utf8Path;
use pak_model::artifact::PythonDetails;
use pak_model::python::Metadata;
use pak_model::{Artifact, ArtifactKind, Details, Digests, Hasher, Problem, Result, code};

/// The largest metadata file that is read; descriptions of real projects stay below a megabyte.
const METADATA_LIMIT: u64 = 16 << 20;
/// The most members an archive may have.
const MEMBERS_LIMIT: usize = 200_000;
/// An archive that unpacks to more than this must not be compressed harder than [`RATIO_LIMIT`]: a bomb otherwise.
const BOMB_SIZE: u64 = 64 << 20;
/// How much larger than the file its content may be, once it is larger than [`BOMB_SIZE`].
const RATIO_LIMIT: u64 = 50;

/// Reads a wheel (`.whl`) or an sdist (`.tar.gz`).
pub fn inspect(path: &Utf8Path, package: &str) -> Result<Artifact> {
    let name = path.file_name().unwrap_or_default();
    let (digests, size) = hash(path)?;
    let (kind, details) = if path.extension() == Some("whl") {
        (ArtifactKind::Wheel, wheel::read(path, size))
    } else if name.ends_with(".tar.gz") {
        (ArtifactKind::Sdist, sdist::read(path, size))
    } else {
        return Err(Problem::new(
            code::build::ARTIFACT_INVALID,
            format!("{name} is neither a wheel (.whl) nor a source distribution (.tar.gz)."),
        )
        .about("file", path)
        .next("Correct `artifacts` in pak.toml: Python indexes take wheels and source distributions only."));
    };
    let details = details.map_err(|why| {
        Problem::new(code::build::ARTIFACT_INVALID, format!("{name} is not usable: {why}.")).about("file", path)
    })?;
    Ok(Artifact {
        id: name.to_owned(),
        kind,
        path: path.to_owned(),
        size,
        digests,
        package: package.to_owned(),
        details: Details::Python(details),
    })
}

fn hash(path: &Utf8Path) -> Result<(Digests, u64)> {
    let unreadable = |error: std::io::Error| {
        Problem::new(code::build::IO, format!("{path} cannot be read.")).about("file", path).cause(&error)
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = Hasher::new();
    let mut chunk = vec![0; 128 << 10];
    loop {
        let length = file.read(&mut chunk).map_err(unreadable)?;
        if length == 0 {
            break;
        }
        hasher.update(&chunk[..length]);
    }
    let size = hasher.length();
    Ok((hasher.finish(), size))
}

/// The details, once the metadata file and the member list are known.
fn details(
    metadata: &[u8],
    python_tag: String,
    platform_tags: Vec<String>,
    members: Vec<String>,
) -> Result<PythonDetails, String> {
    let metadata = Metadata::parse(metadata).ok_or("its metadata is not a list of UTF-8 headers")?;
    for header in ["Metadata-Version", "Name", "Version"] {
        if metadata.get(header).is_none_or(|value| value.trim().is_empty()) {
            return Err(format!("its metadata has no {header}"));
        }
    }
    let Metadata { headers, description } = metadata;
    Ok(PythonDetails { metadata: headers, description, python_tag, platform_tags, members })
}

/// A member's path as archives may have it: relative, `/` between parts, nothing that climbs out.
fn checked_path(raw: &[u8]) -> Result<&str, String> {
    let shown = || String::from_utf8_lossy(raw).chars().take(200).collect::<String>();
    let path = std::str::from_utf8(raw).map_err(|_| format!("the name of member `{}` is not UTF-8", shown()))?;
    let climbs = path.split('/').any(|part| part == "..");
    let windows = path.contains('\\') || path.get(1..2) == Some(":");
    if path.is_empty() || path.starts_with('/') || climbs || windows || path.contains('\0') {
        return Err(format!("member `{}` has a path that leaves the archive", shown().escape_debug()));
    }
    Ok(path)
}

/// Reads a bounded metadata file.
fn read_metadata(name: &str, size: u64, reader: &mut dyn Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut limited = reader.take(METADATA_LIMIT + 1);
    limited.read_to_end(&mut bytes).map_err(|error| format!("{name} cannot be read ({error})"))?;
    if size > METADATA_LIMIT || bytes.len() as u64 > METADATA_LIMIT {
        return Err(format!("{name} is larger than {METADATA_LIMIT} bytes"));
    }
    Ok(bytes)
}
