//! The plan's digest: the identity of what is intended. What registries happen to have is no part of it.

use std::fmt::Write as _;

use pak_model::Digests;
use pak_model::plan::Plan;

/// SHA-256 over the intended effects, in sorted order, as 64 hex digits.
pub(super) fn of(plan: &Plan) -> String {
    let mut lines: Vec<String> = plan
        .targets
        .iter()
        .map(|target| format!("target {} {} {}", target.name, target.platform, target.registry))
        .collect();
    for step in &plan.steps {
        let options = serde_json::to_string(&step.options).unwrap_or_default();
        let mut line =
            format!("step {} {} {} after {} {options}", step.id, step.name, step.version, step.after.join(","));
        for upload in &step.uploads {
            let _ = write!(line, "\n upload {} {} {:?}", upload.key, upload.digests.label(), upload.on_conflict);
        }
        lines.push(line);
    }
    lines.sort();
    let text = format!("pak plan {}\n{}\n{}\n{}", plan.schema, plan.project, plan.environment, lines.join("\n"));
    Digests::of(text.as_bytes()).sha256.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pak_model::plan::{PLAN_SCHEMA, PlannedTarget};

    #[test]
    fn the_digest_follows_the_intention() {
        let mut plan = Plan {
            schema: PLAN_SCHEMA,
            project: "p".into(),
            environment: "e".into(),
            digest: String::new(),
            targets: vec![PlannedTarget { name: "npm".into(), platform: "npm".into(), registry: "r".into() }],
            steps: vec![],
            withheld: vec![],
        };
        let before = of(&plan);
        plan.digest = "whatever".into();
        assert_eq!(of(&plan), before);
        plan.targets[0].registry = "other".into();
        assert_ne!(of(&plan), before);
    }
}
