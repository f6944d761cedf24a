//! What the server's own command line does on its machine: looking whether all is well, backing up, restoring. A server may run
//! meanwhile, except for restoring.

pub mod backup;
pub mod check;
pub mod restore;
mod tables;

use pak_model::{Problem, code};

/// The version of a backup's form.
const FORM: u32 = 1;
/// Names in a backup.
const MANIFEST: &str = "manifest.json";
const MASTER_KEY: &str = "secrets/master.key";

fn file_problem(path: &impl std::fmt::Display, what: &str, error: &(dyn std::error::Error + 'static)) -> Problem {
    Problem::new(code::server::BACKUP, format!("{path} cannot be {what}.")).about("file", path).cause(error)
}
