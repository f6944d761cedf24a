//! The OCI distribution protocol: what container images, charts and other artifacts in `/v2/` registries share.
//!
//! `reference.rs` is the grammar of names and tags; `challenge.rs` and `session.rs` answer a registry's question who is there;
//! `repository.rs` has the requests about manifests and tags, `blob.rs` those about blobs; `client_config.rs` and
//! `credential_helper.rs` read the credentials that container tools keep.

pub mod blob;
mod challenge;
pub mod client_config;
mod credential_helper;
pub mod reference;
mod referrers;
pub mod repository;
mod session;

pub use repository::{MANIFEST_TYPES, Repository};
pub use session::{Need, Sessions};
