//! Makes artifacts: runs a language's own build where the format needs it, writes plain formats itself, and reads back what the
//! finished bytes say.
//!
//! One module per ecosystem (`npm`, `python`, `cargo`, `oci`), each with `build` (make) and `inspect` (read back); `format/` holds
//! the archive writers they share, `toolchain.rs` the one place that starts other programs.

pub mod format;
pub mod request;
pub mod toolchain;

pub use request::{BuildRequest, ImageSettings};

use camino::Utf8Path;
use pak_model::{Artifact, Ecosystem, Problem, Result, code};

/// Builds a package's artifacts into the request's output folder, or takes the prebuilt ones it names.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    match request.package.ecosystem {
        Ecosystem::Npm | Ecosystem::Python | Ecosystem::Cargo | Ecosystem::Oci => {
            Err(Problem::new(code::build::TOOL_MISSING, "not yet"))
        }
    }
}

/// Reads a finished artifact: its digests and what it says of itself.
pub fn inspect(path: &Utf8Path, package: &str) -> Result<Artifact> {
    let _ = package;
    Err(Problem::new(code::build::ARTIFACT_INVALID, format!("{path} is not an artifact that pak knows.")))
}
