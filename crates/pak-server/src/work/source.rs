//! Makes a fresh checkout of a project's source: an uploaded archive, a commit of a git repository, or a directory below the
//! projects root. Called by `run.rs` for every deployment.

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use futures_util::TryStreamExt as _;
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Hasher, Problem, Result, code};
use pak_platforms::http::{Client, Policy};
use pak_platforms::protocol::git::{Item, Remote, Snapshot};
use pak_platforms::{Call, Endpoint};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::archive;
use super::fresh::{Fresh, LIMITS, refused};
use crate::state::App;

/// Puts the source into a folder, which is made. Gives back what was checked out, pinned: asked for again, it is the same. A
/// directory cannot be pinned: what is there is taken.
pub async fn check_out(app: &App, wanted: &Value, credential: Option<Credential>, into: &Utf8Path) -> Result<Value> {
    let text = |name: &str| wanted[name].as_str().filter(|text| !text.is_empty());
    match (text("kind"), text("location"), text("url"), text("path")) {
        (Some("archive"), Some(key), ..) => {
            let sha256 = unpack(app, key, text("sha256"), into).await?;
            Ok(with(wanted, "sha256", json!(sha256)))
        }
        (Some("git"), _, Some(url), _) => {
            let snapshot = fetch(app, url, text("commit").or(text("ref")), credential).await?;
            let (commit, seconds) = (snapshot.commit().to_string(), snapshot.seconds());
            if text("commit").is_some_and(|pinned| pinned != commit) {
                return Err(unusable(format!("{url} gave another commit than the one asked for.")));
            }
            let into = into.to_owned();
            blocking(move || write(&snapshot, &into)).await?;
            Ok(with(&with(wanted, "commit", json!(commit)), "seconds", json!(seconds)))
        }
        (Some("directory"), _, _, Some(path)) => {
            let root = app.settings.projects_root.clone().ok_or_else(|| {
                unusable("This server has no projects root any more.")
                    .next("Set PAK_PROJECTS_ROOT, or upload an archive.")
            })?;
            let (path, into) = (path.to_owned(), into.to_owned());
            blocking(move || copy(&root, &path, &into)).await?;
            Ok(wanted.clone())
        }
        _ => Err(unusable("The project's source is of a kind this server does not know.")),
    }
}

/// The project's folder in a checkout: `config_path`, or the checkout itself.
pub(crate) fn project_folder(checkout: &Utf8Path, config_path: Option<&str>) -> Result<Utf8PathBuf> {
    let Some(path) = config_path.filter(|path| !path.is_empty()) else { return Ok(checkout.to_owned()) };
    inside(checkout, path).ok_or_else(|| unusable(format!("The source has no folder `{path}`.")))
}

/// A folder below another, by a path of plain names, links resolved.
fn inside(root: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let path = Utf8Path::new(path);
    let plain = |part| matches!(part, Utf8Component::Normal(_) | Utf8Component::CurDir);
    if path.as_str().len() > 500 || path.as_str().contains('\\') || !path.components().all(plain) {
        return None;
    }
    let (root, full) = (root.canonicalize_utf8().ok()?, root.join(path).canonicalize_utf8().ok()?);
    (full.starts_with(root) && full.is_dir()).then_some(full)
}

async fn unpack(app: &App, key: &str, wanted: Option<&str>, into: &Utf8Path) -> Result<String> {
    let found = app.files.get(key).await?;
    let (_, mut stream) =
        found.ok_or_else(|| unusable("The uploaded archive is gone.").next("Upload it again, then deploy again."))?;
    let file = Utf8PathBuf::from(format!("{into}.archive"));
    let unwritable = |error: &std::io::Error| {
        Problem::new(code::server::DATA_FOLDER, format!("{file} cannot be written.")).about("file", &file).cause(error)
    };
    // The archive lies beside the folder it is unpacked into, which is the first to be made there.
    if let Some(beside) = file.parent() {
        tokio::fs::create_dir_all(beside).await.map_err(|error| unwritable(&error))?;
    }
    let mut to = tokio::fs::File::create(&file).await.map_err(|error| unwritable(&error))?;
    let mut hasher = Hasher::sha256_only();
    while let Some(piece) = stream.try_next().await? {
        hasher.update(&piece);
        to.write_all(&piece).await.map_err(|error| unwritable(&error))?;
    }
    to.flush().await.map_err(|error| unwritable(&error))?;
    let sha256 = hasher.finish().sha256.unwrap_or_default();
    if wanted.is_some_and(|wanted| wanted != sha256) {
        return Err(unusable("The archive in the file store is not the one that was uploaded."));
    }
    let (from, into) = (file.clone(), into.to_owned());
    let unpacked = blocking(move || archive::unpack(&from, &into)).await;
    let _ = tokio::fs::remove_file(&file).await;
    unpacked.map(|()| sha256)
}

