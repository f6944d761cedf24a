//! The engine: plan, journal, publish, verify, resume, undo.

pub mod credential_store;
pub mod credentials;

pub use credential_store::CredentialStore;
