//! One project: what its tabs share, and its overview.

use askama::Template;
use askama::filters::HtmlSafe;

use super::chip::Chip;
use super::frame::{Frame, Theme};
use super::icon::Icon;
use super::show::{When, short};

/// The parts of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// How it stands.
    Overview,
    /// Every release.
    Releases,
    /// Environments and who approves.
    Environments,
    /// Credentials of registries.
    Credentials,
    /// Where events are sent.
    Webhooks,
    /// Releases at set times.
    Schedules,
    /// Who may do what.
    Members,
    /// Name, source, archive.
    Settings,
}

impl Tab {
    /// What comes after the project's address.
    pub fn path(&self) -> &'static str {
        match self {
            Self::Overview => "",
            Self::Releases => "/releases",
            Self::Environments => "/environments",
            Self::Credentials => "/credentials",
            Self::Webhooks => "/webhooks",
            Self::Schedules => "/schedules",
            Self::Members => "/members",
            Self::Settings => "/settings",
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Releases => "Releases",
            Self::Environments => "Environments",
            Self::Credentials => "Credentials",
            Self::Webhooks => "Webhooks",
            Self::Schedules => "Schedules",
            Self::Members => "Members",
            Self::Settings => "Settings",
        }
    }
}

/// What every tab of a project shows of it.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether it was put away.
    pub is_archived: bool,
    /// The tab that is open.
    pub tab: Tab,
    /// What the caller may do: `read`, `audit`, `deploy`, `approve`, `manage`, `own`.
    pub rights: Vec<&'static str>,
}

impl Project {
    /// Whether the caller has a right.
    pub fn may(&self, right: &str) -> bool {
        self.rights.contains(&right)
    }

    /// Its address.
    pub fn path(&self) -> String {
        format!("/projects/{}", super::frame::segment(&self.name))
    }

    /// The tabs that the caller can open.
    pub fn tabs(&self) -> Vec<Tab> {
        let mut tabs = vec![Tab::Overview, Tab::Releases, Tab::Environments];
        if self.may("manage") {
            tabs.extend([Tab::Credentials, Tab::Webhooks, Tab::Schedules]);
        }
        tabs.push(Tab::Members);
        if self.may("manage") {
            tabs.push(Tab::Settings);
        }
        tabs
    }
}

/// A list of deployments, as projects and the whole instance show it.
#[derive(Debug, Template)]
#[template(path = "part/deployments.html")]
pub struct Deployments {
    /// What it lists.
    pub caption: String,
    /// Whether the project is named.
    pub with_project: bool,
    /// Whether it is shown beside other things and names nobody.
    pub is_short: bool,
    /// The deployments.
    pub rows: Vec<DeploymentRow>,
}

impl HtmlSafe for Deployments {}

impl Deployments {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// One deployment of a list.
#[derive(Debug)]
pub struct DeploymentRow {
    /// Its number.
    pub id: i64,
    /// Its project.
    pub project: String,
    /// How it stands.
    pub chip: Chip,
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub at: When,
    /// How long it took; empty while it is at work.
    pub took: String,
}

/// An artifact that can be downloaded.
#[derive(Debug)]
pub struct PackageRow {
    /// Where from.
    pub path: String,
    /// The file's name.
    pub file: String,
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// npm, python, cargo …
    pub ecosystem: String,
    /// In words.
    pub size: String,
    /// In hex.
    pub sha256: String,
    /// When it was built.
    pub at: When,
}

impl PackageRow {
    pub(crate) fn short(&self) -> &str {
        short(&self.sha256)
    }
}

/// A platform and how it stands.
#[derive(Debug)]
pub struct Health {
    /// Its name.
    pub name: String,
    /// How it stands.
    pub chip: Chip,
}

/// An environment in a few words.
#[derive(Debug)]
pub struct EnvironmentNote {
    /// Its name.
    pub name: String,
    /// `2 approvals`.
    pub approvals: String,
}

/// How a project stands.
#[derive(Debug, Template)]
#[template(path = "project/overview.html")]
pub struct Overview {
    /// What stands around it.
    pub frame: Frame,
    /// The address of this server, for the commands that are shown.
    pub base: String,
    /// The project.
    pub project: Project,
    /// Its latest deployments.
    pub deployments: Deployments,
    /// Its artifacts.
    pub packages: Vec<PackageRow>,
    /// Its registries.
    pub health: Vec<Health>,
    /// How many of its releases went well, as a sentence.
    pub success_rate: Option<String>,
    /// Its environments.
    pub environments: Vec<EnvironmentNote>,
    /// Where it comes from.
    pub facts: Vec<(&'static str, String)>,
}
