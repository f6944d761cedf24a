//! What trusted publishing would need: the form at the registry, and the claims of the job's identity that it compares.

use camino::Utf8Path;
use pak_deploy::{Session, Target};
use pak_security::pipelines::System;
use serde::Serialize;

use super::places::git;
use crate::commands::ci::audience;
use crate::context::Context;

/// Where the project's source lies, and which of its pipelines releases.
pub(super) struct Repository {
    /// `github.com`, and `owner/name` on it.
    remote: Option<(String, String)>,
    /// The workflow that publishes, by file name.
    workflow: String,
    /// Whether that workflow is there already.
    is_there: bool,
}

/// A trusted publisher, as a registry would know this project.
#[derive(Serialize)]
pub(super) struct Publisher {
    /// What to fill in, in the order of the registry's form.
    pub(super) form: Vec<(&'static str, String)>,
    /// The claims that the registry compares with it.
    pub(super) compared: Vec<&'static str>,
    /// The claims of the job's identity, as they would be for a tag.
    pub(super) claims: Vec<(&'static str, String)>,
    /// What has to be known besides.
    pub(super) notes: Vec<String>,
}

/// What a registry asks for and compares.
struct Registry {
    driver: &'static str,
    form: [&'static str; 4],
    compared: &'static [&'static str],
    notes: &'static [&'static str],
}

const REGISTRIES: &[Registry] = &[
    Registry {
        driver: "npm",
        form: ["Organization or user", "Repository", "Workflow filename", "Environment name"],
        compared: &["repository", "workflow_ref", "environment"],
        notes: &["The package must exist: publish its first version with a token."],
    },
    Registry {
        driver: "pypi",
        form: ["Owner", "Repository name", "Workflow name", "Environment name"],
        compared: &["repository", "repository_owner", "repository_owner_id", "job_workflow_ref", "environment"],
        notes: &[
            "A project that does not exist yet takes a pending publisher.",
            "The workflow must not be a reusable one of another repository.",
        ],
    },
    Registry {
        driver: "cargo",
        form: ["Repository owner", "Repository name", "Workflow filename", "Environment name"],
        compared: &["repository", "repository_owner_id", "workflow_ref", "environment"],
        notes: &[
            "The crate must exist: publish its first version with a token.",
            "Runs of `pull_request_target` and `workflow_run` are refused.",
        ],
    },
];

impl Repository {
    pub(super) fn of(root: &Utf8Path, context: &Context) -> Self {
        let url = git(&["-C", root.as_str(), "remote", "get-url", "origin"], context);
        let top = git(&["-C", root.as_str(), "rev-parse", "--show-toplevel"], context);
        let workflow = top.as_deref().map_or(root, Utf8Path::new).join(".github/workflows");
        let publishing = publishing(&workflow);
        Self {
            remote: url.as_deref().and_then(parsed),
            is_there: publishing.is_some(),
            workflow: publishing.unwrap_or_else(|| System::GitHub.file().file_name().unwrap_or_default().to_owned()),
        }
    }
}

/// The workflow that deploys with pak.
fn publishing(folder: &Utf8Path) -> Option<String> {
    let mut files: Vec<_> = folder.read_dir_utf8().ok()?.filter_map(Result::ok).collect();
    files.sort_by_key(|file| file.file_name().to_owned());
    let is_yaml = |name: &str| name.ends_with(".yml") || name.ends_with(".yaml");
    let deploys = |path: &Utf8Path| std::fs::read_to_string(path).is_ok_and(|text| text.contains("pak deploy"));
    files.iter().find(|file| is_yaml(file.file_name()) && deploys(file.path())).map(|file| file.file_name().to_owned())
}

/// `git@host:owner/name.git`, `https://host/owner/name`, `ssh://git@host/owner/name.git`. What else an address may hold, such as
/// a token, is left out.
fn parsed(url: &str) -> Option<(String, String)> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest);
    let at = rest.find(['/', ':'])?;
    let host = rest.get(..at)?;
    let path = rest.get(at + 1..)?.trim_end_matches('/').trim_end_matches(".git");
    // A port before the path.
    let path = path
        .split_once('/')
        .filter(|(port, _)| port.bytes().all(|b| b.is_ascii_digit()))
        .map_or(path, |(_, path)| path);
    (host.contains('.') && path.contains('/')).then(|| (host.to_owned(), path.to_owned()))
}

/// The publisher that a target's registry would be told, where it has trusted publishing.
pub(super) fn publisher(target: &Target, session: &Session, repository: &Repository) -> Option<Publisher> {
    let registry = REGISTRIES.iter().find(|registry| registry.driver == target.platform.definition().driver)?;
    let audience = audience(target)?;
    let mut notes: Vec<String> = registry.notes.iter().map(|note| (*note).to_owned()).collect();
    let environment = "release".to_owned();
    let (owner, name) = match &repository.remote {
        Some((host, path)) if host == "github.com" => {
            path.split_once('/').map(|(owner, name)| (owner.to_owned(), name.to_owned()))?
        }
        Some((host, path)) => {
            notes.insert(
                0,
                format!(
                    "{path} lies on {host}: the registry has a form of its own for GitLab; others have to use tokens."
                ),
            );
            path.rsplit_once('/').map(|(owner, name)| (owner.to_owned(), name.to_owned()))?
        }
        None => {
            notes.insert(0, "The project has no remote `origin`, so its repository is not known here.".to_owned());
            ("<owner>".to_owned(), "<repository>".to_owned())
        }
    };
    if !repository.is_there {
        notes
            .push(format!("There is no such workflow yet: `pak ci generate github` writes {}.", System::GitHub.file()));
    }
    let version = session.project.packages.iter().find_map(|package| package.version.clone());
    let reference = format!("refs/tags/v{}", version.as_deref().unwrap_or("1.0.0"));
    let workflow_ref = format!("{owner}/{name}/.github/workflows/{}@{reference}", repository.workflow);
    let values = [owner.clone(), name.clone(), repository.workflow.clone(), environment.clone()];
    Some(Publisher {
        form: registry.form.into_iter().zip(values).collect(),
        compared: registry.compared.to_vec(),
        claims: vec![
            ("aud", audience),
            ("sub", format!("repo:{owner}/{name}:environment:{environment}")),
            ("repository", format!("{owner}/{name}")),
            ("repository_owner", owner.clone()),
            ("workflow_ref", workflow_ref.clone()),
            ("job_workflow_ref", workflow_ref),
            ("environment", environment),
            ("ref", reference),
        ],
        notes,
    })
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn addresses_of_repositories_are_read_in_their_forms() {
        let expected = Some(("github.com".to_owned(), "acme/greeter".to_owned()));
        for url in [
            "git@github.com:acme/greeter.git",
            "https://github.com/acme/greeter",
            "https://user:secret@github.com/acme/greeter.git",
            "ssh://git@github.com:22/acme/greeter.git",
            "https://github.com/acme/greeter/",
        ] {
            assert_eq!(parsed(url), expected, "{url}");
        }
        assert_eq!(parsed("/srv/git/greeter.git"), None);
        assert_eq!(parsed("../greeter"), None);
    }
}
