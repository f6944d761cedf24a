//! A release for the tests of this driver's rules.

use pak_model::artifact::{ArtifactKind, Details, MavenDetails, PomDetails};
use pak_model::package::About;
use pak_model::release::PublishOptions;
use pak_model::{Artifact, Digests, Ecosystem, Package, Release};

/// Everything Maven Central wants, signed.
pub(crate) fn complete() -> Release {
    let mut artifacts = Vec::new();
    for (classifier, extension) in [(None, "jar"), (Some("sources"), "jar"), (Some("javadoc"), "jar"), (None, "pom")] {
        artifacts.push(artifact(classifier, extension));
        artifacts.push(artifact(classifier, &format!("{extension}.asc")));
    }
    let mut release = Release {
        package: Package {
            id: "java".into(),
            ecosystem: Ecosystem::Maven,
            name: "dev.sample:hello".into(),
            version: Some("1.0.0".into()),
            directory: ".".into(),
            manifest: "pom.xml".into(),
            withheld: None,
            depends_on: Vec::new(),
            about: About::default(),
        },
        version: "1.0.0".into(),
        artifacts,
        options: PublishOptions::default(),
        assets: Vec::new(),
        attestations: Vec::new(),
    };
    let text = |text: &str| Some(text.to_owned());
    let whole = PomDetails {
        model_version: text("4.0.0"),
        packaging: "jar".into(),
        name: text("hello"),
        description: text("Says hello."),
        url: text("https://example.org/hello"),
        licenses: vec![(text("MIT"), text("https://example.org/mit"))],
        developers: 1,
        scm: [
            text("scm:git:https://example.org/hello"),
            text("scm:git:ssh://example.org/hello"),
            text("https://example.org/hello"),
        ],
        ..PomDetails::default()
    };
    pom(&mut release, |pom| *pom = whole);
    release
}

/// The files of another component beside it.
pub(super) fn of(name: &str) -> Vec<Artifact> {
    let mut artifacts = complete().artifacts;
    for artifact in &mut artifacts {
        artifact.id = artifact.id.replace("hello", name);
        if let Details::Maven(details) = &mut artifact.details {
            details.artifact = name.to_owned();
        }
    }
    artifacts
}

/// One file of it.
pub(crate) fn artifact(classifier: Option<&str>, extension: &str) -> Artifact {
    let dash = classifier.map(|classifier| format!("-{classifier}")).unwrap_or_default();
    let id = format!("hello-1.0.0{dash}.{extension}");
    Artifact {
        path: format!("/dist/{id}").into(),
        kind: ArtifactKind::MavenFile,
        size: 10,
        digests: Digests::of(id.as_bytes()),
        package: "java".into(),
        details: Details::Maven(MavenDetails {
            group: "dev.sample".into(),
            artifact: "hello".into(),
            version: "1.0.0".into(),
            classifier: classifier.map(str::to_owned),
            extension: extension.into(),
            pom: (extension == "pom").then(Box::default),
        }),
        id,
    }
}

/// Changes what the POM says.
pub(crate) fn pom(release: &mut Release, change: impl FnOnce(&mut PomDetails)) {
    let pom = release.artifacts.iter_mut().find_map(|artifact| match &mut artifact.details {
        Details::Maven(details) => details.pom.as_deref_mut(),
        _ => None,
    });
    change(pom.unwrap());
}

/// Changes the version, in names and details.
pub(crate) fn version(release: &mut Release, version: &str) {
    for artifact in &mut release.artifacts {
        artifact.id = artifact.id.replace(&release.version, version);
        if let Details::Maven(details) = &mut artifact.details {
            details.version = version.into();
        }
    }
    release.version = version.into();
}
