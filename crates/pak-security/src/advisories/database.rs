//! The database as scans use it: opened, asked about components, its age told, removed.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pak_model::Result;
use serde::Serialize;

use super::matching::{self, Matches};
use super::store::{self, EXTENSION, MANIFEST, Manifest, Reader, unusable};
use crate::report::{Component, DatabaseStamp, Finding, Notice, NoticeKind};

/// The advisories of a folder.
#[derive(Debug)]
pub struct Database {
    folder: Utf8PathBuf,
    manifest: Manifest,
    stamp: DatabaseStamp,
}

/// What the database has of one ecosystem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EcosystemStamp {
    /// Its OSV name.
    pub ecosystem: String,
    /// Advisories, once for each package they are about.
    pub entries: u64,
    /// When the newest of them was changed.
    pub newest: Timestamp,
}

impl Database {
    /// Opens the database of a folder; none where nothing was imported yet.
    pub fn open(folder: &Utf8Path) -> Result<Option<Self>> {
        Ok(store::manifest(folder)?.map(|manifest| Self {
            folder: folder.to_owned(),
            stamp: stamp(&manifest),
            manifest,
        }))
    }

    /// Which data it is.
    pub fn stamp(&self) -> &DatabaseStamp {
        &self.stamp
    }

    /// What it has of each ecosystem, by name.
    pub fn ecosystems(&self) -> Vec<EcosystemStamp> {
        let stamp = |(ecosystem, part): (&String, &store::Part)| EcosystemStamp {
            ecosystem: ecosystem.clone(),
            entries: part.entries,
            newest: part.newest,
        };
        self.manifest.ecosystems.iter().map(stamp).collect()
    }

    /// Reads every file whole and compares it with its digest.
    pub fn check(&self) -> Result<()> {
        self.manifest.ecosystems.values().chain([&self.manifest.ids]).try_for_each(|part| part.check(&self.folder))
    }

    /// What is known against components, and what could not be asked. Fails only where the database itself is damaged.
    pub fn findings(&self, components: &[Component]) -> Result<(Vec<Finding>, Vec<Notice>)> {
        let mut matches = Matches::default();
        for (ecosystem, packages) in matching::by_package(components, &mut matches) {
            let Some(part) = self.manifest.ecosystems.get(ecosystem) else {
                matches.notices.push(unknown(ecosystem, packages.values().map(Vec::len).sum()));
                continue;
            };
            let reader = Reader::open(&self.folder, part)?;
            for (name, components) in packages {
                let entries = reader.entries(&name)?;
                for component in components {
                    matches.component(component, &entries);
                }
            }
        }
        Ok(matches.finish())
    }
}

pub(super) fn stamp(manifest: &Manifest) -> DatabaseStamp {
    DatabaseStamp {
        newest: manifest.newest,
        imported: Some(manifest.imported),
        records: manifest.records,
        sha256: Some(manifest.sha256.clone()),
    }
}

fn unknown(ecosystem: &str, components: usize) -> Notice {
    Notice {
        kind: NoticeKind::EcosystemUnknown,
        path: None,
        message: format!(
            "The advisory database has nothing about {ecosystem}; its components were not checked: {components}."
        ),
        remedy: format!("Import the data of {ecosystem}: `pak security database import FILE`."),
    }
}

/// What a report says where there is no database.
pub fn missing_notice() -> Notice {
    Notice {
        kind: NoticeKind::DatabaseMissing,
        path: None,
        message: "There is no advisory database; nothing is known about vulnerabilities.".to_owned(),
        remedy: "Import one: `pak security database import FILE`, or ask the online service with --online.".to_owned(),
    }
}

/// The age in days from which advisories count as old, where the settings do not say.
pub const OLD_AFTER_DAYS: u32 = 30;

/// What a report says where the newest advisory is older than so many days.
pub fn age_notice(stamp: &DatabaseStamp, most_days: u32, now: Timestamp) -> Option<Notice> {
    let days = now.duration_since(stamp.newest).as_hours() / 24;
    (days > i64::from(most_days)).then(|| Notice {
        kind: NoticeKind::DatabaseOld,
        path: None,
        message: format!("The newest advisory of the database is {days} days old; {most_days} are allowed."),
        remedy: "Import newer data: `pak security database import FILE`.".to_owned(),
    })
}

/// Removes the database of a folder; true if there was one. Other files of the folder stay.
pub fn remove(folder: &Utf8Path) -> Result<bool> {
    let entries = match folder.read_dir_utf8() {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(unusable(folder, &error)),
    };
    let mut was = false;
    // The manifest first: what is left without it is no database.
    let mut files: Vec<_> =
        entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())).collect();
    files.retain(|entry| entry.file_name() == MANIFEST || entry.file_name().ends_with(EXTENSION));
    files.sort_by_key(|entry| entry.file_name() != MANIFEST);
    for entry in files {
        std::fs::remove_file(entry.path()).map_err(|error| unusable(entry.path(), &error))?;
        was = true;
    }
    Ok(was)
}

/// Components by ecosystem and by the name under which the database keeps them.
pub(super) type ByPackage<'a> = BTreeMap<&'a str, BTreeMap<String, Vec<&'a Component>>>;
