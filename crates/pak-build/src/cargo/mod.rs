//! cargo artifacts: `.crate` files, made by `cargo package` and read back from their bytes.

mod inspect;
mod package;
mod publish_json;

pub use inspect::inspect;

use camino::Utf8Path;
use pak_model::artifact::CrateDetails;
use pak_model::{Artifact, ArtifactKind, Details, Problem, Result, code};

use crate::measure;
use crate::request::BuildRequest;

/// Builds the package's `.crate`, or takes the one its globs name.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    let files =
        if request.prebuilt.is_empty() { vec![package::package(request)?] } else { crate::prebuilt::find(request)? };
    files.iter().map(|file| artifact(request, file)).collect()
}

fn artifact(request: &BuildRequest, path: &Utf8Path) -> Result<Artifact> {
    let details = inspect(path)?;
    let name = text(&details, "name");
    if name != request.package.name {
        return Err(invalid(
            path,
            format!("{path} is of crate `{name}`, and the package is called `{}`.", request.package.name),
        ));
    }
    let (digests, size) = measure::file(path)?;
    Ok(Artifact {
        id: format!("{name}-{}.crate", text(&details, "vers")),
        kind: ArtifactKind::Crate,
        path: path.to_owned(),
        size,
        digests,
        package: request.package.id.clone(),
        details: Details::Crate(details),
    })
}

fn text<'a>(details: &'a CrateDetails, key: &str) -> &'a str {
    details.publish.get(key).and_then(serde_json::Value::as_str).unwrap_or_default()
}

fn unreadable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::build::IO, format!("{path} cannot be read.")).about("file", path).cause(error)
}

fn invalid(path: &Utf8Path, message: impl Into<String>) -> Problem {
    Problem::new(code::build::ARTIFACT_INVALID, message).about("file", path)
}
