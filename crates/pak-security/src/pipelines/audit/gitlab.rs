//! Pipelines of GitLab.

use super::Audit;
use super::dangers::{
    IMAGE_NOT_PINNED, INCLUDE_NOT_PINNED, PUBLISH_BESIDE_BUILD, PUBLISH_WITHOUT_ENVIRONMENT, SECRET_IN_PLAIN,
    TOKEN_WHERE_TRUST_EXISTS,
};
use super::github::{is_commit, is_digest};
use super::{publishing, scripts};
use crate::pipelines::document::Node;

/// Keys of the file that are no jobs.
const NO_JOBS: &[&str] = &[
    "stages",
    "variables",
    "include",
    "workflow",
    "default",
    "image",
    "services",
    "before_script",
    "after_script",
    "cache",
    "spec",
];

pub(super) fn audit(root: &Node, audit: &mut Audit<'_>) {
    includes(root, audit);
    super::plain_secrets(root.get("variables"), audit);
    let default_image = root.get("default").and_then(|default| default.get("image")).or_else(|| root.get("image"));
    for (key, job) in root.entries() {
        let Some(name) = key.text().filter(|name| !NO_JOBS.contains(name)) else { continue };
        super::plain_secrets(job.get("variables"), audit);
        let parts = ["before_script", "script", "after_script"].into_iter().filter_map(|part| job.get(part));
        let scripts: Vec<&Node> = parts.flat_map(Node::scalars).collect();
        for script in &scripts {
            scripts::from_the_web(script, audit);
        }
        of_publishing(name, job, &scripts, default_image, audit);
    }
    for script in
        ["before_script", "after_script"].into_iter().filter_map(|part| root.get(part)).flat_map(Node::scalars)
    {
        scripts::from_the_web(script, audit);
    }
}

/// `include: remote:`, a project's branch, a component's branch.
fn includes(root: &Node, audit: &mut Audit<'_>) {
    let Some(include) = root.get("include") else { return };
    let each = if include.items().is_empty() { std::slice::from_ref(include) } else { include.items() };
    for one in each {
        let remote =
            one.get("remote").or_else(|| Some(one).filter(|it| it.text().is_some_and(|it| it.contains("://"))));
        if let Some(remote) = remote.filter(|_| one.get("integrity").is_none()) {
            let name = remote.text().unwrap_or_default();
            audit.note(&INCLUDE_NOT_PINNED, remote.at(), name, &format!("{} is included.", scripts::shortened(name)));
        }
        if let Some(project) = one.get("project")
            && !one.text_of("ref").is_some_and(is_commit)
        {
            let name = project.text().unwrap_or_default();
            let at = one.text_of("ref").map_or_else(|| "its default branch".to_owned(), |at| format!("`{at}`"));
            audit.note(&INCLUDE_NOT_PINNED, project.at(), name, &format!("A file of {name} is included at {at}."));
        }
        if let Some(component) = one.get("component") {
            let name = component.text().unwrap_or_default();
            let version = name.rsplit_once('@').map_or("", |(_, version)| version);
            let is_exact = version.split('.').count() == 3 && version.chars().all(|c| c.is_ascii_digit() || c == '.');
            if !is_commit(version) && !is_exact {
                audit.note(&INCLUDE_NOT_PINNED, component.at(), name, &format!("{name} can be moved."));
            }
        }
    }
}

