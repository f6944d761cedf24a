//! What `pak.toml` says about how a target's packages are published, as drivers read it.

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
        template: config.template.as_deref().map(|file| template(session, file)).transpose()?,
        forge: config.forge.clone(),
    };
    Ok(PublishOptions {
        tag: config.tag.clone(),
        access: config.access.clone(),
        repository: config.repository.clone(),
        tags: config.tags.clone(),
        path: config.path.clone(),
        checksums: config.checksums.clone(),
        snapshot: None,
        commit: (commit != CommitOptions::default()).then_some(commit),
    })
}

/// A user's own template. It goes into the plan as text: what was approved is what is rendered.
fn template(session: &Session, file: &str) -> Result<String> {
    let path = session.project.root.join(file);
    let unreadable = |why: &dyn std::fmt::Display| {
        Problem::new(code::config::FILE_UNREADABLE, format!("The template {file} cannot be read: {why}."))
            .about("file", file)
    };
    let size = std::fs::metadata(&path).map_err(|error| unreadable(&error))?.len();
    if size > LARGEST_TEMPLATE {
        return Err(unreadable(&"it is larger than 256 KiB"));
    }
    std::fs::read_to_string(&path).map_err(|error| unreadable(&error))
}
