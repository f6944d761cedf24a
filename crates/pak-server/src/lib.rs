//! The server: the web API and the dashboard on the same engine as the command line.
//!
//! A request meets `door.rs` and `router.rs`, is told who is calling by `access/`, and ends in an action (`actions/`), whether it came as JSON (`api/`) or from a page
//! (`pages/`). Deployments are carried out by `work/`; what happened goes out by `webhooks/` and into `telemetry/`.

pub mod access;
pub mod actions;
pub mod api;
pub mod audit;
pub mod charts;
mod door;
pub mod error;
pub mod events;
pub mod files;
mod keep;
pub mod log;
pub mod mail;
mod metrics;
mod openapi;
pub mod operate;
pub mod pages;
pub mod router;
pub mod serve;
pub mod settings;
pub mod state;
pub mod store;
pub mod telemetry;
pub mod time;
pub mod webhooks;
pub mod work;

pub use settings::{Flags, Settings};
pub use state::App;
