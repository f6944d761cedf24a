//! Events that strangers cause and that run with the repository's secrets; worst where their code is checked out.

use super::super::Audit;
use super::super::dangers::{DANGEROUS_TRIGGER, HEAD_CHECKED_OUT};
use super::Workflow;
use crate::pipelines::expression;

/// Events anyone can cause, whose runs have secrets.
pub(super) const DANGEROUS: &[&str] = &["pull_request_target", "workflow_run", "issue_comment"];

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    for trigger in workflow.triggers.iter().filter(|trigger| DANGEROUS.contains(&trigger.name)) {
        audit.note(&DANGEROUS_TRIGGER, trigger.at, trigger.name, &format!("This workflow runs on `{}`.", trigger.name));
    }
    if !workflow.is_open_to_strangers() {
        return;
    }
    for job in &workflow.jobs {
        for step in job.steps.iter().filter(|step| step.is_action("actions/checkout")) {
            let asked = ["ref", "repository"].into_iter().filter_map(|input| step.with(input));
            if asked.flat_map(expression::find).any(|found| is_head(found.inner)) {
                audit.note(
                    &HEAD_CHECKED_OUT,
                    step.place(),
                    job.id,
                    &format!("Job {} checks out the code of the pull request.", job.id),
                );
            }
        }
        for script in job.steps.iter().filter_map(|step| step.script()) {
            let text = script.text().unwrap_or_default();
            let fetched = ["gh pr checkout", "git fetch origin pull/", "git fetch origin refs/pull/"];
            if let Some(at) = fetched.iter().find_map(|command| text.find(command)) {
                let place = (script.line_of(at), script.column);
                audit.note(
                    &HEAD_CHECKED_OUT,
                    place,
                    job.id,
                    &format!("Job {} fetches the pull request's code.", job.id),
                );
            }
        }
    }
}

/// Whether an expression is the pull request's commit, branch or repository.
fn is_head(inner: &str) -> bool {
    expression::reads(inner).iter().any(|read| {
        let path = read.dotted();
        path == "github.head_ref"
            || path.contains(".head.")
            || path.contains("head_branch")
            || path.contains("head_sha")
            || path.contains("head_repository")
            || path.ends_with("merge_commit_sha")
            || path.starts_with("github.event.issue.number")
            || path.starts_with("github.event.pull_request.number")
    })
}
