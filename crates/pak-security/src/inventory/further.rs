//! Formats of a few lines each: Haskell, R, Conan, vcpkg, Julia, opam, Perl, Lua, RubyGems specifications.

use std::collections::HashMap;

use serde::Deserialize;

use super::ecosystem::Ecosystem;
use super::file::{File, Found, declared_licence, hex_digest};
use super::lenient::{Fields, Many, Pairs, Word, json, toml};
use super::yaml::{self, Node};
use crate::report::{Component, Origin, Scope};

/// `cabal.project.freeze`: `any.name ==1.0`.
pub(super) fn cabal_freeze(file: &File<'_>) -> Found {
    let read = |part: &str| {
        let (name, version) = part.trim().split_once(" ==")?;
        let name = name.rsplit([' ', ':']).next()?;
        let name = name.strip_prefix("any.").unwrap_or(name);
        let mut component = file.component(Ecosystem::Hackage, name, Some(version));
        component.line = file.line_of(part);
        Some(component)
    };
    Ok(file
        .text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(|line| line.split(','))
        .filter_map(read)
        .collect())
}

/// `stack.yaml.lock`: `hackage: name-1.0@sha256:…`, or a name and version that come from elsewhere.
pub(super) fn stack_lock(file: &File<'_>) -> Found {
    let tree = yaml::read(file)?;
    let read = |package: &Node<'_>| {
        let package = package.get("completed")?;
        if let Some(text) = package.word("hackage") {
            let (name, version) = text.split('@').next()?.rsplit_once('-')?;
            let mut component = file.component(Ecosystem::Hackage, name, Some(version));
            component.line = file.line_of(text);
            return Some(component);
        }
        let mut component = file.component(Ecosystem::Hackage, package.word("name")?, package.word("version"));
        component.origin = if package.word("git").is_some() { Origin::Git } else { Origin::Url };
        Some(component)
    };
    Ok(tree.get("packages").map_or(&[][..], Node::items).iter().filter_map(read).collect())
}

/// `renv.lock`.
pub(super) fn renv(file: &File<'_>) -> Found {
    #[derive(Deserialize)]
    struct Lock<'a> {
        #[serde(borrow, default, rename = "Packages")]
        packages: Pairs<'a, Fields<Package<'a>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "PascalCase")]
    struct Package<'a> {
        #[serde(borrow)]
        version: Word<'a>,
        #[serde(borrow)]
        source: Word<'a>,
        #[serde(borrow)]
        hash: Word<'a>,
        #[serde(borrow)]
        license: Word<'a>,
        #[serde(borrow)]
        requirements: Many<Word<'a>>,
    }
    let lock: Lock<'_> = json(file)?;
    let mut components: Vec<Component> = Vec::new();
    for (name, package) in &lock.packages.0 {
        let ecosystem =
            if package.source.as_ref() == "Bioconductor" { Ecosystem::Bioconductor } else { Ecosystem::Cran };
        let mut component = file.component(ecosystem, name, package.version.some());
        component.line = file.line_of(name);
        component.origin = match package.source.as_ref() {
            "GitHub" | "GitLab" | "Bitbucket" | "git" | "git2r" => Origin::Git,
            "Local" => Origin::Path,
            "URL" => Origin::Url,
            _ => Origin::Registry,
        };
        component.digests = hex_digest("md5", &package.hash).into_iter().collect();
        component.licence = declared_licence(&package.license);
        components.push(component);
    }
    let purls: HashMap<String, String> = components.iter().map(|one| (one.name.clone(), one.purl.clone())).collect();
    for (component, (_, package)) in components.iter_mut().zip(&lock.packages.0) {
        component.dependencies =
            package.requirements.0.iter().filter_map(|name| purls.get(name.as_ref()).cloned()).collect();
    }
    Ok(components)
}

