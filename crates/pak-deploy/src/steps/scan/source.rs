//! The files the repository tracks, per package: what an artifact holds beside them was made by the build, or came from elsewhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use pak_build::toolchain::Tool;
use pak_model::Package;
use pak_security::artifact::SourceFiles;

use crate::session::Session;

/// By package; nothing where the project is in no repository, or git is not there or may not be run.
pub(super) fn tracked(session: &Session, packages: &[Package]) -> BTreeMap<String, Arc<SourceFiles>> {
    let listed = |package: &Package| {
        let folder = session.project.root.join(&package.directory);
        let git =
            Tool::new("git", "Install git.", &session.env).directory(&folder).args(["ls-files", "-z", "--cached"]);
        let output = git.run().ok()?;
        let paths: Vec<String> = String::from_utf8(output.stdout)
            .ok()?
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect();
        // An untracked folder of a repository is one that says nothing of what belongs in it.
        (!paths.is_empty()).then(|| (package.id.clone(), Arc::new(SourceFiles::read(&folder, &paths))))
    };
    packages.iter().filter_map(listed).collect()
}
