//! Workflows of GitHub Actions (and of Forgejo and Gitea, which read the same form), and composite actions.

mod caches;
mod injection;
mod permissions;
mod pins;
mod publish;
mod secrets;
mod steps;
mod triggers;

pub(super) use pins::{is_commit, is_digest, tag};

use super::{Audit, scripts};
use crate::pipelines::document::Node;

/// A workflow, as the dangers look at it.
struct Workflow<'document> {
    root: &'document Node,
    triggers: Vec<Trigger<'document>>,
    jobs: Vec<Job<'document>>,
}

/// An event that starts it.
struct Trigger<'document> {
    name: &'document str,
    /// Where its name stands.
    at: (u32, u32),
    /// What narrows it, where something does.
    settings: Option<&'document Node>,
}

struct Job<'document> {
    id: &'document str,
    at: (u32, u32),
    node: &'document Node,
    steps: Vec<Step<'document>>,
}

#[derive(Clone, Copy)]
struct Step<'document> {
    node: &'document Node,
}

impl<'document> Step<'document> {
    /// The action it uses, with where that is written.
    fn uses(self) -> Option<(&'document Node, &'document str)> {
        let node = self.node.get("uses")?;
        Some((node, node.text()?))
    }

    /// Whether it uses an action of this name, at whatever commit.
    fn is_action(self, name: &str) -> bool {
        self.uses().is_some_and(|(_, uses)| uses.split('@').next().unwrap_or_default().eq_ignore_ascii_case(name))
    }

    fn with(self, input: &str) -> Option<&'document str> {
        let inputs = self.node.get("with")?;
        inputs.entries().find(|(key, _)| key.text().is_some_and(|key| key.eq_ignore_ascii_case(input)))?.1.text()
    }

    fn script(self) -> Option<&'document Node> {
        self.node.get("run").filter(|run| run.text().is_some())
    }

    /// What it is called in sentences: its name, its action, or that it is a script.
    fn place(self) -> (u32, u32) {
        self.uses().map(|(node, _)| node.at()).or_else(|| self.script().map(Node::at)).unwrap_or(self.node.at())
    }
}

impl<'document> Workflow<'document> {
    fn of(root: &'document Node) -> Self {
        let jobs = root.get("jobs").into_iter().flat_map(Node::entries).filter_map(|(key, node)| {
            let steps = node.get("steps").map(Node::items).unwrap_or_default().iter().map(|node| Step { node });
            Some(Job { id: key.text()?, at: key.at(), node, steps: steps.collect() })
        });
        Self { root, triggers: triggers_of(root), jobs: jobs.collect() }
    }

    fn trigger(&self, name: &str) -> Option<&Trigger<'document>> {
        self.triggers.iter().find(|trigger| trigger.name == name)
    }

    /// Whether people without rights in the repository can start it with the repository's secrets.
    fn is_open_to_strangers(&self) -> bool {
        triggers::DANGEROUS.iter().any(|name| self.trigger(name).is_some())
    }
}

/// `on: push`, `on: [push, …]`, `on: {push: …}`. YAML 1.1 reads `on` as true; the parser here leaves it as written.
fn triggers_of(root: &Node) -> Vec<Trigger<'_>> {
    let Some((key, on)) = root.entry("on").or_else(|| root.entry("true")) else { return Vec::new() };
    if let Some(name) = on.text() {
        return vec![Trigger { name, at: key.at(), settings: None }];
    }
    let listed =
        on.items().iter().filter_map(|item| Some(Trigger { name: item.text()?, at: item.at(), settings: None }));
    let mapped = on
        .entries()
        .filter_map(|(key, settings)| Some(Trigger { name: key.text()?, at: key.at(), settings: Some(settings) }));
    listed.chain(mapped).collect()
}

/// Looks at a workflow or a composite action.
pub(super) fn audit(root: &Node, audit: &mut Audit<'_>) {
    if let Some(runs) = root.get("runs").filter(|_| root.get("jobs").is_none()) {
        let node = runs;
        let steps: Vec<Step<'_>> =
            node.get("steps").map(Node::items).unwrap_or_default().iter().map(|node| Step { node }).collect();
        let job = Job { id: "runs", at: node.at(), node, steps };
        let action = Workflow { root, triggers: Vec::new(), jobs: vec![job] };
        of_steps(&action, audit);
        return;
    }
    let workflow = Workflow::of(root);
    triggers::audit(&workflow, audit);
    permissions::audit(&workflow, audit);
    secrets::audit(&workflow, audit);
    caches::audit(&workflow, audit);
    publish::audit(&workflow, audit);
    steps::machines(&workflow, audit);
    of_steps(&workflow, audit);
}

/// What workflows and composite actions share.
fn of_steps(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    pins::audit(workflow, audit);
    injection::audit(workflow, audit);
    steps::audit(workflow, audit);
    for step in workflow.jobs.iter().flat_map(|job| &job.steps) {
        if let Some(script) = step.script() {
            scripts::from_the_web(script, audit);
        }
    }
}
