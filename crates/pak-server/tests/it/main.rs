//! The server's router, without a network: requests in, answers out, on a database of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that meets the unexpected must fail")]
#![allow(clippy::similar_names, reason = "what was made, and what makes it, stand side by side")]

/// Runs functions that are given a server as tests, on SQLite and on PostgreSQL.
macro_rules! on_both_databases {
    ($variables:expr; $($test:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::$test(crate::server::Server::with($variables).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                if let Some(server) = crate::server::Server::on_postgres($variables).await {
                    super::$test(server).await;
                }
            })*
        }
    };
}

mod account;
mod files;
mod inbox;
mod limits;
mod matrix;
mod people;
mod projects;
mod receiver;
mod scans;
mod server;
mod source;
mod teams;
mod telemetry;
mod webhooks;
