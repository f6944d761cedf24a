//! The edge between platforms: a formula points at archives that another target of the same plan publishes.

use pak_model::release::Asset;
use pak_model::{Package, Problem, Release, Result, code};

use super::draft::DraftStep;
use crate::session::Session;
use crate::steps::build::Built;
use crate::targets::Target;

/// The target whose files a step points at: the one its settings name, else the first that publishes the package's files.
/// `None` for platforms that point at nothing.
pub(super) fn publisher<'a>(
    session: &Session,
    going: &[(&'a Target, &Package)],
    target: &Target,
    package: &Package,
) -> Result<Option<&'a Target>> {
    if !target.platform.definition().points_at_files {
        return Ok(None);
    }
    let missing = |message: String| {
        Problem::new(code::config::ASSETS_MISSING, message)
            .about("platform", &target.name)
            .about("package", &package.id)
    };
    let mut publishers = going
        .iter()
        .filter(|(other, sent)| sent.id == package.id && !other.platform.definition().points_at_files)
        .map(|(other, _)| *other);
    match &target.config.assets {
        None => publishers.next().map(Some).ok_or_else(|| {
            missing(format!(
                "`{}` points at the files of {}, and no target of environment `{}` publishes them.",
                target.name, package.id, session.environment
            ))
        }),
        Some(named) => publishers.find(|other| other.name == *named).map(Some).ok_or_else(|| {
            missing(format!(
                "`{}` points at the files that target `{named}` publishes, and that target does not take {}.",
                target.name, package.id
            ))
        }),
    }
}

/// The files a step points at, with the addresses they will have and the digests of the bytes that will be sent there.
pub(super) fn of(step: &DraftStep, targets: &[Target], built: &Built) -> Result<Vec<Asset>> {
    let Some(publisher) = &step.assets else { return Ok(Vec::new()) };
    let target = targets.iter().find(|target| target.name == *publisher);
    let release = target.and_then(|target| built.release(&step.package, target));
    let (Some(target), Some(release)) = (target, release) else { return Ok(Vec::new()) };
    let assets = addresses(target, &release)?;
    if assets.is_empty() {
        return Err(Problem::new(
            code::config::ASSETS_MISSING,
            format!("{} tells no address for the files of {}.", target.platform.definition().title, step.package),
        )
        .about("platform", &step.target)
        .about("package", &step.package)
        .next("Name another target with `assets`: one that publishes plain files."));
    }
    Ok(assets)
}

fn addresses(target: &Target, release: &Release) -> Result<Vec<Asset>> {
    let uploads = target.platform.publish().uploads(&target.endpoint, release)?;
    let assets = uploads.iter().filter_map(|upload| {
        let artifact = release.artifact(&upload.artifact)?;
        // A checksum file is of the same artifact, and not its bytes.
        if upload.digests.agrees(&artifact.digests) != Some(true) {
            return None;
        }
        Some(Asset {
            url: target.platform.lookup().address(&target.endpoint, upload)?.to_string(),
            name: artifact.id.clone(),
            digests: artifact.digests.clone(),
            size: artifact.size,
            details: artifact.details.clone(),
        })
    });
    Ok(assets.collect())
}
