//! What the portal insists on before anything is published: layout, checksums, signatures, a POM that says enough.

use std::collections::{BTreeMap, BTreeSet};

use super::layout::Component;
use super::{pom, upload};

type Errors = BTreeMap<String, Vec<String>>;

/// Checksums of files, the first two of which must be there.
const ALGORITHMS: [&str; 4] = ["md5", "sha1", "sha256", "sha512"];
const REQUIRED: usize = 2;

/// Files that are published already, by their path.
pub(super) type Published<'a> = &'a dyn Fn(&str) -> Option<Vec<u8>>;

/// Everything that is wrong with a bundle, by file or component.
pub(super) fn check(files: &BTreeMap<String, Vec<u8>>, published: Published<'_>) -> Errors {
    let mut errors = Errors::new();
    let mut components: BTreeMap<Component, BTreeSet<&str>> = BTreeMap::new();
    for path in files.keys() {
        match Component::of_path(path) {
            Some((component, file)) if is_ordinary(path) => {
                components.entry(component).or_default().insert(file);
            }
            _ => say(&mut errors, path, format!("File path '{path}' is not valid")),
        }
    }
    if components.is_empty() {
        say(&mut errors, "bundle", "Bundle has no component".to_owned());
    }
    for (component, names) in &components {
        check_component(component, names, files, published, &mut errors);
    }
    errors
}

fn is_ordinary(path: &str) -> bool {
    path.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
        && !path.contains(['\\', ':', '"', '<', '>', '|', '?', '*'])
}

fn check_component(
    component: &Component,
    names: &BTreeSet<&str>,
    files: &BTreeMap<String, Vec<u8>>,
    published: Published<'_>,
    errors: &mut Errors,
) {
    let folder = format!("{}/{}/{}", component.group.replace('.', "/"), component.artifact, component.version);
    let content = |name: &str| files.get(&format!("{folder}/{name}")).map(Vec::as_slice);
    if component.version.ends_with("-SNAPSHOT") {
        say(errors, &component.purl(), format!("Version '{}' is a snapshot", component.version));
    }
    for name in names {
        let extension = name.rsplit('.').next().unwrap_or_default();
        if ALGORITHMS.contains(&extension) {
            check_checksum(name, extension, content, errors);
        } else if extension == "asc" {
            let text = content(name).map(String::from_utf8_lossy).unwrap_or_default();
            if !text.trim_start().starts_with("-----BEGIN PGP SIGNATURE-----") {
                say(errors, name, format!("Invalid signature for file: {name}"));
            }
        } else {
            for algorithm in &ALGORITHMS[..REQUIRED] {
                if !names.contains(format!("{name}.{algorithm}").as_str()) {
                    say(errors, name, format!("Missing {algorithm} checksum for file: {name}"));
                }
            }
            if !names.contains(format!("{name}.asc").as_str()) {
                say(errors, name, format!("Missing signature for file: {name}"));
            }
        }
    }
    let stem = component.stem();
    let Some(text) = content(&format!("{stem}.pom")) else {
        say(errors, &component.purl(), format!("Missing POM: {stem}.pom"));
        return;
    };
    let parents = |path: &str| files.get(path).cloned().or_else(|| published(path));
    let read = pom::check(component, text, &parents);
    for message in read.errors {
        say(errors, &component.purl(), message);
    }
    if read.packaging != "pom" {
        let main =
            names.iter().any(|name| *name == format!("{stem}.jar") || *name == format!("{stem}.{}", read.packaging));
        let required = [("Missing main artifact", main)].into_iter().chain(["sources", "javadoc"].map(|classifier| {
            let there = names.contains(format!("{stem}-{classifier}.jar").as_str());
            (
                if classifier == "sources" {
                    "Sources must be provided but not found in entries"
                } else {
                    "Javadocs must be provided but not found in entries"
                },
                there,
            )
        }));
        for (message, there) in required {
            if !there {
                say(errors, &component.purl(), message.to_owned());
            }
        }
    }
}

fn check_checksum<'a>(name: &str, algorithm: &str, content: impl Fn(&str) -> Option<&'a [u8]>, errors: &mut Errors) {
    let of = name.trim_end_matches(algorithm).trim_end_matches('.');
    let told = content(name).map(String::from_utf8_lossy).unwrap_or_default().trim().to_owned();
    match content(of) {
        None => say(errors, name, format!("Checksum of a file that is not there: {name}")),
        Some(bytes) if upload::checksum(bytes, algorithm).is_ok_and(|real| real == told) => {}
        Some(_) => say(errors, of, format!("Invalid {algorithm} checksum for file: {of}")),
    }
}

fn say(errors: &mut Errors, about: &str, message: String) {
    errors.entry(about.to_owned()).or_default().push(message);
}
