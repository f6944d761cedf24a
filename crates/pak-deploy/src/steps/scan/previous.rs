//! What users have now: the counterpart of each artifact in the last published version, from the first registry that has one.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt as _;
use futures_util::stream;
use pak_platforms::Previous;

use super::PARALLEL;
use crate::plan::Draft;
use crate::session::Session;
use crate::steps::build::Built;
use crate::targets::Target;

/// By package id and artifact id. A registry that does not answer has no say here: the plan tells of it where it matters.
pub(super) async fn fetch(
    session: &Session,
    targets: &[Target],
    draft: &Draft,
    built: &Built,
) -> BTreeMap<(String, String), Arc<Previous>> {
    if session.project.config.security.artifact.compare == Some(false) {
        return BTreeMap::new();
    }
    let jobs = built.made().map(|(package, _, artifact)| async move {
        let going = draft.steps.iter().filter(|step| step.package == package.id);
        for target in going.filter_map(|step| targets.iter().find(|target| target.name == step.target)) {
            let Some(release) = built.release(&package.id, target) else { continue };
            let call = target.call(session);
            if let Ok(Some(previous)) = target.platform.lookup().previous(&call, &release, artifact).await {
                return Some(((package.id.clone(), artifact.id.clone()), Arc::new(previous)));
            }
        }
        None
    });
    stream::iter(jobs).buffer_unordered(PARALLEL).filter_map(std::future::ready).collect().await
}
