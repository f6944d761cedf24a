//! Woodpecker's pipelines. A workflow is one pod: its steps share a folder, so a step is what a job is elsewhere.

use super::dangers::{IMAGE_NOT_PINNED, TEMPLATE_INJECTION};
use super::github::{is_digest, tag};
use super::{Audit, publishing, scripts};
use crate::pipelines::document::Node;

/// Values of a build that a pull request's author chooses; `${…}` is replaced before the shell sees the script.
const CHOSEN: &[&str] = &[
    "CI_COMMIT_MESSAGE",
    "CI_COMMIT_BRANCH",
    "CI_COMMIT_SOURCE_BRANCH",
    "CI_COMMIT_AUTHOR",
    "CI_COMMIT_PULL_REQUEST_LABELS",
];

pub(super) fn audit(root: &Node, audit: &mut Audit<'_>) {
    let Some(steps) = root.get("steps").or_else(|| root.get("pipeline")) else { return };
    let listed = steps.items().iter().map(|step| (step.text_of("name").unwrap_or_default(), step));
    let mapped = steps.entries().map(|(key, step)| (key.text().unwrap_or_default(), step));
    for (name, step) in listed.chain(mapped) {
        super::plain_secrets(step.get("environment"), audit);
        let commands: Vec<&Node> = step.get("commands").map(Node::scalars).unwrap_or_default();
        for command in &commands {
            scripts::from_the_web(command, audit);
            let text = command.text().unwrap_or_default();
            for word in CHOSEN {
                if let Some(at) = text.find(&format!("${{{word}")) {
                    let what = format!("`${{{word}}}` is pasted into a command.");
                    audit.note(
                        &TEMPLATE_INJECTION,
                        (command.line_of(at), command.column),
                        &format!("{name}/{word}"),
                        &what,
                    );
                }
            }
        }
        let publishes =
            commands.iter().any(|command| !publishing::in_script(command.text().unwrap_or_default()).is_empty());
        let Some(image) = step.get("image") else { continue };
        if publishes {
            super::publishing_image(name, image, audit);
        } else if let Some(text) = image.text()
            && !is_digest(text)
            && tag(text).is_none_or(|tag| tag == "latest")
        {
            audit.note(&IMAGE_NOT_PINNED, image.at(), text, &format!("The image {text} is whatever was pushed last."));
        }
    }
}
