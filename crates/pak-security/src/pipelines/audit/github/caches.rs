//! Caches in workflows that publish: what other branches put there becomes part of the release.

use super::super::Audit;
use super::super::dangers::CACHE_IN_RELEASE;
use super::{Job, Step, Workflow, publish};

/// When an action uses a cache.
enum Uses {
    /// Unless this input has this value.
    Unless(&'static str, &'static str),
    /// If this input is set to anything but empty or false.
    If(&'static str),
}

/// Actions that keep caches. A row with `Unless` first: the default counts.
const CACHING: &[(&str, &[Uses])] = &[
    ("actions/cache", &[Uses::Unless("lookup-only", "true")]),
    ("actions/cache/restore", &[Uses::Unless("lookup-only", "true")]),
    ("actions/setup-node", &[Uses::If("cache"), Uses::Unless("package-manager-cache", "false")]),
    ("actions/setup-go", &[Uses::Unless("cache", "false")]),
    ("actions/setup-python", &[Uses::If("cache")]),
    ("actions/setup-java", &[Uses::If("cache")]),
    ("actions/setup-dotnet", &[Uses::If("cache")]),
    ("ruby/setup-ruby", &[Uses::If("bundler-cache")]),
    ("astral-sh/setup-uv", &[Uses::Unless("enable-cache", "false")]),
    ("swatinem/rust-cache", &[Uses::Unless("lookup-only", "true")]),
    ("actions-rust-lang/setup-rust-toolchain", &[Uses::Unless("cache", "false")]),
    ("gradle/actions/setup-gradle", &[Uses::Unless("cache-disabled", "true")]),
    ("gradle/gradle-build-action", &[Uses::Unless("cache-disabled", "true")]),
    ("golangci/golangci-lint-action", &[Uses::Unless("skip-cache", "true")]),
    ("docker/setup-buildx-action", &[Uses::Unless("cache-binary", "false")]),
    ("docker/build-push-action", &[Uses::If("cache-from")]),
    ("denoland/setup-deno", &[Uses::If("cache")]),
    ("pnpm/action-setup", &[Uses::If("cache")]),
    ("oven-sh/setup-bun", &[Uses::Unless("no-cache", "true")]),
    ("mozilla-actions/sccache-action", &[Uses::Unless("", "true")]),
    ("jdx/mise-action", &[Uses::Unless("cache", "false")]),
    ("mlugg/setup-zig", &[Uses::Unless("use-cache", "false")]),
    ("determinatesystems/magic-nix-cache-action", &[Uses::Unless("", "true")]),
    ("nix-community/cache-nix-action", &[Uses::Unless("", "true")]),
];

pub(super) fn audit(workflow: &Workflow<'_>, audit: &mut Audit<'_>) {
    let is_release = is_release(workflow);
    for job in workflow.jobs.iter().filter(|job| is_release || publishes_by_action(job)) {
        for step in &job.steps {
            if let Some((node, uses)) = step.uses()
                && is_caching(*step)
            {
                let name = uses.split('@').next().unwrap_or(uses);
                let what = format!("{name} restores a cache in job {}, which is part of a release.", job.id);
                audit.note(&CACHE_IN_RELEASE, node.at(), &format!("{}/{name}", job.id), &what);
            }
        }
    }
}

/// Started by a release or a tag.
fn is_release(workflow: &Workflow<'_>) -> bool {
    workflow.trigger("release").is_some()
        || workflow.trigger("push").and_then(|push| push.settings).is_some_and(|settings| {
            let branches = settings.get("branches").map(super::Node::words).unwrap_or_default();
            settings.get("tags").is_some() || branches.iter().any(|branch| branch.starts_with("release"))
        })
}

fn publishes_by_action(job: &Job<'_>) -> bool {
    job.steps.iter().any(|step| publish::action_of(*step).is_some())
}

fn is_caching(step: Step<'_>) -> bool {
    let Some((_, conditions)) = CACHING.iter().find(|(name, _)| step.is_action(name)) else { return false };
    conditions.iter().any(|condition| match condition {
        Uses::Unless(input, value) => !step.with(input).is_some_and(|given| given.eq_ignore_ascii_case(value)),
        Uses::If(input) => step.with(input).is_some_and(|given| !matches!(given.trim(), "" | "false")),
    })
}
