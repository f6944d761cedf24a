//! Python's versions.

use std::cmp::Ordering;
use std::str::FromStr;

use pep440_rs::Version;

fn parse(text: &str) -> Option<Version> {
    Version::from_str(text).ok()
}

/// Whether the text is a version.
pub fn is_valid(version: &str) -> bool {
    parse(version).is_some()
}

/// Whether it is an alpha, beta, release candidate or development version.
pub fn is_prerelease(version: &str) -> bool {
    parse(version).is_some_and(|version| version.any_prerelease())
}

/// Whether it has a local part (`+ubuntu1`), which public indexes refuse.
pub fn is_local(version: &str) -> bool {
    parse(version).is_some_and(|version| version.is_local())
}

/// Order; `1.0` and `1.0.0` are one version.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.cmp(&parse(right)?))
}

/// The one spelling an index shows: `1.0-RC1` is `1.0rc1`.
pub fn normalise(version: &str) -> Option<String> {
    Some(parse(version)?.to_string())
}

/// The one spelling of a project's name: `My.Pkg_x` is `my-pkg-x`.
pub fn normalise_name(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.trim().chars() {
        if matches!(character, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.extend(character.to_lowercase());
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn grammar_and_order() {
        let order = ["1.0.dev1", "1.0a1", "1.0b2", "1.0rc1", "1.0", "1.0.post1", "1!0.1"];
        assert!(order.windows(2).all(|pair| compare(pair[0], pair[1]) == Some(Ordering::Less)));
        assert!(is_prerelease("1.0.dev1") && is_prerelease("1.0rc1") && !is_prerelease("1.0.post1"));
        assert!(is_local("1.0+ubuntu1") && !is_local("1.0"));
        assert_eq!(normalise("v1.0-RC1").as_deref(), Some("1.0rc1"));
        assert_eq!(compare("1.0", "1.0.0"), Some(Ordering::Equal));
        assert!(!is_valid("1.0-final-x"));
        assert_eq!(normalise_name("My.._Pkg-x"), "my-pkg-x");
    }

    proptest! {
        #[test]
        fn normalising_keeps_the_version(text in r"(v?[0-9]{1,3}(\.[0-9]{1,3}){0,3}(([-_.]?(a|beta|RC|c|pre)[-_.]?[0-9]{0,2})?([-_.]?post[0-9]{0,2})?(\.dev[0-9]{0,2})?))") {
            let normal = normalise(&text).unwrap();
            prop_assert_eq!(compare(&text, &normal), Some(Ordering::Equal));
            prop_assert_eq!(normalise(&normal), Some(normal));
        }
    }
}
