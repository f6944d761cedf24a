//! npm artifacts: packs a folder the way npm does, and reads finished tarballs back.
//!
//! `rules.rs` and `glob.rs` decide which files belong in (npm's own, odd rules), `select.rs` walks, `pack.rs` writes,
//! `inspect.rs` reads.

mod bundle;
mod glob;
mod inspect;
mod manifest;
mod pack;
mod rules;
mod segment;
mod select;

pub use inspect::inspect;
pub use select::select;

use pak_model::{Artifact, Problem, Result, code};

use crate::prebuilt;
use crate::request::BuildRequest;
use crate::toolchain::Tool;

/// Builds the package's tarball, or takes the prebuilt one. Exactly one artifact comes back.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    if request.prebuilt.is_empty() {
        if request.run_scripts {
            run_scripts(request)?;
        }
        let path = pack::pack(request)?;
        return Ok(vec![inspect(&path, &request.package.id)?]);
    }
    let found = prebuilt::find(request)?;
    let [path] = &found[..] else {
        let names: Vec<&str> = found.iter().map(|path| path.as_str()).collect();
        let message =
            format!("Package {} is to be one tarball, but `artifacts` names {}.", request.package.id, names.join(", "));
        return Err(Problem::new(code::build::ARTIFACT_INVALID, message).about("package", &request.package.id));
    };
    Ok(vec![inspect(path, &request.package.id)?])
}

/// The scripts that npm runs before it packs, in its order.
fn run_scripts(request: &BuildRequest) -> Result<()> {
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    for script in ["prepack", "prepare"] {
        Tool::new(
            npm,
            "Install Node.js, which brings npm; or build beforehand and leave the scripts out.",
            &request.env,
        )
        .args(["run", "--if-present", script])
        .directory(&request.directory())
        .run()
        .map_err(|problem| problem.about("package", &request.package.id))?;
    }
    Ok(())
}
