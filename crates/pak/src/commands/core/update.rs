//! `pak core update`: how this pak is brought up to date. It does not replace itself.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::Result;
use serde_json::json;

use crate::context::Context;
use crate::exit::Status;

/// Say how this pak was installed and how it is updated. pak does not replace itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak core update")]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args, context: &Context) -> Result<Status> {
    let program = program();
    let (installed, update) = installed(program.as_deref());
    let output = &context.output;
    output.line(format!("pak {} was installed {installed}.", env!("CARGO_PKG_VERSION")));
    if let Some(program) = &program {
        output.line(format!("Program: {program}"));
    }
    output.line(format!("To update: {update}"));
    output.line("pak does not look for new versions by itself: there is no release channel yet.");
    output.json(&json!({
        "version": env!("CARGO_PKG_VERSION"), "program": program, "installed": installed, "update": update,
        "latest": null,
    }));
    Ok(Status::OK)
}

/// The program that runs, links followed.
pub(super) fn program() -> Option<Utf8PathBuf> {
    let path = std::env::current_exe().ok()?;
    Utf8PathBuf::from_path_buf(path.canonicalize().unwrap_or(path)).ok()
}

/// How it was installed, as far as its place tells, and how that is updated.
fn installed(program: Option<&Utf8Path>) -> (&'static str, &'static str) {
    let path = program.map(|path| path.as_str().replace('\\', "/")).unwrap_or_default();
    let has = |part: &str| path.contains(part);
    if has("/.cargo/bin/") {
        ("by `cargo install`", "run `cargo install --force` with the source you installed it from.")
    } else if has("/Cellar/") || has("/homebrew/") || has("/linuxbrew/") {
        ("by Homebrew", "run `brew upgrade pak`.")
    } else if has("/nix/store/") {
        ("by Nix", "update the flake or channel it came from.")
    } else if has("/scoop/") {
        ("by Scoop", "run `scoop update pak`.")
    } else if has("/target/") {
        ("by building it in a checkout", "update the checkout and build it again.")
    } else if has("/usr/bin/") {
        ("by the system's package manager", "use the system's package manager.")
    } else {
        ("by hand", "replace the program by a newer one.")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_place_tells_the_installer() {
        let how = |path: &str| super::installed(Some(path.into())).0;
        assert_eq!(how("/home/a/.cargo/bin/pak"), "by `cargo install`");
        assert_eq!(how("/opt/homebrew/Cellar/pak/1/bin/pak"), "by Homebrew");
        assert_eq!(how("/opt/tools/pak"), "by hand");
    }
}