/// `conan.lock`: version 2 has lists of `name/1.0@user/channel#revision%time`, version 1 a graph of nodes with a `ref`.
pub(super) fn conan_lock(file: &File<'_>) -> Found {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Lock<'a> {
        #[serde(borrow)]
        requires: Many<Word<'a>>,
        #[serde(borrow)]
        build_requires: Many<Word<'a>>,
        #[serde(borrow)]
        python_requires: Many<Word<'a>>,
        #[serde(borrow, rename = "graph_lock")]
        graph: Fields<Graph<'a>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Graph<'a> {
        #[serde(borrow)]
        nodes: Pairs<'a, Fields<Reference<'a>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Reference<'a> {
        #[serde(borrow, rename = "ref")]
        reference: Word<'a>,
    }
    let lock: Lock<'_> = json(file)?;
    let read = |text: &str, scope| {
        let (name, rest) = text.split_once('/')?;
        let version = rest.split(['@', '#', '%']).next()?;
        let mut component = file.component(Ecosystem::Conan, name, Some(version));
        component.line = file.line_of(text);
        component.scope = scope;
        Some(component)
    };
    let runtime = lock.requires.0.iter().chain(lock.graph.nodes.0.iter().map(|(_, node)| &node.reference));
    let build = lock.build_requires.0.iter().chain(&lock.python_requires.0);
    Ok(runtime
        .filter_map(|text| read(text, Scope::Runtime))
        .chain(build.filter_map(|text| read(text, Scope::Development)))
        .collect())
}

/// `vcpkg.json`: ports by name; versions follow from the baseline, except where `overrides` says one.
pub(super) fn vcpkg(file: &File<'_>) -> Found {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Manifest<'a> {
        #[serde(borrow)]
        dependencies: Many<Port<'a>>,
        #[serde(borrow)]
        overrides: Many<Fields<Override<'a>>>,
    }
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Override<'a> {
        #[serde(borrow)]
        name: Word<'a>,
        #[serde(borrow, alias = "version-string", alias = "version-semver", alias = "version-date")]
        version: Word<'a>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Port<'a> {
        Long {
            name: String,
            #[serde(borrow, default, rename = "version>=")]
            least: Word<'a>,
        },
        Short(String),
    }
    let manifest: Manifest<'_> = json(file)?;
    let exact: HashMap<&str, &Word<'_>> =
        manifest.overrides.0.iter().map(|one| (one.name.as_ref(), &one.version)).collect();
    let read = |port: &Port<'_>| {
        let (name, least) = match port {
            Port::Long { name, least } => (name, least.some()),
            Port::Short(name) => (name, None),
        };
        match exact.get(name.as_str()) {
            Some(version) => file.component(Ecosystem::Vcpkg, name, version.some()),
            None => file.declared(Ecosystem::Vcpkg, name, &least.map(|one| format!(">={one}")).unwrap_or_default()),
        }
    };
    Ok(manifest.dependencies.0.iter().map(read).collect())
}

/// `Manifest.toml` of Julia. Without a version it comes with Julia itself.
pub(super) fn julia(file: &File<'_>) -> Found {
    let table: ::toml::Table = toml(file)?;
    let packages = table.get("deps").and_then(::toml::Value::as_table).unwrap_or(&table);
    let mut components = Vec::new();
    for (name, entries) in packages {
        for entry in entries.as_array().into_iter().flatten() {
            let word = |key: &str| entry.get(key).and_then(::toml::Value::as_str);
            let (Some(version), Some(uuid)) = (word("version"), word("uuid")) else { continue };
            let mut component = file.component(Ecosystem::Julia, name, Some(version));
            component.purl = Ecosystem::Julia.purl(name, Some(version)).with("uuid", uuid).to_string();
            if word("path").is_some() {
                component.origin = Origin::Path;
            } else if word("repo-url").is_some() {
                component.origin = Origin::Git;
            }
            components.push(component);
        }
    }
    Ok(components)
}

