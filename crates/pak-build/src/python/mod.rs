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

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Artifact, Problem, Result, code};

use crate::prebuilt;
use crate::request::BuildRequest;
use native::Packing;
use pyproject::Pyproject;

/// Builds the package's artifacts: what its globs name, or an sdist and a wheel.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    let paths = if request.prebuilt.is_empty() { make(request)? } else { prebuilt::find(request)? };
    paths.iter().map(|path| inspect(path, &request.package.id)).collect()
}

fn make(request: &BuildRequest) -> Result<Vec<Utf8PathBuf>> {
    let folder = request.directory();
    let pyproject = Pyproject::read(&folder)?;
    std::fs::create_dir_all(&request.output)
        .map_err(|error| Problem::new(code::build::IO, format!("{} cannot be made.", request.output)).cause(&error))?;
    let reason = match natively(&folder, &pyproject) {
        Ok(packing) => return native::write(&packing, &request.output, request.source_date_epoch),
        Err(reason) => reason,
    };
    pep517::build(request, &folder, &pyproject).map_err(|problem| {
        if problem.code() == code::build::TOOL_MISSING {
            problem.said(format!("package {} cannot be built without Python: {reason}", request.package.name))
        } else {
            problem
        }
    })
}

/// Why the project in a folder cannot be built without Python; `None` where it can.
pub fn needs_python(folder: &Utf8Path) -> Result<Option<String>> {
    Ok(natively(folder, &Pyproject::read(folder)?).err())
}

/// What belongs into the archives, where that is certain without running the backend.
fn natively(folder: &Utf8Path, pyproject: &Pyproject) -> std::result::Result<Packing, String> {
    match pyproject.backend.as_str() {
        "flit_core.buildapi" => flit::plan(folder, pyproject).map_err(|reason| reason.0),
        backend => Err(format!("its build backend is {backend}")),
    }
}
