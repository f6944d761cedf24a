//! Values pasted into scripts: which of them a stranger chooses.

use super::super::dangers::TEMPLATE_INJECTION;
use super::super::scripts::shortened;
use super::super::{Adjusted, Audit};
use super::{Job, Step, Workflow};
use crate::pipelines::document::Node;
use crate::pipelines::expression::{self, Read};
use crate::report::{Confidence, Severity};

/// Who chooses a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Choice {
    /// The system, or it has a form that holds nothing a shell would act upon.
    Harmless,
    /// It depends on what ran before, or on the repository's settings.
    Unknown,
    /// Whoever starts the workflow: a title, a branch's name, an input.
    Stranger,
}

/// Inputs of actions that run as code.
const SCRIPT_INPUTS: &[(&str, &str)] = &[
    ("actions/github-script", "script"),
    ("azure/cli", "inlinescript"),
    ("azure/powershell", "inlinescript"),
    ("nick-fields/retry", "command"),
    ("appleboy/ssh-action", "script"),
    ("addnab/docker-run-action", "run"),
];

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    for job in &workflow.jobs {
        for step in &job.steps {
            for script in scripts(*step) {
                of_script(script, *step, job, workflow, audit);
            }
        }
    }
}

fn scripts(step: Step<'_>) -> Vec<&Node> {
    let inputs = SCRIPT_INPUTS.iter().filter(|(action, _)| step.is_action(action)).filter_map(|(_, input)| {
        let with = step.node.get("with")?;
        with.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(input))).map(|(_, it)| it)
    });
    step.script().into_iter().chain(inputs).collect()
}

fn of_script(script: &Node, step: Step<'_>, job: &Job<'_>, workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    for found in expression::find(script.text().unwrap_or_default()) {
        for read in expression::reads(found.inner).iter().filter(|read| read.flows) {
            let adjusted = match chosen(read, Some(step), Some(job), workflow, 0) {
                Choice::Harmless => continue,
                Choice::Unknown => Adjusted { severity: Some(Severity::Note), confidence: Some(Confidence::Possible) },
                Choice::Stranger => Adjusted { severity: None, confidence: Some(Confidence::Certain) },
            };
            let place = (script.line_of(found.offset), script.column);
            let name = read.dotted();
            let what = format!("`${{{{{}}}}}` is pasted into a script.", shortened(found.inner));
            audit.adjusted(&TEMPLATE_INJECTION, place, &format!("{}/{name}", job.id), &what, &adjusted);
        }
    }
}

fn chosen(read: &Read, step: Option<Step<'_>>, job: Option<&Job<'_>>, workflow: &Workflow<'_>, depth: u32) -> Choice {
    let words: Vec<&str> = read.path.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Secrets are chosen by the owner: that they are pasted is bad style, not an attack. Results are `success` and the like.
        ["secrets" | "runner" | "job" | "strategy", ..]
        | ["needs" | "steps", _, "result" | "outcome" | "conclusion"] => Choice::Harmless,
        ["github", "event", "inputs", name, ..] | ["inputs", name, ..] => of_input(name, workflow),
        ["github", rest @ ..] => of_github(rest),
        ["matrix", rest @ ..] => of_matrix(rest, job, workflow, depth),
        ["env", name] => of_variable(name, step, job, workflow, depth),
        _ => Choice::Unknown,
    }
}

/// What GitHub itself says.
fn of_github(path: &[&str]) -> Choice {
    match path {
        ["event", rest @ ..] => of_event(rest),
        ["head_ref" | "base_ref" | "ref" | "ref_name" | "actor" | "triggering_actor"] | [] => Choice::Stranger,
        _ => Choice::Harmless,
    }
}

