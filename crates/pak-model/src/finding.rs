//! Something found before a byte is sent: a rule broken, a risk, a note.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::Code;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// May surprise users; does not stop the release.
    Warning,
    /// The registry would refuse, or the release would be wrong: the plan stops here.
    Error,
}

/// One finding of a preflight check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The stable code, `pak::npm::name_invalid`.
    pub code: String,
    /// Its weight.
    pub severity: Severity,
    /// What is wrong, with the value that is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// The file it is about, relative to the project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Finding {
    /// A finding that stops the plan.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::of(Severity::Error, code, message)
    }

    /// A finding to think about.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::of(Severity::Warning, code, message)
    }

    /// A finding to know.
    pub fn note(code: Code, message: impl Into<String>) -> Self {
        Self::of(Severity::Note, code, message)
    }

    fn of(severity: Severity, code: Code, message: impl Into<String>) -> Self {
        Self { code: code.id.to_owned(), severity, message: message.into(), remedy: code.help.to_owned(), file: None }
    }

    /// Replaces the code's general remedy by one for this case.
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }

    /// Names the file.
    pub fn file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }
}
