//! The face for people: one file per noun, templates beside it in `templates/`, style and script in `assets/`.
//!
//! A handler calls an action and fills a template; what a page shows is decided in the template, what is true in the action.

pub mod assets;
pub mod board;
pub mod chip;
pub mod deployment;
pub mod form;
pub mod frame;
pub mod icon;
pub mod log;
#[cfg(test)]
mod preview;
pub mod project;
pub mod projects;
pub mod section;
pub mod show;
pub mod view;

use axum::Router;

use crate::state::App;

/// The pages. What is no page is the API's: a browser that is led there sees its answer.
pub fn router(_app: &App, api: Router) -> Router {
    api
}
