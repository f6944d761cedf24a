//! Brings a run back from its mirror: on another machine, below another folder. Afterwards it is resumed or rolled back as any.

use pak_model::{Problem, Result, code};
use uuid::Uuid;

use crate::journal;
use crate::session::Session;
use crate::state::{self, RunFolder};

/// Rebuilds the run's folder from the session's mirror. Whatever is there is replaced: the mirror is the truth. `None`: the
/// mirror never had the run whole, so nothing was ever sent, and it begins anew.
pub async fn restore(session: &Session, id: Uuid) -> Result<Option<RunFolder>> {
    let Some(mirror) = &session.mirror else {
        return Err(Problem::new(
            code::deploy::RUN_UNKNOWN,
            format!("Run {id} is kept nowhere but in its own folder."),
        ));
    };
    let run = RunFolder::of(&session.folder()?, id);
    clear(&run)?;
    state::make(&run.path)?;
    let Some(events) = mirror.load(&run).await? else {
        clear(&run)?;
        return Ok(None);
    };
    if let Some(other) = events.iter().find(|event| event.run != id) {
        let message = format!("The second copy of run {id} holds facts of run {}.", other.run);
        return Err(Problem::new(code::deploy::JOURNAL_DAMAGED, message));
    }
    journal::restore(&run.journal(), &events)?;
    Ok(Some(run))
}

fn clear(run: &RunFolder) -> Result<()> {
    match std::fs::remove_dir_all(&run.path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(state::unusable(&run.path, &error)),
        _ => Ok(()),
    }
}
