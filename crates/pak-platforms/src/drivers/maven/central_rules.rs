//! What Maven Central checks before it takes a release, known beforehand. Called by the `central` driver's preflight.
//!
//! The portal reports these after the upload, minutes later and in the words of its validators; here each one names the file
//! and what to add to it.

use pak_model::artifact::PomDetails;
use pak_model::{Finding, Release, code};

use super::component::{Component, File, SIGNATURE, components};

/// Everything Maven Central would refuse a release for, as far as its files tell.
pub(crate) fn check(release: &Release) -> Vec<Finding> {
    components(release).iter().flat_map(component).collect()
}

fn component(component: &Component<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(namespace(component.group));
    if component.version.ends_with("-SNAPSHOT") {
        let message = format!("{} {} is a snapshot.", component.name(), component.version);
        findings.push(Finding::error(code::maven::SNAPSHOT_VERSION, message));
    }
    if let Some((file, pom)) = component.pom() {
        let name = &file.artifact.id;
        findings.extend(said(pom).map(|(element, example)| missing(pom, element, example).file(name)));
        findings.extend(dependencies(pom).map(|finding| finding.file(name)));
        if pom.packaging != "pom" {
            findings.extend(companions(component));
        }
    }
    findings.extend(component.files.iter().filter_map(|file| unsigned(component, file)));
    findings
}

/// Elements of the POM that the portal wants and that are not there, with what to write.
fn said(pom: &PomDetails) -> impl Iterator<Item = (&'static str, &'static str)> {
    let empty = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    let [connection, developer, url] = &pom.scm;
    let has_license = pom.licenses.iter().any(|(name, url)| !empty(name) && !empty(url));
    let named_license = pom.licenses.iter().any(|(name, url)| !empty(name) || !empty(url));
    [
        (empty(&pom.model_version), "modelVersion", "<modelVersion>4.0.0</modelVersion>"),
        (empty(&pom.name), "name", "<name>…</name>"),
        (empty(&pom.description), "description", "<description>…</description>"),
        (empty(&pom.url), "url", "<url>https://…</url>"),
        (!named_license, "licenses", "<licenses><license><name>…</name><url>https://…</url></license></licenses>"),
        (named_license && !has_license, "licenses/license", "both <name> and <url> in <license>"),
        (pom.developers == 0, "developers", "<developers><developer><name>…</name></developer></developers>"),
        (empty(connection), "scm/connection", "<connection>scm:git:https://…</connection> in <scm>"),
        (
            empty(developer),
            "scm/developerConnection",
            "<developerConnection>scm:git:ssh://…</developerConnection> in <scm>",
        ),
        (empty(url), "scm/url", "<url>https://…</url> in <scm>"),
    ]
    .into_iter()
    .filter_map(|(is_missing, element, example)| is_missing.then_some((element, example)))
}

/// A missing element may be the parent's where there is one.
fn missing(pom: &PomDetails, element: &str, example: &str) -> Finding {
    let add = format!("Add {example} to the POM.");
    match &pom.parent {
        None => Finding::error(code::maven::POM_INCOMPLETE, format!("The POM has no `{element}`.")).remedy(add),
        Some(parent) => Finding::warning(
            code::maven::POM_INCOMPLETE,
            format!("The POM has no `{element}`; it must inherit it from {parent}."),
        )
        .remedy(format!("Make sure that the parent says it and is in Maven Central already. If not: {add}")),
    }
}

fn dependencies(pom: &PomDetails) -> impl Iterator<Item = Finding> {
    let snapshots = pom.snapshots.iter().map(|dependency| {
        Finding::error(code::maven::SNAPSHOT_DEPENDENCY, format!("The POM depends on {dependency}."))
    });
    let unversioned = pom.unversioned.iter().map(|dependency| {
        let message = format!("The dependency {dependency} has no version in this POM.");
        match &pom.parent {
            None => Finding::error(code::maven::DEPENDENCY_UNVERSIONED, message),
            Some(_) => Finding::warning(code::maven::DEPENDENCY_UNVERSIONED, message),
        }
    });
    let unresolved = pom
        .unresolved
        .iter()
        .map(|text| Finding::error(code::maven::PLACEHOLDER, format!("`{text}` in the POM has no value there.")));
    snapshots.chain(unversioned).chain(unresolved)
}

/// The jars that go with every component that is more than a POM.
fn companions(component: &Component<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (classifier, code) in [("sources", code::maven::SOURCES_MISSING), ("javadoc", code::maven::JAVADOC_MISSING)] {
        if component.file(Some(classifier), "jar").is_none() {
            let name = format!("{}-{}-{classifier}.jar", component.artifact, component.version);
            findings.push(Finding::error(code, format!("{} has no {name}.", component.name())));
        }
    }
    findings
}

fn unsigned(component: &Component<'_>, file: &File<'_>) -> Option<Finding> {
    let signature = format!("{}{SIGNATURE}", file.details.extension);
    if file.is_signature() || component.file(file.details.classifier.as_deref(), &signature).is_some() {
        return None;
    }
    let message = format!("There is no {}{SIGNATURE}.", file.artifact.id);
    Some(Finding::error(code::maven::SIGNATURE_MISSING, message).file(&file.artifact.id))
}

