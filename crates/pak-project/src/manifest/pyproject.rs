//! `pyproject.toml`: the standard `[project]` table, and poetry's own where that is missing.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pak_model::package::About;
use pak_model::{Ecosystem, Result};
use serde::Deserialize;
use toml::Value;

use super::{Manifest, Need, Reading, folder_of, from_toml, requirement_name};
use crate::version_scheme::pep440::normalise_name;

/// What `pak` reads of it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct PyProject {
    project: Option<ProjectTable>,
    build_system: Option<Value>,
    tool: Tools,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct ProjectTable {
    name: Option<String>,
    version: Option<String>,
    dynamic: Vec<String>,
    dependencies: Vec<String>,
    optional_dependencies: BTreeMap<String, Vec<String>>,
    classifiers: Vec<String>,
    description: Option<String>,
    urls: BTreeMap<String, String>,
    license: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Tools {
    poetry: Option<Poetry>,
    uv: Option<Uv>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Poetry {
    name: Option<String>,
    version: Option<String>,
    package_mode: Option<bool>,
    dependencies: BTreeMap<String, Value>,
    classifiers: Vec<String>,
    description: Option<String>,
    homepage: Option<String>,
    license: Option<Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Uv {
    package: Option<bool>,
    workspace: Option<UvWorkspace>,
}

/// `[tool.uv.workspace]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UvWorkspace {
    /// Globs of members.
    pub(crate) members: Vec<String>,
    /// Globs of folders that are none.
    pub(crate) exclude: Vec<String>,
}

impl PyProject {
    /// Parses the text.
    pub(crate) fn parse(file: &Utf8Path, text: &str) -> Result<Self> {
        from_toml(file, text)
    }

    /// The workspace whose root this is.
    pub(crate) fn workspace(&self) -> Option<&UvWorkspace> {
        self.tool.uv.as_ref()?.workspace.as_ref()
    }

    /// What it publishes.
    pub(crate) fn reading(&self, file: &Utf8Path) -> Reading {
        let (name, version, needs, classifiers, about) = match (&self.project, &self.tool.poetry) {
            (Some(project), poetry) if project.name.is_some() => {
                let dynamic = project.dynamic.iter().any(|field| field == "version");
                let from_poetry = poetry.as_ref().and_then(|poetry| poetry.version.clone()).filter(|_| dynamic);
                let version = if dynamic { Some(from_poetry) } else { project.version.clone().map(Some) };
                (project.name.clone(), version, project.needs(), &project.classifiers, project.about())
            }
            (None, Some(poetry)) if poetry.name.is_some() => {
                let about = About {
                    description: poetry.description.clone(),
                    homepage: poetry.homepage.clone(),
                    license: spdx(poetry.license.as_ref()),
                };
                (poetry.name.clone(), poetry.version.clone().map(Some), poetry.needs(), &poetry.classifiers, about)
            }
            _ => return self.without_project(),
        };
        let uv_says_no = self.tool.uv.as_ref().is_some_and(|uv| uv.package == Some(false));
        let poetry_says_no = self.tool.poetry.as_ref().is_some_and(|poetry| poetry.package_mode == Some(false));
        let withheld = if let Some(private) = classifiers.iter().find(|classifier| is_private(classifier)) {
            Some(format!("classifier `{}` in pyproject.toml", private.trim()))
        } else if uv_says_no {
            Some("`package = false` of [tool.uv] in pyproject.toml".to_owned())
        } else if poetry_says_no {
            Some("`package-mode = false` of [tool.poetry] in pyproject.toml".to_owned())
        } else if version.is_none() {
            Some("pyproject.toml has no `version`; add one, or `dynamic = [\"version\"]`".to_owned())
        } else {
            None
        };
        Reading::Package(Manifest {
            ecosystem: Ecosystem::Python,
            file: file.to_owned(),
            folder: folder_of(file),
            name: name.unwrap_or_default(),
            version: version.flatten(),
            withheld,
            needs,
            about,
        })
    }

    fn without_project(&self) -> Reading {
        if self.workspace().is_some() {
            Reading::Note("the root of a workspace, no package itself".to_owned())
        } else if self.build_system.is_some() {
            Reading::Note(
                "has no [project] table; what setup.py alone says is not read, name the package in pak.toml".to_owned(),
            )
        } else {
            Reading::Note("holds settings of tools, no package".to_owned())
        }
    }
}

impl ProjectTable {
    fn about(&self) -> About {
        let homepage =
            self.urls.iter().find(|(label, _)| matches!(normalise_name(label).as_str(), "homepage" | "home-page"));
        About {
            description: self.description.clone(),
            homepage: homepage.map(|(_, url)| url.clone()),
            license: spdx(self.license.as_ref()),
        }
    }

    fn needs(&self) -> Vec<Need> {
        let strict = self.dependencies.iter().filter_map(|one| requirement_name(one)).map(Need::strict);
        // Extras name their own project and each other's plugins.
        let loose =
            self.optional_dependencies.values().flatten().filter_map(|one| requirement_name(one)).map(Need::loose);
        strict.chain(loose).collect()
    }
}

impl Poetry {
    fn needs(&self) -> Vec<Need> {
        self.dependencies
            .keys()
            .filter(|name| *name != "python")
            .map(|name| Need::strict(normalise_name(name)))
            .collect()
    }
}

/// A licence that is a text: the older table holds a file's name or a whole licence.
fn spdx(license: Option<&Value>) -> Option<String> {
    license?.as_str().map(str::to_owned)
}

/// The index refuses every classifier that begins so; authors use it to say "never publish".
pub(super) fn is_private(classifier: &str) -> bool {
    classifier.trim().to_ascii_lowercase().starts_with("private ::")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(text: &str) -> Reading {
        PyProject::parse("pyproject.toml".into(), text).unwrap().reading("pyproject.toml".into())
    }

    fn manifest(text: &str) -> Manifest {
        let Reading::Package(manifest) = reading(text) else { panic!("{text} is no package") };
        manifest
    }

    #[test]
    fn versions() {
        let fixed = manifest("[project]\nname = \"a\"\nversion = \"1.0\"\n");
        assert_eq!((fixed.version.as_deref(), fixed.withheld), (Some("1.0"), None));
        let dynamic = manifest("[project]\nname = \"a\"\ndynamic = [\"version\"]\n");
        assert_eq!((dynamic.version, dynamic.withheld), (None, None));
        assert!(manifest("[project]\nname = \"a\"\n").withheld.unwrap().contains("version"));
        assert_eq!(manifest("[tool.poetry]\nname = \"a\"\nversion = \"2\"\n").version.as_deref(), Some("2"));
    }

    #[test]
    fn private_ones_and_those_without_a_package() {
        let text = "[project]\nname = \"a\"\nversion = \"1\"\nclassifiers = [\"Private :: Do Not Upload\"]\n";
        assert!(manifest(text).withheld.unwrap().contains("Private"));
        assert!(manifest("[project]\nname = \"a\"\nversion = \"1\"\n[tool.uv]\npackage = false\n").withheld.is_some());
        assert!(matches!(reading("[tool.ruff]\nline-length = 100\n"), Reading::Note(note) if note.contains("tools")));
        assert!(
            matches!(reading("[tool.uv.workspace]\nmembers = [\"a\"]\n"), Reading::Note(note) if note.contains("workspace"))
        );
    }

    #[test]
    fn requirements_become_names() {
        let text = "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"My_Lib[x]>=1; python_version>'3'\", \"b @ file:///x\"]\n[project.optional-dependencies]\nall = [\"a[x]\"]\n";
        let names: Vec<String> = manifest(text).needs.into_iter().map(|need| need.name).collect();
        assert_eq!(names, ["my-lib", "b", "a"]);
    }
}
