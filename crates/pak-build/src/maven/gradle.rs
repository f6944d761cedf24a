//! Gradle builds: `assemble` and the tasks that write POMs, then the publication of this package.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::Result;

use super::file_name::Part;
use super::pom::Finished;
use super::{Component, File, missing, run, unreadable};
use crate::request::BuildRequest;

/// Builds the project, if need be, and collects its publication.
pub(super) fn component(request: &BuildRequest) -> Result<Component> {
    let _alone = run::alone();
    let folder = request.directory();
    let build = folder.join("build");
    let manifests: Vec<Utf8PathBuf> = ["build.gradle", "build.gradle.kts", "gradle.properties"]
        .iter()
        .flat_map(|name| [folder.join(name), request.project.join(name)])
        .collect();
    let made = publications(request, &build)?;
    let publication = match made.into_iter().find(|one| one.is_fresh(&build, &manifests, &folder.join("src"))) {
        Some(publication) => publication,
        None => make(request, &folder, &build)?,
    };
    let mut files = publication.jars(&build)?;
    if !files.iter().any(|file| file.part == Part::main("jar")) && publication.pom.details.packaging == "jar" {
        let message = format!("The build of {} left no main jar in {build}/libs.", request.package.name);
        return Err(missing(request, message).next("Name the files under `artifacts`, where they lie elsewhere."));
    }
    let module = publication.folder.join("module.json");
    if module.is_file() {
        files.push(File { path: module, part: Part::main("module") });
    }
    Ok(Component { pom: publication.pom, files })
}

/// What the `maven-publish` plugin wrote for one publication.
struct Publication {
    folder: Utf8PathBuf,
    pom: Finished,
}

impl Publication {
    fn is_fresh(&self, build: &Utf8Path, manifests: &[Utf8PathBuf], sources: &Utf8Path) -> bool {
        let jars = self.jars(build).unwrap_or_default();
        let main = jars.iter().find(|file| file.part == Part::main("jar"));
        run::is_fresh(&self.pom.path, manifests, None)
            && main.is_some_and(|file| run::is_fresh(&file.path, manifests, Some(sources)))
    }

    /// Jars of this version; their names begin as the main one's does, which need not be the artifact id.
    fn jars(&self, build: &Utf8Path) -> Result<Vec<File>> {
        let libs = build.join("libs");
        if !libs.is_dir() {
            return Ok(Vec::new());
        }
        let entries = libs.read_dir_utf8().map_err(|error| unreadable(&libs, &error))?;
        let names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_owned()).collect();
        let usual = format!("{}-{}", self.pom.artifact, self.pom.version);
        let ending = format!("-{}.jar", self.pom.version);
        let mut mains = names.iter().filter(|name| name.ends_with(&ending));
        let stem = match (names.contains(&format!("{usual}.jar")), mains.next(), mains.next()) {
            (false, Some(only), None) => only.trim_end_matches(".jar").to_owned(),
            _ => usual,
        };
        let parts = names.iter().filter_map(|name| Some((name, Part::read(name.strip_prefix(&stem)?)?)));
        Ok(parts.map(|(name, part)| File { path: libs.join(name), part }).collect())
    }
}

/// Publications of this package among those that were written.
fn publications(request: &BuildRequest, build: &Utf8Path) -> Result<Vec<Publication>> {
    let folder = build.join("publications");
    let mut found = Vec::new();
    if !folder.is_dir() {
        return Ok(found);
    }
    for entry in folder.read_dir_utf8().map_err(|error| unreadable(&folder, &error))?.flatten() {
        let path = entry.path().join("pom-default.xml");
        if !path.is_file() {
            continue;
        }
        let pom = Finished::alone(&path)?;
        if format!("{}:{}", pom.group, pom.artifact) == request.package.name {
            found.push(Publication { folder: entry.into_path(), pom });
        }
    }
    Ok(found)
}

fn make(request: &BuildRequest, folder: &Utf8Path, build: &Utf8Path) -> Result<Publication> {
    let told = run::gradle(request, folder, &["tasks", "--all"])?;
    let tasks = told.lines().filter_map(|line| line.split_whitespace().next());
    let writes = |task: &&str| {
        (task.starts_with("generatePomFileFor") || task.starts_with("generateMetadataFileFor"))
            && task.ends_with("Publication")
    };
    let mut wanted: Vec<&str> = tasks.filter(writes).collect();
    if wanted.is_empty() {
        let message = format!("The Gradle build of {} publishes nothing for Maven.", request.package.name);
        return Err(missing(request, message).next("Apply the plugin `maven-publish` and add a publication to it."));
    }
    wanted.push("assemble");
    run::gradle(request, folder, &wanted)?;
    publications(request, build)?.into_iter().next().ok_or_else(|| {
        let message = format!("No publication of the Gradle build in {folder} is {}.", request.package.name);
        missing(request, message).next("Correct `name` of the package, or the publication's groupId and artifactId.")
    })
}