/// Whose a namespace is, only the portal knows; some forms are nobody's.
fn namespace(group: &str) -> Option<Finding> {
    let host = ["com.github", "com.gitlab", "org.bitbucket", "com.gitee"];
    if let Some(account) = host.iter().find_map(|host| group.strip_prefix(host)).filter(|rest| rest.starts_with('.')) {
        let at = group.strip_suffix(account).unwrap_or_default();
        let service = at.rsplit('.').next().unwrap_or_default();
        let message = format!("{group} is below {at}, which the portal gives to nobody.");
        let io = format!("Use io.{service}{account}, and verify it in the portal.");
        return Some(Finding::error(code::maven::NAMESPACE_REFUSED, message).remedy(io));
    }
    let example = ["com.example", "org.example", "example"];
    if example.iter().any(|example| group == *example || group.starts_with(&format!("{example}."))) {
        return Some(Finding::error(code::maven::NAMESPACE_REFUSED, format!("{group} is a name of examples.")));
    }
    (!group.contains('.')).then(|| {
        let message = format!("{group} has no dot: new namespaces are domains read backwards.");
        Finding::warning(code::maven::NAMESPACE_REFUSED, message)
    })
}

#[cfg(test)]
mod tests {
    use pak_model::Severity;

    use super::super::sample;
    use super::*;

    fn codes(release: &Release) -> Vec<(String, String)> {
        let error = check(release).into_iter().filter(|finding| finding.severity == Severity::Error);
        error.map(|finding| (finding.code.replace("pak::maven::", ""), finding.message)).collect()
    }

    #[test]
    fn a_complete_release_has_no_finding() {
        assert_eq!(check(&sample::complete()), []);
    }

    #[test]
    fn everything_that_is_missing_is_named_once_with_its_file() {
        let mut release = sample::complete();
        release.artifacts.retain(|artifact| !artifact.id.contains("javadoc") && artifact.id != "hello-1.0.0.jar.asc");
        sample::pom(&mut release, |pom| {
            pom.description = None;
            pom.licenses = vec![(Some("MIT".into()), None)];
            pom.developers = 0;
            pom.scm[1] = Some(" ".into());
            pom.snapshots = vec!["org.a:b:1-SNAPSHOT".into()];
            pom.unversioned = vec!["org.a:c".into()];
            pom.unresolved = vec!["${revision}".into()];
        });
        let found: Vec<String> =
            codes(&release).into_iter().map(|(code, message)| format!("{code}: {message}")).collect();
        assert_eq!(
            found,
            [
                "pom_incomplete: The POM has no `description`.",
                "pom_incomplete: The POM has no `licenses/license`.",
                "pom_incomplete: The POM has no `developers`.",
                "pom_incomplete: The POM has no `scm/developerConnection`.",
                "snapshot_dependency: The POM depends on org.a:b:1-SNAPSHOT.",
                "dependency_unversioned: The dependency org.a:c has no version in this POM.",
                "placeholder: `${revision}` in the POM has no value there.",
                "javadoc_missing: dev.sample:hello has no hello-1.0.0-javadoc.jar.",
                "signature_missing: There is no hello-1.0.0.jar.asc.",
            ]
        );
        let of_pom = check(&release).into_iter().filter(|finding| finding.file.as_deref() == Some("hello-1.0.0.pom"));
        assert_eq!(of_pom.count(), 7);
    }

    #[test]
    fn what_a_parent_may_say_does_not_stop_the_release() {
        let mut release = sample::complete();
        sample::pom(&mut release, |pom| {
            pom.url = None;
            pom.unversioned = vec!["org.a:c".into()];
            pom.parent = Some("dev.sample:parent:1".into());
        });
        assert_eq!(codes(&release), []);
        let warned: Vec<Finding> = check(&release);
        assert_eq!(warned.len(), 2);
        assert!(warned.iter().any(|finding| finding.message.contains("inherit it from dev.sample:parent:1")));
    }

    #[test]
    fn a_pom_alone_needs_no_jars() {
        let mut release = sample::complete();
        release.artifacts.retain(|artifact| artifact.id.contains(".pom"));
        assert_eq!(codes(&release).len(), 2);
        sample::pom(&mut release, |pom| pom.packaging = "pom".into());
        assert_eq!(codes(&release), []);
    }

    #[test]
    fn namespaces_and_snapshots() {
        assert!(namespace("dev.sample").is_none());
        assert!(namespace("io.github.someone").is_none());
        assert_eq!(
            namespace("com.github.someone").unwrap().remedy,
            "Use io.github.someone, and verify it in the portal."
        );
        assert_eq!(namespace("org.example.app").unwrap().severity, Severity::Error);
        assert_eq!(namespace("junit").unwrap().severity, Severity::Warning);
        assert!(namespace("com.githubber").is_none());
        let mut release = sample::complete();
        sample::version(&mut release, "1.0.0-SNAPSHOT");
        assert_eq!(codes(&release)[0].0, "snapshot_version");
    }
}
