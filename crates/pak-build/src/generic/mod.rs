//! Files that people download: archives, installers, programs. They are built already; here they are found and read.
//!
//! `name.rs` reads what a file's name says of system and format, `archive.rs` what is in it.

mod archive;
mod name;

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::artifact::FileDetails;
use pak_model::{Artifact, ArtifactKind, Details, Problem, Result, code};

use crate::request::BuildRequest;
use crate::{measure, prebuilt};

/// Takes the files that the package's globs name.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    let paths = prebuilt::find(request)?;
    let mut names: BTreeMap<&str, &Utf8Path> = BTreeMap::new();
    for path in &paths {
        // What is published is a file under its name; folders above it are left behind.
        if let Some(other) = names.insert(path.file_name().unwrap_or_default(), path) {
            let message = format!("{other} and {path} have one file name, so one would be published over the other.");
            return Err(Problem::new(code::build::ARTIFACT_INVALID, message)
                .about("package", &request.package.id)
                .next("Rename one of them, or name fewer files under `artifacts`."));
        }
    }
    paths.iter().map(|path| artifact(request, path)).collect()
}

fn artifact(request: &BuildRequest, path: &Utf8PathBuf) -> Result<Artifact> {
    if path.is_dir() {
        let message = format!("{path} is a folder, and only files can be published.");
        return Err(Problem::new(code::build::ARTIFACT_INVALID, message)
            .about("file", path)
            .next("Name the files in it (`folder/**`), or pack it into an archive first."));
    }
    let id = path.file_name().unwrap_or_default().to_owned();
    let package = &request.package;
    let told = name::read(&id, &package.name, package.version.as_deref().unwrap_or_default());
    let contents = archive::read(path, &told.format).map_err(|why| {
        Problem::new(code::build::ARTIFACT_INVALID, format!("{path} cannot be published: {why}.")).about("file", path)
    })?;
    let (digests, size) = measure::file(path)?;
    Ok(Artifact {
        kind: ArtifactKind::File,
        path: path.clone(),
        size,
        digests,
        package: package.id.clone(),
        details: Details::File(FileDetails {
            os: told.os.map(str::to_owned),
            architecture: told.architecture.map(str::to_owned),
            programs: if contents.is_program { vec![id.clone()] } else { contents.programs },
            format: told.format,
            root: contents.root,
        }),
        id,
    })
}
