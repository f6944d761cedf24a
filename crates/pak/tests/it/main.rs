//! The command line from outside: the built program in a clean home, and the files that are generated from it.

#![allow(clippy::unwrap_used, reason = "a test that meets the unexpected must fail")]

mod bad_input;
mod cli;
mod core;
mod crash;
mod credential;
mod deploy;
mod hosts;
mod platform;
mod project;
mod reference;
mod sandbox;
mod scan;
mod server;
mod server_browser;
mod server_cli;
mod server_contract;
mod server_kill;
mod server_schema;
mod server_slow;
mod server_soak;
mod stage;
mod taps;
