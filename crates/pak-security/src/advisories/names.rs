//! Names and ecosystems in the one spelling under which the database keeps them.

use std::borrow::Cow;

/// The ecosystem without what follows a colon: what a file of the database is about.
pub(super) fn base(ecosystem: &str) -> &str {
    ecosystem.split(':').next().unwrap_or_default().trim()
}

/// A package's name as its ecosystem compares names.
pub(super) fn key<'a>(ecosystem: &str, name: &'a str) -> Cow<'a, str> {
    match base(ecosystem) {
        "PyPI" => pep503(name),
        // Go's module paths are written in lower case in purls; packages of these registries differ by case nowhere.
        "Packagist" | "NuGet" | "Go" | "GitHub Actions" | "Hex" | "Pub" => lower(name),
        "SwiftURL" => {
            let bare = name.trim_start_matches("https://").trim_end_matches('/').trim_end_matches(".git");
            lower(bare)
        }
        _ => Cow::Borrowed(name),
    }
}

/// Whether a record of one ecosystem speaks of a component of another: the same, or one is the other without its suffix.
pub(super) fn covers(record: &str, component: &str) -> bool {
    let begins =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    begins(record, component) || begins(component, record)
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) { Cow::Owned(name.to_lowercase()) } else { Cow::Borrowed(name) }
}

/// Runs of `-`, `_` and `.` are one `-`; case does not matter.
fn pep503(name: &str) -> Cow<'_, str> {
    let mut normal = String::with_capacity(name.len());
    for sign in name.trim().chars() {
        match sign {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            sign => normal.extend(sign.to_lowercase()),
        }
    }
    if normal == name { Cow::Borrowed(name) } else { Cow::Owned(normal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_the_ecosystem_compares_them() {
        assert_eq!(key("PyPI", "Foo.__Bar"), "foo-bar");
        assert_eq!(key("Packagist", "Vendor/Name"), "vendor/name");
        assert_eq!(key("Go", "github.com/Masterminds/goutils"), "github.com/masterminds/goutils");
        assert_eq!(key("npm", "JSONStream"), "JSONStream");
        assert_eq!(key("SwiftURL", "https://github.com/A/b.git"), "github.com/a/b");
        assert!(
            covers("Debian:12", "Debian")
                && covers("Debian", "Debian:12")
                && covers("Ubuntu:22.04:LTS", "Ubuntu:22.04")
        );
        assert!(!covers("Debian:1", "Debian:12") && !covers("npm", "PyPI"));
    }
}
