//! What the portal reads in a POM.

use pak_model::xml::{self, Element};

use super::layout::Component;

/// A POM that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub packaging: String,
    pub errors: Vec<String>,
}

/// Reads a component's POM and says what is missing or wrong in it.
pub(super) fn check(component: &Component, bytes: &[u8]) -> Read {
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
    for (path, message) in [
        (&["name"][..], "Project name is missing"),
        (&["description"], "Project description is missing"),
        (&["url"], "Project URL is not defined"),
        (&["licenses", "license", "name"], "License information is missing"),
        (&["scm", "url"], "SCM URL is not defined"),
    ] {
        if project.text_at(path).is_none() {
            errors.push(message.to_owned());
        }
    }
    let developers = project.child("developers");
    let named =
        |developer: &Element| ["name", "email", "organization"].iter().any(|key| developer.text_at(&[key]).is_some());
    if !developers.is_some_and(|developers| developers.children("developer").any(named)) {
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
