//! Conda: `environment.yml`, `conda-lock.yml`, `pixi.lock` and what is installed (`conda-meta/*.json`), with their PyPI parts.

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, hex_digest};
use super::lenient::{Word, json};
use super::requirements::requirement;
use super::yaml::{self, Node};
use crate::report::{Component, Scope};

/// `environment.yml`: what is asked for.
pub(super) fn environment(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let mut components = Vec::new();
    for item in tree.get("dependencies").map_or(&[][..], Node::items) {
        if let Some(text) = item.text() {
            components.extend(specification(file, text).map(|mut component| {
                component.line = file.line_of(text);
                component
            }));
        }
        for line in item.get("pip").map_or(&[][..], Node::items).iter().filter_map(Node::text) {
            components.extend(requirement(file, line).map(|mut component| {
                component.line = file.line_of(line);
                component.direct = Some(true);
                component
            }));
        }
    }
    Ok(components)
}

/// `channel::name[build=x] >=1.2`, `name=1.2=build`, `name==1.2`. One `=` is a prefix: exact only with a build after it.
fn specification(file: &File<'_>, text: &str) -> Option<Component> {
    let text = text.rsplit_once("::").map_or(text, |(_, rest)| rest).trim();
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')));
    let (name, range) = text.split_at_checked(end.unwrap_or(text.len()))?;
    if name.is_empty() {
        return None;
    }
    let range = range.split('[').next()?.trim();
    let exact = match range.strip_prefix("==") {
        Some(version) => Some(version),
        None => range.strip_prefix('=').and_then(|rest| rest.split_once('=')).map(|(version, _)| version),
    };
    Some(match exact.filter(|version| !version.contains(['*', ',', '|', '>', '<'])) {
        Some(version) => {
            let mut component = file.component(Ecosystem::Conda, name, Some(version));
            component.direct = Some(true);
            component
        }
        None => file.declared(Ecosystem::Conda, name, range),
    })
}

/// `conda-lock.yml`.
pub(super) fn conda_lock(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let read = |package: &Node<'_>| {
        let ecosystem = if package.word("manager") == Some("pip") { Ecosystem::PyPi } else { Ecosystem::Conda };
        let name = package.word("name")?;
        let mut component = file.component(ecosystem, name, Some(package.word("version")?));
        component.line = file.line_of(name);
        component.scope = match package.word("category") {
            None | Some("main") => Scope::Runtime,
            Some(_) => Scope::Development,
        };
        let hashes = package.below("hash").iter();
        component.digests = hashes.filter_map(|(kind, value)| hex_digest(kind, value.text()?)).collect();
        Some(component)
    };
    Ok(tree.get("package").map_or(&[][..], Node::items).iter().filter_map(read).collect())
}

/// `pixi.lock`: versions 4 and 5 say name and version, version 6 has only the address of conda packages.
pub(super) fn pixi(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let read = |package: &Node<'_>| {
        let conda =
            package.word("conda").or_else(|| package.word("url").filter(|_| package.word("kind") == Some("conda")));
        let address = conda.or_else(|| package.word("pypi")).or_else(|| package.word("url"))?;
        let ecosystem = if conda.is_some() { Ecosystem::Conda } else { Ecosystem::PyPi };
        let (name, version) = match (package.word("name"), package.word("version")) {
            (Some(name), Some(version)) => (name, version),
            _ if conda.is_some() => archive_name(address)?,
            _ => return None,
        };
        let mut component = file.component(ecosystem, name, Some(version));
        component.line = file.line_of(address);
        component.digests = ["sha256", "md5"].iter().filter_map(|kind| hex_digest(kind, package.word(kind)?)).collect();
        Some(component)
    };
    Ok(tree.get("packages").map_or(&[][..], Node::items).iter().filter_map(read).collect())
}

/// `…/name-1.2-build.conda` in name and version.
pub(super) fn archive_name(address: &str) -> Option<(&str, &str)> {
    let last = address.rsplit('/').next()?;
    let stem = last.strip_suffix(".conda").or_else(|| last.strip_suffix(".tar.bz2"))?;
    let (rest, _build) = stem.rsplit_once('-')?;
    rest.rsplit_once('-')
}

/// `conda-meta/name-1.2-build.json`: what is installed; also `info/index.json` of a package.
pub(super) fn installed(file: &File<'_>) -> Found {
    #[derive(Deserialize)]
    struct Installed<'a> {
        #[serde(borrow, default)]
        name: Word<'a>,
        #[serde(borrow, default)]
        version: Word<'a>,
        #[serde(borrow, default)]
        license: Word<'a>,
    }
    let one: Installed<'_> = json(file)?;
    let Some(name) = one.name.some() else { return Ok(Vec::new()) };
    let mut component = file.component(Ecosystem::Conda, name, one.version.some());
    component.licence = super::file::declared_licence(&one.license);
    Ok(vec![component])
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn environments_ask_in_several_ways() {
        let text = "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - conda-forge::numpy==1.26.0\n  - openssl=3.0.1=h1_0\n  - 'scipy>=1.9,<2'\n  - pip\n  - pip:\n    - requests==2.31.0\n    - flask\n";
        assert_eq!(
            lines("environment.yml", text),
            [
                "pkg:conda/numpy@1.26.0 * :5",
                "pkg:conda/openssl@3.0.1 * :6",
                "pkg:conda/pip declared - * :8",
                "pkg:conda/python declared =3.11 * :4",
                "pkg:conda/scipy declared >=1.9,<2 * :7",
                "pkg:pypi/flask declared - * :11",
                "pkg:pypi/requests@2.31.0 * :10",
            ]
        );
    }

    #[test]
    fn locks_name_every_package() {
        let text = "version: 1\npackage:\n- name: numpy\n  version: 1.26.0\n  manager: conda\n  category: main\n  hash:\n    md5: 00000000000000000000000000000000\n- name: Flask\n  version: 3.0.0\n  manager: pip\n  category: dev\n";
        assert_eq!(lines("conda-lock.yml", text), ["pkg:conda/numpy@1.26.0 :3", "pkg:pypi/flask@3.0.0 dev :9"]);
        let text = "version: 6\npackages:\n- conda: https://conda.example/linux-64/py-opencv-4.8.0-h1_2.conda\n  sha256: 00\n- pypi: https://x.example/flask.whl\n  name: flask\n  version: 3.0.0\n- kind: conda\n  name: zlib\n  version: 1.3\n  url: https://conda.example/zlib.conda\n";
        assert_eq!(
            lines("pixi.lock", text),
            ["pkg:conda/py-opencv@4.8.0 :3", "pkg:conda/zlib@1.3 :11", "pkg:pypi/flask@3.0.0 :5"]
        );
        let text = r#"{"name": "zlib", "version": "1.3", "license": "Zlib", "files": []}"#;
        assert_eq!(lines("env/conda-meta/zlib-1.3-h1.json", text), ["pkg:conda/zlib@1.3"]);
    }
}
