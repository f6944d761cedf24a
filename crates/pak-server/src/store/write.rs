//! One way to write. On SQLite, whose transactions exclude each other and cost a sync each, what has come together is written as one group.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use futures_util::FutureExt as _;
use pak_model::{Problem, Result, code};
use sea_orm::{
    DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait as _,
};
use tokio::sync::{mpsc, oneshot};

use super::unusable;

/// What a closure given to [`super::Store::write`] returns.
pub type Written<'t, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 't>>;

/// No group is larger, so that the first of it does not wait long for the last.
const LARGEST_GROUP: usize = 256;

/// How a process writes.
#[derive(Clone)]
pub(super) struct Writer {
    connection: DatabaseConnection,
    queue: Option<mpsc::Sender<Job>>,
}

/// Does its work in the group's transaction, and returns what tells the caller once the group is committed (or not).
type Job =
    Box<dyn for<'t> FnOnce(&'t DatabaseTransaction) -> Pin<Box<dyn Future<Output = Outcome> + Send + 't>> + Send>;

struct Outcome {
    succeeded: bool,
    answer: Box<dyn FnOnce(Result<()>) + Send>,
}

impl Writer {
    /// Every transaction by itself, on a pool.
    pub(super) fn pooled(connection: DatabaseConnection) -> Self {
        Self { connection, queue: None }
    }

    /// One connection, one group after the other.
    pub(super) fn grouped(connection: DatabaseConnection) -> Self {
        let (queue, jobs) = mpsc::channel(LARGEST_GROUP * 4);
        tokio::spawn(work(connection.clone(), jobs));
        Self { connection, queue: Some(queue) }
    }

    pub(super) fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    pub(super) async fn run<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Written<'t, T> + Send + 'static,
    {
        let Some(queue) = &self.queue else {
            let transaction = self.connection.begin().await.map_err(unusable)?;
            let value = work(&transaction).await?;
            transaction.commit().await.map_err(unusable)?;
            return Ok(value);
        };
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            Box::pin(async move {
                let result = AssertUnwindSafe(work(transaction)).catch_unwind().await.unwrap_or_else(|_| Err(broke()));
                let succeeded = result.is_ok();
                let answer = Box::new(move |committed: Result<()>| {
                    let _ = sender.send(result.and_then(|value| committed.map(|()| value)));
                });
                Outcome { succeeded, answer }
            })
        });
        let gone = || Problem::new(code::server::STOPPING, "The server is stopping; nothing was written.");
        queue.send(job).await.map_err(|_| gone())?;
        receiver.await.map_err(|_| gone())?
    }
}

fn broke() -> Problem {
    Problem::new(code::server::INTERNAL, "Something broke while writing to the database; nothing was written.")
}

async fn work(connection: DatabaseConnection, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(LARGEST_GROUP);
    while jobs.recv_many(&mut waiting, LARGEST_GROUP).await > 0 {
        group(&connection, &mut waiting).await;
    }
}

/// Writes a group. A closure that fails takes back its own changes only.
async fn group(connection: &DatabaseConnection, waiting: &mut Vec<Job>) {
    // IMMEDIATE: a transaction that reads first and then writes would fail at once when another process writes meanwhile.
    let options =
        TransactionOptions { sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate), ..Default::default() };
    let mut outcomes = Vec::with_capacity(waiting.len());
    let committed = async {
        let transaction = connection.begin_with_options(options).await.map_err(unusable)?;
        let alone = waiting.len() == 1;
        for job in waiting.drain(..) {
            if alone {
                let outcome = job(&transaction).await;
                let succeeded = outcome.succeeded;
                outcomes.push(outcome);
                if !succeeded {
                    return transaction.rollback().await.map_err(unusable);
                }
                continue;
            }
            let savepoint = transaction.begin().await.map_err(unusable)?;
            let outcome = job(&savepoint).await;
            let end = if outcome.succeeded { savepoint.commit().await } else { savepoint.rollback().await };
            outcomes.push(outcome);
            end.map_err(unusable)?;
        }
        transaction.commit().await.map_err(unusable)
    }
    .await;
    // Jobs that were not begun are dropped, and their callers told by the closed channel.
    waiting.clear();
    for outcome in outcomes {
        (outcome.answer)(committed.clone());
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait as _, EntityTrait as _, Set};

    use super::super::entity::setting;
    use super::super::{Location, Store};
    use super::*;

    async fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("pak.db")).unwrap();
        let store = Store::open(&Location::Sqlite(path)).await.unwrap();
        assert!(store.migrate().await.unwrap() > 0);
        assert_eq!(store.migrate().await.unwrap(), 0);
        (folder, store)
    }

    fn put(store: &Store, n: usize) -> impl Future<Output = Result<()>> + use<> {
        let store = store.clone();
        async move {
            store
                .write(move |transaction| {
                    Box::pin(async move {
                        let row = setting::ActiveModel {
                            name: Set(n.to_string()),
                            value: Set("1".into()),
                            updated_at: Set(0),
                            updated_by: Set(None),
                        };
                        setting::Entity::insert(row).exec_without_returning(transaction).await.map_err(unusable)?;
                        match n % 5 {
                            3 => Err(Problem::new(code::server::INTERNAL, "meant to fail")),
                            4 => panic!("meant to break"),
                            _ => Ok(()),
                        }
                    })
                })
                .await
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_group_keeps_what_succeeded_and_takes_back_what_failed() {
        let (_folder, store) = store().await;
        let tasks: Vec<_> = (0..500).map(|n| tokio::spawn(put(&store, n))).collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap().is_ok(), n % 5 < 3, "{n}");
        }
        let mut kept: Vec<usize> = setting::Entity::find()
            .all(store.read())
            .await
            .unwrap()
            .iter()
            .map(|row| row.name.parse().unwrap())
            .collect();
        kept.sort_unstable();
        assert_eq!(kept, (0..500).filter(|n| n % 5 < 3).collect::<Vec<_>>());
        let mode =
            store.read().query_one_raw(sea_orm::Statement::from_string(store.backend(), "PRAGMA journal_mode")).await;
        assert_eq!(mode.unwrap().unwrap().try_get_by_index::<String>(0).unwrap(), "wal");
    }
}
