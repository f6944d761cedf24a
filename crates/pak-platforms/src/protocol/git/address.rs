//! Addresses of repositories, as people give them to `git clone`.

use pak_http::safe;
use pak_model::{Problem, Result, code};
use url::Url;

use crate::endpoint::Endpoint;

/// A repository on a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// Where it is. For ssh its path is for messages alone.
    pub(super) url: Url,
    /// ssh: the path as the server is to be given it.
    pub(super) ssh_path: Option<String>,
}

impl Remote {
    /// Reads `https://host/owner/name`, `ssh://user@host:port/path` or `user@host:path`. Whether plain http may be used is
    /// the call's to say.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let remote = match text.split_once("://") {
            Some(("http" | "https", _)) => Url::parse(text).ok().and_then(over_http),
            Some(("ssh" | "git+ssh" | "ssh+git", rest)) => {
                rest.split_once('/').and_then(|(account, path)| over_ssh(account, &format!("/{path}")))
            }
            Some(_) => None,
            // `host:path`, as scp has it. One letter is a drive.
            None => text
                .split_once(':')
                .filter(|(account, _)| account.len() > 1 && !account.contains('/'))
                .and_then(|(account, path)| if account.contains(':') { None } else { over_ssh(account, path) }),
        };
        remote.ok_or_else(|| {
            // A password may be in it: it is not repeated.
            Problem::new(code::git::REMOTE_INVALID, "The address of the repository is not one that can be used.")
                .next("Give `https://host/owner/name`, `ssh://user@host/path` or `user@host:path`, without a password.")
        })
    }

    /// A repository on a target's host: `owner/name`.
    pub fn at(endpoint: &Endpoint, path: &str) -> Result<Self> {
        let path = path.trim_matches('/');
        let suffix = if path.ends_with(".git") { "" } else { ".git" };
        Self::parse(&format!("{}{path}{suffix}", endpoint.root))
    }

    /// The address for messages: no user, no password.
    pub fn shown(&self) -> String {
        safe(&self.url)
    }

    /// The address of something below it (http).
    pub(super) fn below(base: &Url, path: &str) -> Url {
        let mut url = base.clone();
        url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
        url
    }
}

fn over_http(mut url: Url) -> Option<Remote> {
    let plain = url.username().is_empty() && url.password().is_none();
    let has_path = !url.path().trim_matches('/').is_empty();
    url.set_query(None);
    url.set_fragment(None);
    (plain && has_path && url.has_host()).then_some(Remote { url, ssh_path: None })
}

/// Nothing here may look like an option to ssh or to the server's program.
fn over_ssh(account: &str, path: &str) -> Option<Remote> {
    let url = Url::parse(&format!("ssh://{account}/")).ok()?;
    let word = |text: &str| {
        !text.starts_with('-') && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+'))
    };
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let host_is_fine = word(host) || (host.starts_with('[') && host.ends_with(']'));
    let path = match path.strip_prefix("/~") {
        Some(_) => path.trim_start_matches('/'),
        None => path,
    };
    let path_is_fine = !path.trim_matches('/').is_empty()
        && !path.starts_with('-')
        && !path.contains(|c: char| c.is_control() || c == '%');
    if !host_is_fine || !word(url.username()) || url.password().is_some() || !path_is_fine {
        return None;
    }
    let path = path.to_owned();
    let mut url = url;
    url.set_path(&path);
    Some(Remote { url, ssh_path: Some(path) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_git_clone() {
        for (text, shown, path) in [
            ("https://example.org/acme/tap.git", "https://example.org/acme/tap.git", None),
            ("http://127.0.0.1:80/git/tap", "http://127.0.0.1/git/tap", None),
            ("ssh://git@example.org:22/acme/tap", "ssh://example.org:22/acme/tap", Some("/acme/tap")),
            ("ssh://example.org/~ada/tap", "ssh://example.org/~ada/tap", Some("~ada/tap")),
            ("ssh://[::1]:2222/tap", "ssh://[::1]:2222/tap", Some("/tap")),
            ("git@example.org:acme/tap.git", "ssh://example.org/acme/tap.git", Some("acme/tap.git")),
            ("example.org:/srv/tap", "ssh://example.org/srv/tap", Some("/srv/tap")),
        ] {
            let remote = Remote::parse(text).unwrap();
            assert_eq!((remote.shown().as_str(), remote.ssh_path.as_deref()), (shown, path), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_or_an_option_is_refused() {
        let with_password = ["https://ada:", "pw", "@example.org/a"].concat();
        for bad in [
            "",
            "tap",
            "/srv/tap",
            "C:\\tap",
            "file:///srv/tap",
            "git://example.org/a",
            "https://example.org",
            "https:///a",
            "ssh://example.org",
            "ssh://-oProxyCommand=x/a",
            "-oProxyCommand=x:a",
            "git@example.org:-x",
            "ssh://-l@example.org/a",
            "git@example.org:",
            "ssh://git@example.org/",
            "git@example.org:a\nb",
            &with_password,
        ] {
            let problem = Remote::parse(bad).unwrap_err();
            assert_eq!(problem.code(), code::git::REMOTE_INVALID, "{bad}");
            assert!(!format!("{problem:?}").contains("ada"));
        }
    }

    #[test]
    fn a_path_on_a_host_gets_the_ending_servers_want() {
        let endpoint = Endpoint::parse("https://example.org").unwrap();
        assert_eq!(Remote::at(&endpoint, "/acme/tap").unwrap().shown(), "https://example.org/acme/tap.git");
        let endpoint = Endpoint::new(Url::parse("ssh://git@example.org:2222/").unwrap());
        let remote = Remote::at(&endpoint, "acme/tap.git").unwrap();
        assert_eq!((remote.url.username(), remote.ssh_path.as_deref()), ("git", Some("/acme/tap.git")));
    }
}
