//! The `Platform` trait, the list of drivers, the declarative definitions, and one file per platform family.
//!
//! Read `platform.rs` first, then `registry.rs`. Drivers are handed a [`Call`] and a finished `Release`; they never see the
//! project, never print, and never ask whether this is a dry run: the `Call` decides what reaches the world.

pub mod attestation;
pub mod call;
pub mod child;
pub mod credential;
pub mod definition;
pub mod drivers;
pub mod endpoint;
pub mod identity;
mod layering;
pub mod parameters;
pub mod platform;
pub mod platforms;
pub mod previous;
pub mod protocol;
pub mod quirks;
pub mod registry;

pub use attestation::{Claim, Predicate};
pub use call::Call;
pub use credential::{Found, Sources};
pub use definition::Definition;
pub use endpoint::Endpoint;
/// The client, for those who hold no dependency of their own on it.
pub use pak_http as http;
pub use parameters::Filling;
pub use platform::{
    Account, Credentials, Downloads, Inspected, Lookup, PackageSource, Platform, Publish, Stage, Staged, Stats,
    TrustedPublishing, Undo, Undone,
};
pub use platforms::{Own, Platforms};
pub use previous::Previous;
pub use quirks::Quirks;
pub use registry::find;
