//! Restoring a backup into a server that has nothing yet, on either database. Called by `pak server restore`; no server may run there.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};

use camino::{Utf8Component, Utf8Path};
use flate2::read::GzDecoder;
use pak_model::{Problem, Result, code};
use sea_orm::DatabaseTransaction;
use serde::Serialize;

use super::backup::Manifest;
use super::{FORM, MANIFEST, MASTER_KEY, file_problem, tables};
use crate::access::vault::Vault;
use crate::files::FileStore;
use crate::store::{Store, unusable};
use crate::{Settings, store};

/// Rows put in with one transaction.
const PORTION: usize = 500;
/// The longest row: a longer one is none of ours.
const LONGEST_ROW: u64 = 64 << 20;

/// What was restored.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// The backup's own words.
    pub manifest: Manifest,
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: u64,
}

/// Restores. Refuses where there is anything already.
pub async fn restore(settings: &Settings, from: &Utf8Path) -> Result<Restored> {
    std::fs::create_dir_all(&settings.data).map_err(|error| file_problem(&settings.data, "made", &error))?;
    let opened = File::open(from).map_err(|error| file_problem(&from, "read", &error))?;
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(opened)));
    let unreadable = |error: std::io::Error| file_problem(&from, "read", &error);
    let entries = archive.entries().map_err(unreadable)?;
    let store = Store::open(&settings.database).await?;
    if !tables::all(store.read()).await?.is_empty() {
        return Err(taken("The database has tables already."));
    }
    let files = FileStore::open(&settings.files, &settings.env)?;
    if !files.keys().await?.is_empty() {
        return Err(taken("The file store has files already."));
    }
    let mut manifest = None;
    let (mut rows, mut kept, mut has_key) = (0, 0, false);
    for entry in entries {
        let mut entry = entry.map_err(unreadable)?;
        let path = entry.path().map_err(unreadable)?.into_owned();
        let path = Utf8Path::from_path(&path)
            .filter(|path| path.components().all(|part| matches!(part, Utf8Component::Normal(_))));
        let name = path.ok_or_else(|| strange(from, "a member has a path that leads elsewhere"))?.as_str().to_owned();
        match (name.as_str(), &manifest) {
            (MANIFEST, None) => manifest = Some(begin(&store, &mut entry, from).await?),
            (_, None) => return Err(strange(from, "it does not begin with its description")),
            (MASTER_KEY, Some(_)) => {
                has_key = true;
                master_key(settings, &mut entry)?;
            }
            (name, Some(_)) => {
                if let Some(table) = name.strip_prefix("tables/").and_then(|name| name.strip_suffix(".jsonl")) {
                    rows += table_rows(&store, table, entry, from).await?;
                } else if let Some(key) = name.strip_prefix("files/") {
                    let mut file = tempfile::NamedTempFile::new_in(&settings.data).map_err(unreadable)?;
                    std::io::copy(&mut entry, &mut file).map_err(unreadable)?;
                    let path = Utf8Path::from_path(file.path())
                        .ok_or_else(|| strange(from, "the data folder's path is not UTF-8"))?;
                    files.put_file(key, path).await?;
                    kept += 1;
                }
            }
        }
    }
    let manifest = manifest.ok_or_else(|| strange(from, "it is empty"))?;
    // Brought to what this version has, once the rows are there.
    store.migrate().await?;
    if !has_key && settings.master_key.is_none() && !settings.data.join(MASTER_KEY).exists() {
        return Ok(Restored { manifest, rows, files: kept });
    }
    let vault = Vault::open(&settings.data, settings.master_key.as_deref())?;
    if !vault.knows(&manifest.master_key) {
        return Err(Problem::new(
            code::access::MASTER_KEY,
            format!(
                "The backup's secrets are sealed with master key {}, which is not the one that is here.",
                manifest.master_key
            ),
        ));
    }
    Ok(Restored { manifest, rows, files: kept })
}

