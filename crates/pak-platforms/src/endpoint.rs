//! Where a target is: root, upload and index URLs.

use pak_model::{Problem, Result, code};
use url::Url;

/// The addresses of a target. `root` always ends in `/`, so that joining appends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The registry's root.
    pub root: Url,
    /// Where uploads go, if not below the root (pypi).
    pub upload: Option<Url>,
    /// Where the index is, if not below the root (cargo's sparse index, a simple index).
    pub index: Option<Url>,
    /// docker: the repository inside the registry, `team/image`.
    pub repository: Option<String>,
}

impl Endpoint {
    /// An endpoint that is a root alone.
    pub fn new(root: Url) -> Self {
        Self { root: directory(root), upload: None, index: None, repository: None }
    }

    /// Parses what a user wrote: `registry.example.org` is read as https.
    pub fn parse(text: &str) -> Result<Self> {
        Ok(Self::new(parse_url(text)?))
    }

    /// A git repository as users write it, cut into its host and its path there: `https://host/owner/name.git`,
    /// `ssh://git@host/owner/name`, `git@host:owner/name`. A path alone (`owner/name`) is on no host yet: `None`.
    pub fn of_repository(text: &str) -> Result<Option<(Self, String)>> {
        let invalid =
            || Problem::new(code::config::URL_INVALID, format!("`{text}` is not the address of a repository."));
        let trimmed = text.trim();
        let url = if trimmed.contains("://") {
            trimmed.to_owned()
        } else if let Some((account, path)) = trimmed.split_once(':') {
            format!("ssh://{account}/{}", path.trim_start_matches('/'))
        } else {
            return Ok(None);
        };
        let mut url = Url::parse(&url).map_err(|error| invalid().cause(&error))?;
        if url.host().is_none() || !matches!(url.scheme(), "http" | "https" | "ssh") {
            return Err(invalid().next("Give an https or ssh address."));
        }
        if url.password().is_some() || (url.scheme() != "ssh" && !url.username().is_empty()) {
            return Err(invalid().next("Remove the user and password from it; use `pak credential add` instead."));
        }
        let path = url.path().trim_matches('/').trim_end_matches(".git").to_owned();
        if path.is_empty() {
            return Err(invalid());
        }
        url.set_path("/");
        Ok(Some((Self::new(url), path)))
    }

    /// Sets the upload URL.
    pub fn with_upload(mut self, upload: Url) -> Self {
        self.upload = Some(upload);
        self
    }

    /// Sets the index URL.
    pub fn with_index(mut self, index: Url) -> Self {
        self.index = Some(directory(index));
        self
    }

    /// Appends a relative path to the root. Path parts from outside must be escaped by the caller.
    pub fn join(&self, path: &str) -> Result<Url> {
        join(&self.root, path)
    }
}

/// Appends a relative path to a base that ends in `/`.
pub fn join(base: &Url, path: &str) -> Result<Url> {
    let path = path.trim_start_matches('/');
    // `./` keeps a first part such as `sha256:…` from being read as a scheme.
    base.join(&format!("./{path}"))
        .map_err(|error| Problem::new(code::config::URL_INVALID, format!("{base}{path} is not a URL.")).cause(&error))
}

/// Reads a URL as users write them; cargo's `sparse+` prefix is dropped, a missing scheme is https.
pub fn parse_url(text: &str) -> Result<Url> {
    let bare = text.trim();
    let bare = bare.strip_prefix("sparse+").unwrap_or(bare);
    let with_scheme = if bare.contains("://") { bare.to_owned() } else { format!("https://{bare}") };
    let url = Url::parse(&with_scheme)
        .map_err(|error| Problem::new(code::config::URL_INVALID, format!("`{text}` is not a URL.")).cause(&error))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(Problem::new(code::config::URL_INVALID, format!("`{text}` is not an http or https URL.")));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Problem::new(code::config::URL_INVALID, "A registry URL must not hold a user or password.").next(
            "Remove them from the URL and use `pak credential add`, or the target's `username-env` and `password-env`.",
        ));
    }
    Ok(url)
}

fn directory(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_join_by_appending() {
        let endpoint = Endpoint::parse("http://127.0.0.1:1/npm").unwrap();
        assert_eq!(endpoint.join("@a%2fb").unwrap().as_str(), "http://127.0.0.1:1/npm/@a%2fb");
        assert_eq!(endpoint.join("/sha256:ab").unwrap().as_str(), "http://127.0.0.1:1/npm/sha256:ab");
    }

    #[test]
    fn urls_with_credentials_are_refused_without_repeating_them() {
        let text = ["https://alice:", "pw", "@example.org"].concat();
        let problem = parse_url(&text).unwrap_err();
        assert!(!format!("{problem:?}").contains("alice"));
        assert_eq!(parse_url("sparse+http://127.0.0.1/i/").unwrap().as_str(), "http://127.0.0.1/i/");
        assert_eq!(parse_url("example.org").unwrap().scheme(), "https");
        assert!(parse_url("ftp://example.org").is_err());
    }

    #[test]
    fn repositories_are_cut_into_host_and_path() {
        let cut = |text: &str| {
            Endpoint::of_repository(text).unwrap().map(|(endpoint, path)| (endpoint.root.to_string(), path))
        };
        let found = |root: &str| Some((root.to_owned(), "acme/homebrew-tap".to_owned()));
        assert_eq!(cut("https://git.example.org/acme/homebrew-tap.git"), found("https://git.example.org/"));
        assert_eq!(cut("git@git.example.org:acme/homebrew-tap.git"), found("ssh://git@git.example.org/"));
        assert_eq!(cut("ssh://git@git.example.org:2222/acme/homebrew-tap"), found("ssh://git@git.example.org:2222/"));
        assert_eq!(cut("acme/homebrew-tap"), None);
        assert!(Endpoint::of_repository("file:///tmp/tap").is_err());
    }
}
