//! Every manifest of the tree, read: packages, and notes on what is none. Workspace rules are applied here.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Ecosystem, Problem, Result, code};

use crate::detect::Note;
use crate::manifest::cargo_toml::CargoToml;
use crate::manifest::package_json::PackageJson;
use crate::manifest::pyproject::PyProject;
use crate::manifest::{
    Manifest, Reading, dockerfile, folder_of, gradle, invalid, oci_layout, pom_xml, read_text, setup_cfg,
};
use crate::pom::{self, Lineage, Pom};
use crate::workspace::{Workspace, resolve};

/// How far above the project a cargo workspace's root is looked for.
const PARENTS: usize = 16;

enum Document {
    Npm(PackageJson),
    Python(PyProject),
    Cargo(Box<CargoToml>),
    Maven(Pom),
    /// A build file's text: what it means depends on whether `pak.toml` names it.
    Gradle(String),
    Ready(Reading),
}

/// Reads the files. `named` are those that `pak.toml` names: no workspace leaves them out.
pub(crate) fn read(
    root: &Utf8Path,
    files: &[Utf8PathBuf],
    named: &[Utf8PathBuf],
    notes: &mut Vec<Note>,
) -> Result<Vec<Manifest>> {
    let mut problems: Vec<(Utf8PathBuf, Problem)> = Vec::new();
    let mut documents: BTreeMap<&Utf8Path, Document> = BTreeMap::new();
    let mut workspaces: Vec<Workspace> = Vec::new();
    for file in files {
        match read_text(root, file).and_then(|text| parse(file, &text, &mut workspaces)) {
            Ok(Some(document)) => {
                documents.insert(file, document);
            }
            Ok(None) => {}
            Err(problem) => problems.push((file.clone(), problem)),
        }
    }
    reach(&mut workspaces, &documents);

    // Examples and test data below a workspace's root are full of manifests that nobody publishes, broken ones included.
    let stranger = |file: &Utf8Path| -> Option<&Workspace> {
        let ecosystem = ecosystem_of(file)?;
        let folder = folder_of(file);
        if named.iter().any(|named| named == file) {
            return None;
        }
        let mut above = workspaces.iter().filter(|one| one.ecosystem == ecosystem && one.is_above(&folder)).peekable();
        let first = above.peek().copied();
        if above.any(|workspace| workspace.takes(&folder)) { None } else { first }
    };
    let outside = |file: &Utf8Path, workspace: &Workspace| {
        Note::new(
            file.as_str(),
            format!("not a member of the workspace of {}; name it in pak.toml to publish it", workspace.file),
        )
    };
    problems.retain(|(file, _)| {
        let Some(workspace) = stranger(file) else { return true };
        notes.push(outside(file, workspace));
        false
    });

    let above = std::cell::OnceCell::new();
    let given = pom::given(root);
    let mut manifests = Vec::new();
    for (file, document) in &documents {
        if let Some(workspace) = stranger(file) {
            notes.push(outside(file, workspace));
            continue;
        }
        let reading = match document {
            Document::Npm(manifest) => {
                let is_root =
                    workspaces.iter().any(|one| one.ecosystem == Ecosystem::Npm && one.folder == folder_of(file));
                Ok(manifest.reading(file, is_root))
            }
            Document::Python(manifest) => Ok(manifest.reading(file)),
            Document::Cargo(manifest) => {
                let inside = cargo_root(file, manifest, &documents);
                let found = inside.or_else(|| above.get_or_init(|| cargo_root_above(root)).as_ref());
                manifest.reading(file, found)
            }
            Document::Maven(pom) => {
                let find = |file: &Utf8Path| match documents.get(file) {
                    Some(Document::Maven(pom)) => Some(pom),
                    _ => None,
                };
                pom_xml::reading(file, &Lineage::new(pom, file, &given, find))
            }
            Document::Gradle(text) if named.iter().any(|named| named == file) => {
                Ok(Reading::Package(gradle::manifest(root, file, text)))
            }
            Document::Gradle(_) => Ok(gradle_note(file, &documents)),
            Document::Ready(reading) => Ok(reading.clone()),
        };
        match reading {
            Ok(Reading::Package(manifest)) => manifests.push(manifest),
            Ok(Reading::Note(reason)) => notes.push(Note::new(file.as_str(), reason)),
            Ok(Reading::Nothing) => {}
            Err(problem) => problems.push(((*file).to_owned(), problem)),
        }
    }
    one_of_each_folder(&mut manifests, notes);
    all(problems).map(|()| manifests)
}

