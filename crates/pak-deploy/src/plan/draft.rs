//! Which package goes to which target, before anything is built.

use std::collections::BTreeSet;

use pak_model::plan::Withheld;
use pak_model::{Package, Problem, Result, code};

use super::assets;
use crate::session::Session;
use crate::targets::Target;

/// The draft of a plan.
pub struct Draft {
    /// Packages that go somewhere, each once.
    pub packages: Vec<Package>,
    /// One per package and target.
    pub steps: Vec<DraftStep>,
    /// Packages that go nowhere, with the reason.
    pub withheld: Vec<Withheld>,
}

/// A package going to a target.
pub struct DraftStep {
    /// `<target>/<package id>`.
    pub id: String,
    /// The target's name.
    pub target: String,
    /// The package's id.
    pub package: String,
    /// Steps that must be verified first.
    pub after: Vec<String>,
    /// The target that publishes the files this one points at.
    pub assets: Option<String>,
}

/// Draws it. A release of nothing is a problem, not a success.
pub fn draw(session: &Session, targets: &[Target]) -> Result<Draft> {
    let project = &session.project;
    check_package_names(session, targets)?;
    let going: Vec<(&Target, &Package)> = targets
        .iter()
        .flat_map(|target| project.packages.iter().map(move |package| (target, package)))
        .filter(|(target, package)| package.withheld.is_none() && takes(target, package))
        .collect();
    let used: BTreeSet<&str> = going.iter().map(|(_, package)| package.id.as_str()).collect();
    let mut steps: Vec<DraftStep> = Vec::with_capacity(going.len());
    for (target, package) in &going {
        let assets = assets::publisher(session, &going, target, package)?;
        let needed = package.depends_on.iter().flat_map(|needed| needs(&going, target, needed));
        steps.push(DraftStep {
            id: step_id(target, &package.id),
            target: target.name.clone(),
            package: package.id.clone(),
            after: needed.chain(assets.map(|publisher| step_id(publisher, &package.id))).collect(),
            assets: assets.map(|publisher| publisher.name.clone()),
        });
    }
    let withheld =
        project.packages.iter().filter(|package| !used.contains(package.id.as_str())).map(|package| Withheld {
            package: package.id.clone(),
            reason: package.withheld.clone().unwrap_or_else(|| "no target of this environment takes it".to_owned()),
        });
    let withheld: Vec<Withheld> = withheld.collect();
    if steps.is_empty() {
        return Err(nothing(&withheld));
    }
    let packages = project.packages.iter().filter(|package| used.contains(package.id.as_str()));
    let packages = packages.map(|package| versioned(session, package)).collect::<Result<_>>()?;
    Ok(Draft { packages, steps, withheld })
}

/// The steps that must come before one that needs a package: the same target's, where it takes that package too (a registry's
/// own dependency), else every step of it (an image that installs from npm).
fn needs(going: &[(&Target, &Package)], target: &Target, needed: &str) -> Vec<String> {
    let all = going.iter().filter(|(_, package)| package.id == needed);
    let (here, elsewhere): (Vec<_>, Vec<_>) = all.partition(|(other, _)| other.name == target.name);
    let chosen = if here.is_empty() { elsewhere } else { here };
    chosen.into_iter().map(|(other, package)| step_id(other, &package.id)).collect()
}

fn step_id(target: &Target, package: &str) -> String {
    format!("{}/{package}", target.name)
}

fn takes(target: &Target, package: &Package) -> bool {
    let named = target.config.packages.as_ref().is_none_or(|packages| packages.contains(&package.id));
    named && target.platform.definition().ecosystems.contains(&package.ecosystem)
}

/// `--version` must agree with the manifest; a package without a version of its own takes it.
fn versioned(session: &Session, package: &Package) -> Result<Package> {
    let Some(wanted) = &session.version else { return Ok(package.clone()) };
    match &package.version {
        Some(version) if version != wanted => Err(Problem::new(
            code::project::VERSION_MISMATCH,
            format!("{} says version {version}, and --version says {wanted}.", package.manifest),
        )
        .about("file", &package.manifest)
        .about("package", &package.id)),
        _ => Ok(Package { version: Some(wanted.clone()), ..package.clone() }),
    }
}

fn check_package_names(session: &Session, targets: &[Target]) -> Result<()> {
    let known: Vec<&str> = session.project.packages.iter().map(|package| package.id.as_str()).collect();
    let named = targets.iter().flat_map(|target| target.config.packages.iter().flatten().map(move |id| (target, id)));
    for (target, id) in named {
        if !known.contains(&id.as_str()) {
            return Err(Problem::new(
                code::project::PACKAGE_UNKNOWN,
                format!(
                    "Target `{}` of environment `{}` names package `{id}`, which does not exist.",
                    target.name, session.environment
                ),
            )
            .next(format!("The project has {}.", known.join(", "))));
        }
    }
    Ok(())
}

fn nothing(withheld: &[Withheld]) -> Problem {
    let mut problem = Problem::new(code::project::NO_PACKAGES, "There is nothing to publish.");
    for item in withheld {
        problem = problem.said(format!("{} is left out: {}", item.package, item.reason));
    }
    problem
}
