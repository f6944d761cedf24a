//! Where files go: the root, which a target must set, and a template below it, which it may set.

use pak_model::{Problem, Release, Result, Upload, code};

use crate::endpoint::Endpoint;
use crate::protocol::files::check_path;

/// Refuses the definition's own address, which stands for none: nobody can own a name that ends in `.invalid`.
pub(super) fn check_root(endpoint: &Endpoint) -> Result<()> {
    if endpoint.root.host_str().is_some_and(|host| !host.ends_with(".invalid")) {
        return Ok(());
    }
    Err(Problem::new(code::files::ROOT_MISSING, "The target has no server to upload files to."))
}

/// A folder for each release.
const CUSTOMARY: &str = "{name}/{version}/{file}";

/// The template of a release.
pub(super) fn template(release: &Release) -> &str {
    release.options.path.as_deref().unwrap_or(CUSTOMARY)
}

/// The path of a file of a release.
pub(super) fn path(release: &Release, file: &str) -> Result<String> {
    let template = template(release).trim_matches('/');
    let mut path = String::new();
    let mut names_file = false;
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (placeholder, after) =
            after.split_once('}').ok_or_else(|| unusable(template, "has a brace that is not closed"))?;
        path.push_str(before);
        path.push_str(match placeholder {
            "name" => &release.package.name,
            "version" => &release.version,
            "file" => {
                names_file = true;
                file
            }
            _ => return Err(unusable(template, &format!("has the unknown placeholder {{{placeholder}}}"))),
        });
        rest = after;
    }
    path.push_str(rest);
    if !names_file {
        return Err(unusable(template, "does not say where {file} goes"));
    }
    check_path(&path)?;
    Ok(path)
}

fn unusable(template: &str, why: &str) -> Problem {
    Problem::new(code::files::TEMPLATE_INVALID, format!("The path `{template}` {why}."))
}

/// The path of an upload, as it was cut.
pub(super) fn of(upload: &Upload) -> &str {
    upload.coordinates.file.as_deref().unwrap_or(&upload.key)
}
