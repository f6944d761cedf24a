//! What any Maven repository, or any client after it, would stumble over. Pure; called by preflight.

use pak_model::{Details, Finding, Release, code};

use super::component::{Component, SIGNATURE, components};
use super::layout::{is_part, is_snapshot, wrong_ids, wrong_version};

/// Every finding about a release.
pub(crate) fn check(release: &Release) -> Vec<Finding> {
    let mut findings = Vec::new();
    for artifact in &release.artifacts {
        if !matches!(artifact.details, Details::Maven(_)) {
            let message = format!("{} is not a file of a Maven component.", artifact.id);
            findings.push(Finding::error(code::maven::ARTIFACTS, message).file(&artifact.id));
        }
    }
    let components = components(release);
    if components.is_empty() {
        findings.push(Finding::error(code::maven::ARTIFACTS, format!("{} has no file.", release.package.label())));
    }
    findings.extend(components.iter().flat_map(|each| component(release, each)));
    findings
}

fn component(release: &Release, component: &Component<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(
        wrong_ids(component.group, component.artifact)
            .map(|message| Finding::error(code::maven::COORDINATES_INVALID, message)),
    );
    findings
        .extend(wrong_version(component.version).map(|message| Finding::error(code::maven::VERSION_INVALID, message)));
    if component.version != release.version {
        let message =
            format!("{} is version {}, and the release is {}.", component.name(), component.version, release.version);
        findings.push(Finding::error(code::maven::VERSION_DIFFERS, message));
    }
    findings.extend(files(component));
    findings.extend(pom(component));
    findings
}

fn files(component: &Component<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, file) in component.files.iter().enumerate() {
        let (id, details) = (&file.artifact.id, file.details);
        let mut say = |finding: Finding| findings.push(finding.file(id));
        if file.artifact.size == 0 {
            say(Finding::error(code::maven::FILE_EMPTY, format!("{id} is empty.")));
        }
        for part in details.classifier.iter().chain([&details.extension]).filter(|part| !is_part(part)) {
            let message = format!("`{part}` cannot be part of a file's name in a repository.");
            say(Finding::error(code::maven::COORDINATES_INVALID, message));
        }
        let same = |other: &&super::component::File<'_>| {
            (&other.details.classifier, &other.details.extension) == (&details.classifier, &details.extension)
        };
        if let Some(other) = component.files.iter().take(index).find(same) {
            let message = format!("{id} and {} have the same place in {}.", other.artifact.id, component.name());
            say(Finding::error(code::maven::FILE_TWICE, message));
        }
        if let Some(signed) = details.extension.strip_suffix(SIGNATURE)
            && component.file(details.classifier.as_deref(), signed).is_none()
        {
            say(Finding::warning(code::maven::SIGNATURE_ALONE, format!("{id} signs no file of this release.")));
        }
    }
    findings
}

fn pom(component: &Component<'_>) -> Vec<Finding> {
    let Some((file, pom)) = component.pom() else {
        let files: Vec<&str> = component.files.iter().map(|file| file.artifact.id.as_str()).collect();
        let message = format!("{} {} has no POM, only {}.", component.name(), component.version, files.join(", "));
        return vec![Finding::error(code::maven::POM_MISSING, message)];
    };
    let mut findings = Vec::new();
    if pom.packaging != "pom" && !component.has_main() {
        let message = format!("The POM's packaging is `{}`, and there is no such file.", pom.packaging);
        findings.push(Finding::warning(code::maven::MAIN_MISSING, message));
    }
    for text in &pom.unresolved {
        let message = format!("`{text}` in the POM has no value there.");
        findings.push(match pom.parent {
            None => Finding::error(code::maven::PLACEHOLDER, message),
            Some(_) => Finding::warning(code::maven::PLACEHOLDER, message),
        });
    }
    if !is_snapshot(component.version) {
        for dependency in &pom.snapshots {
            let message = format!("The POM depends on {dependency}.");
            findings.push(Finding::warning(code::maven::SNAPSHOT_DEPENDENCY, message));
        }
    }
    if pom.parent.is_none() {
        for dependency in &pom.unversioned {
            let message = format!("The dependency {dependency} has no version in this POM.");
            findings.push(Finding::error(code::maven::DEPENDENCY_UNVERSIONED, message));
        }
    }
    findings.into_iter().map(|finding| finding.file(&file.artifact.id)).collect()
}

#[cfg(test)]
mod tests {
    use pak_model::Severity;

    use super::super::sample;
    use super::*;

    fn codes(release: &Release) -> Vec<String> {
        let error = check(release).into_iter().filter(|finding| finding.severity != Severity::Note);
        error.map(|finding| finding.code.replace("pak::maven::", "")).collect()
    }

    fn changed(change: impl FnOnce(&mut Release)) -> Vec<String> {
        let mut release = sample::complete();
        change(&mut release);
        codes(&release)
    }

    #[test]
    fn one_wrong_thing_one_finding() {
        assert!(changed(|_| {}).is_empty());
        for (expected, found) in [
            ("pom_missing", changed(|release| release.artifacts.retain(|artifact| !artifact.id.contains(".pom")))),
            (
                "signature_alone",
                changed(|release| release.artifacts.retain(|artifact| artifact.id != "hello-1.0.0-javadoc.jar")),
            ),
            ("file_empty", changed(|release| release.artifacts[0].size = 0)),
            ("file_twice", changed(|release| release.artifacts.push(sample::artifact(Some("sources"), "jar")))),
            ("version_differs", changed(|release| release.version = "1.0.1".into())),
            ("version_invalid", changed(|release| sample::version(release, "${revision}"))),
            ("coordinates_invalid", changed(|release| release.artifacts.push(sample::artifact(Some("../x"), "jar")))),
            ("placeholder", changed(|release| sample::pom(release, |pom| pom.unresolved = vec!["${x}".into()]))),
            (
                "dependency_unversioned",
                changed(|release| sample::pom(release, |pom| pom.unversioned = vec!["a:b".into()])),
            ),
            (
                "snapshot_dependency",
                changed(|release| sample::pom(release, |pom| pom.snapshots = vec!["a:b:1-SNAPSHOT".into()])),
            ),
            (
                "main_missing",
                changed(|release| release.artifacts.retain(|artifact| !artifact.id.starts_with("hello-1.0.0.jar"))),
            ),
            ("artifacts", changed(|release| release.artifacts.clear())),
        ] {
            assert_eq!(found, [expected]);
        }
    }
}
