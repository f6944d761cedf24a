//! Which package needs which: edges between the packages of the project, and circles among them.

use std::collections::{BTreeMap, BTreeSet};

use pak_model::{Ecosystem, Package, Problem, Result, code};

use crate::manifest::Need;
use crate::version_scheme::pep440::normalise_name;

/// Fills `depends_on`. `needs` are the manifests' words, `extra` what `pak.toml` adds, both in the order of `packages`.
pub(crate) fn link(packages: &mut [Package], needs: &[Vec<Need>], extra: &[Vec<String>]) -> Result<()> {
    let by_name: BTreeMap<(Ecosystem, String), String> = packages
        .iter()
        .map(|package| ((package.ecosystem, key(package.ecosystem, &package.name)), package.id.clone()))
        .collect();
    let mut edges: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut loose = Vec::new();
    for ((package, needs), extra) in packages.iter().zip(needs).zip(extra) {
        let edges = edges.entry(package.id.clone()).or_default();
        edges.extend(extra.iter().cloned());
        for need in needs {
            let Some(id) = by_name.get(&(package.ecosystem, key(package.ecosystem, &need.name))) else { continue };
            if *id == package.id {
                continue;
            }
            if need.strict {
                edges.insert(id.clone());
            } else {
                loose.push((package.id.clone(), id.clone()));
            }
        }
    }
    let withheld: BTreeSet<&str> =
        packages.iter().filter(|package| package.withheld.is_some()).map(|package| package.id.as_str()).collect();
    if let Some(circle) = circle(&edges, &withheld) {
        let shown = circle.join(" → ");
        return Err(Problem::new(
            code::project::DEPENDENCY_CYCLE,
            format!("Packages depend on each other in a circle: {shown}."),
        )
        .about("circle", shown));
    }
    for (from, to) in loose {
        if !reaches(&edges, &to, &from) {
            edges.entry(from).or_default().insert(to);
        }
    }
    for package in packages {
        package.depends_on = edges.remove(&package.id).unwrap_or_default().into_iter().collect();
    }
    Ok(())
}

fn key(ecosystem: Ecosystem, name: &str) -> String {
    match ecosystem {
        Ecosystem::Python => normalise_name(name),
        Ecosystem::Npm | Ecosystem::Cargo | Ecosystem::Oci | Ecosystem::Maven | Ecosystem::Generic => name.to_owned(),
    }
}

type Edges = BTreeMap<String, BTreeSet<String>>;

fn reaches(edges: &Edges, from: &str, to: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![from];
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if seen.insert(id) {
            open.extend(edges.get(id).into_iter().flatten().map(String::as_str));
        }
    }
    false
}

/// A circle among packages that are published, as `a, b, a`.
fn circle(edges: &Edges, withheld: &BTreeSet<&str>) -> Option<Vec<String>> {
    let mut finished: BTreeSet<&str> = withheld.clone();
    for start in edges.keys() {
        // The way from `start` to here, each with what it still has to visit; no recursion, projects may be long chains.
        let mut way: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut next = Some(start.as_str());
        loop {
            if let Some(id) = next.take() {
                if let Some(at) = way.iter().position(|(on_way, _)| *on_way == id) {
                    let mut circle: Vec<String> = way.iter().skip(at).map(|(id, _)| (*id).to_owned()).collect();
                    circle.push(id.to_owned());
                    return Some(circle);
                }
                if !finished.contains(id) {
                    way.push((id, edges.get(id).into_iter().flatten().map(String::as_str).rev().collect()));
                }
            }
            let Some((id, open)) = way.last_mut() else { break };
            next = open.pop();
            if next.is_none() {
                finished.insert(id);
                way.pop();
            }
        }
    }
    None
}
