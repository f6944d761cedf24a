//! What the job's own token may do.

use super::super::dangers::PERMISSIONS_TOO_BROAD;
use super::super::{Adjusted, Audit};
use super::Workflow;
use crate::pipelines::document::Node;
use crate::report::Severity;

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    let top = workflow.root.entry("permissions");
    if let Some((key, node)) = top {
        if workflow.jobs.iter().any(|job| job.node.get("permissions").is_none()) {
            of_word(node, "every job", audit);
        }
        // A right to write that all jobs share is one job's need and the others' danger.
        for (name, value) in node.entries().filter(|_| workflow.jobs.len() > 1) {
            if let (Some(name), Some("write")) = (name.text(), value.text()) {
                let at = if value.line == key.line { key.at() } else { (value.line, node.column) };
                let what = format!("`{name}: write` is given to every job of the workflow.");
                audit.adjusted(&PERMISSIONS_TOO_BROAD, at, name, &what, &of(Severity::High));
            }
        }
    }
    for job in &workflow.jobs {
        match job.node.entry("permissions") {
            Some((_, node)) => of_word(node, job.id, audit),
            // A called workflow brings its own.
            None if top.is_none() => {
                let what = format!("Job {} has the default token, which in many repositories may write.", job.id);
                audit.note(&PERMISSIONS_TOO_BROAD, job.at, job.id, &what);
            }
            None => {}
        }
    }
}

/// `write-all` and `read-all`.
fn of_word(node: &Node, whose: &str, audit: &mut Audit<'_>) {
    match node.text() {
        Some("write-all") => {
            let what = format!("`permissions: write-all` for {whose}.");
            audit.adjusted(&PERMISSIONS_TOO_BROAD, node.at(), whose, &what, &of(Severity::High));
        }
        Some("read-all") => {
            let what = format!("`permissions: read-all` for {whose} opens private packages, issues and alerts too.");
            audit.note(&PERMISSIONS_TOO_BROAD, node.at(), whose, &what);
        }
        _ => {}
    }
}

fn of(severity: Severity) -> Adjusted {
    Adjusted { severity: Some(severity), confidence: None }
}
