//! Delivers what is queued: at least once, in order for each deployment and webhook, for about a day before giving up.
//!
//! Any number of processes may run this. A delivery is claimed with a lease; when a process dies, the lease runs out and another
//! takes over. What fails is tried again later and later, and at last stays visible as `dead`, to be sent again by a person.

mod claim;
mod send;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use pak_http::{Client, Guard};
use pak_model::Result;
use pak_model::fault::FaultPlan;
use tokio::task::JoinSet;

pub use send::Sender;

use crate::state::App;

/// Waits to be sent.
pub const PENDING: &str = "pending";
/// The receiver took it.
pub const DELIVERED: &str = "delivered";
/// Given up.
pub const DEAD: &str = "dead";

/// How deliveries are paced. Tests are less patient.
#[derive(Debug, Clone)]
pub struct Pace {
    /// How long a receiver may take in all.
    pub timeout: Duration,
    /// How long a claim holds; longer than the timeout.
    pub lease: Duration,
    /// The wait after each failed try. After the last one the delivery is dead.
    pub waits: Vec<Duration>,
    /// How many are sent at a time.
    pub at_once: usize,
    /// How many of those to one webhook, so that one that hangs does not hold up the others.
    pub to_one: usize,
    /// How often to look for what other processes queued.
    pub look_every: Duration,
}

impl Default for Pace {
    /// 12 tries over a day.
    fn default() -> Self {
        let minutes = [0.1, 0.5, 2.0, 10.0, 30.0, 60.0, 120.0, 180.0, 240.0, 360.0, 420.0];
        Self {
            timeout: Duration::from_secs(15),
            lease: Duration::from_mins(1),
            waits: minutes.iter().map(|minutes| Duration::from_secs_f64(minutes * 60.0)).collect(),
            at_once: 16,
            to_one: 4,
            look_every: Duration::from_secs(1),
        }
    }
}

/// Delivers until the server stops; what is under way then is heard out.
pub async fn run(app: App, pace: Pace) {
    let sender = Arc::new(Sender::new(app.clone(), client(app.guard(), &pace), pace.clone()));
    let mut under_way: JoinSet<i64> = JoinSet::new();
    let mut busy: HashMap<i64, usize> = HashMap::new();
    loop {
        while let Some(done) = under_way.try_join_next() {
            finish(&mut busy, done.ok());
        }
        if app.stop.is_cancelled() {
            break;
        }
        let claimed = claim(&app, &pace, &busy, under_way.len()).await;
        let (found, failed) = match claimed {
            Ok(claimed) => (claimed, false),
            Err(problem) => {
                tracing::error!(causes = ?problem.causes(), "webhook deliveries cannot be claimed");
                (Vec::new(), true)
            }
        };
        let any = !found.is_empty();
        for delivery in found {
            *busy.entry(delivery.webhook_id).or_default() += 1;
            let sender = Arc::clone(&sender);
            under_way.spawn(async move {
                let webhook = delivery.webhook_id;
                if let Err(problem) = sender.deliver(delivery).await {
                    // The claim runs out and the delivery is tried again.
                    tracing::error!(causes = ?problem.causes(), "a webhook delivery could not be recorded");
                }
                webhook
            });
        }
        if any {
            continue;
        }
        tokio::select! {
            Some(done) = under_way.join_next(), if !under_way.is_empty() => finish(&mut busy, done.ok()),
            () = app.hub.deliveries(), if !failed => {}
            () = tokio::time::sleep(pace.look_every) => {}
            () = app.stop.cancelled() => {}
        }
    }
    while under_way.join_next().await.is_some() {}
}

fn client(guard: &Guard, pace: &Pace) -> Client {
    let guard = guard.clone().limited(pace.timeout, 1 << 20);
    let policy = pak_http::Policy { guard: Some(Arc::new(guard)), ..pak_http::Policy::default() };
    Client::new(policy, FaultPlan::none())
}

async fn claim(app: &App, pace: &Pace, busy: &HashMap<i64, usize>, under_way: usize) -> Result<Vec<claim::Delivery>> {
    let free = pace.at_once.saturating_sub(under_way);
    if free == 0 {
        return Ok(Vec::new());
    }
    claim::claim(app, pace, busy, free).await
}

/// Counts one less. Where its task broke, whose it was is not known: the count is made anew by what is claimed from now on.
fn finish(busy: &mut HashMap<i64, usize>, webhook: Option<i64>) {
    let Some(webhook) = webhook else { return busy.clear() };
    if let Some(count) = busy.get_mut(&webhook) {
        *count -= 1;
    }
    busy.retain(|_, count| *count > 0);
}
