//! How the process ends: the exit codes of `pak_model::code::Exit`, or the code of an external command.

use std::process::ExitCode;

use pak_model::code::Exit;

/// What a command ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Status(u8);

impl Status {
    pub(crate) const OK: Self = Self(0);

    /// The code of an external command; one killed by a signal has none and counts as a failure.
    pub(crate) fn external(code: Option<i32>) -> Self {
        Self(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }
}

impl From<Exit> for Status {
    fn from(exit: Exit) -> Self {
        Self(exit as u8)
    }
}

pub(crate) fn code(status: Status) -> ExitCode {
    ExitCode::from(status.0)
}