/// What the event holds: numbers, commits, dates and names with a fixed alphabet do no harm; all else is someone's text.
fn of_event(path: &[&str]) -> Choice {
    let is_harmless = path.last().is_some_and(|leaf| {
        matches!(
            *leaf,
            "sha"
                | "id"
                | "number"
                | "node_id"
                | "merged"
                | "draft"
                | "state"
                | "action"
                | "private"
                | "fork"
                | "type"
                | "conclusion"
                | "status"
                | "run_number"
                | "run_attempt"
                | "run_id"
                | "additions"
                | "deletions"
                | "locked"
                | "changed_files"
                | "commits"
                | "comments"
                | "before"
                | "after"
                | "created"
                | "deleted"
                | "forced"
                | "prerelease"
                | "size"
                | "full_name"
                | "login"
                | "html_url"
                | "url"
                | "merge_commit_sha"
                | "head_sha"
                | "visibility"
                | "schedule"
                | "merged_at"
                | "created_at"
                | "updated_at"
                | "closed_at"
                | "event"
        )
    });
    if is_harmless { Choice::Harmless } else { Choice::Stranger }
}

/// An input's type decides: a choice or a number holds no commands.
fn of_input(name: &str, workflow: &Workflow<'_>) -> Choice {
    let declared = ["workflow_dispatch", "workflow_call"].into_iter().find_map(|trigger| {
        let inputs = workflow.trigger(trigger)?.settings?.get("inputs")?;
        inputs.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name))).map(|(_, it)| it)
    });
    match declared.and_then(|input| input.text_of("type")) {
        Some("boolean" | "number" | "choice") => Choice::Harmless,
        Some("environment") => Choice::Unknown,
        // An action's inputs are chosen by the workflow that uses it.
        None if workflow.triggers.is_empty() => Choice::Unknown,
        _ => Choice::Stranger,
    }
}

/// Values written into the file are its author's.
fn of_matrix(path: &[&str], job: Option<&Job<'_>>, workflow: &Workflow<'_>, depth: u32) -> Choice {
    let matrix = job.and_then(|job| job.node.get("strategy")?.get("matrix"));
    let Some(matrix) = matrix else { return Choice::Unknown };
    let named = path.first().and_then(|name| matrix.get(name));
    let mut values: Vec<&Node> =
        named.or_else(|| matrix.text().map(|_| matrix)).into_iter().flat_map(Node::scalars).collect();
    if let (Some(include), Some(name)) = (matrix.get("include"), path.first()) {
        if include.text().is_some() {
            return Choice::Unknown;
        }
        values.extend(include.items().iter().filter_map(|item| item.get(name)).flat_map(Node::scalars));
    }
    if matrix.text().is_some() && values.is_empty() {
        return Choice::Unknown;
    }
    // A name that no entry has is empty.
    worst(&values, None, None, workflow, depth)
}

/// The nearest place that sets the variable.
fn of_variable(
    name: &str,
    step: Option<Step<'_>>,
    job: Option<&Job<'_>>,
    workflow: &Workflow<'_>,
    depth: u32,
) -> Choice {
    let places = [step.map(|step| step.node), job.map(|job| job.node), Some(workflow.root)];
    let value = places.into_iter().flatten().find_map(|place| {
        let env = place.get("env")?;
        env.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(name))).map(|(_, it)| it)
    });
    value.map_or(Choice::Unknown, |value| worst(&[value], step, job, workflow, depth))
}

/// The worst of what values hold; those without expressions are the author's own.
fn worst(
    values: &[&Node],
    step: Option<Step<'_>>,
    job: Option<&Job<'_>>,
    workflow: &Workflow<'_>,
    depth: u32,
) -> Choice {
    // A variable may be made of another; one that is made of itself is not looked at for ever.
    if depth > 4 {
        return Choice::Unknown;
    }
    let found = values.iter().flat_map(|value| expression::find(value.text().unwrap_or_default()));
    found
        .flat_map(|found| expression::reads(found.inner))
        .filter(|read| read.flows)
        .map(|read| chosen(&read, step, job, workflow, depth + 1))
        .max()
        .unwrap_or(Choice::Harmless)
}
