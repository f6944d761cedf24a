//! What a platform of this family says about itself: where its file lies, how it is written, what is wrong with it.

use pak_model::release::CommitOptions;
use pak_model::{Finding, Release, Result};
use serde::Serialize;

use super::files::{File, FileVariables};
use super::template::{Language, render};

/// The one file of a package, in a platform's own language.
pub trait Format: Send + Sync {
    /// The name a package has here.
    fn name(&self, package: &str) -> String {
        let last = package.rsplit(['/', ':']).next().unwrap_or_default();
        last.to_lowercase().replace(' ', "-")
    }

    /// Paths where clients look for a package, the customary one first.
    fn paths(&self, name: &str) -> Vec<String>;

    /// What repositories must be named like for clients to find them by `owner/name`.
    fn repository_prefix(&self) -> Option<&'static str> {
        None
    }

    /// Writes the file.
    fn render(&self, subject: &Subject<'_>) -> Result<String>;

    /// What is wrong with the package or with the text rendered of it.
    fn check(&self, subject: &Subject<'_>, text: &str) -> Vec<Finding>;

    /// The customary subject of the commit.
    fn message(&self, name: &str, version: &str, is_new: bool) -> String;

    /// The version a file of the repository is for.
    fn version_of(&self, text: &str) -> Option<String>;
}

/// A release under the name it has in the repository.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The release.
    pub release: &'a Release,
    /// The file's name without its extension: what users type.
    pub name: &'a str,
}

impl<'a> Subject<'a> {
    /// The user's own template.
    pub fn template(&self) -> Option<&'a str> {
        self.release.options.commit.as_ref().and_then(|commit: &CommitOptions| commit.template.as_deref())
    }

    /// The sentence about it; empty where there is none, which the checks report.
    pub fn description(&self) -> &'a str {
        self.release.package.about.description.as_deref().unwrap_or_default()
    }

    /// Its page.
    pub fn homepage(&self) -> &'a str {
        self.release.package.about.homepage.as_deref().unwrap_or_default()
    }

    /// Its licence.
    pub fn license(&self) -> Option<&'a str> {
        self.release.package.about.license.as_deref()
    }

    /// Renders the user's own template where there is one, else the platform's, with what the platform adds to the variables.
    pub fn render<M: Serialize>(&self, template: Result<&str>, language: Language, more: M) -> Result<String> {
        let template = match self.template() {
            Some(own) => own,
            None => template?,
        };
        render(template, language, &self.variables(more))
    }

    /// What every template can use, and what the platform adds.
    pub fn variables<M: Serialize>(&self, more: M) -> Variables<'a, M>
    where
        Self: 'a,
    {
        Variables {
            name: self.name.to_owned(),
            package: &self.release.package.name,
            version: &self.release.version,
            description: self.description(),
            homepage: self.homepage(),
            license: self.license(),
            assets: File::all(self.release).map(FileVariables::from).collect(),
            more,
        }
    }
}

/// The variables of a template.
#[derive(Debug, Serialize)]
pub struct Variables<'a, M> {
    name: String,
    package: &'a str,
    version: &'a str,
    description: &'a str,
    homepage: &'a str,
    license: Option<&'a str>,
    assets: Vec<FileVariables<'a>>,
    #[serde(flatten)]
    more: M,
}
