//! Semantic versions, as npm and crates take them.

use std::cmp::Ordering;

use semver::Version;

/// Registries refuse more.
const LONGEST: usize = 256;

fn parse(text: &str) -> Option<Version> {
    if text.len() > LONGEST { None } else { Version::parse(text).ok() }
}

/// Whether the text is a version: three numbers, no `v` before them.
pub fn is_valid(version: &str) -> bool {
    parse(version).is_some()
}

/// Whether it has a part after `-`.
pub fn is_prerelease(version: &str) -> bool {
    parse(version).is_some_and(|version| !version.pre.is_empty())
}

/// Precedence: build metadata after `+` does not count, and registries do not tell such versions apart.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp_precedence(&parse(right)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_and_order() {
        assert!(is_valid("1.2.3-rc.1+build"));
        for bad in ["", "1.2", "v1.2.3", "01.2.3", "1.2.3-01", " 1.2.3"] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(is_prerelease("1.0.0-rc.1") && !is_prerelease("1.0.0+x-y"));
        let order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"];
        assert!(order.windows(2).all(|pair| compare(pair[0], pair[1]) == Some(Ordering::Less)));
        assert_eq!(compare("1.0.0+a", "1.0.0+b"), Some(Ordering::Equal));
    }
}
