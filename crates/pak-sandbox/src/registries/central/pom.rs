//! What the portal reads in a POM.

use pak_model::xml::{self, Element};

use super::layout::Component;
use super::rules::Published;

/// A POM that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub packaging: String,
    pub errors: Vec<String>,
}

/// Reads a component's POM and says what is missing or wrong in it. What its parents say need not be said again.
pub(super) fn check(component: &Component, bytes: &[u8], published: Published<'_>) -> Read {
    let mut errors = Vec::new();
    let project = xml::decode(bytes).and_then(|text| xml::parse(&text));
    let project = match project {
        Ok(project) if project.name == "project" => project,
        _ => return Read { packaging: "pom".to_owned(), errors: vec!["Failed to parse POM".to_owned()] },
    };
    // Group and version may be the parent's.
    let own = |name: &str| project.text_at(&[name]).or_else(|| project.text_at(&["parent", name]));
    for (name, value, wanted) in [
        ("groupId", own("groupId"), &component.group),
        ("artifactId", project.text_at(&["artifactId"]), &component.artifact),
        ("version", own("version"), &component.version),
    ] {
        if value != Some(wanted) {
            let told = value.unwrap_or("nothing");
            errors.push(format!("{name} in the POM is {told}, the file path says {wanted}"));
        }
    }
    if project.text_at(&["modelVersion"]).is_none() {
        errors.push("modelVersion is missing".to_owned());
    }
    let lineage = lineage(&project, published);
    for (path, message) in [
        (&["name"][..], "Project name is missing"),
        (&["description"], "Project description is missing"),
        (&["url"], "Project URL is not defined"),
        (&["licenses", "license", "name"], "License information is missing"),
        (&["scm", "url"], "SCM URL is not defined"),
    ] {
        if !lineage.iter().any(|pom| pom.text_at(path).is_some()) {
            errors.push(message.to_owned());
        }
    }
    let mut developers = lineage.iter().filter_map(|pom| pom.child("developers"));
    let named =
        |developer: &Element| ["name", "email", "organization"].iter().any(|key| developer.text_at(&[key]).is_some());
    if !developers.any(|developers| developers.children("developer").any(named)) {
        errors.push("Developers information is missing".to_owned());
    }
    let managed = project.child("dependencyManagement").is_some() || project.child("parent").is_some();
    for dependency in project.child("dependencies").into_iter().flat_map(|list| list.children("dependency")) {
        if dependency.text_at(&["version"]).is_none() && !managed {
            let name = |key: &str| dependency.text_at(&[key]).unwrap_or_default();
            errors.push(format!("Dependency {}:{} has no version", name("groupId"), name("artifactId")));
        }
    }
    let packaging = project.text_at(&["packaging"]).unwrap_or("jar").to_owned();
    Read { packaging, errors }
}

/// How many parents are followed.
const PARENTS: usize = 8;

/// The POM and its parents that are published.
fn lineage(project: &Element, published: Published<'_>) -> Vec<Element> {
    let above = |pom: &Element| {
        let named = |name: &str| pom.text_at(&["parent", name]);
        let (group, artifact, version) = (named("groupId")?.replace('.', "/"), named("artifactId")?, named("version")?);
        let bytes = published(&format!("{group}/{artifact}/{version}/{artifact}-{version}.pom"))?;
        xml::decode(&bytes).and_then(|text| xml::parse(&text)).ok()
    };
    std::iter::successors(Some(project.clone()), above).take(1 + PARENTS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_published_parent_says_need_not_be_said_again() {
        const PARENT: &str = "<project><description>d</description><url>u</url>\
            <licenses><license><name>MIT</name></license></licenses><scm><url>s</url></scm>\
            <developers><developer><name>A</name></developer></developers></project>";
        let child =
            b"<project><modelVersion>4.0.0</modelVersion><parent><groupId>g.h</groupId><artifactId>p</artifactId>\
            <version>1</version></parent><artifactId>c</artifactId><name>C</name></project>";
        let component = Component { group: "g.h".into(), artifact: "c".into(), version: "1".into() };
        let published = |path: &str| (path == "g/h/p/1/p-1.pom").then(|| PARENT.as_bytes().to_vec());
        assert_eq!(check(&component, child, &published).errors, Vec::<String>::new());
        let alone = check(&component, child, &|_: &str| None).errors;
        assert!(alone.contains(&"Project description is missing".to_owned()), "{alone:?}");
    }
}