/// Reads a commit. The address came from a person: it leads nowhere the server's guard does not allow.
async fn fetch(app: &App, url: &str, reference: Option<&str>, credential: Option<Credential>) -> Result<Snapshot> {
    let remote = Remote::parse(url)?;
    let endpoint = Endpoint::parse(url)?;
    if !matches!(endpoint.root.scheme(), "https" | "http") {
        return Err(unusable("A source is read over https, and this address is another kind."));
    }
    let guard = Some(std::sync::Arc::clone(app.guard()));
    let policy = Policy { guard, read_only: true, ..Policy::default() };
    let call = Call::new(Client::new(policy, FaultPlan::none()), endpoint, credential, app.stop.child_token());
    remote.snapshot(&call, reference).await.map_err(|problem| match problem.code() {
        code::http::UNAUTHORIZED | code::git::REPOSITORY_UNKNOWN => problem.next(
            "Check the address. If the repository is private, give the project a credential for the target `source`.",
        ),
        _ => problem,
    })
}

fn write(snapshot: &Snapshot, into: &Utf8Path) -> Result<()> {
    let mut fresh = Fresh::new(into, LIMITS)?;
    snapshot.walk(&mut |path, item| {
        // Nobody's git writes such a commit: it would be settings for the git of whoever reads it.
        if path.rsplit('/').next().is_some_and(|name| name.eq_ignore_ascii_case(".git")) {
            return Err(refused(path, "is a name that git keeps for itself"));
        }
        match item {
            Item::File { bytes, executable } => fresh.file(path, executable, &mut bytes.as_ref()).map(drop),
            Item::Link(target) => fresh.link(path, &target),
            // Another repository is an empty folder, as git leaves it where nobody asks for more.
            Item::Folder | Item::Submodule => fresh.folder(path),
        }
    })?;
    fresh.finish(false)
}

/// Copies a directory. Links are copied as links, and must lead to something inside of it.
fn copy(root: &Utf8Path, path: &str, into: &Utf8Path) -> Result<()> {
    let from = inside(root, path)
        .ok_or_else(|| unusable(format!("There is no directory `{path}` below the projects root.")))?;
    let mut fresh = Fresh::new(into, LIMITS)?;
    copy_folder(&from, "", &mut fresh)?;
    fresh.finish(false)
}

fn copy_folder(root: &Utf8Path, path: &str, fresh: &mut Fresh) -> Result<()> {
    let unreadable = |path: &str, error: &std::io::Error| {
        unusable(format!("`{path}` of the directory cannot be read.")).about("file", path).cause(error)
    };
    // Somebody may put a link in a folder's place while it is read.
    let folder = root.join(path);
    if folder.canonicalize_utf8().is_ok_and(|real| real != folder && !path.is_empty()) {
        return Err(refused(path, "became a link while it was read"));
    }
    let entries = folder.read_dir_utf8().and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let names: BTreeSet<String> =
        entries.map_err(|error| unreadable(path, &error))?.iter().map(|entry| entry.file_name().to_owned()).collect();
    for name in names {
        let below = if path.is_empty() { name } else { format!("{path}/{name}") };
        let full = root.join(&below);
        let kind = full.symlink_metadata().map_err(|error| unreadable(&below, &error))?.file_type();
        if kind.is_dir() {
            fresh.folder(&below)?;
            copy_folder(root, &below, fresh)?;
        } else if kind.is_symlink() {
            let target = full.read_link_utf8().map_err(|error| unreadable(&below, &error))?;
            fresh.link(&below, target.as_str())?;
        } else if kind.is_file() {
            let mut file = std::fs::File::open(&full).map_err(|error| unreadable(&below, &error))?;
            let executable = is_executable(&file);
            fresh.file(&below, executable, &mut file)?;
        } else {
            return Err(refused(&below, "is neither a file, a folder nor a link"));
        }
    }
    Ok(())
}

/// Windows has no such mark.
fn is_executable(file: &std::fs::File) -> bool {
    #[cfg(unix)]
    return file.metadata().is_ok_and(|data| std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o111 != 0);
    #[cfg(not(unix))]
    return file.metadata().is_err();
}

fn with(value: &Value, name: &str, more: Value) -> Value {
    let mut value = value.clone();
    if let Some(object) = value.as_object_mut() {
        object.insert(name.to_owned(), more);
    }
    value
}

async fn blocking(work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Problem::new(code::server::INTERNAL, "Checking the source out broke.").cause(&error))?
}

fn unusable(what: impl Into<String>) -> Problem {
    Problem::new(code::server::SOURCE, what)
}
