//! Paths that settings and recipes name, kept inside the folder they may reach.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

/// A path below a folder, links resolved. What does not exist, or lies outside once links are followed, is refused.
pub(super) fn inside(folder: &Utf8Path, path: &str) -> Result<Utf8PathBuf> {
    let full = folder.join(path);
    let missing = |error: &std::io::Error| {
        Problem::new(code::build::ARTIFACT_MISSING, format!("`{path}` was not found in {folder}."))
            .about("file", &full)
            .cause(error)
    };
    let resolved = full.canonicalize_utf8().map_err(|error| missing(&error))?;
    let root = folder.canonicalize_utf8().map_err(|error| missing(&error))?;
    if !resolved.starts_with(&root) {
        return Err(
            Problem::new(code::build::LINK_REFUSED, format!("`{path}` leads out of {folder}.")).about("file", &full)
        );
    }
    Ok(resolved)
}
