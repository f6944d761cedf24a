//! Actions, called workflows and images: whether what runs tomorrow is what runs today.

use super::super::Audit;
use super::super::dangers::{ACTION_NOT_PINNED, IMAGE_NOT_PINNED};
use super::Workflow;
use crate::pipelines::document::Node;

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    for job in &workflow.jobs {
        let steps = job.steps.iter().filter_map(|step| step.uses());
        let called = job.node.get("uses").and_then(|node| Some((node, node.text()?)));
        for (node, uses) in steps.chain(called) {
            if let Some(image) = uses.strip_prefix("docker://") {
                of_image(node, image, audit);
            } else {
                of_action(node, uses, audit);
            }
        }
        let container = job.node.get("container");
        let services = job.node.get("services").into_iter().flat_map(Node::entries).map(|(_, service)| service);
        for place in container.into_iter().chain(services) {
            let image = place.get("image").unwrap_or(place);
            if let Some(name) = image.text() {
                of_image(image, name, audit);
            }
        }
    }
    if let Some(image) = workflow.root.get("runs").and_then(|runs| runs.get("image"))
        && let Some(name) = image.text().and_then(|name| name.strip_prefix("docker://"))
    {
        of_image(image, name, audit);
    }
}

fn of_action(node: &Node, uses: &str, audit: &mut Audit<'_>) {
    // Those of the same repository change with the workflow itself.
    if uses.starts_with("./") || uses.starts_with("$/") {
        return;
    }
    let (name, reference) = uses.split_once('@').unwrap_or((uses, ""));
    if !is_commit(reference) {
        let at =
            if reference.is_empty() { "no version".to_owned() } else { format!("`{reference}`, which can be moved") };
        audit.note(&ACTION_NOT_PINNED, node.at(), uses, &format!("{name} is used at {at}."));
    }
}

/// A whole commit; a shortened one can be made to mean another.
pub(in super::super) fn is_commit(reference: &str) -> bool {
    matches!(reference.len(), 40 | 64) && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Without any tag, or at `latest`, an image is another one with every push. Tags are less firm than digests, but are not
/// moved as a matter of course; where something is published, `publish` asks for the digest.
fn of_image(node: &Node, image: &str, audit: &mut Audit<'_>) {
    if image.contains("${{") || image.is_empty() || is_digest(image) {
        return;
    }
    if tag(image).is_none_or(|tag| tag == "latest") {
        audit.note(&IMAGE_NOT_PINNED, node.at(), image, &format!("The image {image} is whatever was pushed last."));
    }
}

/// Whether an image is named by its digest.
pub(in super::super) fn is_digest(image: &str) -> bool {
    image.split_once("@sha256:").is_some_and(|(_, hex)| hex.len() == 64)
}

/// An image's tag: what follows the last colon, if that is no port.
pub(in super::super) fn tag(image: &str) -> Option<&str> {
    image.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'))
}
