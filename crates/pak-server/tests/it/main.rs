//! The server's router, without a network: requests in, answers out, on SQLite in a folder of its own.

mod projects;
mod server;
mod telemetry;
