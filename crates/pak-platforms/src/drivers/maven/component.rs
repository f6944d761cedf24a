//! A release seen as Maven components: one POM with its files each. Called by the rules and by publishing.

use pak_model::{Artifact, Details, Release, artifact::MavenDetails, artifact::PomDetails};

/// The ending of detached signatures.
pub(crate) const SIGNATURE: &str = ".asc";

/// One component of a release: everything under one group, artifact id and version.
#[derive(Debug)]
pub(crate) struct Component<'a> {
    /// The group id.
    pub(crate) group: &'a str,
    /// The artifact id.
    pub(crate) artifact: &'a str,
    /// The version as the POM says it.
    pub(crate) version: &'a str,
    /// Its files, in the release's order.
    pub(crate) files: Vec<File<'a>>,
}

/// One file of a component.
#[derive(Debug, Clone, Copy)]
pub(crate) struct File<'a> {
    /// The artifact.
    pub(crate) artifact: &'a Artifact,
    /// Its place in the component.
    pub(crate) details: &'a MavenDetails,
}

/// The components of a release, in the order their first files come. Artifacts that are no Maven files are left out.
pub(crate) fn components(release: &Release) -> Vec<Component<'_>> {
    let mut found: Vec<Component<'_>> = Vec::new();
    for artifact in &release.artifacts {
        let Details::Maven(details) = &artifact.details else { continue };
        let file = File { artifact, details };
        let is_its = |component: &&mut Component<'_>| {
            component.group == details.group
                && component.artifact == details.artifact
                && component.version == details.version
        };
        match found.iter_mut().find(is_its) {
            Some(component) => component.files.push(file),
            None => found.push(Component {
                group: &details.group,
                artifact: &details.artifact,
                version: &details.version,
                files: vec![file],
            }),
        }
    }
    found
}

impl<'a> Component<'a> {
    /// `group:artifact`, the name people know it by.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.group, self.artifact)
    }

    /// The POM.
    pub(crate) fn pom(&self) -> Option<(File<'a>, &'a PomDetails)> {
        self.files.iter().find_map(|file| Some((*file, file.details.pom.as_deref()?)))
    }

    /// The file of a classifier and extension.
    pub(crate) fn file(&self, classifier: Option<&str>, extension: &str) -> Option<File<'a>> {
        let is_it =
            |file: &&File<'_>| file.details.classifier.as_deref() == classifier && file.details.extension == extension;
        self.files.iter().find(is_it).copied()
    }

    /// Whether a file of a packaging other than `pom` is there: the one without a classifier that is neither description nor
    /// signature.
    pub(crate) fn has_main(&self) -> bool {
        self.files.iter().any(|file| {
            file.details.classifier.is_none()
                && !file.is_signature()
                && !matches!(file.details.extension.as_str(), "pom" | "module")
        })
    }
}

impl File<'_> {
    /// Whether this is a detached signature of another file.
    pub(crate) fn is_signature(&self) -> bool {
        self.details.extension.ends_with(SIGNATURE)
    }

    /// Whether this is the POM itself.
    pub(crate) fn is_pom(&self) -> bool {
        self.details.classifier.is_none() && self.details.extension == "pom"
    }
}
