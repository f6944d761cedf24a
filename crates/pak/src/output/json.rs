//! JSON forms of results and problems.

use pak_model::problem::Report;
use serde::Serialize;

/// What `--json` prints of a problem.
#[derive(Serialize)]
pub(crate) struct Failure {
    pub(crate) error: Report,
}

/// One value over several lines, as people and `jq` like it.
pub(crate) fn document(value: &impl Serialize) -> String {
    // Every value printed is made of strings, numbers and maps with string keys: this cannot fail.
    serde_json::to_string_pretty(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}

/// One value on one line.
pub(crate) fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| format!("{{\"error\":\"{error}\"}}"))
}
