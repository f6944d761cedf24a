//! `pak remote push`: this project's tree as an archive, uploaded as the source of the server's project.

use camino::{Utf8Path, Utf8PathBuf};
use ignore::WalkBuilder;
use pak_build::format::tar_gz::{Style, TarGz};
use pak_model::{Problem, Result, code};
use serde_json::{Value, json};

use super::answer::word;
use super::server::{Remote, Server};
use crate::commands::session::{self, Place};
use crate::context::Context;
use crate::exit::Status;
use crate::output::human::{Mark, bytes, count};

/// Upload this project as the source of its deployments on the server. What `.gitignore` names is left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  pak remote push\n  pak remote push --name my-package -C packages/my-package")]
pub(crate) struct Args {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    server: Server,
}

/// Which project, here and there.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Which {
    /// Its name on the server. Default: `PAK_REMOTE_PROJECT`, then the project's own name.
    #[arg(long, value_name = "NAME", help_heading = "Server")]
    pub(crate) name: Option<String>,
    /// The project's folder. Default: this one.
    #[arg(long, short = 'C', value_name = "PATH", help_heading = "Project")]
    pub(crate) project: Option<Utf8PathBuf>,
}

impl Which {
    /// Its name on the server.
    pub(crate) fn name(&self, context: &Context) -> Result<String> {
        if let Some(name) = self.name.as_deref().or_else(|| context.env.get("PAK_REMOTE_PROJECT")) {
            return Ok(name.to_owned());
        }
        let place = Place { project: self.project.clone(), ..Place::default() };
        Ok(session::project(&place, context)?.name)
    }

    fn root(&self, context: &Context) -> Utf8PathBuf {
        session::root(&Place { project: self.project.clone(), ..Place::default() }, context)
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Status> {
    let name = args.which.name(context)?;
    context.block_on(async {
        let remote = args.server.open(context)?;
        let answer = push(&remote, &name, &args.which, context).await?;
        context.output.json(&answer);
        Ok(Status::OK)
    })
}

/// Packs and uploads.
pub(crate) async fn push(remote: &Remote, name: &str, which: &Which, context: &Context) -> Result<Value> {
    let output = &context.output;
    let root = which.root(context);
    let (_keep, folder) = session::scratch()?;
    let archive = folder.join("source.tar.gz");
    let files = tokio::task::block_in_place(|| pack(&root, &archive))?;
    let size = std::fs::metadata(&archive).map_or(0, |metadata| metadata.len());
    output.progress(format!("Uploading {} ({}) from {root}", count(files, "file"), bytes(size)));
    let answer = remote.upload(&["projects", name, "source"], &archive, "application/gzip").await?;
    output.line(format!("{} Uploaded the source of {name} ({})", output.mark(Mark::Ok), word(&answer, "sha256")));
    Ok(json!({ "project": name, "files": files, "size": size, "answer": answer }))
}

/// Writes every file of the tree that git would take; how many there were. Links are left out: the server follows none.
fn pack(root: &Utf8Path, archive: &Utf8Path) -> Result<usize> {
    let unusable = |what: &str, path: &dyn std::fmt::Display, error: &(dyn std::error::Error + 'static)| {
        Problem::new(code::project::UNREADABLE, format!("{path} cannot be {what}.")).about("folder", root).cause(error)
    };
    let out = std::fs::File::create(archive).map_err(|error| unusable("written", &archive, &error))?;
    // A time for every member alike: the same tree is the same archive, and the server sees that nothing changed.
    let mut tar = TarGz::new(out, Style { mtime: 0, level: 6 });
    let walk = WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(true)
        .git_exclude(true)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_path(std::cmp::Ord::cmp)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let mut files = 0;
    for entry in walk {
        let entry = entry.map_err(|error| unusable("read", &root, &error))?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let Some(path) = Utf8Path::from_path(entry.path()) else {
            return Err(Problem::new(
                code::project::NOT_UTF8,
                format!("{} is not a UTF-8 path.", entry.path().display()),
            ));
        };
        let relative: Vec<&str> =
            path.strip_prefix(root).unwrap_or(path).components().map(|part| part.as_str()).collect();
        let file = std::fs::File::open(path).map_err(|error| unusable("read", &path, &error))?;
        let metadata = file.metadata().map_err(|error| unusable("read", &path, &error))?;
        tar.file(
            &relative.join("/"),
            metadata.len(),
            is_executable(&metadata),
            std::io::Read::take(file, metadata.len()),
        )
        .map_err(|error| unusable("packed", &path, &error))?;
        files += 1;
    }
    tar.finish().map_err(|error| unusable("written", &archive, &error))?;
    if files == 0 {
        return Err(
            Problem::new(code::project::UNREADABLE, format!("{root} has no files to upload.")).about("folder", root)
        );
    }
    Ok(files)
}

/// Only Unix knows which files may be run.
#[cfg(unix)]
fn is_executable(metadata: &std::fs::Metadata) -> bool {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_: &std::fs::Metadata) -> bool {
    false
}
