//! Redactions that make outputs comparable between runs and machines. Called by snapshot tests.

/// Pairs of a pattern and what stands for it.
pub const FILTERS: &[(&str, &str)] = &[
    (r"(?:/private)?/[\w./-]*/pak-test-\w+", "[TEMP]"),
    (r"(?i)[a-z]:\\[\w\\.~-]*\\pak-test-\w+", "[TEMP]"),
    (r"127\.0\.0\.1:\d+", "127.0.0.1:[PORT]"),
    (r"localhost:\d+", "localhost:[PORT]"),
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "[ID]"),
    (r"\b[0-9a-f]{64}\b", "[SHA256]"),
    (r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)", "[TIME]"),
    (r"\b\d+(?:\.\d+)? ?(?:ms|µs|s)\b", "[DURATION]"),
];

/// Runs assertions on snapshots with every redaction in force.
pub fn with_filters(assertions: impl FnOnce()) {
    let mut settings = insta::Settings::clone_current();
    for (pattern, replacement) in FILTERS {
        settings.add_filter(pattern, *replacement);
    }
    settings.bind(assertions);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Project;

    #[test]
    fn what_changes_from_run_to_run_is_redacted() {
        let project = Project::new();
        with_filters(|| {
            insta::assert_snapshot!(
                format!("{}/a.txt on http://127.0.0.1:4873/ at 2026-01-01T10:00:00.5Z in 1.25 s", project.path()),
                @"[TEMP]/a.txt on http://127.0.0.1:[PORT]/ at [TIME] in [DURATION]"
            );
        });
    }
}
