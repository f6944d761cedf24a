//! What is odd about components by the inventory alone: where they come from, what is left open, what is there twice. What is
//! yanked, unmaintained or vulnerable is told by the advisories. `pak security dependencies` and `pak scan` show these.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::report::{Certainty, Component, Confidence, Finding, Kind, Origin, Scope, Severity};

/// The findings over components, by path and name.
pub fn findings(components: &[Component]) -> Vec<Finding> {
    let mut found: Vec<Finding> = components.iter().filter_map(of_origin).collect();
    found.extend(components.iter().filter_map(open_range));
    found.extend(duplicates(components));
    found
}

fn of_origin(component: &Component) -> Option<Finding> {
    let name = &component.name;
    let (id, severity, title, message, remedy) = match component.origin {
        Origin::Git => (
            "dependency-from-git",
            Severity::Low,
            "Dependency from a repository",
            format!("{name} comes from a repository: no registry keeps it, and no advisory is matched to it."),
            format!("Depend on a released version of {name}, or accept it with a reason."),
        ),
        Origin::Url => (
            "dependency-from-url",
            Severity::Medium,
            "Dependency from an address",
            format!("{name} comes from an address that may serve something else tomorrow."),
            format!("Depend on a released version of {name}, or accept it with a reason."),
        ),
        Origin::OtherRegistry => (
            "dependency-from-other-registry",
            Severity::Note,
            "Dependency from another registry",
            format!(
                "{name} comes from another registry than the rest; the usual one may hold another package of that name."
            ),
            format!(
                "Make sure that {name} can be had from its own registry alone, for instance by a scope of its own."
            ),
        ),
        Origin::Registry | Origin::Path => return None,
    };
    Some(finding(component, id, severity, title, message, remedy))
}

/// What is asked for by a range and pinned nowhere in the same file. Development tools may float.
fn open_range(component: &Component) -> Option<Finding> {
    if component.certainty != Certainty::Declared || component.scope != Scope::Runtime {
        return None;
    }
    let name = &component.name;
    let message = match &component.version {
        Some(range) => format!("{name} is asked for as `{range}`: what is installed can change from day to day."),
        None => format!("{name} is asked for in any version: what is installed can change from day to day."),
    };
    let remedy = format!("Keep a lock file, or pin {name} to a version.");
    Some(finding(component, "dependency-not-pinned", Severity::Note, "Dependency without a version", message, remedy))
}

/// Packages that one file names in several versions.
fn duplicates(components: &[Component]) -> Vec<Finding> {
    let mut all: BTreeMap<(&str, &str, &str), Vec<&Component>> = BTreeMap::new();
    for component in components.iter().filter(|one| one.certainty != Certainty::Declared && one.version.is_some()) {
        all.entry((&component.path, &component.ecosystem, &component.name)).or_default().push(component);
    }
    all.into_values()
        .filter_map(|same| {
            let versions: BTreeSet<&str> = same.iter().filter_map(|one| one.version.as_deref()).collect();
            let first = *same.first().filter(|_| versions.len() > 1)?;
            let list = versions.into_iter().collect::<Vec<_>>().join(", ");
            let message = format!("{} is there in several versions: {list}.", first.name);
            let remedy = format!("Bring the ranges that ask for {} together, where that is possible.", first.name);
            let title = "Dependency in several versions";
            Some(finding(first, "dependency-duplicate", Severity::Note, title, message, remedy))
        })
        .collect()
}

fn finding(
    component: &Component,
    id: &str,
    severity: Severity,
    title: &str,
    message: String,
    remedy: String,
) -> Finding {
    let subject = [id, &component.ecosystem, &component.name, &component.path].join("\n");
    Finding {
        title: title.to_owned(),
        message,
        remedy,
        line: component.line,
        package: Some(component.name.clone()),
        version: component.version.clone(),
        purl: Some(component.purl.clone()),
        scope: Some(component.scope),
        fingerprint: hex::encode(Sha256::digest(subject)).get(..32).unwrap_or_default().to_owned(),
        ..Finding::new(Kind::Dependency, id, severity, Confidence::Certain, component.path.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::testing::read;

    #[test]
    fn odd_origins_open_ranges_and_duplicates_are_told() {
        let text = "a==1.0\na==2.0\nb>=1\nc @ https://x.example/c-4.0-py3-none-any.whl\n-e git+https://github.com/o/d.git@abc#egg=d\n";
        let components = read("requirements.txt", text).unwrap();
        let ids: Vec<_> = findings(&components).iter().map(|one| (one.id.clone(), one.line)).collect();
        let expected = [
            ("dependency-from-url", Some(4)),
            ("dependency-from-git", Some(5)),
            ("dependency-not-pinned", Some(3)),
            ("dependency-duplicate", Some(1)),
        ];
        assert_eq!(ids, expected.map(|(id, line)| (id.to_owned(), line)));
        let again = findings(&read("requirements.txt", &format!("\n\n{text}")).unwrap());
        assert_eq!(again[0].fingerprint, findings(&components)[0].fingerprint, "lines may move");
    }
}
