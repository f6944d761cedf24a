//! `pak init`: writes a `pak.toml` for what is here.

use std::fmt::Write as _;

use camino::Utf8PathBuf;
use pak_model::{Ecosystem, Package, Problem, Result, code};
use pak_project::Project;
use pak_project::config::PROJECT_FILE;
use serde_json::json;

use super::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, count};

/// Look at the manifests and write a pak.toml. On a terminal the name and the platforms are asked for.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak init\n  pak init ~/work/greeter --yes")]
pub(crate) struct Args {
    /// The project's folder. Default: this one.
    path: Option<Utf8PathBuf>,
    /// Do not ask; take what was found.
    #[arg(long, short)]
    yes: bool,
    /// Replace a pak.toml that is there.
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let output = &context.output;
    let folder = context.path(args.path.as_deref());
    let file = folder.join(PROJECT_FILE);
    if file.exists() && !args.force {
        return Err(Problem::new(code::config::USAGE, format!("{file} is there already."))
            .about("file", &file)
            .next("Change it by hand or with `pak config set`, or give --force to write it anew."));
    }
    let project = session::project(&Place { project: Some(folder), environment: None }, context)?;
    if project.packages.is_empty() {
        return Err(Problem::new(
            code::project::NO_PACKAGES,
            format!("{} holds nothing that can be published.", project.root),
        ));
    }
    let found: Vec<&str> =
        Ecosystem::ALL.iter().filter(|one| has(&project, **one)).map(|one| one.default_platform()).collect();
    let (name, platforms) = if args.yes || !output.can_ask() {
        (project.name.clone(), found.into_iter().map(str::to_owned).collect())
    } else {
        ask(&project, found)?
    };
    let text = text(&project, &name, &platforms);
    write(&file, &text)?;
    // What was written must be readable by every other command.
    session::project(&Place { project: Some(project.root.clone()), environment: None }, context)?;
    output.line(format!("{} Wrote {file}: {}", output.mark(Mark::Ok), count(project.packages.len(), "package")));
    output.line("Next: `pak plan` shows what a deployment would do, `pak rehearse` tries it on this machine.");
    output.json(&json!({ "file": file, "project": name, "platforms": platforms, "packages": project.packages }));
    Ok(Status::OK)
}

fn has(project: &Project, ecosystem: Ecosystem) -> bool {
    project.packages.iter().any(|package| package.ecosystem == ecosystem && package.withheld.is_none())
}

fn ask(project: &Project, found: Vec<&'static str>) -> Result<(String, Vec<String>)> {
    let unanswered = |error: inquire::InquireError| {
        Problem::new(code::deploy::NOT_CONFIRMED_BY_USER, "There was no answer; nothing was written.").cause(&error)
    };
    let name = inquire::Text::new("Project's name:").with_default(&project.name).prompt().map_err(unanswered)?;
    let chosen = inquire::MultiSelect::new("Platforms to release to:", found)
        .with_all_selected_by_default()
        .prompt()
        .map_err(unanswered)?;
    Ok((name, chosen.into_iter().map(str::to_owned).collect()))
}

/// The file. It says what was found and leaves everything at its default.
fn text(project: &Project, name: &str, platforms: &[String]) -> String {
    let mut text = String::from(
        "# Settings of pak. `pak config schema` describes every key, `pak config explain` where a value is from.\n\n",
    );
    // Writing into a String cannot fail.
    let _ = write!(
        text,
        "[project]\nname = {}\n\n# Packages found by their manifests; an entry is needed only to change something.\n",
        toml::Value::from(name)
    );
    for package in &project.packages {
        let _ = writeln!(text, "# {}", described(package));
    }
    for package in project.packages.iter().filter(|package| is_nameless(package)) {
        let id = toml_edit::Key::new(&package.id).display_repr().into_owned();
        let _ = write!(
            text,
            "\n# An image's manifest says neither its name nor its version: `from:<package>` follows another package.\n\
             [packages.{id}]\npath = {}\nname = {}\n# version = \"1.0.0\"\n",
            toml::Value::from(package.directory.as_str()),
            toml::Value::from(package.name.as_str())
        );
    }
    for platform in platforms {
        let _ = write!(text, "\n[environments.production.{platform}]\n");
    }
    text
}

fn is_nameless(package: &Package) -> bool {
    package.ecosystem == Ecosystem::Oci && package.version.is_none()
}

fn described(package: &Package) -> String {
    let withheld = package.withheld.as_ref().map(|reason| format!(", not published: {reason}")).unwrap_or_default();
    format!("{}: {} ({}){withheld}", package.id, package.label(), package.manifest)
}

fn write(file: &Utf8PathBuf, text: &str) -> Result<()> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(code::config::FILE_UNWRITABLE, format!("{file} cannot be written."))
            .about("file", file)
            .cause(error)
    };
    std::fs::write(file, text).map_err(|error| failed(&error))
}
