//! Azure Pipelines.

use super::dangers::{INCLUDE_NOT_PINNED, PUBLISH_BESIDE_BUILD, TEMPLATE_INJECTION};
use super::github::is_commit;
use super::{Audit, publishing, scripts};
use crate::pipelines::document::Node;

/// Variables of a run that a pull request's author chooses; `$(…)` pastes them into scripts.
const CHOSEN: &[&str] = &[
    "Build.SourceBranchName",
    "Build.SourceBranch",
    "Build.SourceVersionMessage",
    "System.PullRequest.SourceBranch",
    "Build.RequestedFor",
];

pub(super) fn audit(root: &Node, audit: &mut Audit<'_>) {
    let repositories = root.get("resources").and_then(|resources| resources.get("repositories"));
    for repository in repositories.map(Node::items).unwrap_or_default() {
        let Some(name) = repository.get("name") else { continue };
        if !repository.text_of("ref").is_some_and(is_commit) {
            let text = name.text().unwrap_or_default();
            let what = format!("Templates of {text} are used at a branch or tag.");
            audit.note(&INCLUDE_NOT_PINNED, name.at(), text, &what);
        }
    }
    super::plain_secrets(root.get("variables"), audit);
    let mut found = Vec::new();
    jobs(root, 0, &mut found);
    for job in found {
        of_job(job, audit);
    }
}

/// The jobs of all stages; steps may stand at the top too.
fn jobs<'node>(node: &'node Node, depth: u32, found: &mut Vec<&'node Node>) {
    if node.get("steps").is_some() {
        found.push(node);
    }
    if depth > 16 {
        return;
    }
    for (key, value) in node.entries() {
        match key.text() {
            Some("stages" | "jobs") => value.items().iter().for_each(|item| jobs(item, depth + 1, found)),
            Some("strategy" | "runOnce" | "deploy") => jobs(value, depth + 1, found),
            _ => {}
        }
    }
}

fn of_job(job: &Node, audit: &mut Audit<'_>) {
    super::plain_secrets(job.get("variables"), audit);
    let name = job.text_of("job").or_else(|| job.text_of("deployment")).unwrap_or("of the steps");
    let steps = job.get("steps").map(Node::items).unwrap_or_default();
    let keys = ["script", "bash", "pwsh", "powershell"];
    let scripts: Vec<&Node> = steps
        .iter()
        .filter_map(|step| keys.iter().find_map(|key| step.get(key)))
        .filter(|it| it.text().is_some())
        .collect();
    for script in &scripts {
        scripts::from_the_web(script, audit);
        let text = script.text().unwrap_or_default();
        for word in CHOSEN {
            if let Some(at) = text.find(&format!("$({word})")) {
                let what = format!("`$({word})` is pasted into a script.");
                audit.note(&TEMPLATE_INJECTION, (script.line_of(at), script.column), &format!("{name}/{word}"), &what);
            }
        }
    }
    let text = |script: &&Node| script.text().map(str::to_owned).unwrap_or_default();
    let publisher = scripts.iter().find_map(|script| publishing::in_script(&text(script)).first().map(|(_, it)| *it));
    if let Some(publisher) = publisher
        && let Some(script) = scripts.iter().find(|script| scripts::runs_foreign_code(&text(script)))
    {
        let what = format!("Job {name} builds and tests where it may publish ({}).", publisher.name);
        audit.note(&PUBLISH_BESIDE_BUILD, script.at(), name, &what);
    }
}
