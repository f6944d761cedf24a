//! Makes artifacts: runs a language's own build where the format needs it, writes plain formats itself, and reads back what the
//! finished bytes say.
//!
//! One module per ecosystem (`npm`, `python`, `cargo`, `oci`, `maven`, `generic`), each with `build` (make) and `inspect` (read back); `format/` holds
//! the archive writers they share, `toolchain.rs` the one place that starts other programs.

pub mod cargo;
pub mod format;
pub mod generic;
pub mod maven;
pub mod measure;
pub mod npm;
pub mod oci;
mod permissions;
pub mod prebuilt;
pub mod python;
pub mod request;
pub mod toolchain;

pub use request::{BuildRequest, ImageSettings};

use pak_model::{Artifact, Ecosystem, Result};

/// Builds a package's artifacts into the request's output folder, or takes the prebuilt ones it names.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    match request.package.ecosystem {
        Ecosystem::Npm => npm::build(request),
        Ecosystem::Python => python::build(request),
        Ecosystem::Cargo => cargo::build(request),
        Ecosystem::Oci => oci::build(request),
        Ecosystem::Generic => generic::build(request),
        Ecosystem::Maven => maven::build(request),
    }
}
