//! The engine. A release is data flowing one way, and each word of the way is a place in this crate:
//!
//! detect (`pak-project`) → plan (`plan/`) → build (`steps/build.rs`) → scan → sign → publish (`steps/publish.rs`)
//! → verify (`steps/verify.rs`) → record (`journal/`).
//!
//! 1. [`Session`] holds what a run is made from: project, environment, credentials, folders, listeners.
//! 2. [`targets::resolve`] turns the environment into targets: a platform, an endpoint, a credential each.
//! 3. [`plan::prepare`] builds the artifacts, asks every registry what it has, and settles the plan. Nothing is sent.
//! 4. [`run::deploy`] opens the journal and walks the plan's steps as a graph; [`run::resume`] takes an unfinished run up again.
//! 5. [`undo`] takes a run back as far as the registries allow; [`history`] reads what happened.
//!
//! Facts go through [`events::Bus`]: to the journal first, then to whoever watches.

pub mod credential_store;
pub mod credentials;
pub mod events;
pub mod history;
pub mod journal;
mod options;
pub mod pipeline;
pub mod plan;
pub mod platforms;
pub mod rehearse;
pub mod run;
pub mod session;
pub mod state;
pub mod steps;
pub mod targets;
mod token_command;
mod trust;
pub mod undo;
pub mod verify;

pub use credential_store::CredentialStore;
pub use events::{Nobody, Sink};
pub use journal::Mirror;
pub use plan::Prepared;
pub use run::RunReport;
pub use session::{Embedded, Session};
pub use state::StateFolder;
pub use targets::Target;
