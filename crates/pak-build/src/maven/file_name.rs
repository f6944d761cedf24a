//! Names of files in a Maven repository: `artifact-version[-classifier].extension`.

/// Extensions of files that belong to components. In a build's folder lie many others.
const EXTENSIONS: &[&str] = &[
    "jar", "war", "ear", "rar", "aar", "hpi", "nar", "kar", "zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "pom",
    "module", "xml", "json", "exe", "so", "dll", "klib",
];

/// What a name says beside artifact and version. Ordered: the main file first, then by classifier.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) classifier: Option<String>,
    pub(super) extension: String,
}

impl Part {
    /// The POM.
    pub(super) fn pom() -> Self {
        Self::main("pom")
    }

    /// A file without a classifier.
    pub(super) fn main(extension: &str) -> Self {
        Self { classifier: None, extension: extension.to_owned() }
    }

    /// Reads what follows `artifact-version` in a name. None for what is no file of this version: another extension, or the
    /// rest of a longer version (`1.0` and `1.0.1`, `1.0-rc1`, `1.0-SNAPSHOT`).
    pub(super) fn read(rest: &str) -> Option<Self> {
        let (unsigned, signature) = match rest.strip_suffix(".asc") {
            Some(unsigned) => (unsigned, ".asc"),
            None => (rest, ""),
        };
        let fits = |extension: &&&str| unsigned.strip_suffix(**extension).is_some_and(|stem| stem.ends_with('.'));
        let extension = EXTENSIONS.iter().filter(fits).max_by_key(|extension| extension.len())?;
        let stem = unsigned.strip_suffix(extension)?.strip_suffix('.')?;
        let classifier = match stem.strip_prefix('-') {
            Some(classifier) if !classifier.is_empty() && !continues_a_version(classifier) => {
                Some(classifier.to_owned())
            }
            None if stem.is_empty() => None,
            _ => return None,
        };
        Some(Self { classifier, extension: format!("{extension}{signature}") })
    }

    /// The name in a repository.
    pub(super) fn file_name(&self, artifact: &str, version: &str) -> String {
        let classifier = self.classifier.as_ref().map(|classifier| format!("-{classifier}")).unwrap_or_default();
        format!("{artifact}-{version}{classifier}.{}", self.extension)
    }
}

/// Whether a classifier begins as a version of its own would go on. A folder that is never cleaned holds files of others.
fn continues_a_version(classifier: &str) -> bool {
    let word = classifier.split(['-', '.']).next().unwrap_or_default();
    word.bytes().all(|byte| byte.is_ascii_digit())
        || pak_project::version_scheme::VersionScheme::Maven.is_prerelease(&format!("1-{word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names() {
        for (rest, classifier, extension) in [
            (".jar", None, "jar"),
            (".jar.asc", None, "jar.asc"),
            (".pom.asc", None, "pom.asc"),
            ("-sources.jar", Some("sources"), "jar"),
            ("-linux-x86_64.tar.gz", Some("linux-x86_64"), "tar.gz"),
            ("-jdk1.5.jar", Some("jdk1.5"), "jar"),
            (".module", None, "module"),
        ] {
            let part = Part::read(rest).unwrap_or_else(|| panic!("{rest}"));
            assert_eq!((part.classifier.as_deref(), part.extension.as_str()), (classifier, extension), "{rest}");
            assert_eq!(part.file_name("a", "1.0"), format!("a-1.0{rest}"));
        }
        for rest in
            [".1.jar", "-SNAPSHOT.jar", "-rc1-sources.jar", "-2.jar", ".jar.original", "", "-.jar", ".txt", "x.jar"]
        {
            assert_eq!(Part::read(rest), None, "{rest}");
        }
    }
}
