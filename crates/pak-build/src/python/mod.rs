//! Python artifacts: sdists and wheels, built here or by the project's own backend, and read back.
//!
//! `inspect` reads finished files; `flit` and `native` build flit projects without Python; `pep517` runs any other backend.

mod flit;
mod glob;
mod inspect;
mod native;
mod pep517;
mod pyproject;
mod repack;

pub use inspect::inspect;

use pak_model::{Artifact, Problem, Result, code};

use crate::prebuilt;
use crate::request::BuildRequest;
use pyproject::Pyproject;

/// Builds the package's artifacts: what its globs name, or an sdist and a wheel.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    let paths = if request.prebuilt.is_empty() { make(request)? } else { prebuilt::find(request)? };
    paths.iter().map(|path| inspect(path, &request.package.id)).collect()
}

fn make(request: &BuildRequest) -> Result<Vec<camino::Utf8PathBuf>> {
    let folder = request.directory();
    let pyproject = Pyproject::read(&folder)?;
    std::fs::create_dir_all(&request.output)
        .map_err(|error| Problem::new(code::build::IO, format!("{} cannot be made.", request.output)).cause(&error))?;
    let reason = if pyproject.backend == "flit_core.buildapi" {
        match flit::plan(&folder, &pyproject) {
            Ok(packing) => return native::write(&packing, &request.output, request.source_date_epoch),
            Err(reason) => reason.0,
        }
    } else {
        format!("its build backend is {}", pyproject.backend)
    };
    pep517::build(request, &folder, &pyproject).map_err(|problem| {
        if problem.code() == code::build::TOOL_MISSING {
            problem.said(format!("package {} cannot be built without Python: {reason}", request.package.name))
        } else {
            problem
        }
    })
}
