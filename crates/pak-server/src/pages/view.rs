//! Pages that are words and a form: doors, single forms, confirmations.

use askama::Template;

use super::form::Form;
use super::frame::{Frame, Link, Theme};

/// A page for those who are not signed in: one question, and the ways to the others.
#[derive(Debug, Template)]
#[template(path = "door_form.html")]
pub struct Door {
    /// What stands around it.
    pub frame: Frame,
    /// What it is about.
    pub intro: Vec<String>,
    /// The question.
    pub form: Option<Form>,
    /// Other doors.
    pub links: Vec<Link>,
}

/// A page with one form.
#[derive(Debug, Template)]
#[template(path = "form_page.html")]
pub struct FormPage {
    /// What stands around it.
    pub frame: Frame,
    /// What it is about.
    pub intro: Vec<String>,
    /// The form.
    pub form: Form,
}

/// Asks whether something is really to be done.
#[derive(Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// What stands around it.
    pub frame: Frame,
    /// What will happen, and what cannot be taken back.
    pub lines: Vec<String>,
    /// Yes, or back.
    pub form: Form,
    /// Whether it cannot be undone.
    pub is_danger: bool,
}

/// What went wrong with a whole page.
#[derive(Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What stands around it.
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What happened.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// The stable code.
    pub code: String,
    /// The request's id in the log.
    pub request: String,
    /// Where to go from here.
    pub links: Vec<Link>,
}
