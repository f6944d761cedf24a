//! The gate before publishing: rehearsed attacks, changes that must pass, and what has no place in a release.

mod benign;
mod content;
mod origin;
mod worm;

use pak_security::artifact::{Subject, inspect};
use pak_security::report::{Finding, Severity};

use crate::archive::{gzip, tar_of, zip_of};

/// A package in memory: paths below its root, and what they hold.
#[derive(Clone, Default)]
pub(crate) struct Package {
    files: Vec<(String, Vec<u8>)>,
}

impl Package {
    /// The same with a file added or replaced.
    pub(crate) fn with(&self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let mut package = self.clone();
        package.files.retain(|(one, _)| one != path);
        package.files.push((path.to_owned(), content.as_ref().to_vec()));
        package
    }

    fn below(&self, root: &str) -> Vec<(String, Vec<u8>)> {
        self.files.iter().map(|(path, content)| (format!("{root}{path}"), content.clone())).collect()
    }

    /// As a gzipped tar with all files below a folder.
    pub(crate) fn tgz(&self, folder: &str) -> Vec<u8> {
        let files = self.below(&format!("{folder}/"));
        let files: Vec<(&str, &[u8])> =
            files.iter().map(|(path, content)| (path.as_str(), content.as_slice())).collect();
        gzip(&tar_of(&files))
    }

    /// As a zip.
    pub(crate) fn zip(&self) -> Vec<u8> {
        let files: Vec<(&str, &[u8])> =
            self.files.iter().map(|(path, content)| (path.as_str(), content.as_slice())).collect();
        zip_of(&files)
    }
}

/// An npm package of one version.
pub(crate) fn npm(version: &str, scripts: &str, dependencies: &str) -> Package {
    let manifest = format!(
        "{{\n  \"name\": \"greeter\",\n  \"version\": \"{version}\",\n  \"main\": \"index.js\",\n  \"scripts\": {{{scripts}}},\n  \"dependencies\": {{{dependencies}}}\n}}\n"
    );
    Package::default()
        .with("package.json", manifest)
        .with("index.js", "'use strict';\nmodule.exports = (name) => `Hello, ${name}`;\n")
        .with("README.md", "# greeter\n\nSee https://greeter.example.com\n")
        .with("LICENSE", "MIT\n")
}

/// The findings over two versions of an npm package.
pub(crate) fn between(now: &Package, before: Option<&Package>) -> Vec<Finding> {
    let (now, before) = (now.tgz("package"), before.map(|before| before.tgz("package")));
    let mut subject = Subject::new("greeter-1.0.1.tgz", &now, "npm");
    subject.version = Some("1.0.1");
    let previous = before.as_ref().map(|bytes| {
        let mut previous = Subject::new("greeter-1.0.0.tgz", bytes, "npm");
        previous.version = Some("1.0.0");
        previous
    });
    inspect(&subject, previous.as_ref()).0
}

/// The ids and severities.
pub(crate) fn ids(findings: &[Finding]) -> Vec<(&str, Severity)> {
    findings.iter().map(|finding| (finding.id.as_str(), finding.severity)).collect()
}

/// The one finding of a rule.
pub(crate) fn of<'f>(findings: &'f [Finding], id: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.id == id).unwrap_or_else(|| panic!("no {id} in {:?}", ids(findings)))
}

/// The weightiest severity.
pub(crate) fn worst(findings: &[Finding]) -> Option<Severity> {
    findings.iter().map(|finding| finding.severity).max()
}
