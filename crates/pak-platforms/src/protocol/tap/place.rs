//! Where a file is, as an upload carries it: a repository, a branch, a path, and whether it is offered as a pull request.

use pak_model::{Coordinates, Problem, Release, Result, Upload, code};

use super::format::Format;
use crate::endpoint::Endpoint;

/// What ends the name of a place that is reached by a pull request.
const PROPOSED: &str = "pull request)";

/// A file's place. It is all that a later process (a verification, an undo) knows, so it is written into the upload's
/// coordinates: `owner/tap`, `owner/tap#branch`, `owner/tap (pull request)`, `owner/tap (gitea pull request)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// `owner/name`.
    pub(super) repository: String,
    /// The branch; the repository's own where none is named.
    pub(super) branch: Option<String>,
    /// The file in it; empty where the repository as a whole is meant.
    pub(super) path: String,
    /// Whether it is offered as a pull request.
    pub(super) proposed: bool,
    /// The forge that takes the pull request, where its host does not tell.
    pub(super) forge: Option<String>,
    /// The version.
    pub(super) version: String,
}

impl Place {
    /// The place of a release, by the nearest setting.
    pub(super) fn of_release(endpoint: &Endpoint, release: &Release, format: &dyn Format) -> Result<Self> {
        let options = &release.options;
        let repository = options.repository.as_ref().or(endpoint.repository.as_ref());
        let commit = options.commit.clone().unwrap_or_default();
        Ok(Self {
            repository: repository.ok_or_else(missing)?.trim_matches('/').trim_end_matches(".git").to_owned(),
            branch: commit.branch,
            path: path(release, format)?,
            proposed: commit.pull_request,
            forge: commit.forge,
            version: release.version.clone(),
        })
    }

    /// The place of an upload.
    pub(super) fn of_upload(upload: &Upload) -> Self {
        let Coordinates { name, version, file } = &upload.coordinates;
        Self { path: file.clone().unwrap_or_default(), version: version.clone(), ..Self::named(name) }
    }

    /// A repository by the name that coordinates have.
    pub(super) fn named(name: &str) -> Self {
        let (rest, kind) =
            match name.split_once(" (").and_then(|(rest, kind)| Some((rest, kind.strip_suffix(PROPOSED)?))) {
                Some((rest, kind)) => (rest, Some(kind.trim())),
                None => (name, None),
            };
        let (repository, branch) = match rest.split_once('#') {
            Some((repository, branch)) => (repository, Some(branch.to_owned())),
            None => (rest, None),
        };
        Self {
            repository: repository.to_owned(),
            branch,
            path: String::new(),
            proposed: kind.is_some(),
            forge: kind.filter(|kind| !kind.is_empty()).map(str::to_owned),
            version: String::new(),
        }
    }

    /// As it is written into an upload.
    pub(super) fn coordinates(&self) -> Coordinates {
        let mut name = self.repository.clone();
        if let Some(branch) = &self.branch {
            name = format!("{name}#{branch}");
        }
        if self.proposed {
            let forge = self.forge.as_ref().map(|forge| format!("{forge} ")).unwrap_or_default();
            name = format!("{name} ({forge}{PROPOSED}");
        }
        Coordinates::new(name, &self.version).file(&self.path)
    }

    /// What users type for the file: its name without the extension.
    pub(super) fn name(&self) -> &str {
        stem(&self.path)
    }

    /// The branch that is proposed.
    pub(super) fn proposed_branch(&self) -> String {
        format!("pak/{}-{}", self.name(), self.version)
    }
}

/// The problem of a target without a repository.
pub(super) fn missing() -> Problem {
    Problem::new(code::tap::REPOSITORY_MISSING, "The target does not say which repository the file goes into.")
}

/// A file's name without its folder and its extension.
pub(super) fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// The file's path: the target's own, with `{name}` and `{version}`, or the platform's.
fn path(release: &Release, format: &dyn Format) -> Result<String> {
    let name = format.name(&release.package.name);
    let usual = format.paths(&name).into_iter().next().unwrap_or_default();
    let Some(own) = &release.options.path else { return Ok(usual) };
    let path = own.replace("{name}", &name).replace("{version}", &release.version);
    let extension = |path: &str| path.rsplit('/').next()?.rsplit_once('.').map(|(_, extension)| extension.to_owned());
    let legal = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['\\', '\0', '\n']);
    if path.split('/').all(legal) && extension(&path) == extension(&usual) {
        return Ok(path);
    }
    let ending = extension(&usual).unwrap_or_default();
    Err(Problem::new(code::tap::PATH_INVALID, format!("`{path}` cannot be the file's path in the repository."))
        .next(format!("Give a path below the repository's root that ends in `.{ending}`, such as `{usual}`.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were_written() {
        for (branch, proposed, forge, name) in [
            (None, false, None, "acme/tap"),
            (Some("next"), false, None, "acme/tap#next"),
            (None, true, None, "acme/tap (pull request)"),
            (Some("x/y"), true, Some("gitea"), "acme/tap#x/y (gitea pull request)"),
        ] {
            let place = Place {
                repository: "acme/tap".to_owned(),
                branch: branch.map(str::to_owned),
                path: String::new(),
                proposed,
                forge: forge.map(str::to_owned),
                version: String::new(),
            };
            assert_eq!(place.coordinates().name, name);
            assert_eq!(Place::named(name), place);
        }
    }

    #[test]
    fn names_are_those_of_files() {
        assert_eq!((stem("Formula/foo@1.2.rb"), stem("foo"), stem("")), ("foo@1.2", "foo", ""));
    }
}
