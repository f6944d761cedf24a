//! What `pak.toml` says about how a target's packages are published, as drivers read it.

use camino::Utf8Path;
use pak_model::release::{CommitOptions, PublishOptions};
use pak_model::{Problem, Result, code};
use pak_project::TargetConfig;

use crate::session::Session;

/// The largest template that is read.
const LARGEST_TEMPLATE: u64 = 256 * 1024;

/// The options of a target.
pub(crate) fn of(session: &Session, config: &TargetConfig) -> Result<PublishOptions> {
    let commit = CommitOptions {
        branch: config.branch.clone(),
        pull_request: config.pull_request,
        message: config.commit_message.clone(),
        author: config.commit_author.clone(),
        template: config.template.as_deref().map(|file| template(&session.project.root, file)).transpose()?,
        forge: config.forge.clone(),
    };
    Ok(PublishOptions {
        tag: config.tag.clone(),
        access: config.access.clone(),
        repository: config.repository.clone(),
        tags: config.tags.clone(),
        path: config.path.clone(),
        checksums: config.checksums.clone(),
        provenance: config.provenance,
        snapshot: None,
        commit: (commit != CommitOptions::default()).then_some(commit),
    })
}

/// A user's own template. It goes into the plan as text: what was approved is what is rendered. A project is not believed to name
/// files of the machine it is released on: on a server they are others' files.
fn template(root: &Utf8Path, file: &str) -> Result<String> {
    let unreadable = |why: &dyn std::fmt::Display| {
        Problem::new(code::config::FILE_UNREADABLE, format!("The template {file} cannot be read: {why}."))
            .about("file", file)
    };
    let root = root.canonicalize_utf8().map_err(|error| unreadable(&error))?;
    let path = root.join(file).canonicalize_utf8().map_err(|error| unreadable(&error))?;
    if !path.starts_with(&root) {
        return Err(unreadable(&"it is not in the project"));
    }
    let size = std::fs::metadata(&path).map_err(|error| unreadable(&error))?.len();
    if size > LARGEST_TEMPLATE {
        return Err(unreadable(&"it is larger than 256 KiB"));
    }
    std::fs::read_to_string(&path).map_err(|error| unreadable(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_a_file_of_the_project() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join("project");
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("formula.rb"), "class").unwrap();
        std::fs::write(folder.path().join("secret"), "s").unwrap();
        assert_eq!(template(&root, "formula.rb").unwrap(), "class");
        let absolute = Utf8Path::from_path(folder.path()).unwrap().join("secret");
        for outside in ["../secret", absolute.as_str(), "nowhere"] {
            assert_eq!(template(&root, outside).unwrap_err().code(), code::config::FILE_UNREADABLE, "{outside}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../secret", root.join("link")).unwrap();
            assert!(template(&root, "link").unwrap_err().message().contains("not in the project"));
        }
    }
}
