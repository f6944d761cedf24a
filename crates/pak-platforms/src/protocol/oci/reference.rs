//! Names, tags, digests and hosts of `/v2/` registries. Called by preflight checks and by everything that makes a URL.

use pak_model::{Problem, Result, code};
use url::Url;

use crate::endpoint::Endpoint;

/// Docker Hub's registry; `docker.io` itself serves only web pages.
pub const HUB_REGISTRY: &str = "registry-1.docker.io";
/// The largest manifest every registry must take.
pub const MANIFEST_LIMIT: u64 = 4 << 20;

/// Whether a host is one of Docker Hub's names.
pub fn is_hub(host: &str) -> bool {
    matches!(host, "docker.io" | "index.docker.io" | "registry.hub.docker.com" | HUB_REGISTRY)
}

/// The registry's root as requests use it: Docker Hub's other names are mapped, a trailing `v2/` is dropped.
pub fn root(endpoint: &Endpoint) -> Result<Url> {
    let mut root = endpoint.root.clone();
    if root.host_str().is_some_and(is_hub) {
        root.set_host(Some(HUB_REGISTRY)).map_err(|error| {
            Problem::new(code::config::URL_INVALID, format!("{root} cannot be used.")).cause(&error)
        })?;
        root.set_path("/");
    }
    if let Some(path) = root.path().strip_suffix("v2/").filter(|path| path.ends_with('/')) {
        let path = path.to_owned();
        root.set_path(&path);
    }
    Ok(root)
}

/// Whether a repository name fits the grammar: lower-case parts joined by `/`, separators `.`, `_`, `__` or hyphens inside.
pub fn is_name(name: &str) -> bool {
    name.len() <= 255 && name.split('/').all(is_component)
}

fn is_component(part: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !part.starts_with(alphanumeric) || !part.ends_with(alphanumeric) {
        return false;
    }
    part.split(alphanumeric)
        .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.chars().all(|c| c == '-'))
}

/// Whether a tag fits the grammar.
pub fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128 && tag.starts_with(word) && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// A version as a tag: build metadata's `+` is not allowed there and is written `_`, as Helm does.
pub fn tag_of(version: &str) -> String {
    version.replace('+', "_")
}

/// The hex of a `sha256:…` digest.
pub fn sha256_hex(digest: &str) -> Option<&str> {
    digest.strip_prefix("sha256:").filter(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_tags_follow_the_grammar() {
        for good in ["a", "team/image", "a.b/c__d/e---f", "0/1"] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "A", "a//b", "/a", "a/", "a..b", "a___b", "-a", "a_", "a b", "a:1", &"a".repeat(256)] {
            assert!(!is_name(bad), "{bad}");
        }
        for good in ["1.0.0", "_x", "A-b.c", &"t".repeat(128)] {
            assert!(is_tag(good), "{good}");
        }
        for bad in ["", ".x", "-x", "1.0+b", "a/b", &"t".repeat(129)] {
            assert!(!is_tag(bad), "{bad}");
        }
        assert_eq!(tag_of("1.0.0+linux.1"), "1.0.0_linux.1");
    }

    #[test]
    fn docker_hub_is_known_by_all_its_names() {
        for text in ["docker.io", "https://index.docker.io/v1/", "https://registry-1.docker.io"] {
            assert_eq!(root(&Endpoint::parse(text).unwrap()).unwrap().as_str(), "https://registry-1.docker.io/");
        }
        assert_eq!(
            root(&Endpoint::parse("http://127.0.0.1:5000/v2").unwrap()).unwrap().as_str(),
            "http://127.0.0.1:5000/"
        );
    }
}
