//! Downloads plain files with curl and compares their digests; starts the program that is made for this machine.

use camino::Utf8PathBuf;
use pak_build::measure;
use pak_model::artifact::FileDetails;
use pak_model::{Details, Digests, Problem, Result, code};

use super::{Answers, Check, Installation, as_sent};

/// A file to be downloaded.
pub(super) struct Download<'a> {
    /// Its address.
    pub(super) url: String,
    /// Its file name.
    pub(super) name: &'a str,
    /// The digests of the bytes that were sent.
    pub(super) digests: &'a Digests,
    /// What it is for.
    pub(super) details: &'a Details,
}

pub(super) fn ask(at: &Installation) -> Answers {
    let Some(client) = client(at) else { return Answers::skipped("curl is not on this machine") };
    let downloads = published(at);
    Answers::in_turn(
        client,
        || Check::of(downloads.iter().try_for_each(|download| exists(at, &download.url))),
        || Check::of(downloads.iter().try_for_each(|download| fetch(at, download).map(drop))),
        || start(at, &downloads),
    )
}

/// curl's version; `None` where there is no curl.
pub(super) fn client(at: &Installation) -> Option<String> {
    let version = at.version_of("curl", &["--version"])?;
    Some(version.split(" (").next().unwrap_or(&version).to_owned())
}

/// The step's own files, without what lies beside them.
fn published(at: &Installation) -> Vec<Download<'_>> {
    let files = at.step.uploads.iter().filter_map(|upload| {
        let artifact = at.release.artifact(&upload.artifact)?;
        let path = upload.coordinates.file.as_deref().unwrap_or(&upload.key);
        (upload.digests.agrees(&artifact.digests) == Some(true)).then(|| Download {
            url: at.endpoint.join(path).map(String::from).unwrap_or_default(),
            name: &artifact.id,
            digests: &artifact.digests,
            details: &artifact.details,
        })
    });
    files.collect()
}

fn exists(at: &Installation, url: &str) -> Result<()> {
    at.quick("curl")
        .args(["--fail", "--silent", "--show-error", "--location", "--head", "--output", "head", url])
        .run()?;
    Ok(())
}

/// Downloads a file into the consumer's folder and compares it with what was sent.
pub(super) fn fetch(at: &Installation, download: &Download<'_>) -> Result<Utf8PathBuf> {
    let path = at.folder.join(download.name);
    at.installer("curl")
        .args(["--fail", "--silent", "--show-error", "--location", "--output", path.as_str(), &download.url])
        .run()?;
    let (got, _) = measure::file(&path)?;
    as_sent(&got, download.digests, |got| format!("{} was downloaded as {got}", download.name))?;
    Ok(path)
}

/// Unpacks the archive that is made for this machine and starts its first program with `--version`.
pub(super) fn start(at: &Installation, downloads: &[Download<'_>]) -> Check {
    let mut made_for_here = downloads.iter().filter_map(|download| match download.details {
        Details::File(file) if is_for_here(file) => Some((download, file)),
        _ => None,
    });
    let Some((download, program)) = made_for_here.find_map(|(download, file)| Some((download, file.programs.first()?)))
    else {
        return Check::skipped("no file holds a program that is made for this machine");
    };
    Check::of(run(at, download.name, program))
}

fn is_for_here(file: &FileDetails) -> bool {
    let os = file.os.as_deref() == Some(std::env::consts::OS);
    let architecture =
        file.architecture.as_deref().is_none_or(|name| name == std::env::consts::ARCH || name == "universal");
    os && architecture
}

fn run(at: &Installation, archive: &str, program: &str) -> Result<()> {
    let path = at.folder.join(archive);
    let unpacked = at.folder.join("unpacked");
    crate::state::make(&unpacked)?;
    let program = if program == archive {
        make_executable(&path)?;
        path
    } else {
        // bsdtar and Windows' own tar read zip files too; GNU tar does not.
        let tool_name =
            if archive.ends_with(".zip") && !cfg!(any(windows, target_os = "macos")) { "unzip" } else { "tar" };
        let tool = at.installer(tool_name);
        let tool = match tool_name {
            "unzip" => tool.args(["-q", path.as_str(), "-d", unpacked.as_str()]),
            _ => tool.args(["-xf", path.as_str(), "-C", unpacked.as_str()]),
        };
        tool.run()?;
        unpacked.join(program)
    };
    at.quick(program.as_str()).args(["--version"]).run()?;
    Ok(())
}

#[cfg(unix)]
fn make_executable(path: &camino::Utf8Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(|error| {
        Problem::new(code::build::IO, format!("{path} cannot be made executable.")).about("file", path).cause(&error)
    })
}

#[cfg(not(unix))]
fn make_executable(_: &camino::Utf8Path) -> Result<()> {
    Ok(())
}
