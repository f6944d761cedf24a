//! Builds what flit builds, without Python: the same members with the same bytes.
//!
//! Only projects whose outcome is certain are taken; everything unusual has a [`Reason`] and goes to flit itself.

mod files;
mod generation;
mod license;
mod metadata;
mod project;

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8Path;
use pak_model::python::escaped_name;

use super::native::{Content, Packing};
use super::pyproject::Pyproject;
use files::{Module, Patterns};
use generation::Generation;
use project::Project;

/// Why a project is left to its own backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason(pub String);

impl Reason {
    fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl From<std::io::Error> for Reason {
    fn from(error: std::io::Error) -> Self {
        Self(format!("a file cannot be read ({error})"))
    }
}

/// What flit would pack.
pub(super) fn plan(folder: &Utf8Path, pyproject: &Pyproject) -> Result<Packing, Reason> {
    if !pyproject.backend_path.is_empty() {
        return Err(Reason::new("the project brings its own backend"));
    }
    let generation = Generation::choose(&pyproject.requires)?;
    let project = Project::read(folder, &pyproject.table, generation)?;
    let module = Module::find(folder, &project.module)?;
    let metadata = metadata::render(&project, generation);

    let mut names: BTreeSet<String> = module.files.iter().cloned().collect();
    names.extend(project.data.iter().map(|(path, _)| path.clone()));
    names.extend(project.referenced.iter().cloned());
    names.insert("pyproject.toml".to_owned());
    if let Some(patterns) = &project.sdist {
        apply(folder, patterns, &mut names)?;
    }
    let crucial = project.referenced.iter().map(String::as_str).chain(["pyproject.toml"]);
    let stub = generation.is_four && project.module.ends_with("-stubs");
    let crucial = crucial.chain((!stub).then_some(module.file.as_str()));
    if let Some(missing) = crucial.into_iter().find(|path| !names.contains(*path)) {
        return Err(Reason::new(format!("`{missing}` is missing from the sdist")));
    }
    if names.contains("PKG-INFO") {
        return Err(Reason::new("the project has a PKG-INFO of its own"));
    }
    for name in &names {
        files::check(folder, name)?;
    }

    let source = |name: &str| Content::File(folder.join(name));
    let stem = format!("{}-{}", escaped_name(&project.name), project.version);
    let info = format!("{stem}.dist-info");
    // Wheels are made from the sdist's files, so that both hold the same project.
    let mut wheel: Vec<(String, Content)> = Vec::new();
    for path in module.files.iter().filter(|path| names.contains(*path)) {
        let inside = path.strip_prefix(&module.prefix).unwrap_or(path);
        wheel.push((inside.to_owned(), source(path)));
    }
    for (path, inside) in project.data.iter().filter(|(path, _)| names.contains(path)) {
        wheel.push((format!("{stem}.data/data/{inside}"), source(path)));
    }
    if !project.entry_points.is_empty() {
        wheel.push((format!("{info}/entry_points.txt"), Content::Text(entry_points(&project.entry_points))));
    }
    for path in &project.license_files {
        wheel.push((format!("{info}/licenses/{path}"), source(path)));
    }
    let python_2 = metadata::supports_python_2(project.requires_python.as_deref());
    let mut tags = format!("Wheel-Version: 1.0\nGenerator: flit {}\nRoot-Is-Purelib: true\n", generation.version);
    tags.push_str(if python_2 { "Tag: py2-none-any\nTag: py3-none-any\n" } else { "Tag: py3-none-any\n" });
    wheel.push((format!("{info}/WHEEL"), Content::Text(tags)));
    wheel.push((format!("{info}/METADATA"), Content::Text(metadata.clone())));

    let mut sdist: BTreeMap<String, Content> = names.iter().map(|name| (name.clone(), source(name))).collect();
    sdist.insert("PKG-INFO".to_owned(), Content::Text(metadata));
    let tag = if python_2 { "py2.py3-none-any" } else { "py3-none-any" };
    Ok(Packing { stem, tag: tag.to_owned(), sdist, wheel, record_line_end: generation.record_line_end })
}

/// `[tool.flit.sdist]`: takes excluded files out, adds included files and folders.
fn apply(folder: &Utf8Path, patterns: &Patterns, names: &mut BTreeSet<String>) -> Result<(), Reason> {
    let excluded = patterns.excluded(folder)?;
    names.retain(|name| !excluded.covers(name));
    let included = patterns.included(folder)?;
    names.extend(included.files.into_iter().filter(|name| !excluded.covers(name)));
    for inside in included.folders {
        files::collect(folder, &inside, &mut |name| !excluded.covers(name), names)?;
    }
    Ok(())
}

/// `entry_points.txt`: groups and names sorted.
fn entry_points(groups: &BTreeMap<String, BTreeMap<String, String>>) -> String {
    let mut text = String::new();
    for (group, entries) in groups {
        text.extend(["[", group, "]\n"]);
        for (name, value) in entries {
            text.extend([name, "=", value, "\n"]);
        }
        text.push('\n');
    }
    text
}
