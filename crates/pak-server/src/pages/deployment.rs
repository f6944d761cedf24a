//! One deployment: the live board, the log, and what can be done about it.

use askama::Template;

use super::board::Board;
use super::chip::{Chip, Tone};
use super::frame::{Frame, Link, Theme};
use super::icon::Icon;
use super::log::Line;
use super::show::When;

/// The live view.
#[derive(Debug, Template)]
#[template(path = "deployment/view.html")]
pub struct DeploymentView {
    /// What stands around it.
    pub frame: Frame,
    /// The deployment's number.
    pub id: i64,
    /// Its project.
    pub project: String,
    /// Where to.
    pub environment: String,
    /// What.
    pub version: String,
    /// How it stands.
    pub chip: Chip,
    /// Whether it can still change.
    pub is_live: bool,
    /// What is read aloud when it changes.
    pub words: String,
    /// What it does before there is a plan.
    pub stage: String,
    /// What needs a look.
    pub trouble: Option<Attention>,
    /// What the caller can do.
    pub actions: Vec<Action>,
    /// The registries and packages.
    pub board: Board,
    /// What happened.
    pub log: Vec<Line>,
    /// Who, when, from where.
    pub facts: Vec<Fact>,
    /// How many people have to say yes.
    pub approvals_needed: i64,
    /// How many did.
    pub approvals_given: usize,
    /// Who decided what.
    pub approvals: Vec<Approval>,
    /// What was built.
    pub files: Vec<super::project::PackageRow>,
}

/// Something that needs a look, above the board.
#[derive(Debug)]
pub struct Attention {
    /// How it is to be taken.
    pub tone: Tone,
    /// Its picture.
    pub icon: Icon,
    /// What is.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// The stable code, where it is a problem.
    pub code: String,
}

/// Something that can be done.
#[derive(Debug, Clone, Copy)]
pub struct Action {
    /// The end of its address.
    pub name: &'static str,
    /// The word on the button.
    pub word: &'static str,
    /// Whether it asks on a page of its own first.
    pub asks: bool,
    /// Whether it is what one does next.
    pub is_main: bool,
    /// Whether it takes something away.
    pub is_danger: bool,
}

/// A line of the facts beside the board.
#[derive(Debug)]
pub struct Fact {
    /// What it is.
    pub name: &'static str,
    /// What it is for this one.
    pub value: Value,
}

/// How a fact is shown.
#[derive(Debug)]
pub enum Value {
    /// Words.
    Text(String),
    /// An identifier.
    Code(String),
    /// A moment.
    Time(When),
    /// A way to more.
    Link(Link),
}

/// A person's word on a release.
#[derive(Debug)]
pub struct Approval {
    /// Who.
    pub name: String,
    /// Yes or no.
    pub chip: Chip,
    /// Why.
    pub note: String,
    /// When.
    pub at: When,
}
