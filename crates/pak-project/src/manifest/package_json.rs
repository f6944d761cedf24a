//! `package.json`: npm and everything that reads it (yarn, pnpm, bun).

use std::collections::BTreeMap;

use camino::Utf8Path;
use pak_model::package::About;
use pak_model::{Ecosystem, Result};
use serde::Deserialize;
use serde_json::Value;

use super::{Manifest, Need, Reading, folder_of, invalid};

/// What `pak` reads of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PackageJson {
    name: Option<String>,
    version: Option<String>,
    private: Value,
    description: Value,
    homepage: Value,
    license: Value,
    workspaces: Option<Workspaces>,
    dependencies: Option<BTreeMap<String, Value>>,
    #[serde(rename = "peerDependencies")]
    peer_dependencies: Option<BTreeMap<String, Value>>,
    #[serde(rename = "optionalDependencies")]
    optional_dependencies: Option<BTreeMap<String, Value>>,
}

/// A list of globs, or yarn's table with the list in it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Workspaces {
    List(Vec<String>),
    Table {
        #[serde(default)]
        packages: Vec<String>,
    },
}

impl PackageJson {
    /// Parses the text.
    pub(crate) fn parse(file: &Utf8Path, text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|error| invalid(file, Some(error.line()).filter(|line| *line > 0), &error))
    }

    /// Globs of workspace members, where this is a workspace's root.
    pub(crate) fn members(&self) -> Option<&[String]> {
        match self.workspaces.as_ref()? {
            Workspaces::List(globs) | Workspaces::Table { packages: globs } => Some(globs),
        }
    }

    /// What it publishes. `is_root` says that another file (`pnpm-workspace.yaml`) makes this a workspace's root.
    pub(crate) fn reading(&self, file: &Utf8Path, is_root: bool) -> Reading {
        // npm itself refuses any truthy value, not only `true`.
        let private =
            !matches!(self.private, Value::Null | Value::Bool(false)) && self.private != "" && self.private != 0;
        if (is_root || self.members().is_some()) && (self.name.is_none() || (private && self.version.is_none())) {
            return Reading::Note("the root of a workspace, no package itself".to_owned());
        }
        if self.name.is_none() && self.version.is_none() {
            return Reading::Note("has no `name` and no `version`: no package".to_owned());
        }
        let withheld = if private {
            Some("\"private\": true in package.json")
        } else if self.name.is_none() {
            Some("package.json has no `name`")
        } else if self.version.as_deref().is_none_or(str::is_empty) {
            Some("package.json has no `version`; add one to publish it")
        } else {
            None
        };
        let folder = folder_of(file);
        let name =
            self.name.clone().or_else(|| folder.file_name().map(str::to_owned)).unwrap_or_else(|| "package".to_owned());
        Reading::Package(Manifest {
            ecosystem: Ecosystem::Npm,
            file: file.to_owned(),
            folder,
            name,
            version: self.version.clone().filter(|version| !version.is_empty()),
            withheld: withheld.map(str::to_owned),
            needs: self.needs(),
            about: self.about(),
        })
    }

    /// Old spellings (`license` as a table) are passed over.
    fn about(&self) -> About {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        About { description: text(&self.description), homepage: text(&self.homepage), license: text(&self.license) }
    }

    /// Development dependencies are not here: who installs the package never sees them.
    fn needs(&self) -> Vec<Need> {
        let of = |table: &Option<BTreeMap<String, Value>>, need: fn(String) -> Need| -> Vec<Need> {
            table.iter().flatten().map(|(name, range)| need(real_name(name, range))).collect()
        };
        let mut needs = of(&self.dependencies, Need::strict);
        needs.extend(of(&self.optional_dependencies, Need::strict));
        // A plugin's peer is often the very package that depends on the plugin.
        needs.extend(of(&self.peer_dependencies, Need::loose));
        needs
    }
}

/// The package an alias stands for: `"x": "npm:@scope/real@^1"`, `"x": "workspace:@scope/real@^1"`.
fn real_name(name: &str, range: &Value) -> String {
    let range = range.as_str().unwrap_or_default();
    let Some(alias) = range.strip_prefix("npm:").or_else(|| range.strip_prefix("workspace:")) else {
        return name.to_owned();
    };
    match alias.rfind('@') {
        // `workspace:^1.0.0` has no name in it, `@scope/real` no version.
        Some(0) => alias.to_owned(),
        Some(at) => alias.get(..at).unwrap_or(name).to_owned(),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Reading {
        PackageJson::parse("js/package.json".into(), text).unwrap().reading("js/package.json".into(), false)
    }

    fn withheld(text: &str) -> Option<String> {
        let Reading::Package(manifest) = reading(text) else { panic!("{text} is no package") };
        manifest.withheld
    }

    #[test]
    fn what_is_published_and_what_is_not() {
        assert_eq!(withheld(r#"{"name":"a","version":"1.0.0"}"#), None);
        assert!(withheld(r#"{"name":"a","version":"1.0.0","private":true}"#).unwrap().contains("private"));
        assert!(withheld(r#"{"name":"a","version":"1.0.0","private":"yes"}"#).is_some());
        assert!(withheld(r#"{"name":"a"}"#).unwrap().contains("`version`"));
        assert!(withheld(r#"{"version":"1.0.0"}"#).unwrap().contains("`name`"));
        assert!(matches!(reading(r#"{"type":"module"}"#), Reading::Note(_)));
        assert!(matches!(reading(r#"{"name":"a","private":true,"workspaces":{"packages":["x"]}}"#), Reading::Note(_)));
    }

    #[test]
    fn needs_are_names_in_the_registry() {
        let text = r#"{"name":"a","version":"1.0.0","dependencies":{"b":"workspace:*","c":"npm:@s/real@^1","d":"npm:plain@1"},
            "peerDependencies":{"p":"*"},"optionalDependencies":{"o":"workspace:@s/o"},"devDependencies":{"x":"1"}}"#;
        let Reading::Package(manifest) = reading(text) else { panic!() };
        let names: Vec<(&str, bool)> = manifest.needs.iter().map(|need| (need.name.as_str(), need.strict)).collect();
        assert_eq!(names, [("b", true), ("@s/real", true), ("plain", true), ("@s/o", true), ("p", false)]);
    }

    #[test]
    fn a_broken_one_names_its_line() {
        let problem =
            PackageJson::parse("package.json".into(), "{\n  \"name\": \"a\",\n  \"version\": 1\n}").unwrap_err();
        insta::assert_snapshot!(problem, @"package.json, line 3: invalid type: integer `1`, expected a string at line 3 column 14.");
    }
}
