//! BUILD: artifacts of every package of the plan, made in parallel, outside the checkout.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use futures_util::StreamExt as _;
use futures_util::stream;
use pak_build::{BuildRequest, ImageSettings};
use pak_model::{Artifact, Details, Ecosystem, Package, Problem, Release, Result, code};

use crate::plan::Draft;
use crate::session::Session;
use crate::state;
use crate::targets::Target;

/// Everything that was built.
pub struct Built {
    packages: BTreeMap<String, BuiltPackage>,
}

struct BuiltPackage {
    package: Package,
    version: String,
    artifacts: Vec<Artifact>,
}

impl Built {
    /// What a package sends to a target.
    pub fn release(&self, package: &str, target: &Target) -> Option<Release> {
        let built = self.packages.get(package)?;
        Some(Release {
            package: built.package.clone(),
            version: built.version.clone(),
            artifacts: built.artifacts.clone(),
            options: target.options.clone(),
            assets: Vec::new(),
            attestations: Vec::new(),
        })
    }

    /// Every package with its artifacts, for what is made of them.
    pub(super) fn packages(&mut self) -> impl Iterator<Item = (&Package, &mut Vec<Artifact>)> {
        self.packages.values_mut().map(|built| (&built.package, &mut built.artifacts))
    }

    /// Every artifact with its package and the version that was built.
    pub fn made(&self) -> impl Iterator<Item = (&Package, &str, &Artifact)> {
        self.packages
            .values()
            .flat_map(|built| built.artifacts.iter().map(|one| (&built.package, built.version.as_str(), one)))
    }

    /// Every artifact.
    pub fn artifacts(&self) -> impl Iterator<Item = &Artifact> {
        self.packages.values().flat_map(|built| built.artifacts.iter())
    }
}

/// Builds every package of the draft into `output/<package id>`.
pub async fn run(session: &Session, draft: &Draft, output: &Utf8Path) -> Result<Built> {
    let epoch =
        if draft.packages.iter().any(|package| is_made(session, package)) { source_date(session) } else { None };
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let jobs = draft.packages.iter().map(|package| {
        let request = request(session, package, output.join(&package.id), epoch);
        async move {
            let package = package.clone();
            let built = tokio::task::spawn_blocking(move || build(&request, package)).await;
            built.unwrap_or_else(|panic| {
                Err(Problem::new(code::build::TOOL_FAILED, "The build stopped unexpectedly.").said(panic.to_string()))
            })
        }
    });
    let built: Vec<Result<BuiltPackage>> = stream::iter(jobs).buffered(workers).collect().await;
    let mut packages = BTreeMap::new();
    for built in built {
        let built = built?;
        packages.insert(built.package.id.clone(), built);
    }
    Ok(Built { packages })
}

/// Whether a package is made here, rather than taken as it lies: only then does the commit's time matter.
fn is_made(session: &Session, package: &Package) -> bool {
    // npm's format fixes its own time.
    if package.ecosystem == Ecosystem::Npm {
        return false;
    }
    let settings = session.project.config.packages.get(&package.id);
    settings
        .is_none_or(|settings| settings.artifacts.is_empty() && settings.layout.is_none() && settings.archive.is_none())
}

fn request(session: &Session, package: &Package, output: Utf8PathBuf, epoch: Option<i64>) -> BuildRequest {
    let settings = session.project.config.packages.get(&package.id).cloned().unwrap_or_default();
    BuildRequest {
        project: session.project.root.clone(),
        package: package.clone(),
        output,
        env: session.env.clone(),
        source_date_epoch: epoch,
        prebuilt: settings.artifacts,
        image: ImageSettings {
            dockerfile: settings.dockerfile,
            layout: settings.layout,
            archive: settings.archive,
            platforms: settings.platforms,
        },
        run_scripts: settings.run_scripts,
    }
}

fn build(request: &BuildRequest, package: Package) -> Result<BuiltPackage> {
    state::make(&request.output)?;
    let artifacts = pak_build::build(request).map_err(|problem| problem.about("package", &package.id))?;
    let version = version(&package, &artifacts)?;
    Ok(BuiltPackage { package, version, artifacts })
}

/// The version is what the finished bytes say; the manifest must not say another.
fn version(package: &Package, artifacts: &[Artifact]) -> Result<String> {
    let mut found: Option<String> = None;
    for artifact in artifacts {
        let Some(says) = says(&artifact.details, package) else { continue };
        let expected = found.as_ref().or(package.version.as_ref());
        if let Some(expected) = expected
            && *expected != says
        {
            return Err(Problem::new(
                code::project::VERSION_MISMATCH,
                format!("{} is version {says}, and {} says {expected}.", artifact.id, package.manifest),
            )
            .about("file", &artifact.path)
            .about("package", &package.id)
            .next("Build the artifacts again, or correct the version, so that both agree."));
        }
        found.get_or_insert(says);
    }
    found.or_else(|| package.version.clone()).ok_or_else(|| {
        Problem::new(code::project::MANIFEST_INCOMPLETE, format!("The version of {} is not known.", package.name))
            .about("package", &package.id)
            .next("Set the version in the manifest, in `[packages.<id>]` of pak.toml, or with --version.")
    })
}

fn says(details: &Details, package: &Package) -> Option<String> {
    match details {
        Details::Npm(npm) => npm.manifest.get("version")?.as_str().map(str::to_owned),
        Details::Python(python) => python.header("Version").map(str::to_owned),
        Details::Crate(krate) => krate.publish.get("vers")?.as_str().map(str::to_owned),
        Details::Maven(maven) => Some(maven.version.clone()),
        Details::Image(_) | Details::File(_) => package.version.clone(),
    }
}

/// The time for archive members: `SOURCE_DATE_EPOCH`, or the commit's time, so that one commit gives the same bytes anywhere.
pub(super) fn source_date(session: &Session) -> Option<i64> {
    if let Some(epoch) = session.env.get("SOURCE_DATE_EPOCH") {
        return epoch.trim().parse().ok();
    }
    let git = pak_build::toolchain::Tool::new("git", "Install git.", &session.env)
        .directory(&session.project.root)
        .args(["log", "-1", "--format=%ct"]);
    let output = git.run().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