/// `*.opam` and `*.opam.locked`: `"name" {= "1.0"}` within `depends: […]`.
pub(super) fn opam(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    let Some((_, rest)) = file.text.split_once("depends:") else { return Ok(components) };
    let mut rest = rest.split(']').next().unwrap_or_default();
    while let Some((_, after)) = rest.split_once('"') {
        let Some((name, after)) = after.split_once('"') else { break };
        let constraint = after.trim_start().strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let exact = constraint.and_then(|(inner, _)| {
            let equal = inner.split('&').map(str::trim).find(|part| part.starts_with("= "))?;
            equal.split('"').nth(1)
        });
        let range = constraint.map(|(inner, _)| inner.trim()).unwrap_or_default();
        let mut component = match exact {
            Some(version) => file.component(Ecosystem::Opam, name, Some(version)),
            None => file.declared(Ecosystem::Opam, name, range),
        };
        component.line = file.line_of(name);
        if ["with-test", "with-doc", "build"].iter().any(|word| range.split([' ', '&']).any(|one| one == *word)) {
            component.scope = Scope::Development;
        }
        components.push(component);
        rest = constraint.map_or(after, |(_, after)| after);
    }
    Ok(components)
}

/// `cpanfile.snapshot`: distributions at two spaces, `Name-1.0`.
pub(super) fn cpan_snapshot(file: &File<'_>) -> Found {
    let read = |line: &str| {
        let name = line.strip_prefix("  ").filter(|rest| !rest.starts_with(' '))?;
        let (name, version) = name.trim().rsplit_once('-')?;
        let mut component = file.component(Ecosystem::Cpan, name, Some(version.trim_start_matches('v')));
        component.line = file.line_of(line);
        Some(component)
    };
    Ok(file.text.lines().filter_map(read).collect())
}

/// `luarocks.lock`: `["name"] = "1.0-1"` or `name = "1.0-1"` within a table.
pub(super) fn luarocks(file: &File<'_>) -> Found {
    let read = |line: &str| {
        let (name, version) = line.trim().trim_end_matches(',').split_once(" = ")?;
        let name = name.trim_matches(['[', ']', '"', '\'']);
        let version = version.trim().strip_prefix(['"', '\''])?.trim_end_matches(['"', '\'']);
        let proper = version.starts_with(|first: char| first.is_ascii_digit() || first == 's');
        let mut component = proper.then(|| file.component(Ecosystem::LuaRocks, name, Some(version)))?;
        component.line = file.line_of(line);
        Some(component)
    };
    Ok(file.text.lines().filter_map(read).collect())
}

