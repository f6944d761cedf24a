//! A backup: one `.tar.gz` with the rows of one moment as JSON lines, the file store's files and the master key. Called by
//! `pak server backup`; a server may run meanwhile.

use std::fs::File;
use std::io::{Seek as _, Write as _};

use camino::Utf8Path;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt as _;
use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use sea_orm::{DbBackend, IsolationLevel, TransactionTrait as _};
use serde::{Deserialize, Serialize};

use super::tables::{self, Table};
use super::{FORM, MANIFEST, MASTER_KEY, file_problem};
use crate::App;
use crate::store::unusable;

/// Rows read at a time.
const PORTION: u64 = 2000;

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of its form.
    pub form: u32,
    /// The version of pak that wrote it.
    pub pak: String,
    /// When.
    pub created_at: Timestamp,
    /// `sqlite` or `postgres`: where the rows come from. They can be restored into either.
    pub database: String,
    /// The migrations that made the schema.
    pub migrations: Vec<String>,
    /// The master key that seals its secrets, by name.
    pub master_key: String,
    /// Whether that key is in it.
    pub with_secrets: bool,
}

/// What was written.
#[derive(Debug, Serialize)]
pub struct Written {
    /// Rows of every table together.
    pub rows: u64,
    /// Files of the file store.
    pub files: u64,
    /// Bytes of the backup.
    pub size: u64,
    /// Whether the master key is in it.
    pub with_secrets: bool,
}

type Archive = tar::Builder<GzEncoder<File>>;

/// Writes a backup to a file that only its owner can read; it gets its name when it is whole.
pub async fn write(app: &App, to: &Utf8Path, with_secrets: bool) -> Result<Written> {
    let folder = to.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let failed = |error: std::io::Error| file_problem(&to, "written", &error);
    let temporary = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let out = temporary.as_file().try_clone().map_err(failed)?;
    let mut archive = tar::Builder::new(GzEncoder::new(out, Compression::new(6)));
    let rows = rows(app, &mut archive, to, with_secrets).await?;
    let files = files(app, &mut archive, to).await?;
    if with_secrets {
        let key = app.settings.master_key.clone().unwrap_or_else(|| app.settings.data.join(MASTER_KEY));
        let text = std::fs::read(&key).map_err(|error| file_problem(&key, "read", &error))?;
        append(&mut archive, MASTER_KEY, text.len() as u64, text.as_slice()).map_err(failed)?;
    }
    let finish = || archive.into_inner()?.finish()?.sync_all();
    finish().map_err(failed)?;
    let size = temporary.as_file().metadata().map_err(failed)?.len();
    temporary.persist_noclobber(to).map_err(|error| failed(error.error))?;
    Ok(Written { rows, files, size, with_secrets })
}

/// The rows of one moment, and before them what the backup is.
async fn rows(app: &App, archive: &mut Archive, to: &Utf8Path, with_secrets: bool) -> Result<u64> {
    let failed = |error: std::io::Error| file_problem(&to, "written", &error);
    // A read transaction: SQLite's and PostgreSQL's both see the database as it was when it began.
    let isolation = app.store.is_shared().then_some(IsolationLevel::RepeatableRead);
    let moment = app.store.read().begin_with_config(isolation, None).await.map_err(unusable)?;
    let manifest = Manifest {
        form: FORM,
        pak: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: Timestamp::now(),
        database: if app.store.backend() == DbBackend::Sqlite { "sqlite" } else { "postgres" }.to_owned(),
        migrations: tables::migrations(&moment).await?,
        master_key: app.vault.key_id().to_owned(),
        with_secrets,
    };
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|error| Problem::new(code::server::BACKUP, "The backup cannot be described.").cause(&error))?;
    append(archive, MANIFEST, text.len() as u64, text.as_slice()).map_err(failed)?;
    let mut written = 0;
    for table in tables::all(&moment).await? {
        let (count, mut file) = lines(&table, &moment, to).await?;
        let size = file.metadata().map_err(failed)?.len();
        file.rewind().map_err(failed)?;
        append(archive, &format!("tables/{}.jsonl", table.name), size, file).map_err(failed)?;
        written += count;
    }
    moment.rollback().await.map_err(unusable)?;
    Ok(written)
}

/// The rows of a table as a file of lines: an archive wants to know a member's size before it begins.
async fn lines(table: &Table, moment: &sea_orm::DatabaseTransaction, to: &Utf8Path) -> Result<(u64, File)> {
    let failed = |error: std::io::Error| file_problem(&to, "written", &error);
    let mut file = std::io::BufWriter::new(tempfile::tempfile().map_err(failed)?);
    let (mut count, mut place) = (0, None::<String>);
    loop {
        let portion = table.rows(moment, place.as_deref(), PORTION).await?;
        for (_, line) in &portion {
            writeln!(file, "{line}").map_err(failed)?;
        }
        count += portion.len() as u64;
        place = portion.last().map(|(place, _)| place.clone());
        if place.is_none() {
            let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
            return Ok((count, file));
        }
    }
}

/// Every file that is kept. What rows name was put there before them, so the rows' moment comes first.
async fn files(app: &App, archive: &mut Archive, to: &Utf8Path) -> Result<u64> {
    let failed = |error: std::io::Error| file_problem(&to, "written", &error);
    let mut written = 0;
    for key in app.files.keys().await? {
        // Deleted in the meantime, it is no loss.
        let Some((_, mut pieces)) = app.files.get(&key).await? else { continue };
        let mut file = tempfile::tempfile().map_err(failed)?;
        let mut size = 0;
        while let Some(piece) = pieces.next().await {
            let piece = piece?;
            size += piece.len() as u64;
            file.write_all(&piece).map_err(failed)?;
        }
        file.rewind().map_err(failed)?;
        append(archive, &format!("files/{key}"), size, file).map_err(failed)?;
        written += 1;
    }
    Ok(written)
}

fn append(archive: &mut Archive, name: &str, size: u64, content: impl std::io::Read) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_mode(0o600);
    header.set_size(size);
    archive.append_data(&mut header, name, content)
}
