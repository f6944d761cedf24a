//! One run at a time for a project and environment.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};

use camino::Utf8Path;
use pak_model::{Problem, Result, code};

use crate::state::unusable;

/// Held while a run is at work; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the environment's lock, or says who has it.
    pub fn take(environment: &Utf8Path, what: &str) -> Result<Self> {
        let path = environment.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| unusable(&path, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                let who = if holder.is_empty() { String::new() } else { format!(": {holder}") };
                return Err(Problem::new(
                    code::deploy::LOCKED,
                    format!("Another run of this project and environment is at work{who}."),
                )
                .about("file", &path));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
        }
        // What is written here is for the message above only; the lock itself is what counts.
        let note =
            format!("{what}, process {}, since {}\n", std::process::id(), jiff::Timestamp::now().strftime("%F %T UTC"));
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(note.as_bytes()));
        Ok(Self { _file: file })
    }
}
