//! OCI images: taken from a layout folder or an archive as they are, or made from a Dockerfile without any daemon.
//!
//! `source.rs` finds blobs in a layout (`layout.rs`) or an archive (`archive.rs`) without unpacking; `inspect.rs` reads an image's
//! manifests and blobs from either; `recipe/` interprets a Dockerfile into `layer.rs` and `assemble.rs`, which write a layout.

mod archive;
mod assemble;
mod inspect;
mod layer;
mod layout;
mod place;
mod recipe;
mod source;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Artifact, ArtifactKind, Details, Digests, Problem, Result, code};

use crate::prebuilt;
use crate::request::BuildRequest;
use source::Source;

/// Makes or takes the package's image. An image is one artifact, however many platforms it is for.
pub fn build(request: &BuildRequest) -> Result<Vec<Artifact>> {
    let (source, path) = match given(request)? {
        Given::Layout(folder) => (layout::open(&folder)?, folder),
        Given::Archive(file) => (archive::open(&file)?, file),
        Given::Recipe(file) => {
            let folder = request.output.join(format!("{}.oci", request.package.id));
            recipe::build(request, &file, &folder)?;
            (layout::open(&folder)?, folder)
        }
    };
    Ok(vec![artifact(request, &source, path)?])
}

/// What the settings name.
enum Given {
    Layout(Utf8PathBuf),
    Archive(Utf8PathBuf),
    Recipe(Utf8PathBuf),
}

fn given(request: &BuildRequest) -> Result<Given> {
    let settings = &request.image;
    let set = [&settings.layout, &settings.archive, &settings.dockerfile].iter().filter(|one| one.is_some()).count();
    if set > 1 {
        return Err(Problem::new(
            code::config::INVALID_VALUE,
            format!("Package {} names more than one of `dockerfile`, `layout` and `archive`.", request.package.id),
        )
        .about("package", &request.package.id));
    }
    if let Some(layout) = &settings.layout {
        return Ok(Given::Layout(place::inside(&request.project, layout)?));
    }
    if let Some(archive) = &settings.archive {
        return Ok(Given::Archive(place::inside(&request.project, archive)?));
    }
    if let Some(dockerfile) = &settings.dockerfile {
        return Ok(Given::Recipe(place::inside(&request.project, dockerfile)?));
    }
    if !request.prebuilt.is_empty() {
        let found = prebuilt::find(request)?;
        let [one] = found.as_slice() else {
            return Err(Problem::new(
                code::config::INVALID_VALUE,
                format!(
                    "An image is one archive or layout; `artifacts` of {} names {}.",
                    request.package.id,
                    found.len()
                ),
            )
            .about("package", &request.package.id)
            .next("Name the archive, or the layout's index.json."));
        };
        return Ok(by_name(one.clone()));
    }
    Ok(by_name(place::inside(&request.project, &request.package.manifest)?))
}

fn by_name(path: Utf8PathBuf) -> Given {
    match (path.file_name(), path.parent()) {
        (Some("oci-layout" | "index.json"), Some(folder)) => Given::Layout(folder.to_owned()),
        _ if path.is_dir() => Given::Layout(path),
        _ if path.extension().is_some_and(|end| matches!(end, "tar" | "gz" | "tgz" | "zst")) => Given::Archive(path),
        _ => Given::Recipe(path),
    }
}

fn artifact(request: &BuildRequest, source: &Source, path: Utf8PathBuf) -> Result<Artifact> {
    let image = inspect::image(source, request.package.version.as_deref())?;
    let hex = image.digest.strip_prefix("sha256:").unwrap_or(&image.digest).to_owned();
    Ok(Artifact {
        id: artifact_id(&path, &request.package.id),
        kind: ArtifactKind::OciImage,
        size: image.blobs.iter().map(|blob| blob.size).sum(),
        digests: Digests::from_sha256(hex),
        package: request.package.id.clone(),
        details: Details::Image(image),
        path,
    })
}

fn artifact_id(path: &Utf8Path, package: &str) -> String {
    path.file_name().unwrap_or(package).to_owned()
}

/// What is wrong with an image that was given.
fn invalid(path: &Utf8Path, what: impl std::fmt::Display) -> Problem {
    Problem::new(code::build::ARTIFACT_INVALID, format!("{path}: {what}")).about("file", path)
}

/// A file operation that failed.
fn io(path: &Utf8Path, error: &std::io::Error) -> Problem {
    let code = match error.kind() {
        std::io::ErrorKind::StorageFull => code::build::DISK_FULL,
        _ => code::build::IO,
    };
    Problem::new(code, format!("{path} could not be read or written.")).about("file", path).cause(error)
}
