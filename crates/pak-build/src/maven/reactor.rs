//! Maven's own builds: `mvn package` where `target` holds nothing fresh, then the files of this version in it.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::Result;
use pak_project::pom::{self as poms, Family, Lineage};

use super::file_name::Part;
use super::pom::{self, Finished};
use super::{Component, File, missing, run, unreadable};
use crate::request::BuildRequest;

/// How deep reactors are nested.
const DEEPEST: usize = 16;

/// Builds the module, if need be, and collects its files.
pub(super) fn component(request: &BuildRequest) -> Result<Component> {
    let _alone = run::alone();
    let manifest = Utf8Path::new(&request.package.manifest);
    let family = Family::read(&request.project, manifest)?;
    let lineage = family.lineage(family.pom(), manifest);
    let layout = Layout::of(request, &lineage);
    if !layout.is_fresh(request, &family) {
        let root = root(request, &request.directory());
        run::maven(request, &root, &["-B", "-q", "-DskipTests", "package"])?;
    }
    let main = layout.main();
    if let (None, Some(file)) = (&main, layout.candidates.first()) {
        let message = format!("The build of {} left no {file}.", request.package.name);
        return Err(missing(request, message).next("Read what Maven printed; or name the files under `artifacts`."));
    }
    let (pom, is_rewritten) = finished(request, &layout, &family, &lineage)?;
    let mut files = layout.files()?;
    // A signature of the POM is one of the POM that Maven saw.
    files.retain(|file| file.part != Part::pom() && (!is_rewritten || file.part.extension != "pom.asc"));
    Ok(Component { pom, files })
}

/// Where a module's build puts what.
struct Layout {
    folder: Utf8PathBuf,
    target: Utf8PathBuf,
    /// The name of the main file without its ending; other files' names begin with it.
    stem: String,
    /// Where the main file may be; none for a POM alone.
    candidates: Vec<Utf8PathBuf>,
    flattens: bool,
}

impl Layout {
    fn of(request: &BuildRequest, lineage: &Lineage<'_>) -> Self {
        let folder = request.directory();
        let target = lineage.inherited_text(&["build", "directory"]);
        let target = target.and_then(|path| relative(&path)).unwrap_or_else(|| "target".to_owned());
        let target = folder.join(target);
        let default = || Some(format!("{}-{}", lineage.artifact()?, lineage.version()?));
        let stem = lineage.inherited_text(&["build", "finalName"]).or_else(default).unwrap_or_default();
        let packaging = lineage.packaging();
        let extensions: &[&str] = match packaging.as_str() {
            "pom" => &[],
            "war" | "ear" | "rar" | "aar" | "zip" | "hpi" | "nar" | "kar" => &[&packaging, "jar"],
            _ => &["jar"],
        };
        let candidates = extensions.iter().map(|extension| target.join(format!("{stem}.{extension}"))).collect();
        let plugins = lineage.all(&["build", "plugins", "plugin"]);
        let flattens = plugins.iter().any(|plugin| plugin.text_at(&["artifactId"]) == Some("flatten-maven-plugin"));
        Self { folder, target, stem, candidates, flattens }
    }

    fn main(&self) -> Option<&Utf8PathBuf> {
        self.candidates.iter().find(|file| file.is_file())
    }

    fn flattened(&self) -> Option<Utf8PathBuf> {
        let name = ".flattened-pom.xml";
        [self.folder.join(name), self.target.join(name)].into_iter().find(|file| self.flattens && file.is_file())
    }

    fn is_fresh(&self, request: &BuildRequest, family: &Family) -> bool {
        let manifests: Vec<Utf8PathBuf> = family.files().map(|file| request.project.join(file)).collect();
        let sources = self.folder.join("src");
        let fresh =
            |made: Option<&Utf8PathBuf>| made.is_some_and(|made| run::is_fresh(made, &manifests, Some(&sources)));
        (self.candidates.is_empty() || fresh(self.main())) && (!self.flattens || fresh(self.flattened().as_ref()))
    }

    /// Files of this version in the build's folder.
    fn files(&self) -> Result<Vec<File>> {
        let mut files = Vec::new();
        if !self.target.is_dir() {
            return Ok(files);
        }
        for entry in self.target.read_dir_utf8().map_err(|error| unreadable(&self.target, &error))? {
            let entry = entry.map_err(|error| unreadable(&self.target, &error))?;
            let part = entry.file_name().strip_prefix(&self.stem).and_then(Part::read);
            if let Some(part) = part.filter(|_| entry.path().is_file()) {
                files.push(File { path: entry.into_path(), part });
            }
        }
        Ok(files)
    }
}

/// A path of the build's folder that is plain; Maven also allows absolute ones and `${project.basedir}`.
fn relative(path: &str) -> Option<String> {
    let path = path.trim_start_matches("${project.basedir}/").trim_start_matches("${basedir}/");
    let plain = !path.contains("${") && !path.starts_with('/') && !path.split(['/', '\\']).any(|part| part == "..");
    plain.then(|| path.to_owned())
}

/// The POM to publish: the flattened one, the project's own, or a copy of it with its coordinates written out (`true`).
fn finished(
    request: &BuildRequest,
    layout: &Layout,
    family: &Family,
    lineage: &Lineage<'_>,
) -> Result<(Finished, bool)> {
    let manifest = Utf8Path::new(&request.package.manifest);
    if let Some(flattened) = layout.flattened() {
        let pom = pom::parse(&flattened)?;
        return Ok((Finished::new(&flattened, &family.lineage(&pom, manifest))?, false));
    }
    let Some(text) = pom::written_out(lineage) else {
        return Ok((Finished::new(&request.project.join(manifest), lineage)?, false));
    };
    let path = request.output.join(format!("{}.pom", lineage.artifact().unwrap_or_default()));
    std::fs::write(&path, text).map_err(|error| unreadable(&path, &error))?;
    let pom = pom::parse(&path)?;
    Ok((Finished::new(&path, &family.lineage(&pom, manifest))?, true))
}

/// The finished POM of a module that is built already.
pub(super) fn pom(request: &BuildRequest) -> Result<Finished> {
    let manifest = Utf8Path::new(&request.package.manifest);
    let family = Family::read(&request.project, manifest)?;
    let lineage = family.lineage(family.pom(), manifest);
    Ok(finished(request, &Layout::of(request, &lineage), &family, &lineage)?.0)
}

/// The folder to run Maven in: the topmost one of the project whose reactor reaches the module, because modules need each other.
fn root(request: &BuildRequest, module: &Utf8Path) -> Utf8PathBuf {
    let above: Vec<&Utf8Path> = module.ancestors().take_while(|folder| folder.starts_with(&request.project)).collect();
    let reaching = above.iter().rev().find(|folder| reaches(folder, module, 0));
    reaching.map_or(module, |folder| folder).to_owned()
}

fn reaches(folder: &Utf8Path, module: &Utf8Path, depth: usize) -> bool {
    if folder == module {
        return true;
    }
    let Ok(pom) = pom::parse(&folder.join(poms::FILE)) else { return false };
    depth < DEEPEST
        && pom.modules().into_iter().any(|name| {
            let below = folder.join(name.trim_end_matches('/'));
            module.starts_with(&below) && reaches(&below, module, depth + 1)
        })
}
