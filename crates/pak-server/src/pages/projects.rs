//! The list of projects and the forms that make one.

use askama::Template;

use super::chip::Chip;
use super::frame::{Frame, Theme};
use super::icon::Icon;
use super::show::When;

/// The list of projects.
#[derive(Debug, Template)]
#[template(path = "projects.html")]
pub struct ProjectList {
    /// What stands around it.
    pub frame: Frame,
    /// The address of this server, for the commands that are shown.
    pub base: String,
    /// Whether it is the list of those that were put away.
    pub archived: bool,
    /// The projects.
    pub projects: Vec<Item>,
    /// Where the list goes on.
    pub next: Option<String>,
}

/// One project of the list.
#[derive(Debug)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Whether it was put away.
    pub is_archived: bool,
    /// Its latest deployment.
    pub latest: Option<Latest>,
}

/// The latest deployment of a project.
#[derive(Debug)]
pub struct Latest {
    /// Its number.
    pub id: i64,
    /// How it stands.
    pub chip: Chip,
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// When it was asked for.
    pub at: When,
}
