//! Files that are built already: which is the POM, and what the others are by their names.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::Result;

use super::file_name::Part;
use super::pom::Finished;
use super::{Component, File, invalid, jar, missing, reactor, unreadable};
use crate::prebuilt;
use crate::request::BuildRequest;

/// The component that the package's globs name.
pub(super) fn component(request: &BuildRequest) -> Result<Component> {
    let (poms, others): (Vec<Utf8PathBuf>, Vec<Utf8PathBuf>) =
        prebuilt::find(request)?.into_iter().filter(|path| !path.is_dir()).partition(|path| is_pom(path));
    let pom = match poms.as_slice() {
        [only] => Finished::alone(only)?,
        [] => unnamed(request, &others)?,
        [first, second, ..] => {
            let message = format!("{first} and {second} are both POMs, and a component has one.");
            return Err(invalid(second, message).about("package", &request.package.id));
        }
    };
    let stem = format!("{}-{}", pom.artifact, pom.version);
    let files = others.into_iter().map(|path| {
        let name = path.file_name().unwrap_or_default();
        // Gradle's description of its modules has this name until it is published.
        let part = if name == "module.json" {
            Some(Part::main("module"))
        } else {
            name.strip_prefix(&stem).and_then(Part::read)
        };
        let Some(part) = part else {
            let message = format!("{path} is not named as a file of {stem}: `{stem}[-classifier].extension`.");
            return Err(invalid(&path, message).about("package", &request.package.id));
        };
        Ok(File { path, part })
    });
    Ok(Component { files: files.collect::<Result<_>>()?, pom })
}

fn is_pom(path: &Utf8Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    path.extension() == Some("pom") || name == "pom-default.xml" || name.ends_with("pom.xml")
}

/// The POM that no glob names: the project's, or the one in the jar.
fn unnamed(request: &BuildRequest, files: &[Utf8PathBuf]) -> Result<Finished> {
    if request.package.manifest.ends_with(pak_project::pom::FILE) {
        return reactor::pom(request);
    }
    for file in files.iter().filter(|file| file.extension() == Some("jar")) {
        if let Some(text) = jar::embedded_pom(file)? {
            let path = request.output.join("pom.xml");
            std::fs::write(&path, text).map_err(|error| unreadable(&path, &error))?;
            return Finished::alone(&path);
        }
    }
    Err(missing(request, format!("No POM is among the artifacts of {}.", request.package.id))
        .next("Name it under `artifacts`: target/*.pom, or Gradle's build/publications/*/pom-default.xml."))
}
