//! Secrets given to more than needs them.

use super::super::Audit;
use super::super::dangers::{ALL_SECRETS_EXPOSED, SECRETS_INHERITED};
use super::Workflow;
use crate::pipelines::expression;

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    for job in &workflow.jobs {
        if job.node.text_of("secrets") == Some("inherit") {
            let at = job.node.get("uses").map_or(job.at, super::Node::at);
            audit.note(&SECRETS_INHERITED, at, job.id, &format!("Job {} passes every secret on.", job.id));
        }
    }
    for value in workflow.root.scalars() {
        for found in expression::find(value.text().unwrap_or_default()) {
            let is_all = |read: &expression::Read| match read.path.as_slice() {
                [secrets] => secrets == "secrets",
                [secrets, name, ..] => secrets == "secrets" && name == "*",
                [] => false,
            };
            if expression::reads(found.inner).iter().any(is_all) {
                let at = (value.line_of(found.offset), value.column);
                let what =
                    format!("`${{{{{}}}}}` reaches every secret.", super::super::scripts::shortened(found.inner));
                audit.note(&ALL_SECRETS_EXPOSED, at, found.inner.trim(), &what);
            }
        }
    }
}
