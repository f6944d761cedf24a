//! Version grammars: what is a version, which come before which, which are pre-releases.
//!
//! Called by detection, the plan's checks and the drivers' preflights; a platform's definition names its grammar.

pub mod pep440;
pub mod semver;
pub mod tag;

pub use pak_model::maven;

use std::cmp::Ordering;

/// A version grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionScheme {
    /// npm, crates.
    Semver,
    /// Python.
    Pep440,
    /// Image tags.
    Tag,
    /// Maven components.
    Maven,
}

impl VersionScheme {
    /// The grammar of a definition's `version-scheme`.
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "semver" => Some(Self::Semver),
            "pep440" => Some(Self::Pep440),
            "tag" => Some(Self::Tag),
            "maven" => Some(Self::Maven),
            _ => None,
        }
    }

    /// Whether the text is a version.
    pub fn is_valid(self, version: &str) -> bool {
        match self {
            Self::Semver => semver::is_valid(version),
            Self::Pep440 => pep440::is_valid(version),
            Self::Tag => tag::is_valid(version),
            Self::Maven => maven::is_valid(version),
        }
    }

    /// Whether it is a pre-release; `false` for what is no version.
    pub fn is_prerelease(self, version: &str) -> bool {
        match self {
            Self::Semver => semver::is_prerelease(version),
            Self::Pep440 => pep440::is_prerelease(version),
            Self::Tag => tag::is_prerelease(version),
            Self::Maven => maven::is_prerelease(version),
        }
    }

    /// Which of two versions comes first; `None` where one is no version.
    pub fn compare(self, left: &str, right: &str) -> Option<Ordering> {
        match self {
            Self::Semver => semver::compare(left, right),
            Self::Pep440 => pep440::compare(left, right),
            Self::Tag => tag::compare(left, right),
            Self::Maven => maven::compare(left, right),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [VersionScheme; 4] =
        [VersionScheme::Semver, VersionScheme::Pep440, VersionScheme::Tag, VersionScheme::Maven];

    proptest! {
        #[test]
        fn nothing_panics(left in ".{0,40}", right in "[0-9a-zA-Z.+!_-]{0,20}") {
            for scheme in ALL {
                scheme.is_prerelease(&left);
                prop_assert_eq!(scheme.compare(&left, &left).is_some(), scheme.is_valid(&left));
                prop_assert_eq!(scheme.compare(&left, &right), scheme.compare(&right, &left).map(Ordering::reverse));
            }
        }

        #[test]
        fn numbers_compare_as_numbers_everywhere(a in (0u64..300, 0u64..300, 0u64..300), b in (0u64..300, 0u64..300, 0u64..300)) {
            let text = |(x, y, z): (u64, u64, u64)| format!("{x}.{y}.{z}");
            for scheme in ALL {
                prop_assert_eq!(scheme.compare(&text(a), &text(b)), Some(a.cmp(&b)));
                prop_assert!(!scheme.is_prerelease(&text(a)));
            }
        }
    }
}
