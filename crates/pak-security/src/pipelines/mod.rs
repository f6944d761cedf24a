//! Pipelines of CI systems: the dangers in those that exist ([`audit`]), and hardened ones for releases ([`generate`]).
//! `pak ci audit` and `pak ci generate` call this.

pub mod audit;
mod document;
mod expression;
pub mod generate;

use serde::{Deserialize, Serialize};

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum System {
    /// GitHub Actions; Forgejo's and Gitea's own actions have the same form.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// Jenkins' declarative pipelines.
    Jenkins,
    /// CircleCI.
    CircleCi,
    /// Azure Pipelines.
    Azure,
    /// Woodpecker, which Forgejo's forges use.
    Woodpecker,
}

impl System {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::GitHub, Self::GitLab, Self::Jenkins, Self::CircleCi, Self::Azure, Self::Woodpecker];

    /// The system a file belongs to, by its path relative to the repository.
    pub fn of_path(path: &str) -> Option<Self> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let is_in = |wanted: &str| folder == wanted || folder.ends_with(&format!("/{wanted}"));
        let workflows = [".github/workflows", ".forgejo/workflows", ".gitea/workflows"];
        match name {
            "action.yml" | "action.yaml" => Some(Self::GitHub),
            ".gitlab-ci.yml" | ".gitlab-ci.yaml" => Some(Self::GitLab),
            "azure-pipelines.yml" | "azure-pipelines.yaml" => Some(Self::Azure),
            ".woodpecker.yml" | ".woodpecker.yaml" => Some(Self::Woodpecker),
            _ if is_yaml && workflows.iter().any(|wanted| is_in(wanted)) => Some(Self::GitHub),
            _ if is_yaml && is_in(".gitlab/ci") => Some(Self::GitLab),
            _ if is_yaml && is_in(".circleci") => Some(Self::CircleCi),
            _ if is_yaml && is_in(".woodpecker") => Some(Self::Woodpecker),
            _ if name == "Jenkinsfile" || name.starts_with("Jenkinsfile.") || name.ends_with(".jenkinsfile") => {
                Some(Self::Jenkins)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::System;

    #[test]
    fn a_files_place_tells_the_system() {
        for (path, system) in [
            (".github/workflows/release.yml", Some(System::GitHub)),
            ("sub/.forgejo/workflows/a.yaml", Some(System::GitHub)),
            ("actions/build/action.yml", Some(System::GitHub)),
            (".github/dependabot.yml", None),
            ("workflows/release.yml", None),
            (".gitlab-ci.yml", Some(System::GitLab)),
            (".circleci/config.yml", Some(System::CircleCi)),
            ("ci/Jenkinsfile", Some(System::Jenkins)),
            ("azure-pipelines.yml", Some(System::Azure)),
            (".woodpecker/release.yaml", Some(System::Woodpecker)),
        ] {
            assert_eq!(System::of_path(path), system, "{path}");
        }
    }
}
