//! Known vulnerabilities: records in OSV's form, a database of them on this machine, and which components they are about.
//!
//! [`import`] fills the database from files, [`Database`] answers from it, [`online`] asks the OSV service instead.
//! Called by `pak security vulnerabilities`, `pak security database` and `pak scan`.

mod aliases;
mod cvss;
mod database;
mod entry;
mod import;
mod matching;
mod names;
mod online;
mod record;
mod source;
mod store;
mod vex;

pub use database::{Database, EcosystemStamp, OLD_AFTER_DAYS, age_notice, missing_notice, remove};
pub use import::{Imported, import};
pub use online::{SERVICE, online};
pub use vex::statements;

/// The folder of the database within pak's data folder.
pub const FOLDER: &str = "advisories";
