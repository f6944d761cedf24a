//! Whether a server on this machine would do its work, point by point. Called by `pak server check`; changes nothing but for a file
//! that is put into the file store and taken out again.

use pak_model::{Problem, Result, code};
use sea_orm::EntityTrait as _;
use serde::Serialize;

use crate::access::vault::Vault;
use crate::files::FileStore;
use crate::mail::Mailer;
use crate::settings::Settings;
use crate::store::entity::{credential, webhook};
use crate::store::{Location, Store, unusable};
use crate::webhooks::secrets;
use crate::work::credentials;

/// A point, and what is wrong with it.
#[derive(Debug)]
pub struct Point {
    /// Its name.
    pub name: &'static str,
    /// What was found to be well.
    pub note: String,
    /// What is wrong.
    pub problem: Option<Problem>,
}

/// A point as JSON shows it.
#[derive(Debug, Serialize)]
pub struct Shown<'a> {
    name: &'a str,
    ok: bool,
    note: &'a str,
    error: Option<pak_model::problem::Report>,
}

impl Point {
    fn of(name: &'static str, found: Result<String>) -> Self {
        match found {
            Ok(note) => Self { name, note, problem: None },
            Err(problem) => Self { name, note: String::new(), problem: Some(problem) },
        }
    }

    /// As JSON shows it.
    pub fn shown(&self) -> Shown<'_> {
        let error = self.problem.as_ref().map(Problem::report);
        Shown { name: self.name, ok: error.is_none(), note: &self.note, error }
    }
}

/// Looks at everything. Settings that could be read are in order, so that is the first point.
pub async fn all(settings: &Settings) -> Vec<Point> {
    let mut points = vec![
        Point::of("settings", Ok(format!("listens on {}, people use {}", settings.listen, settings.base))),
        Point::of("data folder", data_folder(settings)),
    ];
    let store = match database(settings).await {
        Ok(store) => {
            let kind = if store.is_shared() { "PostgreSQL answers" } else { "SQLite file opens" };
            points.push(Point::of("database", Ok(kind.to_owned())));
            points.push(Point::of("schema", schema(&store).await));
            Some(store)
        }
        Err(problem) => {
            points.push(Point::of("database", Err(problem)));
            None
        }
    };
    points.push(Point::of("master key", master_key(settings, store.as_ref()).await));
    points.push(Point::of("file store", file_store(settings).await));
    let mail = Mailer::new(settings)
        .map(|mailer| if mailer.delivers() { "a mail server is set" } else { "none is set: mails stay in the outbox" });
    points.push(Point::of("mail", mail.map(str::to_owned)));
    points
}

fn data_folder(settings: &Settings) -> Result<String> {
    let data = &settings.data;
    let unusable = |text: String| Problem::new(code::server::DATA_FOLDER, text).about("folder", data);
    if !data.is_dir() {
        return Err(unusable(format!("{data} is not there yet. `pak serve` makes it.")));
    }
    tempfile::tempfile_in(data).map_err(|error| unusable(format!("{data} cannot be written to.")).cause(&error))?;
    // Rights of this form are a Unix notion; Windows keeps the folder's access list.
    #[cfg(unix)]
    for path in [data.clone(), data.join("secrets"), data.join(super::MASTER_KEY)] {
        use std::os::unix::fs::PermissionsExt as _;
        let Ok(metadata) = std::fs::metadata(&path) else { continue };
        let mode = metadata.permissions().mode() & 0o777;
        let wrong = if metadata.is_dir() { mode & 0o022 } else { mode & 0o077 };
        if wrong != 0 {
            return Err(unusable(format!("{path} is open to others (mode {mode:o})."))
                .next(format!("Run `chmod go-{} {path}`.", if metadata.is_dir() { "w" } else { "rwx" })));
        }
    }
    Ok(data.to_string())
}

async fn database(settings: &Settings) -> Result<Store> {
    if let Location::Sqlite(file) = &settings.database
        && !file.exists()
    {
        return Err(Problem::new(code::server::DATABASE, format!("{file} is not there yet."))
            .next("Run `pak serve`, or `pak server migrate`: both make it."));
    }
    Store::open(&settings.database).await
}

async fn schema(store: &Store) -> Result<String> {
    match store.pending_names().await?.as_slice() {
        [] => Ok("current".to_owned()),
        pending => Err(Problem::new(
            code::server::DATABASE,
            format!("The schema is behind by {}: {}.", pending.len(), pending.join(", ")),
        )
        .next("Run `pak server migrate`, or start the server, which does it, too.")),
    }
}

/// Whether the key opens what is sealed with it.
async fn master_key(settings: &Settings, store: Option<&Store>) -> Result<String> {
    let own = settings.data.join(super::MASTER_KEY);
    if settings.master_key.is_none() && !own.exists() {
        return Err(Problem::new(code::access::MASTER_KEY, format!("{own} is not there yet. `pak serve` makes it."))
            .about("file", own));
    }
    let vault = Vault::open(&settings.data, settings.master_key.as_deref())?;
    let Some(store) = store else { return Ok(format!("{} can be read", vault.key_id())) };
    let mut opened = 0;
    for row in credential::Entity::find().all(store.read()).await.map_err(unusable)? {
        let bound = credentials::bound_to(&row.environment, &row.target);
        vault.unseal(credentials::place(row.project_id, &bound), &row.sealed)?;
        opened += 1;
    }
    for row in webhook::Entity::find().all(store.read()).await.map_err(unusable)? {
        vault.unseal(secrets::of_webhook(row.id), &row.sealed_secret)?;
        opened += 1;
    }
    Ok(format!("{} opens all {opened} sealed secrets", vault.key_id()))
}

async fn file_store(settings: &Settings) -> Result<String> {
    let store = FileStore::open(&settings.files, &settings.env)?;
    let probe =
        tempfile::NamedTempFile::new().map_err(|error| super::file_problem(&"a temporary file", "made", &error))?;
    let path = camino::Utf8Path::from_path(probe.path());
    let path =
        path.ok_or_else(|| Problem::new(code::server::DATA_FOLDER, "The path for temporary files is not UTF-8."))?;
    let key = format!("checks/{}", uuid::Uuid::new_v4());
    store.put_file(&key, path).await?;
    store.delete(&key).await?;
    Ok(format!("{} can be written", settings.files))
}
