//! The server's router, without a network: requests in, answers out, on SQLite in a folder of its own.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

mod files;
mod inbox;
mod projects;
mod receiver;
mod server;
mod telemetry;
mod webhooks;
