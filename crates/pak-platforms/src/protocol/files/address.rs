//! Paths on a file server and their URLs. Names come from outside: nothing may lead out of the root or mean something else there.

use pak_model::{Problem, Result, code};
use url::Url;

/// The URL of a path below a root, every part escaped.
pub fn address(root: &Url, path: &str) -> Result<Url> {
    check_path(path)?;
    let mut url = root.clone();
    url.set_query(None);
    url.set_fragment(None);
    if let Ok(mut parts) = url.path_segments_mut() {
        parts.pop_if_empty().extend(path.split('/'));
    }
    Ok(url)
}

/// Refuses paths that are not made of ordinary names.
pub fn check_path(path: &str) -> Result<()> {
    let why = path.split('/').find_map(|part| match part {
        "" => Some("has an empty part"),
        "." | ".." => Some("leads to another folder"),
        _ if part.contains('\\') => Some("has a backslash in it"),
        _ if part.chars().any(char::is_control) => Some("has a control character in it"),
        _ => None,
    });
    match why {
        Some(why) => {
            Err(Problem::new(code::files::PATH_INVALID, format!("The path {path:?} {why}.")).about("file", path))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_escaped_and_stay_below_the_root() {
        let root = Url::parse("https://files.example.org/repo/a%20b/?x=1#y").unwrap();
        for (path, expected) in [
            ("app/1.0/app.tar.gz", "app/1.0/app.tar.gz"),
            ("a b/ü+?#%2e.txt", "a%20b/%C3%BC+%3F%23%252e.txt"),
            ("http://x", ""),
            ("c:d", "c:d"),
            ("..a/b..", "..a/b.."),
        ] {
            let url = address(&root, path);
            if expected.is_empty() {
                url.unwrap_err();
            } else {
                assert_eq!(url.unwrap().as_str(), format!("https://files.example.org/repo/a%20b/{expected}"));
            }
        }
    }

    #[test]
    fn odd_paths_are_refused() {
        for path in ["", "/a", "a/", "a//b", ".", "a/../b", "..", "a\\b", "a\nb", "a\0", "a/\u{7f}"] {
            assert_eq!(check_path(path).unwrap_err().code(), code::files::PATH_INVALID, "{path:?}");
        }
    }
}
