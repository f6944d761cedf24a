//! Fills the database: reads records, keeps the newest of each id, writes the ecosystems they touch anew.
//!
//! Entries wait in a file until all are read; in memory are only ids and places, so a snapshot of every ecosystem fits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::time::Duration;

use camino::Utf8Path;
use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::entry::{self, Entry};
use super::record::Record;
use super::source::{self, Document};
use super::store::{self, Manifest, Part, Reader, Writer, unusable};
use crate::report::DatabaseStamp;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// The database as it is now.
    pub database: DatabaseStamp,
    /// Records that were new.
    pub added: u64,
    /// Records that took the place of an older or equal one.
    pub replaced: u64,
    /// Records of which a newer one was there already.
    pub older: u64,
    /// Records that were withdrawn; they never match.
    pub withdrawn: u64,
    /// Records that name no package of any ecosystem (commits alone).
    pub without_package: u64,
    /// Documents of another form than OSV's.
    pub not_osv: u64,
    /// Records or parts of them beyond every real size, left out.
    pub too_large: u64,
}

/// Imports a zip, a folder, a tar, JSON, JSON lines or YAML, also compressed by gzip, into the database of a folder. Imports
/// add up; of two records with one id the newer counts, of two equally new ones the one imported last.
pub fn import(source: &Utf8Path, into: &Utf8Path) -> Result<Imported> {
    std::fs::create_dir_all(into).map_err(|error| unusable(into, &error))?;
    let _lock = lock(into)?;
    let mut import = Import::begin(into)?;
    source::each(source, &mut |document| import.take(document))?;
    if import.seen == 0 {
        return Err(Problem::new(code::security::SOURCE_UNUSABLE, format!("There is no advisory in {source}."))
            .about("file", source));
    }
    import.finish()
}

/// One import at a time; a second one waits for a minute.
fn lock(folder: &Utf8Path) -> Result<File> {
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(|error| unusable(&path, &error))?;
    for _ in 0..600 {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(100)),
            Err(TryLockError::Error(error)) => return Err(unusable(&path, &error)),
        }
    }
    Err(Problem::new(code::security::DATABASE_FAILED, "Another import into the advisory database is at work.")
        .about("file", path))
}

/// What is known of an id.
struct State {
    id: Box<str>,
    modified: Timestamp,
    /// When the data is from: the later of its change and its publication, as some databases write no time of change.
    fresh: Timestamp,
    /// Which of the records read in this import it is; 0 for one that was there before.
    sequence: u32,
    ecosystems: Box<[u16]>,
}

/// An entry that waits to be written.
struct Pending {
    name: Box<str>,
    state: usize,
    sequence: u32,
    at: u64,
    length: usize,
}

struct Import<'a> {
    folder: &'a Utf8Path,
    before: Option<Manifest>,
    ecosystems: Vec<String>,
    states: Vec<State>,
    by_id: HashMap<Box<str>, usize>,
    pending: BTreeMap<u16, Vec<Pending>>,
    touched: BTreeSet<u16>,
    spill: BufWriter<File>,
    spilled: u64,
    sequence: u32,
    seen: u64,
    counts: Imported,
}

/// A line of the file of ids.
type IdLine = (String, Timestamp, Timestamp, Vec<String>);

impl<'a> Import<'a> {
    fn begin(folder: &'a Utf8Path) -> Result<Self> {
        let before = store::manifest(folder)?;
        let spill = tempfile::tempfile_in(folder).map_err(|error| unusable(folder, &error))?;
        let database = DatabaseStamp { newest: Timestamp::MIN, imported: None, records: 0, sha256: None };
        let mut import = Self {
            folder,
            before,
            ecosystems: Vec::new(),
            states: Vec::new(),
            by_id: HashMap::new(),
            pending: BTreeMap::new(),
            touched: BTreeSet::new(),
            spill: BufWriter::with_capacity(1 << 16, spill),
            spilled: 0,
            sequence: 0,
            seen: 0,
            counts: Imported {
                database,
                added: 0,
                replaced: 0,
                older: 0,
                withdrawn: 0,
                without_package: 0,
                not_osv: 0,
                too_large: 0,
            },
        };
        if let Some(manifest) = &import.before {
            let ids = Reader::open(folder, &manifest.ids)?;
            let block = ids.block("")?.unwrap_or_default();
            let lines: Vec<IdLine> =
                serde_json::from_slice(&block).map_err(|_| store::damaged(folder, "has no readable list of ids"))?;
            for (id, modified, fresh, ecosystems) in lines {
                let ecosystems = ecosystems.iter().map(|ecosystem| import.ecosystem(ecosystem)).collect();
                import.learn(&id, modified, fresh, 0, ecosystems);
            }
        }
        Ok(import)
    }

