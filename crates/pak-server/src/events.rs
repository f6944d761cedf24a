//! Wakes whoever waits in this process: workers for new deployments, watchers for news of one. Other processes look at the database once a second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use pak_model::event::Event;
use tokio::sync::{Notify, broadcast};

/// How much news a slow watcher may leave unread before it has to read the rows again.
const UNREAD: usize = 256;

/// Who is waiting for what.
#[derive(Clone, Default)]
pub struct Hub(Arc<Inner>);

#[derive(Default)]
struct Inner {
    work: Notify,
    deliveries: Notify,
    watchers: Mutex<HashMap<i64, broadcast::Sender<News>>>,
}

/// News of a deployment.
#[derive(Debug, Clone)]
pub enum News {
    /// Rows were added: read them.
    Rows,
    /// Something that is only shown.
    Tick(Arc<Event>),
}

impl Hub {
    /// A deployment may be claimed.
    pub fn wake_workers(&self) {
        self.0.work.notify_one();
    }

    /// Until a deployment may be claimed.
    pub async fn work(&self) {
        self.0.work.notified().await;
    }

    /// A webhook delivery is waiting.
    pub fn wake_deliveries(&self) {
        self.0.deliveries.notify_one();
    }

    /// Until a webhook delivery is waiting.
    pub async fn deliveries(&self) {
        self.0.deliveries.notified().await;
    }

    /// Tells those who watch a deployment.
    pub fn tell(&self, deployment: i64, news: News) {
        let mut watchers = self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = watchers.get(&deployment)
            && sender.send(news).is_err()
        {
            watchers.remove(&deployment);
        }
    }

    /// Watches a deployment from now on.
    pub fn watch(&self, deployment: i64) -> broadcast::Receiver<News> {
        let mut watchers = self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.entry(deployment).or_insert_with(|| broadcast::channel(UNREAD).0).subscribe()
    }

    /// How many deployments are watched.
    pub fn watched(&self) -> usize {
        let mut watchers = self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner);
        watchers.retain(|_, sender| sender.receiver_count() > 0);
        watchers.len()
    }
}
