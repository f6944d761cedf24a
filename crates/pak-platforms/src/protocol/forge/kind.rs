//! Which forge a host runs, and where its API is.

use pak_model::{Problem, Result, code};
use url::Url;

/// The forges whose APIs are spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// GitHub and GitHub Enterprise.
    GitHub,
    /// GitLab.
    GitLab,
    /// Gitea and Forgejo.
    Gitea,
}

impl Kind {
    /// The word of the configuration.
    pub fn id(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Gitea => "gitea",
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "github" => Some(Self::GitHub),
            "gitlab" => Some(Self::GitLab),
            "gitea" | "forgejo" => Some(Self::Gitea),
            _ => None,
        }
    }

    /// Where a host of one's own has the API, below its root.
    fn path(self) -> &'static str {
        match self {
            Self::GitHub => "api/v3/",
            Self::GitLab => "api/v4/",
            Self::Gitea => "api/v1/",
        }
    }
}

/// The forge and API of a repository host (`https://host/`, `ssh://git@host:22/`).
pub(super) fn of_host(root: &Url, hint: Option<&str>) -> Result<(Kind, Url)> {
    let host = root.host_str().unwrap_or_default().to_ascii_lowercase();
    let kind = match hinted(hint)? {
        Some(kind) => kind,
        None => guessed(&host).ok_or_else(|| {
            let message = format!("Nothing tells which forge {host} runs, so no pull request can be opened there.");
            Problem::new(code::forge::HOST_UNKNOWN, message).about("host", &host)
        })?,
    };
    // GitHub's own API is on a host of its own; `ghe.com` is its cloud for enterprises.
    let base = match kind {
        Kind::GitHub if host == "github.com" || host.ends_with(".ghe.com") => format!("https://api.{host}/"),
        _ if root.scheme() == "ssh" => format!("https://{host}/{}", kind.path()),
        _ => format!("{}/{}", root.origin().ascii_serialization(), kind.path()),
    };
    let api = Url::parse(&base).map_err(|error| {
        Problem::new(code::config::URL_INVALID, format!("{host} cannot be the host of a forge.")).cause(&error)
    })?;
    Ok((kind, api))
}

/// The forge and API of a stand-in, which has each forge below its name.
pub(super) fn stand_in(forges: &Url, hint: Option<&str>) -> Result<(Kind, Url)> {
    let kind = hinted(hint)?.unwrap_or(Kind::GitHub);
    Ok((kind, crate::endpoint::join(forges, &format!("{}/{}", kind.id(), kind.path()))?))
}

fn hinted(hint: Option<&str>) -> Result<Option<Kind>> {
    let Some(hint) = hint else { return Ok(None) };
    Kind::named(hint).map(Some).ok_or_else(|| {
        Problem::new(code::forge::HOST_UNKNOWN, format!("`{hint}` is not a forge that pak knows.")).about("forge", hint)
    })
}

/// The public hosts, and the name that many operators begin their host's name with. A wrong guess shows the token to no
/// other host than its own.
fn guessed(host: &str) -> Option<Kind> {
    match host {
        "codeberg.org" => Some(Kind::Gitea),
        _ if host.ends_with(".ghe.com") => Some(Kind::GitHub),
        _ => Kind::named(host.split_once('.')?.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lead_to_their_api() {
        let found = |root: &str, hint: Option<&str>| {
            of_host(&Url::parse(root).unwrap(), hint).map(|(kind, api)| format!("{} {api}", kind.id())).ok()
        };
        for (root, hint, expected) in [
            ("https://github.com/", None, Some("github https://api.github.com/")),
            ("ssh://git@github.com/", None, Some("github https://api.github.com/")),
            ("https://acme.ghe.com/", None, Some("github https://api.acme.ghe.com/")),
            ("https://code.example.org/", Some("github"), Some("github https://code.example.org/api/v3/")),
            ("https://gitlab.com/", None, Some("gitlab https://gitlab.com/api/v4/")),
            ("ssh://git@gitlab.example.org:2222/", None, Some("gitlab https://gitlab.example.org/api/v4/")),
            ("https://codeberg.org/", None, Some("gitea https://codeberg.org/api/v1/")),
            ("http://127.0.0.1:3000/", Some("Forgejo"), Some("gitea http://127.0.0.1:3000/api/v1/")),
            ("https://code.example.org/", None, None),
            ("https://github.com/", Some("bitbucket"), None),
        ] {
            assert_eq!(found(root, hint).as_deref(), expected, "{root} {hint:?}");
        }
    }

    #[test]
    fn a_stand_in_has_all_of_them() {
        let forges = Url::parse("http://127.0.0.1:1/forge/").unwrap();
        let api = |hint| stand_in(&forges, hint).unwrap().1.to_string();
        assert_eq!(api(None), "http://127.0.0.1:1/forge/github/api/v3/");
        assert_eq!(api(Some("gitlab")), "http://127.0.0.1:1/forge/gitlab/api/v4/");
        assert_eq!(api(Some("forgejo")), "http://127.0.0.1:1/forge/gitea/api/v1/");
    }
}
