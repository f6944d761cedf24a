//! `uv.lock`. A name may occur in several versions, for forks of the resolution. The project itself is among the packages.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::ecosystem::{Ecosystem, pep503};
use super::file::{File, Found, hex_digest, reached};
use super::lenient::{Fields, Many, Pairs, Word, toml};
use super::registry::{host, set_origins, shown};
use crate::report::{Component, Origin, Scope};

/// Versions of one name that an edge may mean.
const MOST_FORKS: usize = 32;

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    package: Vec<Package<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package<'a> {
    name: Spanned<String>,
    #[serde(borrow, default)]
    version: Word<'a>,
    #[serde(borrow, default)]
    source: Fields<Source<'a>>,
    #[serde(borrow, default)]
    dependencies: Many<Edge<'a>>,
    #[serde(borrow, default)]
    optional_dependencies: Pairs<'a, Many<Edge<'a>>>,
    #[serde(borrow, default)]
    dev_dependencies: Pairs<'a, Many<Edge<'a>>>,
    #[serde(borrow, default)]
    sdist: Word<'a>,
    #[serde(borrow, default)]
    wheels: Many<Word<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source<'a> {
    #[serde(borrow)]
    registry: Word<'a>,
    #[serde(borrow)]
    git: Word<'a>,
    #[serde(borrow)]
    url: Word<'a>,
    #[serde(borrow)]
    path: Word<'a>,
    #[serde(borrow)]
    directory: Word<'a>,
    #[serde(borrow)]
    editable: Word<'a>,
    #[serde(borrow, rename = "virtual")]
    virtual_: Word<'a>,
}

#[derive(Deserialize, Default)]
struct Edge<'a> {
    #[serde(borrow, default)]
    name: Word<'a>,
    #[serde(borrow, default)]
    version: Word<'a>,
}

pub(super) fn read(file: &File<'_>) -> Found {
    let lock: Lock<'_> = toml(file)?;
    let mut found: Vec<(Component, &str)> =
        lock.package.iter().map(|package| (component(file, package), host(&package.source.registry))).collect();
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, (component, _)) in found.iter().enumerate() {
        by_name.entry(component.name.clone()).or_default().push(place);
    }
    let targets = |edges: &Many<Edge<'_>>| -> Vec<usize> {
        let of_edge = |edge: &Edge<'_>| {
            let places = by_name.get(pep503(&edge.name).as_ref()).map_or(&[][..], Vec::as_slice);
            let version = edge.version.some().map(str::to_owned);
            let fits = |place: &&usize| {
                version.is_none() || lock.package.get(**place).and_then(|one| one.version.some()) == version.as_deref()
            };
            places.iter().filter(fits).take(MOST_FORKS).copied().collect::<Vec<_>>()
        };
        edges.0.iter().flat_map(of_edge).collect()
    };
    let plain: Vec<Vec<usize>> = lock
        .package
        .iter()
        .map(|package| {
            let optional = package.optional_dependencies.0.iter().map(|(_, edges)| edges);
            optional.chain([&package.dependencies]).flat_map(targets).collect()
        })
        .collect();
    // From the project's own packages outward: what only its groups ask for is for development.
    let own: Vec<usize> =
        (0..lock.package.len()).filter(|place| lock.package.get(*place).is_some_and(is_own)).collect();
    let mut asked: Vec<(usize, Scope)> = own.iter().map(|place| (*place, Scope::Runtime)).collect();
    let mut direct = vec![false; found.len()];
    for place in own {
        let groups = lock.package.get(place).map(|package| &package.dev_dependencies.0).into_iter().flatten();
        let development: Vec<usize> = groups.flat_map(|(_, edges)| targets(edges)).collect();
        asked.extend(development.iter().map(|target| (*target, Scope::Development)));
        for target in development.iter().chain(plain.get(place).into_iter().flatten()) {
            if let Some(direct) = direct.get_mut(*target) {
                *direct = true;
            }
        }
    }
    let scopes = reached(&asked, &plain);
    let purls: Vec<String> = found.iter().map(|(component, _)| component.purl.clone()).collect();
    // The project itself has no version where it is made at build time; it is no dependency then.
    let anonymous = |component: &Component| component.origin == Origin::Path && component.version.is_none();
    for (place, (component, _)) in found.iter_mut().enumerate() {
        component.direct = direct.get(place).copied();
        component.scope = scopes.get(place).copied().flatten().unwrap_or(Scope::Runtime);
        component.dependencies =
            plain.get(place).into_iter().flatten().filter_map(|target| purls.get(*target).cloned()).collect();
    }
    set_origins(Ecosystem::PyPi, &mut found);
    Ok(found.into_iter().map(|(component, _)| component).filter(|component| !anonymous(component)).collect())
}

/// The project itself, or a member of its workspace.
fn is_own(package: &Package<'_>) -> bool {
    package.source.virtual_.some().or_else(|| package.source.editable.some()).is_some()
}

fn component(file: &File<'_>, package: &Package<'_>) -> Component {
    let mut component = file.component(Ecosystem::PyPi, package.name.get_ref(), package.version.some());
    component.line = file.line_at(package.name.span().start);
    component.certainty = crate::report::Certainty::Exact;
    component.digests = package
        .wheels
        .0
        .iter()
        .chain([&package.sdist])
        .filter_map(|one| one.split_once(':'))
        .filter_map(|(algorithm, value)| hex_digest(algorithm, value))
        .collect();
    let source = &*package.source;
    let qualified = if let Some(git) = source.git.some() {
        component.origin = Origin::Git;
        let commit = git.rsplit_once('#').map_or("", |(_, commit)| commit);
        ("vcs_url", format!("git+{}@{commit}", shown(git)))
    } else if let Some(url) = source.url.some() {
        component.origin = Origin::Url;
        ("download_url", shown(url))
    } else {
        if is_own(package) || source.path.some().or_else(|| source.directory.some()).is_some() {
            component.origin = Origin::Path;
        }
        return component;
    };
    component.purl =
        Ecosystem::PyPi.purl(&component.name, component.version.as_deref()).with(qualified.0, &qualified.1).to_string();
    component
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, one, read};

    #[test]
    fn forks_groups_and_sources() {
        let text = r#"version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "a", version = "2.0", source = { registry = "https://pypi.invalid/simple" }, marker = "x" }, { name = "a", version = "1.0", source = { registry = "https://pypi.invalid/simple" } }]
[package.dev-dependencies]
dev = [{ name = "t" }]

[[package]]
name = "a"
version = "1.0"
source = { registry = "https://pypi.invalid/simple" }

[[package]]
name = "a"
version = "2.0"
source = { registry = "https://pypi.invalid/simple" }
dependencies = [{ name = "g" }]

[[package]]
name = "g"
version = "3.0"
source = { git = "https://github.com/o/g?rev=main#abc" }

[[package]]
name = "t"
version = "4.0"
source = { registry = "https://own.example/simple" }
"#;
        assert_eq!(
            lines("uv.lock", text),
            [
                "pkg:pypi/a@1.0 * :11",
                "pkg:pypi/a@2.0 * :16",
                "pkg:pypi/app@0.1.0 path :3",
                "pkg:pypi/g@3.0?vcs_url=git%2Bhttps://github.com/o/g%40abc git :22",
                "pkg:pypi/t@4.0 dev other * :27",
            ]
        );
        assert_eq!(one(&read("uv.lock", text).unwrap(), "app").dependencies.len(), 2);
    }
}
