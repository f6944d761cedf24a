//! Carries deployments out: claims a row, checks the source out, runs the engine, records what happened.
//!
//! The row is the truth. A worker holds it by a lease that it renews and by a fence, the number of workers that held the row so far; whoever's number is not the latest can write nothing
//! more, and so sends nothing more. What a worker leaves unfinished, another takes up through the journal.

mod announce;
mod archive;
mod claim;
pub(crate) mod credentials;
mod fresh;
mod lease;
mod mirror;
mod run;
pub mod schedule;
pub mod source;
mod steps;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::state::App;

/// Other nodes' requests wake nobody here: the rows are looked at this often.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a stopping process waits for what is on its way before it lets other workers have it.
const GRACE: Duration = Duration::from_secs(20);

/// The deployment that a worker would take next, if there is one.
pub async fn waiting(app: &App) -> pak_model::Result<Option<i64>> {
    claim::look(app, app.now()).await
}

/// Works until the process is to stop.
pub async fn work(app: App, workers: usize) {
    let slots = Arc::new(Semaphore::new(workers));
    let mut running = JoinSet::new();
    while !app.stop.is_cancelled() {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot,
            () = app.stop.cancelled() => break,
        };
        let Ok(slot) = slot else { break };
        match claim::next(&app).await {
            Ok(Some(held)) => {
                let app = app.clone();
                running.spawn(async move {
                    run::carry_out(&app, held).await;
                    drop(slot);
                });
            }
            Ok(None) => {
                drop(slot);
                tokio::select! {
                    () = app.hub.work() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                    () = app.stop.cancelled() => {}
                }
            }
            Err(problem) => {
                drop(slot);
                tracing::error!(causes = ?problem.causes(), "no deployment could be claimed: {}", problem.message());
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        while running.try_join_next().is_some() {}
    }
    // What does not end in time is dropped here and taken up by another worker, or by this one when it is back.
    let _ = tokio::time::timeout(GRACE, async { while running.join_next().await.is_some() {} }).await;
}
