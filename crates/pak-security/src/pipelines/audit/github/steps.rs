//! What single steps and machines leave behind for those after them.

use super::super::dangers::{COMMANDS_FROM_OUTPUT, CREDENTIALS_KEPT, ENVIRONMENT_POISONED, OWN_MACHINE_FOR_STRANGERS};
use super::super::{Adjusted, Audit};
use super::{Job, Node, Workflow};
use crate::report::{Confidence, Severity};

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    commands(workflow, audit);
    for job in &workflow.jobs {
        checkouts(job, audit);
        if workflow.is_open_to_strangers() {
            environment(job, audit);
        }
    }
}

/// `ACTIONS_ALLOW_UNSECURE_COMMANDS`, wherever variables are set.
fn commands(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    let steps = workflow.jobs.iter().flat_map(|job| job.steps.iter().map(|step| step.node));
    let places = std::iter::once(workflow.root).chain(workflow.jobs.iter().map(|job| job.node)).chain(steps);
    for env in places.filter_map(|place| place.get("env")) {
        if let Some((key, value)) = env.entry("ACTIONS_ALLOW_UNSECURE_COMMANDS")
            && !matches!(value.text(), Some("" | "false" | "0") | None)
        {
            audit.note(&COMMANDS_FROM_OUTPUT, key.at(), &key.line.to_string(), "Commands by output are turned on.");
        }
    }
}

fn checkouts(job: &Job<'_>, audit: &mut Audit<'_>) {
    let uploads_all = job.steps.iter().filter(|step| step.is_action("actions/upload-artifact")).any(|step| {
        step.with("path").unwrap_or_default().lines().any(|path| {
            let path = path.trim();
            matches!(path, "." | "./" | ".." | "*" | "**" | "./**" | "**/*" | ".git" | "${{ github.workspace }}")
        })
    });
    for step in job.steps.iter().filter(|step| step.is_action("actions/checkout")) {
        let kept = step.with("persist-credentials");
        if kept.is_some_and(|kept| !kept.eq_ignore_ascii_case("true")) || (kept.is_some() && !uploads_all) {
            // Turned off; or kept on purpose, with nothing that carries it away.
            continue;
        }
        let (what, adjusted) = if uploads_all {
            let adjusted = Adjusted { severity: Some(Severity::High), confidence: Some(Confidence::Certain) };
            (format!("Job {} uploads the folder with the token in it.", job.id), adjusted)
        } else {
            (format!("Job {} keeps the checkout's token.", job.id), Adjusted::default())
        };
        audit.adjusted(&CREDENTIALS_KEPT, step.place(), job.id, &what, &adjusted);
    }
}

/// Writes to the environment of later steps, in a run that strangers start.
fn environment(job: &Job<'_>, audit: &mut Audit<'_>) {
    for script in job.steps.iter().filter_map(|step| step.script()) {
        let text = script.text().unwrap_or_default();
        let mut from = 0;
        for line in text.split_inclusive('\n') {
            let writes = line.contains('>')
                || line.contains("tee ")
                || line.contains("Out-File")
                || line.contains("Add-Content");
            if writes && (line.contains("GITHUB_ENV") || line.contains("GITHUB_PATH")) {
                let what = format!("Job {} sets variables of later steps.", job.id);
                let at = (script.line_of(from), script.column);
                audit.note(&ENVIRONMENT_POISONED, at, &format!("{}/{}", job.id, line.trim()), &what);
            }
            from += line.len();
        }
    }
}

/// Machines that are kept, for the code of pull requests.
pub(super) fn machines(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    let foreign = ["pull_request", "pull_request_target", "issue_comment", "workflow_run"];
    if !foreign.iter().any(|name| workflow.trigger(name).is_some()) {
        return;
    }
    for job in &workflow.jobs {
        let Some(on) = job.node.get("runs-on") else { continue };
        let labels = on.get("labels").unwrap_or(on);
        let listed = labels.words().contains(&"self-hosted");
        let by_matrix = on.text().is_some_and(|text| text.contains("matrix."))
            && job
                .node
                .get("strategy")
                .is_some_and(|strategy| strategy.scalars().iter().any(|value| value.text() == Some("self-hosted")));
        if listed || by_matrix {
            let what = format!("Job {} runs pull requests on a self-hosted machine.", job.id);
            let adjusted = Adjusted { severity: None, confidence: Some(Confidence::Possible) };
            audit.adjusted(&OWN_MACHINE_FOR_STRANGERS, on.at(), job.id, &what, &adjusted);
        }
    }
}

impl Node {
    /// Whether any scalar within holds a text.
    pub(super) fn mentions(&self, text: &str) -> bool {
        self.scalars().iter().any(|scalar| scalar.text().is_some_and(|value| value.contains(text)))
    }
}
