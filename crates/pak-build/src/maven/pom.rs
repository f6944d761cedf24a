//! The POM that is published: what it says, and how open placeholders are filled in where clients could not do it.

use std::collections::BTreeSet;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::artifact::PomDetails;
use pak_model::xml::{self, Element};
use pak_model::{Result, code};
use pak_project::pom::{Lineage, Pom};

use super::{invalid, unreadable};

/// A finished POM.
pub(super) struct Finished {
    pub(super) path: Utf8PathBuf,
    pub(super) group: String,
    pub(super) artifact: String,
    pub(super) version: String,
    pub(super) details: PomDetails,
}

impl Finished {
    /// Reads one. `pom` is what was parsed from `path`, `lineage` that with the parents it has in the project.
    pub(super) fn new(path: &Utf8Path, lineage: &Lineage<'_>) -> Result<Self> {
        let told = |what: &str, text: Option<String>| {
            let text = text.ok_or_else(|| invalid(path, format!("{path} has no <{what}>.")))?;
            let is_plain = !text.is_empty() && !text.contains(['/', '\\', '$', ':']) && !text.starts_with('.');
            if is_plain { Ok(text) } else { Err(invalid(path, format!("{path}: `{text}` cannot be a <{what}>."))) }
        };
        Ok(Self {
            path: path.to_owned(),
            group: told("groupId", lineage.group())?,
            artifact: told("artifactId", lineage.artifact())?,
            version: told("version", lineage.version())?,
            details: details(lineage),
        })
    }

    /// Reads one that stands alone.
    pub(super) fn alone(path: &Utf8Path) -> Result<Self> {
        let pom = parse(path)?;
        Self::new(path, &Lineage::new(&pom, "pom.xml".into(), &[], |_| None))
    }
}

/// Parses a file.
pub(super) fn parse(path: &Utf8Path) -> Result<Pom> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
    let parsed = xml::decode(&bytes).and_then(|text| Pom::parse(&text));
    parsed.map_err(|error| {
        invalid(path, format!("{path} is no POM: {error}.")).next(code::project::MANIFEST_INVALID.help)
    })
}

/// Placeholders that Maven knows as given from outside. Dependencies on siblings use them; others stay in dependencies: the
/// published parent explains them, and who inherits may mean something else by them.
const GIVEN: [&str; 3] = ["${revision}", "${sha1}", "${changelist}"];
const COORDINATES: [&str; 3] = ["groupId", "artifactId", "version"];

/// The POM with its coordinates written out, where it has placeholders in them: a client that reads a dependency's POM has no
/// command line to take `${revision}` from. None where nothing is to be done.
pub(super) fn written_out(lineage: &Lineage<'_>) -> Option<String> {
    let pom = lineage.pom();
    let project = pom.project();
    let of = |element: Option<&Element>, marks: &[&str]| -> Vec<(Range<usize>, String)> {
        let parts = element.into_iter().flat_map(|element| COORDINATES.iter().filter_map(|name| element.child(name)));
        let open = parts.filter(|part| marks.iter().any(|mark| part.text.contains(mark)));
        open.map(|part| (part.inner.clone(), lineage.resolve(&part.text))).collect()
    };
    let mut changes = of(Some(project), &["${"]);
    changes.extend(of(project.child("parent"), &["${"]));
    if changes.is_empty() {
        return None;
    }
    for list in [&["dependencies"][..], &["dependencyManagement", "dependencies"]] {
        let dependencies = project.at(list).into_iter().flat_map(|list| list.children("dependency"));
        changes.extend(dependencies.flat_map(|dependency| of(Some(dependency), &GIVEN)));
    }
    changes.sort_by_key(|(place, _)| place.start);
    let mut text = pom.text().to_owned();
    for (place, value) in changes.into_iter().rev() {
        text.replace_range(place, &xml::escape(&value));
    }
    Some(text)
}

fn details(lineage: &Lineage<'_>) -> PomDetails {
    let project = lineage.pom().project();
    let own = |name: &str| project.text_at(&[name]).map(|text| lineage.resolve(text));
    let field = |element: &Element, name: &str| element.text_at(&[name]).map(|text| lineage.resolve(text));
    let list = |path: &[&str], item: &'static str| -> Vec<&Element> {
        lineage.inherited(path).map(|list| list.children(item).collect()).unwrap_or_default()
    };
    let developers = list(&["developers"], "developer");
    let developers =
        developers.iter().filter(|one| ["name", "email", "organization"].iter().any(|part| field(one, part).is_some()));
    let coordinates =
        |element: &Element| COORDINATES.iter().filter_map(|name| field(element, name)).collect::<Vec<_>>().join(":");
    let mut details = PomDetails {
        model_version: own("modelVersion"),
        packaging: lineage.packaging(),
        name: own("name"),
        description: lineage.inherited_text(&["description"]),
        url: lineage.inherited_text(&["url"]),
        licenses: list(&["licenses"], "license").iter().map(|one| (field(one, "name"), field(one, "url"))).collect(),
        developers: u32::try_from(developers.count()).unwrap_or(u32::MAX),
        scm: ["connection", "developerConnection", "url"].map(|name| lineage.inherited_text(&["scm", name])),
        parent: project.child("parent").map(coordinates),
        ..PomDetails::default()
    };
    dependencies(lineage, &mut details);
    details
}

/// What clients will ask for when they resolve the package.
fn dependencies(lineage: &Lineage<'_>, details: &mut PomDetails) {
    let project = lineage.pom().project();
    let field = |element: &Element, name: &str| element.text_at(&[name]).map(|text| lineage.resolve(text));
    let key = |element: &Element| {
        format!(
            "{}:{}",
            field(element, "groupId").unwrap_or_default(),
            field(element, "artifactId").unwrap_or_default()
        )
    };
    let managed = lineage.all(&["dependencyManagement", "dependencies", "dependency"]);
    // Lists of versions and parents that lie in a repository may manage anything.
    let is_whole =
        !lineage.has_outside_parent() && managed.iter().all(|one| field(one, "scope").as_deref() != Some("import"));
    let managed: BTreeSet<String> = managed.iter().map(|one| key(one)).collect();
    let direct = project.child("dependencies").into_iter().flat_map(|list| list.children("dependency"));
    let asked = direct.filter(|one| !matches!(field(one, "scope").as_deref(), Some("test" | "system")));
    for element in asked.chain(project.child("parent")) {
        let key = key(element);
        match field(element, "version") {
            None if is_whole && !managed.contains(&key) => details.unversioned.push(key.clone()),
            Some(version) if version.to_ascii_uppercase().ends_with("-SNAPSHOT") => {
                details.snapshots.push(format!("{key}:{version}"));
            }
            _ => {}
        }
        let texts = COORDINATES.iter().filter_map(|name| field(element, name));
        details.unresolved.extend(texts.flat_map(|text| placeholders(&text)));
    }
    let own = COORDINATES.iter().filter_map(|name| project.text_at(&[name]));
    let of_parent = COORDINATES.iter().filter_map(|name| project.text_at(&["parent", name]));
    details.unresolved.extend(own.chain(of_parent).flat_map(placeholders));
    details.unresolved.sort();
    details.unresolved.dedup();
}

fn placeholders(text: &str) -> Vec<String> {
    let parts = text.split("${").skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(name, _)| format!("${{{name}}}")).collect()
}
