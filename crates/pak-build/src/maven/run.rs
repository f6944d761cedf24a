//! Starts Maven and Gradle in the project itself, as its authors do, one at a time; nothing is ever cleaned.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::Result;

use crate::request::BuildRequest;
use crate::toolchain::Tool;

/// Packages of one project are built side by side, and their tools would write into each other's folders.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Waits for other builds of this process to end.
pub(super) fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs Maven in a folder: the project's own wrapper where it has one.
pub(super) fn maven(request: &BuildRequest, folder: &Utf8Path, arguments: &[&str]) -> Result<String> {
    let install = "Install Maven, or build beforehand and name the files under `artifacts`.";
    let wrapper = wrapper(request, folder, if cfg!(windows) { "mvnw.cmd" } else { "mvnw" });
    let program = wrapper.as_ref().map_or(if cfg!(windows) { "mvn.cmd" } else { "mvn" }, |path| path.as_str());
    run(Tool::new(program, install, &request.env).args(arguments), request, folder)
}

/// Runs Gradle in a folder: the project's own wrapper where it has one. No daemon stays behind.
pub(super) fn gradle(request: &BuildRequest, folder: &Utf8Path, arguments: &[&str]) -> Result<String> {
    let install = "Install Gradle, or build beforehand and name the files under `artifacts`.";
    let wrapper = wrapper(request, folder, if cfg!(windows) { "gradlew.bat" } else { "gradlew" });
    let program = wrapper.as_ref().map_or(if cfg!(windows) { "gradle.bat" } else { "gradle" }, |path| path.as_str());
    let tool = Tool::new(program, install, &request.env).args(["--no-daemon", "--console=plain", "-q"]).args(arguments);
    run(tool, request, folder)
}

fn run(tool: Tool<'_>, request: &BuildRequest, folder: &Utf8Path) -> Result<String> {
    let output = tool.directory(folder).run().map_err(|problem| problem.about("package", &request.package.id))?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The nearest wrapper from a folder up to the project's root.
fn wrapper(request: &BuildRequest, folder: &Utf8Path, name: &str) -> Option<Utf8PathBuf> {
    let inside = folder.ancestors().take_while(|folder| folder.starts_with(&request.project));
    inside.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Whether a made file is there and not older than everything it is made from.
pub(super) fn is_fresh(made: &Utf8Path, manifests: &[Utf8PathBuf], sources: Option<&Utf8Path>) -> bool {
    let time = |path: &Utf8Path| std::fs::metadata(path).and_then(|found| found.modified()).ok();
    let Some(made) = time(made) else { return false };
    let newest_manifest = manifests.iter().filter_map(|file| time(file)).max();
    let walk = sources.map(|folder| ignore::WalkBuilder::new(folder).standard_filters(false).build());
    let times = walk.into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok()?.modified().ok());
    let newest: Option<SystemTime> = times.max().max(newest_manifest);
    newest.is_none_or(|newest| newest <= made)
}
