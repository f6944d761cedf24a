//! Sections: the parts that most pages are made of. A page that is a list and a form needs no template of its own.

use askama::Template;
use askama::filters::HtmlSafe;

use super::chip::Chip;
use super::form::{Field, Form};
use super::frame::{Frame, Link, Theme};
use super::icon::Icon;
use super::project::Project;
use super::show::{When, plain};
use crate::charts::Chart;

/// A page made of sections.
#[derive(Debug, Template)]
#[template(path = "sections.html")]
pub struct Sections {
    /// What stands around it.
    pub frame: Frame,
    /// What one comes here to do.
    pub main: Option<Link>,
    /// What it is about.
    pub lead: String,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A project's tab made of sections.
#[derive(Debug, Template)]
#[template(path = "project/sections.html")]
pub struct ProjectSections {
    /// What stands around it.
    pub frame: Frame,
    /// The project.
    pub project: Project,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of a page.
#[derive(Debug, Template)]
#[template(path = "part/section.html")]
pub enum Section {
    /// A table.
    Rows(Rows),
    /// A form with a heading and a note.
    Form(&'static str, &'static str, Form),
    /// Fields that choose what is shown below.
    Filters(String, Vec<Field>),
    /// Names and values.
    Facts(&'static str, Vec<(&'static str, Cell)>),
    /// Sentences.
    Text(&'static str, Vec<String>),
    /// Something to copy.
    Code(String, &'static str, String),
    /// A secret that is shown this once.
    Once(&'static str, &'static str, String),
    /// Something that needs to be known first.
    Notice(Chip, String),
    /// A chart with its numbers.
    Chart(Chart),
    /// What can be done.
    Buttons(Vec<Button>),
}

impl HtmlSafe for Section {}

/// A table that becomes a list on a phone, with what to do where it is empty.
#[derive(Debug, Template)]
#[template(path = "part/rows.html")]
pub struct Rows {
    id: &'static str,
    title: &'static str,
    note: String,
    caption: &'static str,
    link: Option<Link>,
    heads: &'static [&'static str],
    lines: Vec<Vec<Cell>>,
    icon: Icon,
    empty: Vec<String>,
    example: String,
    next: Option<String>,
}

impl HtmlSafe for Rows {}

impl Rows {
    /// A table. A column without a name holds what can be done with the row.
    pub fn new(id: &'static str, title: &'static str, heads: &'static [&'static str]) -> Self {
        Self {
            id,
            title,
            note: String::new(),
            caption: title,
            link: None,
            heads,
            lines: Vec::new(),
            icon: Icon::Dash,
            empty: Vec::new(),
            example: String::new(),
            next: None,
        }
    }

    /// Its rows.
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.lines = rows.into_iter().collect();
        self
    }

    /// A remark beside the heading.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// A way to make another row.
    pub fn link(mut self, path: impl Into<String>, name: &'static str) -> Self {
        self.link = Some(Link::new(path, name));
        self
    }

    /// What is said where there is no row.
    pub fn empty(mut self, icon: Icon, line: impl Into<String>) -> Self {
        self.icon = icon;
        self.empty.push(line.into());
        self
    }

    /// A command that makes the first row.
    pub fn example(mut self, example: impl Into<String>) -> Self {
        self.example = example.into();
        self
    }

    /// Where the rows go on.
    pub fn next(mut self, next: Option<String>) -> Self {
        self.next = next;
        self
    }
}

/// What stands in a cell.
#[derive(Debug, Template)]
#[template(path = "part/cell.html")]
pub enum Cell {
    /// Words.
    Text(String),
    /// Words that matter less.
    Muted(String),
    /// Words and a remark below.
    Both(String, String),
    /// An identifier.
    Code(String),
    /// A text of several lines, folded.
    Long(String),
    /// A number that is read first.
    Number(String),
    /// A digest, cut; the whole of it for pointers.
    Digest(String),
    /// A way to more.
    Link(Link),
    /// A way to more, and a remark below.
    LinkWith(Link, String),
    /// How it stands.
    Chip(Chip),
    /// Several words on how it stands.
    Chips(Vec<Chip>),
    /// A moment.
    Time(When),
    /// A picture of ours.
    Picture(String),
    /// What can be done.
    Actions(Vec<Button>),
}

impl HtmlSafe for Cell {}

impl Cell {
    /// Words that somebody else wrote.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self::Text(plain(text.as_ref()))
    }

    /// A moment in milliseconds.
    pub fn time(milliseconds: i64) -> Self {
        Self::Time(When::of(milliseconds))
    }

    /// A moment that may not have come; the word says so.
    pub fn time_or(milliseconds: Option<i64>, otherwise: &str) -> Self {
        milliseconds.map_or_else(|| Self::Muted(otherwise.to_owned()), Self::time)
    }

    /// A way to more.
    pub fn link(path: impl Into<String>, name: impl AsRef<str>) -> Self {
        Self::Link(Link::new(path, plain(name.as_ref())))
    }
}

/// A button of its own: a link to a page that asks, or a form that does it.
#[derive(Debug, Clone, Template)]
#[template(path = "part/button.html")]
pub struct Button {
    word: &'static str,
    about: String,
    path: String,
    csrf: String,
    hidden: Vec<(&'static str, String)>,
    posts: bool,
    is_danger: bool,
}

impl HtmlSafe for Button {}

impl Button {
    /// A link. `about` names the row for those who hear the page.
    pub fn link(path: impl Into<String>, word: &'static str, about: impl Into<String>) -> Self {
        let (path, about, csrf) = (path.into(), about.into(), String::new());
        Self { word, about, path, csrf, hidden: Vec::new(), posts: false, is_danger: false }
    }

    /// A form of one button.
    pub fn post(path: impl Into<String>, csrf: &str, word: &'static str, about: impl Into<String>) -> Self {
        Self { posts: true, csrf: csrf.to_owned(), ..Self::link(path, word, about) }
    }

    /// Sends a value along.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// It takes something away.
    pub fn danger(mut self) -> Self {
        self.is_danger = true;
        self
    }
}
