//! Artifacts that exist already: finds the files a package's globs name.

use camino::Utf8PathBuf;
use globset::{GlobBuilder, GlobSetBuilder};
use pak_model::{Problem, Result, code};

use crate::request::BuildRequest;

/// The files that the request's globs name, sorted. A glob that names nothing is a problem: a forgotten build step would
/// otherwise publish an incomplete release.
pub fn find(request: &BuildRequest) -> Result<Vec<Utf8PathBuf>> {
    let mut found = std::collections::BTreeSet::new();
    for pattern in &request.prebuilt {
        let bad = |error: &globset::Error| {
            Problem::new(code::config::INVALID_VALUE, format!("`{pattern}` is not a glob.")).cause(error)
        };
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().map_err(|error| bad(&error))?;
        let set = GlobSetBuilder::new().add(glob).build().map_err(|error| bad(&error))?;
        let before = found.len();
        for entry in ignore::WalkBuilder::new(&request.project).standard_filters(false).build().flatten() {
            let Some(path) = camino::Utf8Path::from_path(entry.path()) else { continue };
            let Ok(relative) = path.strip_prefix(&request.project) else { continue };
            if set.is_match(relative) {
                found.insert(path.to_owned());
            }
        }
        if found.len() == before {
            return Err(Problem::new(
                code::build::ARTIFACT_MISSING,
                format!("Nothing matches `{pattern}`, which package {} names as an artifact.", request.package.id),
            )
            .about("package", &request.package.id));
        }
    }
    Ok(found.into_iter().collect())
}
