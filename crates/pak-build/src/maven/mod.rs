//! Maven components: the files of one version and the POM that describes them, built by the project's own Maven or Gradle or
//! named as built already.
//!
//! `run.rs` starts the tools, `reactor.rs` and `gradle.rs` collect what they made, `file_name.rs` reads names, `pom.rs` the finished
//! POM, `jar.rs` what a jar says of itself.

mod file_name;
mod given;
mod gradle;
mod jar;
mod pom;
mod reactor;
mod run;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::artifact::MavenDetails;
use pak_model::{Artifact, ArtifactKind, Details, Problem, Result, code};

use crate::measure;
use crate::request::BuildRequest;
use file_name::Part;
use pom::Finished;

/// Builds the package's files, or takes those its globs name. The POM comes first.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    std::fs::create_dir_all(&request.output).map_err(|error| unreadable(&request.output, &error))?;
    let component = if !request.prebuilt.is_empty() {
        given::component(request)?
    } else if request.package.manifest.ends_with(pak_project::pom::FILE) {
        reactor::component(request)?
    } else {
        gradle::component(request)?
    };
    component.artifacts(request)
}

/// The files of one version, before they are measured.
struct Component {
    pom: Finished,
    files: Vec<File>,
}

/// A file beside the POM, or a signature of any of them.
struct File {
    path: Utf8PathBuf,
    part: Part,
}

impl Component {
    fn artifacts(mut self, request: &BuildRequest) -> Result<Vec<Artifact>> {
        let package = &request.package;
        let name = format!("{}:{}", self.pom.group, self.pom.artifact);
        if name != package.name {
            let message =
                format!("{} is the POM of {name}, and the package is called {}.", self.pom.path, package.name);
            return Err(invalid(&self.pom.path, message).about("package", &package.id));
        }
        self.files.sort_by(|left, right| left.part.cmp(&right.part));
        for file in &self.files {
            if file.part.extension == "jar" {
                jar::check(&file.path, &self.pom)?;
            }
        }
        let mut artifacts = vec![self.artifact(request, &self.pom.path, &Part::pom())?];
        for File { path, part } in &self.files {
            let artifact = self.artifact(request, path, part)?;
            if let Some(other) = artifacts.iter().find(|other: &&Artifact| other.id == artifact.id) {
                let message = format!("{} and {path} would both be published as {}.", other.path, artifact.id);
                return Err(invalid(path, message).about("package", &package.id));
            }
            artifacts.push(artifact);
        }
        Ok(artifacts)
    }

    fn artifact(&self, request: &BuildRequest, path: &Utf8Path, part: &Part) -> Result<Artifact> {
        let pom = &self.pom;
        let (digests, size) = measure::file(path)?;
        Ok(Artifact {
            id: part.file_name(&pom.artifact, &pom.version),
            kind: ArtifactKind::MavenFile,
            path: path.to_owned(),
            size,
            digests,
            package: request.package.id.clone(),
            details: Details::Maven(MavenDetails {
                group: pom.group.clone(),
                artifact: pom.artifact.clone(),
                version: pom.version.clone(),
                classifier: part.classifier.clone(),
                extension: part.extension.clone(),
                pom: (*part == Part::pom()).then(|| Box::new(pom.details.clone())),
            }),
        })
    }
}

fn invalid(path: &Utf8Path, message: impl Into<String>) -> Problem {
    Problem::new(code::build::ARTIFACT_INVALID, message).about("file", path)
}

fn missing(request: &BuildRequest, message: impl Into<String>) -> Problem {
    Problem::new(code::build::ARTIFACT_MISSING, message).about("package", &request.package.id)
}

fn unreadable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::build::IO, format!("{path} cannot be read or written.")).about("file", path).cause(error)
}
