//! A second place for everything a run keeps, so that another machine can take the run up. The server keeps one in its database.

use async_trait::async_trait;
use pak_model::event::Event;
use pak_model::{Problem, Result, code};

use crate::state::RunFolder;

/// Where a run is kept a second time. Where the two differ, because a process died between them, the mirror is the truth:
/// nothing is acted on before the mirror has it.
#[async_trait]
pub trait Mirror: Send + Sync {
    /// Keeps the files below the run's folder (`plan.json`, `releases.json`, `artifacts/`). Called once, before the first fact.
    async fn save(&self, run: &RunFolder) -> Result<()>;

    /// Keeps what scanning found (`scan.json`) of a run that it stopped before the first fact: people have to read it.
    async fn stopped(&self, run: &RunFolder) -> Result<()>;

    /// Keeps facts, durably and in order. Called from the journal's own thread, outside any runtime: it may block. An error
    /// breaks the journal, and nothing more is sent; [`code::server::LEASE_LOST`] says that another process has the run now.
    fn append(&self, events: &[Event]) -> Result<()>;

    /// Puts what was saved into the run's folder, which is empty, and gives the facts in order. `None`: it was never saved whole.
    async fn load(&self, run: &RunFolder) -> Result<Option<Vec<Event>>>;
}

/// Whether a problem is the journal's own: then it cannot be recorded, and nothing may be sent any more.
pub(crate) fn is_broken(problem: &Problem) -> bool {
    [code::deploy::JOURNAL_WRITE, code::server::LEASE_LOST].contains(&problem.code())
}

/// What a mirror says, as the journal says it.
pub(super) fn refused(problem: Problem) -> Problem {
    if is_broken(&problem) {
        return problem;
    }
    let causes = problem.causes().iter().cloned();
    let text = "The journal's second copy cannot be written, so nothing more is sent.";
    causes.fold(Problem::new(code::deploy::JOURNAL_WRITE, text).said(problem.message()), Problem::said)
}
