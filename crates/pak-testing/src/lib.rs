//! Test kit: temporary projects, real registry servers, official clients, output filters. A dev-dependency only.
//!
//! `servers/` starts the real registries that `scripts/setup-tests` installed, `client.rs` runs the official clients in a
//! clean home, `http.rs` and `browser/` are clients of web servers, `project.rs` writes source trees, `component.rs` one of them for staged releases, `filters.rs` makes outputs
//! comparable. Everything talks to loopback only.

#![allow(clippy::expect_used, reason = "test code: what cannot be done here fails the test that asked for it")]

pub mod browser;
pub mod client;
pub mod component;
pub mod filters;
pub mod guide;
pub mod http;
pub mod maven;
pub mod project;
pub mod servers;
pub mod tools;
pub mod validators;

mod process;

pub use browser::Browser;
pub use client::Client;
pub use http::Http;
pub use project::Project;
pub use tools::Tool;
