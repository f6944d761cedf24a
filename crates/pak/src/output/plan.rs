//! A plan as people read it: steps in order, the point of no return, findings, what is left out, the digest.

use std::fmt::Write as _;

use pak_model::plan::{Plan, PlannedStep, StepState};
use pak_model::{Finding, Severity};

use super::human::{Mark, bytes, count, faint, strong};
use super::{Output, table};

/// The whole text, without a newline at the end.
pub(crate) fn render(plan: &Plan, output: &Output) -> String {
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "{}", strong(&format!("{} to {}", plan.project, plan.environment)));
    for target in &plan.targets {
        let _ =
            writeln!(text, "{}", faint(&format!("  {} is {} at {}", target.name, target.platform, target.registry)));
    }
    let rows = plan.steps.iter().map(|step| row(step, output));
    let _ = writeln!(text, "{}", table::render(["", "STEP", "PACKAGE", "SIZE", "REGISTRY HAS", "UNDO"], rows));
    if let Some(first) = plan.steps.iter().find(|step| !step.undo.is_reversible() && step.state != StepState::Published)
    {
        let _ = writeln!(text, "Point of no return: {} ({})", first.id, first.undo.note);
    }
    for step in &plan.steps {
        for finding in &step.findings {
            let _ = writeln!(text, "{}", found(step, finding, output));
        }
    }
    for withheld in &plan.withheld {
        let _ = writeln!(text, "{} {}: {}", output.mark(Mark::Skipped), withheld.package, withheld.reason);
    }
    let sending = plan.steps.iter().filter(|step| step.state != StepState::Published).count();
    let size: u64 = plan.steps.iter().filter(|step| step.state != StepState::Published).map(PlannedStep::size).sum();
    let _ = writeln!(text, "{} to publish, {}. Nothing was sent.", count(sending, "step"), bytes(size));
    let _ = write!(text, "Plan {}", strong(&plan.digest));
    text
}

fn row(step: &PlannedStep, output: &Output) -> [String; 6] {
    let mark = match (&step.state, step.is_blocked()) {
        (_, true) => Mark::Failed,
        (StepState::Published, _) => Mark::Ok,
        _ => Mark::Working,
    };
    [
        output.mark(mark).to_owned(),
        step.id.clone(),
        format!("{} {}", step.name, step.version),
        bytes(step.size()),
        state(&step.state),
        step.undo.action.label().to_owned(),
    ]
}

/// What the registry has, in a few words.
pub(crate) fn state(state: &StepState) -> String {
    match state {
        StepState::New => "nothing of it".to_owned(),
        StepState::Published => "the same bytes".to_owned(),
        StepState::Partial { present } => format!("a part: {}", count(present.len(), "upload")),
        StepState::Conflict { key, .. } => format!("other bytes: {key}"),
        StepState::Burnt { reason } => format!("used up: {reason}"),
        StepState::Unknown { reason } => format!("not known: {reason}"),
    }
}

fn found(step: &PlannedStep, finding: &Finding, output: &Output) -> String {
    let mark = match finding.severity {
        Severity::Error => Mark::Failed,
        Severity::Warning => Mark::Warning,
        Severity::Note => Mark::Skipped,
    };
    let code = faint(&format!("[{}]", finding.code));
    format!("{} {}: {} {code}\n  {}", output.mark(mark), step.id, finding.message, finding.remedy)
}