    fn ecosystem(&mut self, name: &str) -> u16 {
        let place = self.ecosystems.iter().position(|known| known == name).unwrap_or_else(|| {
            self.ecosystems.push(name.to_owned());
            self.ecosystems.len() - 1
        });
        u16::try_from(place).unwrap_or(u16::MAX)
    }

    fn learn(
        &mut self,
        id: &str,
        modified: Timestamp,
        fresh: Timestamp,
        sequence: u32,
        ecosystems: Box<[u16]>,
    ) -> usize {
        let state = State { id: id.into(), modified, fresh, sequence, ecosystems };
        if let Some(place) = self.by_id.get(id).copied() {
            if let Some(known) = self.states.get_mut(place) {
                *known = state;
            }
            return place;
        }
        self.states.push(state);
        self.by_id.insert(id.into(), self.states.len() - 1);
        self.states.len() - 1
    }

    fn take(&mut self, document: Document) -> Result<()> {
        self.seen += 1;
        match document {
            Document::Record(record) => self.record(&record),
            Document::Other => {
                self.counts.not_osv += 1;
                Ok(())
            }
            Document::TooLarge => {
                self.counts.too_large += 1;
                Ok(())
            }
        }
    }

    fn record(&mut self, record: &Record) -> Result<()> {
        let id = record.id.trim();
        let modified = time(&record.modified);
        let known = self.by_id.get(id).and_then(|place| self.states.get(*place));
        if known.is_some_and(|known| known.modified > modified) {
            self.counts.older += 1;
            return Ok(());
        }
        // The ecosystems that held the older one are written anew without it.
        let replaced = known.map(|known| if known.sequence == 0 { known.ecosystems.clone() } else { Box::default() });
        match replaced {
            Some(ecosystems) => {
                self.touched.extend(ecosystems);
                self.counts.replaced += 1;
            }
            None => self.counts.added += 1,
        }
        let withdrawn = record.withdrawn.as_deref().is_some_and(|time| !time.trim().is_empty());
        let (entries, cut) = if withdrawn { (Vec::new(), false) } else { entry::entries(record) };
        self.counts.withdrawn += u64::from(withdrawn);
        self.counts.too_large += u64::from(cut);
        self.counts.without_package += u64::from(entries.is_empty() && !withdrawn);
        self.sequence += 1;
        let places: Vec<u16> = entries.iter().map(|(ecosystem, ..)| self.ecosystem(ecosystem)).collect();
        let ecosystems: BTreeSet<u16> = places.iter().copied().collect();
        let fresh = modified.max(time(&record.published)).min(Timestamp::now());
        let state = self.learn(id, modified, fresh, self.sequence, ecosystems.into_iter().collect());
        for ((_, name, entry), ecosystem) in entries.into_iter().zip(places) {
            let bytes = serde_json::to_vec(&entry).map_err(|error| unusable(self.folder, &error.into()))?;
            self.spill.write_all(&bytes).map_err(|error| unusable(self.folder, &error))?;
            let pending =
                Pending { name: name.into(), state, sequence: self.sequence, at: self.spilled, length: bytes.len() };
            self.spilled += bytes.len() as u64;
            self.pending.entry(ecosystem).or_default().push(pending);
            self.touched.insert(ecosystem);
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Imported> {
        let folder = self.folder;
        self.spill.flush().map_err(|error| unusable(folder, &error))?;
        let mut parts = self.before.as_ref().map(|manifest| manifest.ecosystems.clone()).unwrap_or_default();
        for place in std::mem::take(&mut self.touched) {
            let Some(name) = self.ecosystems.get(usize::from(place)).cloned() else { continue };
            let part = self.write(place, &name, parts.get(&name))?;
            match part {
                Some(part) => parts.insert(name, part),
                None => parts.remove(&name),
            };
        }
        let ids = self.write_ids()?;
        let live = || self.states.iter().filter(|state| !state.ecosystems.is_empty());
        let mut hasher = Sha256::new();
        for (name, part) in &parts {
            hasher.update(format!("{name}\n{}\n", part.sha256));
        }
        let manifest = Manifest {
            format: store::FORMAT,
            imported: Timestamp::now(),
            newest: live().map(|state| state.fresh).max().unwrap_or(Timestamp::UNIX_EPOCH),
            records: live().count() as u64,
            sha256: hex::encode(hasher.finalize()),
            ecosystems: parts,
            ids,
        };
        store::publish(folder, &manifest)?;
        self.counts.database = super::database::stamp(&manifest);
        Ok(self.counts)
    }

    /// Writes an ecosystem from what it held and what waits for it; nothing where nothing is left.
    fn write(&mut self, place: u16, ecosystem: &str, before: Option<&Part>) -> Result<Option<Part>> {
        let old = before.map(|part| Reader::open(self.folder, part)).transpose()?;
        let mut pending = self.pending.remove(&place).unwrap_or_default();
        pending.retain(|entry| self.states.get(entry.state).is_some_and(|state| state.sequence == entry.sequence));
        pending.sort_by(|one, other| one.name.cmp(&other.name));
        let names: BTreeSet<&str> =
            old.iter().flat_map(Reader::names).chain(pending.iter().map(|entry| &*entry.name)).collect();
        let mut writer = Writer::new(self.folder)?;
        let mut rest = pending.as_slice();
        for name in names {
            let (new, after) = rest.split_at(rest.partition_point(|entry| &*entry.name <= name));
            rest = after;
            let mut entries = match &old {
                Some(old) => old.entries(name)?,
                None => Vec::new(),
            };
            entries.retain(|entry| self.stood_before(&entry.id));
            for waiting in new {
                entries.push(spilled(self.spill.get_mut(), waiting).map_err(|error| unusable(self.folder, &error))?);
            }
            if entries.is_empty() {
                continue;
            }
            entries.sort_by(|one, other| (&one.id, &one.ecosystem).cmp(&(&other.id, &other.ecosystem)));
            let block = serde_json::to_vec(&entries).map_err(|error| unusable(self.folder, &error.into()))?;
            writer.push(name, &block, entries.len())?;
        }
        if writer.is_empty() {
            return Ok(None);
        }
        let here = self.states.iter().filter(|state| state.ecosystems.contains(&place));
        let newest = here.map(|state| state.fresh).max().unwrap_or(Timestamp::UNIX_EPOCH);
        writer.finish(ecosystem, newest).map(Some)
    }

    /// Whether the record of an entry that is in the database was not replaced.
    fn stood_before(&self, id: &str) -> bool {
        self.by_id.get(id).and_then(|place| self.states.get(*place)).is_some_and(|state| state.sequence == 0)
    }

    fn write_ids(&self) -> Result<Part> {
        let mut lines: Vec<_> = self
            .states
            .iter()
            .map(|state| {
                let name = |place: &u16| self.ecosystems.get(usize::from(*place)).map(String::as_str);
                (&*state.id, state.modified, state.fresh, state.ecosystems.iter().filter_map(name).collect::<Vec<_>>())
            })
            .collect();
        lines.sort_unstable_by(|one, other| one.0.cmp(other.0));
        let block = serde_json::to_vec(&lines).map_err(|error| unusable(self.folder, &error.into()))?;
        let mut writer = Writer::new(self.folder)?;
        writer.push("", &block, lines.len())?;
        writer.finish("ids", Timestamp::UNIX_EPOCH)
    }
}

fn spilled(file: &mut File, waiting: &Pending) -> std::io::Result<Entry> {
    file.seek(SeekFrom::Start(waiting.at))?;
    let mut bytes = vec![0; waiting.length];
    file.read_exact(&mut bytes)?;
    Ok(serde_json::from_slice(&bytes)?)
}

/// A time as RFC 3339 writes it; what is none is before all others.
fn time(text: &str) -> Timestamp {
    text.parse().unwrap_or(Timestamp::MIN)
}
