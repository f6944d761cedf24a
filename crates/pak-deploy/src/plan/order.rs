//! The order of steps: dependencies first; among the rest, what can be taken back before what cannot.

use std::collections::BTreeSet;

use pak_model::plan::PlannedStep;
use pak_model::{Problem, Result, code};

/// Sorts steps so that each comes after those it needs, reversible ones as early as that allows.
pub(super) fn sort(mut left: Vec<PlannedStep>) -> Result<Vec<PlannedStep>> {
    left.sort_by_key(|step| (!step.undo.is_reversible(), step.id.clone()));
    let mut done: BTreeSet<String> = BTreeSet::new();
    let mut sorted = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let before = left.len();
        let mut waiting = Vec::new();
        for step in left {
            if step.after.iter().all(|id| done.contains(id)) {
                done.insert(step.id.clone());
                sorted.push(step);
            } else {
                waiting.push(step);
            }
        }
        if waiting.len() == before {
            let circle: Vec<&str> = waiting.iter().map(|step| step.id.as_str()).collect();
            return Err(Problem::new(
                code::project::DEPENDENCY_CYCLE,
                format!("These need each other in a circle: {}.", circle.join(", ")),
            ));
        }
        left = waiting;
    }
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pak_model::plan::{StepState, UndoAction, UndoOffer};
    use proptest::prelude::*;

    fn step(id: &str, after: &[&str], action: UndoAction) -> PlannedStep {
        PlannedStep {
            id: id.into(),
            target: "t".into(),
            platform: "p".into(),
            package: id.into(),
            name: id.into(),
            version: "1".into(),
            after: after.iter().map(|id| (*id).into()).collect(),
            uploads: vec![],
            options: pak_model::release::PublishOptions::default(),
            undo: UndoOffer { action, note: String::new() },
            state: StepState::New,
            findings: vec![],
        }
    }

    fn ids(steps: &[PlannedStep]) -> Vec<&str> {
        steps.iter().map(|step| step.id.as_str()).collect()
    }

    #[test]
    fn reversible_steps_come_first_and_needs_are_kept() {
        let steps = vec![
            step("cargo/b", &["cargo/a"], UndoAction::Yank),
            step("cargo/a", &[], UndoAction::Yank),
            step("docker/i", &[], UndoAction::Delete),
        ];
        assert_eq!(ids(&sort(steps).unwrap()), ["docker/i", "cargo/a", "cargo/b"]);
    }

    #[test]
    fn a_circle_names_its_members() {
        let steps = vec![step("a", &["b"], UndoAction::Yank), step("b", &["a"], UndoAction::Yank)];
        assert_eq!(sort(steps).unwrap_err().message(), "These need each other in a circle: a, b.");
    }

    proptest! {
        #[test]
        fn every_step_comes_after_its_needs(edges in proptest::collection::vec((0usize..12, 0usize..12), 0..30)) {
            // An edge points from the higher number to the lower: no circles.
            let mut steps: Vec<PlannedStep> =
                (0..12).map(|n| step(&format!("s{n:02}"), &[], if n % 3 == 0 { UndoAction::Delete } else { UndoAction::Yank })).collect();
            for (a, b) in edges {
                if a > b {
                    steps[a].after.push(format!("s{b:02}"));
                }
            }
            let sorted = sort(steps).unwrap();
            for (at, step) in sorted.iter().enumerate() {
                for need in &step.after {
                    prop_assert!(sorted[..at].iter().any(|earlier| earlier.id == *need));
                }
            }
            prop_assert_eq!(sorted.len(), 12);
        }
    }
}
