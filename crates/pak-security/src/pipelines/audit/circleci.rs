//! Configurations of CircleCI.

use super::dangers::{INCLUDE_NOT_PINNED, PUBLISH_BESIDE_BUILD, TEMPLATE_INJECTION};
use super::{Audit, publishing, scripts};
use crate::pipelines::document::Node;

pub(super) fn audit(root: &Node, audit: &mut Audit<'_>) {
    orbs(root, audit);
    let executors = root.get("executors");
    for (key, job) in root.get("jobs").into_iter().flat_map(Node::entries) {
        let name = key.text().unwrap_or_default();
        super::plain_secrets(job.get("environment"), audit);
        let scripts = runs(job);
        for script in &scripts {
            scripts::from_the_web(script, audit);
            pasted(name, script, audit);
        }
        let found = scripts.iter().find_map(|script| {
            publishing::in_script(script.text().unwrap_or_default()).first().map(|(_, publisher)| *publisher)
        });
        let Some(publisher) = found else { continue };
        let named = job.text_of("executor").and_then(|name| executors?.get(name));
        for place in [Some(job), named].into_iter().flatten() {
            for image in
                place.get("docker").map(Node::items).unwrap_or_default().iter().filter_map(|it| it.get("image"))
            {
                super::publishing_image(name, image, audit);
            }
        }
        if let Some(script) = scripts.iter().find(|it| scripts::runs_foreign_code(it.text().unwrap_or_default())) {
            let what = format!("Job {name} builds and tests where it may publish ({}).", publisher.name);
            audit.note(&PUBLISH_BESIDE_BUILD, script.at(), name, &what);
        }
    }
}

/// `orbs: {node: circleci/node@5}`: whole versions are fixed, parts and channels are not.
fn orbs(root: &Node, audit: &mut Audit<'_>) {
    for (_, orb) in root.get("orbs").into_iter().flat_map(Node::entries) {
        let Some(name) = orb.text() else { continue };
        let version = name.rsplit_once('@').map_or("", |(_, version)| version);
        let is_exact = version.split('.').count() == 3 && version.chars().all(|c| c.is_ascii_digit() || c == '.');
        if !is_exact {
            audit.note(&INCLUDE_NOT_PINNED, orb.at(), name, &format!("The orb {name} is not fixed to one version."));
        }
    }
}

/// The scripts of a job's steps.
fn runs(job: &Node) -> Vec<&Node> {
    let steps = job.get("steps").map(Node::items).unwrap_or_default();
    let scripts = steps.iter().filter_map(|step| {
        let run = step.get("run")?;
        Some(run.get("command").unwrap_or(run))
    });
    scripts.filter(|script| script.text().is_some()).collect()
}

/// `<< pipeline.git.branch >>` in a script is pasted, as GitHub's expressions are.
fn pasted(job: &str, script: &Node, audit: &mut Audit<'_>) {
    let text = script.text().unwrap_or_default();
    for word in ["pipeline.git.branch", "pipeline.git.tag", "pipeline.parameters.", "pipeline.trigger_parameters."] {
        if let Some(at) = text.find(word)
            && text.get(..at).is_some_and(|before| before.trim_end().ends_with("<<"))
        {
            let place = (script.line_of(at), script.column);
            let what = format!("`<< {word} >>` is pasted into a script.");
            audit.note(&TEMPLATE_INJECTION, place, &format!("{job}/{word}"), &what);
        }
    }
}