/// Reads what it is, and makes the schema it was taken from.
async fn begin(store: &Store, entry: &mut impl Read, from: &Utf8Path) -> Result<Manifest> {
    let mut text = String::new();
    entry.take(1 << 20).read_to_string(&mut text).map_err(|error| file_problem(&from, "read", &error))?;
    let manifest: Manifest =
        serde_json::from_str(&text).map_err(|error| strange(from, "its description cannot be read").cause(&error))?;
    if manifest.form != FORM {
        return Err(strange(from, &format!("pak {} wrote it in form {}", manifest.pak, manifest.form)));
    }
    store.migrate_to(manifest.migrations.len()).await?;
    if tables::migrations(store.read()).await? != manifest.migrations {
        return Err(strange(from, &format!("pak {} made its schema, which this version does not know", manifest.pak)));
    }
    Ok(manifest)
}

fn master_key(settings: &Settings, entry: &mut impl Read) -> Result<()> {
    // A key that is named elsewhere is the administrator's to put there.
    if settings.master_key.is_some() {
        return Ok(());
    }
    let mut text = Vec::new();
    let file = settings.data.join(MASTER_KEY);
    let failed = |error: &(dyn std::error::Error + 'static)| file_problem(&file, "written", error);
    entry.take(1 << 20).read_to_end(&mut text).map_err(|error| failed(&error))?;
    let folder = settings.data.join("secrets");
    std::fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
    // Temporary files are their owner's alone, and stay so.
    let mut new = tempfile::NamedTempFile::new_in(&folder).map_err(|error| failed(&error))?;
    std::io::Write::write_all(&mut new, &text).map_err(|error| failed(&error))?;
    new.as_file().sync_all().map_err(|error| failed(&error))?;
    new.persist_noclobber(&file).map_err(|error| failed(&error.error))?;
    Ok(())
}

async fn table_rows(store: &Store, name: &str, entry: impl Read, from: &Utf8Path) -> Result<u64> {
    let table = tables::all(store.read()).await?.into_iter().find(|table| table.name == name);
    let table = std::sync::Arc::new(table.ok_or_else(|| strange(from, &format!("there is no table `{name}`")))?);
    if table.count(store.read()).await? > 0 {
        // What migrating itself put in is in the backup, too.
        let name = table.name.clone();
        store.write(move |transaction| Box::pin(async move { clear(transaction, &name).await })).await?;
    }
    let mut reader = BufReader::new(entry);
    let mut written = 0;
    loop {
        let mut portion = Vec::with_capacity(PORTION);
        while portion.len() < PORTION {
            let mut line = String::new();
            let read = reader.by_ref().take(LONGEST_ROW).read_line(&mut line);
            if read.map_err(|error| file_problem(&from, "read", &error))? == 0 {
                break;
            }
            portion.push(line);
        }
        if portion.is_empty() {
            break;
        }
        written += portion.len() as u64;
        let table = table.clone();
        store
            .write(move |transaction| {
                Box::pin(async move {
                    for line in &portion {
                        table.insert(transaction, line).await.map_err(unusable)?;
                    }
                    Ok(())
                })
            })
            .await?;
    }
    store.write(move |transaction| Box::pin(async move { table.renumber(transaction).await })).await?;
    Ok(written)
}

async fn clear(transaction: &DatabaseTransaction, table: &str) -> Result<()> {
    let sql = format!("DELETE FROM \"{table}\"");
    sea_orm::ConnectionTrait::execute_unprepared(transaction, &sql).await.map(drop).map_err(store::unusable)
}

fn taken(what: &str) -> Problem {
    Problem::new(code::server::RESTORE_REFUSED, format!("{what} A backup is restored into an empty place only."))
}

fn strange(from: &Utf8Path, why: &str) -> Problem {
    Problem::new(code::server::BACKUP, format!("{from} cannot be restored: {why}.")).about("file", from)
}