/// Every broken manifest in one problem: mending them one run at a time would be a nuisance.
fn all(mut problems: Vec<(Utf8PathBuf, Problem)>) -> Result<()> {
    problems.sort_by(|(left, _), (right, _)| left.cmp(right));
    match problems.as_slice() {
        [] => Ok(()),
        [(_, only)] => Err(only.clone()),
        [(first, problem), ..] => {
            let files: Vec<&str> = problems.iter().map(|(file, _)| file.as_str()).collect();
            let message = format!("{} manifests cannot be read: {}.", files.len(), files.join(", "));
            let told =
                Problem::new(code::project::MANIFEST_INVALID, message).about("file", first).next(problem.advice());
            Err(problems.iter().fold(told, |told, (_, problem)| {
                problem.causes().iter().fold(told.said(problem.message()), Problem::said)
            }))
        }
    }
}

fn ecosystem_of(file: &Utf8Path) -> Option<Ecosystem> {
    match file.file_name()? {
        "package.json" => Some(Ecosystem::Npm),
        "pyproject.toml" | "setup.cfg" => Some(Ecosystem::Python),
        "Cargo.toml" => Some(Ecosystem::Cargo),
        pom::FILE => Some(Ecosystem::Maven),
        _ => None,
    }
}

fn parse(file: &Utf8Path, text: &str, workspaces: &mut Vec<Workspace>) -> Result<Option<Document>> {
    Ok(Some(match file.file_name() {
        Some("package.json") => {
            let manifest = PackageJson::parse(file, text)?;
            if let Some(members) = manifest.members() {
                workspaces.push(Workspace::new(Ecosystem::Npm, file, members, &[])?);
            }
            Document::Npm(manifest)
        }
        Some("pnpm-workspace.yaml") => {
            workspaces.extend(Workspace::pnpm(file, text)?);
            return Ok(None);
        }
        Some("pyproject.toml") => {
            let manifest = PyProject::parse(file, text)?;
            if let Some(workspace) = manifest.workspace() {
                workspaces.push(Workspace::new(Ecosystem::Python, file, &workspace.members, &workspace.exclude)?);
            }
            Document::Python(manifest)
        }
        Some("Cargo.toml") => {
            let manifest = CargoToml::parse(file, text)?;
            if let Some((members, exclude)) = manifest.workspace() {
                workspaces.push(Workspace::new(Ecosystem::Cargo, file, members, exclude)?);
            }
            Document::Cargo(Box::new(manifest))
        }
        Some(pom::FILE) => {
            let pom = Pom::parse(text).map_err(|error| invalid(file, Some(error.line), error.message))?;
            // Every POM rules what is below it: test data of plugins is full of POMs that nobody publishes.
            let modules: Vec<String> = pom.modules().into_iter().map(globset::escape).collect();
            workspaces.push(Workspace::new(Ecosystem::Maven, file, &modules, &[])?);
            Document::Maven(pom)
        }
        Some(name) if gradle::FILES.contains(&name) => Document::Gradle(text.to_owned()),
        Some("setup.cfg") => Document::Ready(setup_cfg::read(file, text)?),
        Some("oci-layout") => Document::Ready(oci_layout::read(file, text)?),
        _ => Document::Ready(dockerfile::read(file, text)),
    }))
}

/// A word about the topmost build file of a build, unless a POM beside it describes the package.
fn gradle_note(file: &Utf8Path, documents: &BTreeMap<&Utf8Path, Document>) -> Reading {
    let folder = folder_of(file);
    let holds = |folder: &Utf8Path, name: &str| documents.contains_key(folder.join(name).as_path());
    let is_below = folder.ancestors().skip(1).any(|above| gradle::FILES.iter().any(|name| holds(above, name)));
    if is_below || holds(&folder, pom::FILE) { Reading::Nothing } else { Reading::Note(gradle::NOTE.to_owned()) }
}

