//! The database: SQLite below the data folder, or PostgreSQL. Entities and migrations are the same for both; so is every query but the one that claims work.

pub mod entity;
mod migrations;
mod write;

use std::time::Duration;

use camino::Utf8Path;
use pak_model::{Problem, Result, Secret, code};
use sea_orm::{ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr};
use sea_orm_migration::MigratorTrait as _;

pub use write::Written;

/// How many connections read at a time.
const READERS: u32 = 8;

/// Where the data is.
#[derive(Debug, Clone)]
pub enum Location {
    /// One file; one machine.
    Sqlite(camino::Utf8PathBuf),
    /// A server that several nodes share. The address holds its password.
    Postgres(Secret),
}

/// The database, open. Cloning is cheap.
#[derive(Clone)]
pub struct Store {
    read: DatabaseConnection,
    write: write::Writer,
}

impl Store {
    /// Opens it without looking at its schema.
    pub async fn open(location: &Location) -> Result<Self> {
        match location {
            Location::Sqlite(path) => {
                // The writer makes the file, so it comes first.
                let writer = connect(sqlite(path, 1)).await?;
                let read = connect(sqlite(path, READERS)).await?;
                Ok(Self { read, write: write::Writer::grouped(writer) })
            }
            Location::Postgres(url) => {
                let mut options = ConnectOptions::new(url.expose().to_owned());
                options.max_connections(16).min_connections(1);
                let pool = connect(options).await?;
                Ok(Self { read: pool.clone(), write: write::Writer::pooled(pool) })
            }
        }
    }

    /// For reading. What is read by two statements may change in between.
    pub fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// Which database it is, for the few statements that differ.
    pub fn backend(&self) -> DbBackend {
        self.read.get_database_backend()
    }

    /// Whether other nodes may share it.
    pub fn is_shared(&self) -> bool {
        self.backend() == DbBackend::Postgres
    }

    /// Runs a closure in a write transaction. What it returns is durable when this returns; an error leaves nothing behind.
    ///
    /// On SQLite everything that was waiting is written in one transaction with one sync, each closure under a savepoint of its own, so a closure must not wait for anything but the database.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t DatabaseTransaction) -> Written<'t, T> + Send + 'static,
    {
        self.write.run(work).await
    }

    /// Brings the schema up to date. Returns how many steps it took.
    pub async fn migrate(&self) -> Result<usize> {
        let before = self.pending_migrations().await?;
        if before > 0 {
            // A group's transaction must not be open on the only writing connection meanwhile: nothing runs yet at this point.
            migrations::Migrator::up(self.write.connection(), None).await.map_err(unusable)?;
        }
        Ok(before)
    }

    /// Makes the schema of an empty database as it was after so many steps: for the rows of a backup.
    pub(crate) async fn migrate_to(&self, steps: usize) -> Result<()> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        migrations::Migrator::up(self.write.connection(), Some(steps)).await.map_err(unusable)
    }

    /// The steps that the schema is behind, by name.
    pub async fn pending_names(&self) -> Result<Vec<String>> {
        let pending = migrations::Migrator::get_pending_migrations(self.write.connection()).await.map_err(unusable)?;
        Ok(pending.iter().map(|step| step.name().to_owned()).collect())
    }

    /// How many steps the schema is behind.
    pub async fn pending_migrations(&self) -> Result<usize> {
        migrations::Migrator::get_pending_migrations(self.write.connection())
            .await
            .map(|list| list.len())
            .map_err(unusable)
    }
}

async fn connect(mut options: ConnectOptions) -> Result<DatabaseConnection> {
    options.sqlx_logging(false).acquire_timeout(Duration::from_secs(20)).connect_timeout(Duration::from_secs(10));
    Database::connect(options)
        .await
        .map_err(|error| Problem::new(code::server::DATABASE, "The database cannot be opened.").cause(&error))
}

/// One file in WAL mode, synced at every commit: what was answered survives a power cut.
fn sqlite(path: &Utf8Path, connections: u32) -> ConnectOptions {
    use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
    let mut options = ConnectOptions::new("sqlite::memory:");
    let file = path.as_std_path().to_owned();
    // A file does not hang up: asking each connection first whether it is there doubles what a query costs.
    options.max_connections(connections).min_connections(1).test_before_acquire(false).map_sqlx_sqlite_opts(
        move |_| {
            SqliteConnectOptions::new()
                .filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(15))
                .foreign_keys(true)
                .pragma("temp_store", "memory")
        },
    );
    options
}

/// A database error as people see it. What the database said stays in the causes, which only the log shows.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn unusable(error: DbErr) -> Problem {
    Problem::new(code::server::DATABASE, "The database did not do what it was asked to.").cause(&error)
}

/// Whether a row with the same unique key is there already.
pub fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
