//! `Cargo.toml`, with what it inherits from its workspace.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::package::About;
use pak_model::{Ecosystem, Result};
use serde::Deserialize;
use toml::Value;

use super::{Manifest, Need, Reading, folder_of, from_toml, invalid};

type Dependencies = BTreeMap<String, Value>;

/// What `pak` reads of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct CargoToml {
    package: Option<PackageTable>,
    workspace: Option<WorkspaceTable>,
    dependencies: Dependencies,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Dependencies,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Dependencies,
    target: BTreeMap<String, DependencyTables>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct PackageTable {
    name: Option<String>,
    version: Option<Value>,
    publish: Option<Value>,
    description: Option<Value>,
    homepage: Option<Value>,
    repository: Option<Value>,
    license: Option<Value>,
    workspace: Option<Utf8PathBuf>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct WorkspaceTable {
    members: Vec<String>,
    exclude: Vec<String>,
    package: BTreeMap<String, Value>,
    dependencies: Dependencies,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct DependencyTables {
    dependencies: Dependencies,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Dependencies,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Dependencies,
}

impl CargoToml {
    /// Parses the text.
    pub(crate) fn parse(file: &Utf8Path, text: &str) -> Result<Self> {
        from_toml(file, text)
    }

    /// Globs of members and excluded paths, where this is a workspace's root.
    pub(crate) fn workspace(&self) -> Option<(&[String], &[String])> {
        self.workspace.as_ref().map(|workspace| (workspace.members.as_slice(), workspace.exclude.as_slice()))
    }

    /// The folder of the workspace's root, where the package names it.
    pub(crate) fn named_root(&self) -> Option<&Utf8Path> {
        self.package.as_ref()?.workspace.as_deref()
    }

    /// Folders of dependencies given by path, relative to this manifest. Cargo makes them members.
    pub(crate) fn paths(&self) -> BTreeSet<String> {
        let inherited = self.workspace.iter().flat_map(|workspace| workspace.dependencies.values());
        let own = self.tables().flat_map(|(table, _)| table.values());
        own.chain(inherited).filter_map(|dependency| dependency.get("path")?.as_str().map(str::to_owned)).collect()
    }

    /// What it publishes; `root` is its workspace's root, which may be itself.
    pub(crate) fn reading(&self, file: &Utf8Path, root: Option<&Self>) -> Result<Reading> {
        let Some(package) = &self.package else {
            return Ok(Reading::Note("the root of a workspace, no package itself".to_owned()));
        };
        let workspace = root.and_then(|root| root.workspace.as_ref());
        let name = package.name.clone().ok_or_else(|| invalid(file, None, "[package] has no `name`"))?;
        let field = |key: &str, value: &Option<Value>| inherit(file, key, value.as_ref(), workspace);
        let version = match field("version", &package.version)? {
            None => None,
            Some(Value::String(version)) => Some(version),
            Some(_) => return Err(invalid(file, None, "`version` is not a text")),
        };
        let publish = field("publish", &package.publish)?;
        let text = |key: &str, value: &Option<Value>| {
            field(key, value).map(|value| value.and_then(|value| value.as_str().map(str::to_owned)))
        };
        let homepage = text("homepage", &package.homepage)?;
        let about = About {
            description: text("description", &package.description)?,
            homepage: homepage.map_or_else(|| text("repository", &package.repository), |own| Ok(Some(own)))?,
            license: text("license", &package.license)?,
        };
        let withheld = match &publish {
            Some(Value::Boolean(false)) => Some("`publish = false` in Cargo.toml"),
            Some(Value::Array(registries)) if registries.is_empty() => Some("`publish = []` in Cargo.toml"),
            _ if version.is_none() => Some("Cargo.toml has no `version`, so cargo does not publish it"),
            _ => None,
        };
        Ok(Reading::Package(Manifest {
            ecosystem: Ecosystem::Cargo,
            file: file.to_owned(),
            folder: folder_of(file),
            name,
            version,
            withheld: withheld.map(str::to_owned),
            needs: self.needs(workspace),
            about,
        }))
    }

    /// Every table of dependencies, and whether it is for development.
    fn tables(&self) -> impl Iterator<Item = (&Dependencies, bool)> {
        let own = [(&self.dependencies, false), (&self.build_dependencies, false), (&self.dev_dependencies, true)];
        let of_targets = self.target.values().flat_map(|tables| {
            [(&tables.dependencies, false), (&tables.build_dependencies, false), (&tables.dev_dependencies, true)]
        });
        own.into_iter().chain(of_targets)
    }

    fn needs(&self, workspace: Option<&WorkspaceTable>) -> Vec<Need> {
        let mut needs = BTreeSet::new();
        for (table, development) in self.tables() {
            for (alias, dependency) in table {
                let inherited = dependency.get("workspace").and_then(Value::as_bool) == Some(true);
                let meant = if inherited {
                    workspace.and_then(|workspace| workspace.dependencies.get(alias))
                } else {
                    Some(dependency)
                };
                let Some(meant) = meant.filter(|meant| meant.get("path").is_some()) else { continue };
                let name = meant.get("package").and_then(Value::as_str).unwrap_or(alias);
                if !development {
                    needs.insert(Need::strict(name));
                } else if meant.get("version").is_some() {
                    // Cargo leaves development dependencies out of what it publishes, unless they have a version.
                    needs.insert(Need::loose(name));
                }
            }
        }
        needs.into_iter().collect()
    }
}

/// A field, or the workspace's value where the field says `workspace = true`.
fn inherit(
    file: &Utf8Path,
    key: &str,
    own: Option<&Value>,
    workspace: Option<&WorkspaceTable>,
) -> Result<Option<Value>> {
    let Some(own) = own else { return Ok(None) };
    if own.get("workspace").and_then(Value::as_bool) != Some(true) {
        return Ok(Some(own.clone()));
    }
    let workspace = workspace
        .ok_or_else(|| invalid(file, None, format!("`{key}.workspace = true`, but no workspace was found above it")))?;
    let inherited = workspace.package.get(key).cloned();
    inherited
        .map(Some)
        .ok_or_else(|| invalid(file, None, format!("the workspace has no `{key}` in [workspace.package]")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> CargoToml {
        CargoToml::parse("Cargo.toml".into(), text).unwrap()
    }

    fn manifest(text: &str, root: Option<&CargoToml>) -> Manifest {
        let Reading::Package(manifest) = parse(text).reading("Cargo.toml".into(), root).unwrap() else {
            panic!("{text}")
        };
        manifest
    }

    #[test]
    fn what_is_published_and_what_is_not() {
        assert_eq!(manifest("[package]\nname = \"a\"\nversion = \"1.0.0\"\n", None).withheld, None);
        for (line, word) in [("publish = false", "publish = false"), ("publish = []", "publish = []")] {
            let text = format!("[package]\nname = \"a\"\nversion = \"1.0.0\"\n{line}\n");
            assert!(manifest(&text, None).withheld.unwrap().contains(word));
        }
        assert_eq!(
            manifest("[package]\nname = \"a\"\nversion = \"1.0.0\"\npublish = [\"own\"]\n", None).withheld,
            None
        );
        assert!(manifest("[package]\nname = \"a\"\n", None).withheld.unwrap().contains("version"));
    }

    #[test]
    fn fields_and_dependencies_are_inherited() {
        let root = parse(
            "[workspace]\n[workspace.package]\nversion = \"2.0.0\"\npublish = false\n[workspace.dependencies]\ncore = { path = \"core\", package = \"real-core\" }\nserde = \"1\"\n",
        );
        let text = "[package]\nname = \"a\"\nversion.workspace = true\npublish.workspace = true\n[dependencies]\ncore.workspace = true\nserde.workspace = true\nlocal = { path = \"../l\" }\n[dev-dependencies]\nbare = { path = \"../b\" }\nkept = { path = \"../k\", version = \"1\" }\n[target.'cfg(unix)'.build-dependencies]\nunix = { path = \"../u\" }\n";
        let member = manifest(text, Some(&root));
        assert_eq!(member.version.as_deref(), Some("2.0.0"));
        assert!(member.withheld.is_some());
        let needs: Vec<(&str, bool)> = member.needs.iter().map(|need| (need.name.as_str(), need.strict)).collect();
        assert_eq!(needs, [("kept", false), ("local", true), ("real-core", true), ("unix", true)]);
        let orphan = parse("[package]\nname = \"a\"\nversion.workspace = true\n").reading("x/Cargo.toml".into(), None);
        insta::assert_snapshot!(orphan.unwrap_err(), @"x/Cargo.toml: `version.workspace = true`, but no workspace was found above it.");
    }
}
