//! OCI artifacts.

use pak_model::{Artifact, Problem, Result, code};

use crate::request::BuildRequest;

/// Builds the package's artifacts.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    Err(Problem::new(code::build::TOOL_MISSING, format!("{} cannot be built yet.", request.package.name)))
}