/// `*.gemspec`: what a gem asks for, in Ruby: `spec.add_dependency "name", "~> 1.0"`.
pub(super) fn gemspec(file: &File<'_>) -> Found {
    let read = |line: &str| {
        let (_, rest) = line.split('#').next()?.split_once(".add_")?;
        let (kind, rest) = rest.split_once("dependency")?;
        let rest = rest.split("_dependency").last()?.replace('\'', "\"");
        let texts: Vec<&str> = rest.split('"').skip(1).step_by(2).collect();
        let (name, ranges) = texts.split_first()?;
        let mut component = file.declared(Ecosystem::RubyGems, name, &ranges.join(", "));
        component.line = file.line_of(line);
        if kind == "development_" {
            component.scope = Scope::Development;
        }
        Some(component)
    };
    Ok(file.text.lines().filter_map(read).collect())
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::lines;

    #[test]
    fn haskell_and_r() {
        let text = "active-repositories: hackage\nconstraints: any.aeson ==2.1.0.0,\n             aeson +flag,\n             any.text ==2.0\nindex-state: x\n";
        assert_eq!(lines("cabal.project.freeze", text), ["pkg:hackage/aeson@2.1.0.0 :2", "pkg:hackage/text@2.0 :4"]);
        let text = "packages:\n- completed:\n    hackage: http-client-0.7.1@sha256:00,1\n  original:\n    hackage: http-client-0.7.1\n- completed:\n    name: own\n    version: 0.1\n    git: https://x.example\nsnapshots: []\n";
        assert_eq!(lines("stack.yaml.lock", text), ["pkg:hackage/http-client@0.7.1 :3", "pkg:hackage/own@0.1 git"]);
        let text = r#"{"R": {"Version": "4"}, "Packages": {"R6": {"Package": "R6", "Version": "2.5.1", "Source": "Repository"}, "BiocX": {"Version": "1.0", "Source": "Bioconductor", "Requirements": ["R6"]}}}"#;
        assert_eq!(lines("renv.lock", text), ["pkg:bioconductor/BiocX@1.0 :1", "pkg:cran/R6@2.5.1 :1"]);
    }

    #[test]
    fn native_code() {
        let text = r#"{"version": "0.5", "requires": ["zlib/1.2.13#abc%1"], "build_requires": ["cmake/3.25@u/c"]}"#;
        assert_eq!(lines("conan.lock", text), ["pkg:conan/cmake@3.25 dev :1", "pkg:conan/zlib@1.2.13 :1"]);
        let text =
            r#"{"graph_lock": {"nodes": {"0": {"ref": "app/1.0"}, "1": {"ref": "zlib/1.2.11#x"}}}, "version": "0.4"}"#;
        assert_eq!(lines("conan.lock", text), ["pkg:conan/app@1.0 :1", "pkg:conan/zlib@1.2.11 :1"]);
        let text = r#"{"name": "x", "dependencies": ["fmt", {"name": "zlib", "version>=": "1.2.11"}, "boost"], "overrides": [{"name": "boost", "version": "1.80"}]}"#;
        assert_eq!(
            lines("vcpkg.json", text),
            ["pkg:generic/boost@1.80", "pkg:generic/fmt declared - *", "pkg:generic/zlib declared >=1.2.11 *"]
        );
    }

    #[test]
    fn julia_opam_perl_lua_and_gems() {
        let text = "julia_version = \"1.9\"\nmanifest_format = \"2.0\"\n[[deps.JSON]]\nuuid = \"u1\"\nversion = \"0.21.4\"\n[[deps.Dates]]\nuuid = \"u2\"\n";
        assert_eq!(lines("Manifest.toml", text), ["pkg:julia/JSON@0.21.4?uuid=u1"]);
        let text = "opam-version: \"2.0\"\ndepends: [\n  \"dune\" {= \"3.0.1\"}\n  \"alcotest\" {with-test & >= \"1.0\"}\n  \"fmt\"\n]\nbuild: [\"dune\"]\n";
        assert_eq!(
            lines("x.opam.locked", text),
            [
                "pkg:opam/alcotest declared with-test & >= \"1.0\" dev * :4",
                "pkg:opam/dune@3.0.1 :3",
                "pkg:opam/fmt declared - * :5"
            ]
        );
        let text = "# carton snapshot format: version 1.0\nDISTRIBUTIONS\n  Class-Method-1.02\n    pathname: A/B\n  Plack-v1.0.50\n";
        assert_eq!(lines("cpanfile.snapshot", text), ["pkg:cpan/Class-Method@1.02 :3", "pkg:cpan/Plack@1.0.50 :5"]);
        let text = "return {\n   dependencies = {\n      [\"lua-cjson\"] = \"2.1.0-1\",\n      luasocket = \"3.0-1\"\n   }\n}\n";
        assert_eq!(
            lines("luarocks.lock", text),
            ["pkg:luarocks/lua-cjson@2.1.0-1 :3", "pkg:luarocks/luasocket@3.0-1 :4"]
        );
        let text = "Gem::Specification.new do |s|\n  s.add_dependency 'rack', '>= 2', '< 4'\n  s.add_development_dependency(\"rspec\")\n  s.add_runtime_dependency %q<x>\nend\n";
        assert_eq!(
            lines("x.gemspec", text),
            ["pkg:gem/rack declared >= 2, < 4 * :2", "pkg:gem/rspec declared - dev * :3"]
        );
    }
}