fn of_publishing(name: &str, job: &Node, scripts: &[&Node], default_image: Option<&Node>, audit: &mut Audit<'_>) {
    let publishers = scripts.iter().flat_map(|script| {
        let found = publishing::in_script(script.text().unwrap_or_default());
        found.into_iter().map(|(offset, publisher)| ((script.line_of(offset), script.column), publisher))
    });
    let publishers: Vec<_> = publishers.collect();
    let Some((at, publisher)) = publishers.first() else { return };
    if let Some(image) = job.get("image").or(default_image) {
        super::publishing_image(name, image.get("name").unwrap_or(image), audit);
    }
    if let Some(script) = scripts.iter().find(|script| scripts::runs_foreign_code(script.text().unwrap_or_default())) {
        let what = format!("Job {name} builds and tests where it may publish ({}).", publisher.name);
        audit.note(&PUBLISH_BESIDE_BUILD, script.at(), name, &what);
    }
    if job.get("environment").is_none() {
        let what = format!("Job {name} publishes ({}) without a protected environment.", publisher.name);
        audit.note(&PUBLISH_WITHOUT_ENVIRONMENT, *at, name, &what);
    }
    // Of the registries, these take GitLab's identity.
    let trusts = |registry: &str| matches!(registry, "npm" | "PyPI" | "crates.io");
    if let Some((at, publisher)) = publishers.iter().find(|(_, publisher)| publisher.trust.is_some_and(trusts))
        && job.get("id_tokens").is_none()
    {
        let registry = publisher.trust.unwrap_or_default();
        let what = format!("Job {name} publishes by a token ({}); {registry} has trusted publishing.", publisher.name);
        audit.note(&TOKEN_WHERE_TRUST_EXISTS, *at, &format!("{name}/{}", publisher.name), &what);
    }
}

/// Variables of a pipeline's file whose name and value say that they are secrets.
pub(super) fn plain_secrets(variables: Option<&Node>, audit: &mut Audit<'_>) {
    for (key, value) in variables.into_iter().flat_map(Node::entries) {
        let value = value.get("value").unwrap_or(value);
        if let (Some(name), Some(text)) = (key.text(), value.text())
            && is_secret(name, text)
        {
            audit.note(&SECRET_IN_PLAIN, key.at(), name, &format!("The value of {name} is written here."));
        }
    }
}

/// Whether a variable is a secret that stands here in plain: its name says so, and the value is neither a reference to
/// another variable nor a word or path.
pub(super) fn is_secret(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let is_named = ["TOKEN", "PASSWORD", "PASSWD", "SECRET", "API_KEY", "APIKEY", "PRIVATE_KEY", "ACCESS_KEY"]
        .iter()
        .any(|word| name.contains(word))
        && !["_FILE", "_PATH", "_URL", "_NAME", "_ID", "_USER", "_ENV", "_TTL"].iter().any(|end| name.ends_with(end));
    let value = value.trim();
    let is_reference = value.contains('$') || value.contains("{{") || value.contains("((");
    let is_placeholder = value.len() < 8
        || value.contains(' ')
        || ["changeme", "example", "placeholder", "dummy", "xxxx", "****", "<"]
            .iter()
            .any(|word| value.to_ascii_lowercase().contains(word));
    let is_mixed = value.chars().any(|c| c.is_ascii_digit()) && value.chars().any(|c| c.is_ascii_alphabetic());
    is_named && !is_reference && !is_placeholder && is_mixed
}

/// The image of a job that publishes has to be named by its digest.
pub(super) fn publishing_image(job: &str, image: &Node, audit: &mut Audit<'_>) {
    let Some(name) = image.text().filter(|name| !name.contains('$') && !is_digest(name)) else { return };
    let what = format!("Job {job} publishes from the image {name}, which can be replaced.");
    audit.note(&IMAGE_NOT_PINNED, image.at(), &format!("{job}/{name}"), &what);
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn secrets_in_plain_are_told_from_references_and_words() {
        let made = ["glpat-", "a1b2c3d4e5f6g7h8i9j0"].concat();
        assert!(is_secret("NPM_TOKEN", &made));
        assert!(is_secret("DB_PASSWORD", "hunter2hunter2"));
        for (name, value) in [
            ("NPM_TOKEN", "$CI_JOB_TOKEN"),
            ("NPM_TOKEN", "changeme123"),
            ("TOKEN_URL", "https://a1.example.org/x"),
            ("VERSION", "a1b2c3d4e5f6"),
            ("PASSWORD_FILE", "/run/a1b2c3d4"),
            ("SECRET", "short1"),
        ] {
            assert!(!is_secret(name, value), "{name}={value}");
        }
    }
}
