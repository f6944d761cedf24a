//! Jobs that publish: with which token, beside what, and who has to approve.

use super::super::Audit;
use super::super::dangers::{
    IMAGE_NOT_PINNED, PUBLISH_BESIDE_BUILD, PUBLISH_WITHOUT_ENVIRONMENT, TOKEN_WHERE_TRUST_EXISTS,
};
use super::super::publishing::{self, Publisher};
use super::super::scripts;
use super::pins::{is_digest, tag};
use super::{Job, Step, Workflow};

/// The publisher that a step's action is.
pub(super) fn action_of(step: Step<'_>) -> Option<(Publisher, Option<&'static str>)> {
    let (_, uses) = step.uses()?;
    if step.is_action("docker/build-push-action") && step.with("push").is_some_and(|push| push != "false") {
        return Some((Publisher { name: "an image's push", trust: None }, None));
    }
    publishing::of_action(uses)
}

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    for job in &workflow.jobs {
        let found = publishers(job);
        for (at, publisher, by_token) in &found {
            let has_identity = grants_identity(job, workflow);
            if let Some(registry) = publisher.trust
                && by_token.unwrap_or(!has_identity || hands_token(job, workflow))
            {
                let what = format!(
                    "{} in job {} uses a token; {registry} has trusted publishing.",
                    sentence(publisher.name),
                    job.id
                );
                audit.note(&TOKEN_WHERE_TRUST_EXISTS, *at, &format!("{}/{}", job.id, publisher.name), &what);
            }
        }
        if let Some((at, publisher, _)) = found.first() {
            beside(job, *at, publisher, audit);
        }
    }
}

/// A publisher with where it stands, and whether its own settings say that a token is used.
type Place = ((u32, u32), Publisher, Option<bool>);

fn publishers(job: &Job<'_>) -> Vec<Place> {
    let mut found = Vec::new();
    for step in &job.steps {
        if let Some((publisher, token)) = action_of(*step) {
            found.push((step.place(), publisher, Some(token.is_some_and(|token| step.with(token).is_some()))));
        }
        if let Some(script) = step.script() {
            for (offset, publisher) in publishing::in_script(script.text().unwrap_or_default()) {
                found.push(((script.line_of(offset), script.column), publisher, None));
            }
        }
    }
    found
}

/// What else the job does, and who lets it.
fn beside(job: &Job<'_>, at: (u32, u32), publisher: &Publisher, audit: &mut Audit<'_>) {
    let foreign = job.steps.iter().filter_map(|step| step.script());
    if let Some(script) =
        foreign.into_iter().find(|script| scripts::runs_foreign_code(script.text().unwrap_or_default()))
    {
        let what = format!("Job {} builds and tests where it may publish ({}).", job.id, publisher.name);
        audit.note(&PUBLISH_BESIDE_BUILD, script.at(), job.id, &what);
    }
    if job.node.get("environment").is_none() {
        let what = format!("Job {} publishes ({}) without an environment.", job.id, publisher.name);
        audit.note(&PUBLISH_WITHOUT_ENVIRONMENT, at, job.id, &what);
    }
    let image = job.node.get("container").map(|container| container.get("image").unwrap_or(container));
    if let Some((node, name)) = image.and_then(|node| Some((node, node.text()?)))
        && tag(name).is_some_and(|tag| tag != "latest")
        && !is_digest(name)
    {
        let what = format!("Job {} publishes from the image {name}, whose tag can be moved.", job.id);
        audit.note(&IMAGE_NOT_PINNED, node.at(), name, &what);
    }
}

/// Whether the job may ask for an identity token.
fn grants_identity(job: &Job<'_>, workflow: &Workflow<'_>) -> bool {
    let permissions = job.node.get("permissions").or_else(|| workflow.root.get("permissions"));
    permissions.is_some_and(|given| given.text() == Some("write-all") || given.text_of("id-token") == Some("write"))
}

/// Whether the job has a variable that holds a publishing token.
fn hands_token(job: &Job<'_>, workflow: &Workflow<'_>) -> bool {
    const NAMES: &[&str] = &[
        "NODE_AUTH_TOKEN",
        "NPM_TOKEN",
        "NPM_CONFIG_TOKEN",
        "YARN_NPM_AUTH_TOKEN",
        "CARGO_REGISTRY_TOKEN",
        "TWINE_PASSWORD",
        "UV_PUBLISH_TOKEN",
        "UV_PUBLISH_PASSWORD",
        "POETRY_PYPI_TOKEN_PYPI",
        "HATCH_INDEX_AUTH",
        "FLIT_PASSWORD",
        "PDM_PUBLISH_PASSWORD",
        "GEM_HOST_API_KEY",
        "NUGET_API_KEY",
        "JSR_TOKEN",
    ];
    let steps = job.steps.iter().map(|step| step.node);
    let places = steps.chain([job.node, workflow.root]).filter_map(|place| place.get("env"));
    places.into_iter().any(|env| {
        env.entries()
            .any(|(key, value)| key.text().is_some_and(|key| NAMES.contains(&key)) && value.mentions("secrets."))
    })
}

/// With a capital, for the start of a sentence.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