/// Cargo makes path dependencies of members members too, and theirs in turn.
fn reach(workspaces: &mut [Workspace], documents: &BTreeMap<&Utf8Path, Document>) {
    let paths: Vec<(Utf8PathBuf, Vec<Utf8PathBuf>)> = documents
        .iter()
        .filter_map(|(file, document)| {
            let Document::Cargo(manifest) = document else { return None };
            let folder = folder_of(file);
            let paths = manifest.paths().iter().filter_map(|path| resolve(&folder, path)).collect();
            Some((folder, paths))
        })
        .collect();
    for workspace in workspaces.iter_mut().filter(|workspace| workspace.ecosystem == Ecosystem::Cargo) {
        // Each round adds a folder or ends the loop.
        loop {
            let new: Vec<Utf8PathBuf> = paths
                .iter()
                .filter(|(folder, _)| {
                    *folder == workspace.folder || workspace.is_above(folder) && workspace.takes(folder)
                })
                .flat_map(|(_, paths)| paths)
                .filter(|path| workspace.is_above(path) && !workspace.reached.contains(path))
                .cloned()
                .collect();
            if new.is_empty() {
                break;
            }
            workspace.reached.extend(new);
            workspace.reached.sort();
            workspace.reached.dedup();
        }
    }
}

/// The manifest of a package's workspace: the one it names, itself, or the nearest above.
fn cargo_root<'a>(
    file: &Utf8Path,
    manifest: &'a CargoToml,
    documents: &'a BTreeMap<&Utf8Path, Document>,
) -> Option<&'a CargoToml> {
    let at = |folder: &Utf8Path| match documents.get(folder.join("Cargo.toml").as_path()) {
        Some(Document::Cargo(root)) if root.workspace().is_some() => Some(root.as_ref()),
        _ => None,
    };
    let folder = folder_of(file);
    if let Some(named) = manifest.named_root() {
        return at(&resolve(&folder, named.as_str())?);
    }
    if manifest.workspace().is_some() {
        return Some(manifest);
    }
    folder.ancestors().find_map(at)
}

/// A workspace's root above the project, where `pak` was started in a member's folder.
fn cargo_root_above(root: &Utf8Path) -> Option<CargoToml> {
    let mut parents = root.ancestors().skip(1).take(PARENTS);
    parents.find_map(|folder| {
        let text = read_text(folder, "Cargo.toml".into()).ok()?;
        CargoToml::parse("Cargo.toml".into(), &text).ok().filter(|manifest| manifest.workspace().is_some())
    })
}

/// `setup.cfg` gives way to `pyproject.toml`, `Containerfile` to `Dockerfile`, as the tools that read them do; a Gradle build that
/// has a POM beside it is described by that.
fn one_of_each_folder(manifests: &mut Vec<Manifest>, notes: &mut Vec<Note>) {
    let has = |manifests: &[Manifest], folder: &Utf8Path, name: &str| {
        manifests.iter().any(|one| one.folder == folder && one.file.file_name() == Some(name))
    };
    let all = manifests.clone();
    manifests.retain(|manifest| {
        let winner = match manifest.file.file_name() {
            Some("setup.cfg") => "pyproject.toml",
            Some("Containerfile") => "Dockerfile",
            Some(name) if gradle::FILES.contains(&name) => pom::FILE,
            _ => return true,
        };
        let loses = has(&all, &manifest.folder, winner);
        if loses {
            notes.push(Note::new(manifest.file.as_str(), format!("{winner} beside it describes the package")));
        }
        !loses
    });
    // The other way round: the note that `pyproject.toml` names no package is of no use where `setup.cfg` does.
    notes.retain(|note| {
        let file = Utf8Path::new(&note.path);
        file.file_name() != Some("pyproject.toml") || !has(manifests, &folder_of(file), "setup.cfg")
    });
}
