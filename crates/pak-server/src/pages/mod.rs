//! The face for people: one file per noun, templates beside it in `templates/`, style and script in `assets/`.
//!
//! A handler calls an action and fills a template; what a page shows is decided in the template, what is true in the action.

pub mod account;
pub mod api_keys;
pub mod assets;
pub mod audit;
pub mod board;
pub mod chip;
pub mod decide;
pub mod deploy;
pub mod deployment;
pub mod deployments;
pub mod diff;
pub mod docs;
pub mod door;
pub mod form;
pub mod frame;
pub mod icon;
pub mod log;
pub mod platforms;
#[cfg(test)]
mod preview;
pub mod project;
pub mod project_parts;
pub mod project_settings;
pub mod projects;
mod router;
pub mod scan;
pub mod section;
pub mod settings;
pub mod show;
pub mod telemetry;
pub mod upload;
pub mod users;
pub mod view;
pub mod visit;
pub mod webhooks;

pub use router::router;
