//! Names of Python projects and of their files, and their metadata: the rules that building, publishing and the embedded index share.

mod metadata;

pub use metadata::{FORM_FIELDS, Metadata};

/// The predicate by which an index knows who published a file (PEP 740). Written in two parts: no file spells the index's host.
pub const PUBLISH_PREDICATE: &str = concat!("https://docs.py", "pi.org/attestations/publish/v1");

/// A project's name as indexes compare it (PEP 503): lower case, runs of `-`, `_` and `.` as one `-`.
pub fn normalized_name(name: &str) -> String {
    let mut normalized = String::with_capacity(name.len());
    let mut separated = false;
    for letter in name.chars() {
        if matches!(letter, '-' | '_' | '.') {
            separated = true;
            continue;
        }
        if separated {
            normalized.push('-');
            separated = false;
        }
        normalized.extend(letter.to_lowercase());
    }
    if separated {
        normalized.push('-');
    }
    normalized
}

/// The name as it stands in file names: normalised, with `_` where `-` would end a part of the file name.
pub fn escaped_name(name: &str) -> String {
    normalized_name(name).replace('-', "_")
}

/// Whether a name has the form that indexes accept: letters, digits, `.`, `_`, `-`; a letter or digit at both ends.
pub fn is_name(name: &str) -> bool {
    let ends = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
    ends(name.chars().next())
        && ends(name.chars().next_back())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
}

/// A wheel's file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WheelName {
    /// The distribution, escaped.
    pub name: String,
    /// The version.
    pub version: String,
    /// The build tag, where there is one.
    pub build: Option<String>,
    /// The Python tag: `py3`, `py2.py3`, `cp312`.
    pub python: String,
    /// The ABI tag.
    pub abi: String,
    /// The platform tags.
    pub platforms: Vec<String>,
}

impl WheelName {
    /// Reads `{name}-{version}(-{build})?-{python}-{abi}-{platforms}.whl`.
    pub fn parse(file: &str) -> Option<Self> {
        let stem = file.strip_suffix(".whl")?;
        let parts: Vec<&str> = stem.split('-').collect();
        let (name, version, build, tags) = match parts.as_slice() {
            [name, version, tags @ ..] if tags.len() == 3 => (name, version, None, tags),
            [name, version, build, tags @ ..] if tags.len() == 3 => (name, version, Some(*build), tags),
            _ => return None,
        };
        // A build tag begins with a digit; that is what tells it from a version with a hyphen.
        if build.is_some_and(|build| !build.starts_with(|letter: char| letter.is_ascii_digit()))
            || parts.iter().any(|part| part.is_empty())
        {
            return None;
        }
        let [python, abi, platforms] = tags else { return None };
        Some(Self {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            build: build.map(str::to_owned),
            python: (*python).to_owned(),
            abi: (*abi).to_owned(),
            platforms: platforms.split('.').map(str::to_owned).collect(),
        })
    }
}

/// An sdist's file name as name and version: `{name}-{version}.tar.gz`.
pub fn parse_sdist_name(file: &str) -> Option<(&str, &str)> {
    let (name, version) = file.strip_suffix(".tar.gz")?.rsplit_once('-')?;
    (!name.is_empty() && !version.is_empty()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_in_one_form() {
        for (name, expected) in [("A._-b", "a-b"), ("x", "x"), ("Foo.Bar", "foo-bar"), ("a__", "a-")] {
            assert_eq!(normalized_name(name), expected);
        }
        assert_eq!(escaped_name("Zope.Interface-x"), "zope_interface_x");
        assert!(
            is_name("a.b-C_1") && !is_name("-a") && !is_name("a.") && !is_name("") && !is_name("ä") && !is_name("a b")
        );
    }

    #[test]
    fn file_names_are_taken_apart() {
        let wheel = WheelName::parse("a_b-1.0-2x-py2.py3-none-manylinux1_x86_64.manylinux2010_x86_64.whl").unwrap();
        assert_eq!(wheel.build.as_deref(), Some("2x"));
        assert_eq!(wheel.platforms, ["manylinux1_x86_64", "manylinux2010_x86_64"]);
        assert_eq!(WheelName::parse("a-1.0-py3-none-any.whl").unwrap().version, "1.0");
        for odd in ["a-1.0-py3-none-any", "a-1.0-any.whl", "a-1.0-x-py3-none-any.whl", "a--py3-none-any.whl", ".whl"] {
            assert_eq!(WheelName::parse(odd), None, "{odd}");
        }
        assert_eq!(parse_sdist_name("a_b-1.0.tar.gz"), Some(("a_b", "1.0")));
        assert_eq!(parse_sdist_name("a.zip"), None);
    }
}
