//! Image tags: any short word; an order is made of the numbers in it.

use std::cmp::Ordering;

use super::semver;

/// Whether the text is a tag: up to 128 letters, digits, `_`, `.`, `-`, not beginning with `.` or `-`.
pub fn is_valid(tag: &str) -> bool {
    tag.len() <= 128
        && !tag.starts_with(['.', '-'])
        && !tag.is_empty()
        && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

/// Whether it is a semantic version, with or without `v`, that is a pre-release.
pub fn is_prerelease(tag: &str) -> bool {
    semver::is_prerelease(without_v(tag))
}

/// Semantic versions by precedence; otherwise runs of digits as numbers and the rest as text.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    if !is_valid(left) || !is_valid(right) {
        return None;
    }
    // Two grammars must not be mixed in one order: semantic versions come after all other tags.
    match (semver::is_valid(without_v(left)), semver::is_valid(without_v(right))) {
        (true, true) => semver::compare(without_v(left), without_v(right)),
        (false, false) => Some(parts(left).cmp(&parts(right))),
        (is_version, _) => Some(if is_version { Ordering::Greater } else { Ordering::Less }),
    }
}

fn without_v(tag: &str) -> &str {
    tag.strip_prefix('v').unwrap_or(tag)
}

/// Runs of digits and runs of anything else. A number is its digits without leading zeros, by length, then by text.
fn parts(tag: &str) -> Vec<(bool, usize, &str)> {
    let mut parts = Vec::new();
    let mut rest = tag;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|character: char| character.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        let part = if digits { part.trim_start_matches('0') } else { part };
        parts.push((digits, if digits { part.len() } else { 0 }, part));
        rest = after;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grammar_and_order() {
        assert!(is_valid("latest") && is_valid("v1.2.3_4") && is_valid("_x"));
        for bad in ["", ".x", "-x", "a/b", "a+b", "ü", &"a".repeat(129)] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(is_prerelease("v1.0.0-rc.1") && !is_prerelease("nightly-1"));
        let order = ["build-9", "build-10", "2024.01", "1.0.0-rc.1", "v1.0.0", "1.0.10"];
        assert_eq!(compare("build-9", "build-10"), Some(Ordering::Less));
        assert!(order[3..].windows(2).all(|pair| compare(pair[0], pair[1]) == Some(Ordering::Less)));
        assert_eq!(compare("2024.01", "1.0.0"), Some(Ordering::Less));
    }
}
