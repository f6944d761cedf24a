//! Imports add up, whatever the data comes in; what is damaged, hostile or of another form is told.

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use flate2::Compression;
use flate2::write::GzEncoder;
use pak_model::code;
use pak_security::advisories::{self, Database};
use serde_json::{Value, json};

use super::component;

/// A folder for a database and for what is imported into it.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::from_path_buf(self.folder.path().join(name)).unwrap()
    }

    fn file(&self, name: &str, bytes: &[u8]) -> Utf8PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn import(&self, name: &str, bytes: &[u8]) -> pak_model::Result<advisories::Imported> {
        advisories::import(&self.file(name, bytes), &self.path("database"))
    }

    fn ids(&self, ecosystem: &str, name: &str, version: &str) -> Vec<String> {
        let database = Database::open(&self.path("database")).unwrap().unwrap();
        database.check().unwrap();
        let (findings, _) = database.findings(&[component(ecosystem, name, version)]).unwrap();
        findings.into_iter().map(|finding| finding.id).collect()
    }
}

fn record(id: &str, modified: &str, ecosystem: &str, name: &str, fixed: &str) -> Value {
    json!({
        "id": id, "modified": modified, "schema_version": "9.9.9", "new_field": {"a": [1]}, "summary": "Bad",
        "affected": [{
            "package": {"ecosystem": ecosystem, "name": name},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
        }]
    })
}

/// Names and bytes.
type Files = Vec<(&'static str, Vec<u8>)>;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(files: &[(&str, String)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_form_of_the_data_gives_the_same_answer() {
    let one = record("GHSA-1", "2026-01-01T00:00:00Z", "npm", "a", "2.0.0");
    let other = record("PYSEC-1", "2026-01-02T00:00:00Z", "PyPI", "B_c", "1.5");
    let lines = format!("{one}\n\n{other}\n");
    let mut tar = tar::Builder::new(Vec::new());
    for (name, text) in
        [("x/GHSA-1.json", serde_json::to_string_pretty(&one).unwrap()), ("x/b.json", other.to_string())]
    {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        tar.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    let yaml = "id: PYSEC-1\nmodified: 2026-01-02T00:00:00Z\nsummary: Bad\naffected:\n- package: {ecosystem: PyPI, name: B_c}\n  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: '0'\n    - fixed: '1.5'\n";
    let sources: [(&str, Files); 7] = [
        ("lines", vec![("a.jsonl", lines.clone().into_bytes())]),
        ("compressed lines", vec![("a.jsonl.gz", gzip(lines.as_bytes()))]),
        ("a list", vec![("a.json", format!("[{one},\n{other}]").into_bytes())]),
        ("documents", vec![("a.json", serde_json::to_vec_pretty(&one).unwrap()), ("b.yaml", yaml.into())]),
        (
            "zip",
            vec![(
                "a.zip",
                zip(&[("a.json", one.to_string()), ("b.json", other.to_string()), ("README", "no".into())]),
            )],
        ),
        ("tar", vec![("a.tgz", gzip(&tar.into_inner().unwrap()))]),
        ("no name", vec![("advisories", lines.clone().into_bytes())]),
    ];
    let mut hashes = Vec::new();
    for (what, files) in sources {
        let place = Place::new();
        for (name, bytes) in &files {
            place.import(name, bytes).unwrap_or_else(|problem| panic!("{what}: {problem} {:?}", problem.causes()));
        }
        assert_eq!(place.ids("npm", "a", "1.9.9"), ["GHSA-1"], "{what}");
        assert_eq!(place.ids("PyPI", "b-c", "1.4.post1"), ["PYSEC-1"], "{what}");
        assert!(place.ids("PyPI", "b-c", "1.5").is_empty(), "{what}");
        let stamp = Database::open(&place.path("database")).unwrap().unwrap().stamp().clone();
        assert_eq!((stamp.records, stamp.newest.to_string().as_str()), (2, "2026-01-02T00:00:00Z"), "{what}");
        hashes.push(stamp.sha256.unwrap());
    }
    hashes.dedup();
    assert_eq!(hashes.len(), 1, "the same data has the same digest");
}

#[test]
fn the_newest_record_of_an_id_counts_whatever_the_order() {
    let place = Place::new();
    let line = |value: &Value| value.to_string().into_bytes();
    place.import("a.json", &line(&record("X-1", "2026-02-01T00:00:00Z", "npm", "a", "2.0.0"))).unwrap();
    let older = place.import("b.json", &line(&record("X-1", "2026-01-01T00:00:00Z", "npm", "a", "9.0.0"))).unwrap();
    assert_eq!((older.older, older.added, older.replaced), (1, 0, 0));
    assert!(place.ids("npm", "a", "3.0.0").is_empty());
    // As new as the one there: the later import counts.
    let same = place.import("c.json", &line(&record("X-1", "2026-02-01T00:00:00Z", "npm", "a", "4.0.0"))).unwrap();
    assert_eq!((same.replaced, same.database.records), (1, 1));
    assert_eq!(place.ids("npm", "a", "3.0.0"), ["X-1"]);
    // Moved to another ecosystem: the old place is emptied.
    place.import("d.json", &line(&record("X-1", "2026-03-01T00:00:00Z", "PyPI", "a", "4.0"))).unwrap();
    assert!(place.ids("npm", "a", "3.0.0").is_empty());
    assert_eq!(place.ids("PyPI", "a", "3.0"), ["X-1"]);
    // Withdrawn, and an older state of it does not bring it back.
    let mut withdrawn = record("X-1", "2026-04-01T00:00:00Z", "PyPI", "a", "4.0");
    withdrawn["withdrawn"] = json!("2026-04-01T00:00:00Z");
    assert_eq!(place.import("e.json", &line(&withdrawn)).unwrap().withdrawn, 1);
    place.import("d.json", &line(&record("X-1", "2026-03-01T00:00:00Z", "PyPI", "a", "4.0"))).unwrap();
    assert!(place.ids("PyPI", "a", "3.0").is_empty());
}

#[test]
fn other_documents_are_counted_and_nothing_at_all_is_an_error() {
    let place = Place::new();
    let record = record("X-1", "2026-01-01T00:00:00Z", "npm", "a", "2.0.0");
    let text = format!("{record}\n{{\"id\": \"NATIVE-1\", \"gem\": \"x\"}}\nnot json\n[1, 2]\n{{\"id\": 5}}\n");
    let imported = place.import("a.jsonl", text.as_bytes()).unwrap();
    assert_eq!((imported.added, imported.not_osv), (1, 4));
    // Fields of a wrong type count as missing; the record stays.
    let odd = r#"{"id": "X-2", "modified": 5, "aliases": "CVE-1", "severity": [7], "affected": [{"package": {"ecosystem": "npm", "name": "b"}, "versions": ["1.0.0"], "ranges": null}]}"#;
    place.import("odd.json", odd.as_bytes()).unwrap();
    assert_eq!(place.ids("npm", "b", "1.0.0"), ["X-2"]);
    for (name, bytes) in [("empty.jsonl", &b""[..]), ("picture.png", b"\x89PNG\r\n\x1a\n\0\0")] {
        assert_eq!(place.import(name, bytes).unwrap_err().code(), code::security::SOURCE_UNUSABLE, "{name}");
    }
    assert_eq!(place.import("cut.zip", b"PK\x03\x04 cut").unwrap_err().code(), code::security::SOURCE_UNUSABLE);
    let missing = advisories::import(&place.path("nowhere"), &place.path("database")).unwrap_err();
    assert_eq!(missing.code(), code::security::SOURCE_UNUSABLE);
    // A failed import leaves the database as it was.
    assert_eq!(place.ids("npm", "a", "1.0.0"), ["X-1"]);
}

#[test]
fn hostile_data_is_bounded() {
    let place = Place::new();
    // A bomb: a gigabyte of zeros in a megabyte.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert_eq!(place.import("bomb.jsonl.gz", &bomb).unwrap_err().code(), code::security::SOURCE_UNUSABLE);
    // A record with a hundred thousand ranges, and one whose aliases name each other in a circle.
    let range = json!({"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.0.0"}]});
    let mut huge = record("X-1", "2026-01-01T00:00:00Z", "npm", "a", "2.0.0");
    huge["affected"][0]["ranges"] = Value::Array(vec![range; 100_000]);
    let mut circle = [
        record("X-2", "2026-01-01T00:00:00Z", "npm", "c", "2.0.0"),
        record("X-3", "2026-01-01T00:00:00Z", "npm", "c", "3.0.0"),
    ];
    circle[0]["aliases"] = json!(["X-3", "X-2"]);
    circle[1]["aliases"] = json!(["X-2"]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!("{huge}\n{}\n{}\n{deep}\n", circle[0], circle[1]);
    let begun = std::time::Instant::now();
    let imported = place.import("hostile.jsonl", text.as_bytes()).unwrap();
    assert_eq!((imported.too_large, imported.not_osv), (1, 1));
    assert_eq!(place.ids("npm", "a", "0.9.0"), ["X-1"]);
    assert_eq!(place.ids("npm", "c", "1.0.0"), ["X-2"]);
    assert!(begun.elapsed().as_secs() < 60);
}

#[test]
fn a_damaged_database_is_an_error_and_can_be_removed() {
    let place = Place::new();
    let record = record("X-1", "2026-01-01T00:00:00Z", "npm", "a", "2.0.0").to_string();
    place.import("a.json", record.as_bytes()).unwrap();
    let folder = place.path("database");
    let data = files(&folder).into_iter().find(|path| path.as_str().contains("npm-")).unwrap();
    let whole = std::fs::read(&data).unwrap();
    let ask = || {
        let database = Database::open(&folder)?.unwrap();
        database.findings(&[component("npm", "a", "1.0.0")])
    };
    for cut in [0, 10, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&data, &whole[..cut]).unwrap();
        assert_eq!(ask().unwrap_err().code(), code::security::DATABASE_DAMAGED, "cut at {cut}");
    }
    for place in (20..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        std::fs::write(&data, &changed).unwrap();
        let told = ask().err().or_else(|| Database::open(&folder).unwrap().unwrap().check().err());
        assert_eq!(told.unwrap().code(), code::security::DATABASE_DAMAGED, "changed at {place}");
    }
    std::fs::remove_file(&data).unwrap();
    assert_eq!(ask().unwrap_err().code(), code::security::DATABASE_DAMAGED);
    std::fs::write(folder.join("database.json"), "{\"format\": 99}").unwrap();
    assert_eq!(Database::open(&folder).unwrap_err().code(), code::security::DATABASE_DAMAGED);
    std::fs::write(folder.join("mine.txt"), "kept").unwrap();
    assert!(advisories::remove(&folder).unwrap());
    assert!(!advisories::remove(&folder).unwrap());
    assert!(Database::open(&folder).unwrap().is_none());
    assert!(folder.join("mine.txt").exists());
    place.import("a.json", record.as_bytes()).unwrap();
    assert_eq!(place.ids("npm", "a", "1.0.0"), ["X-1"]);
}

#[test]
fn imports_at_the_same_time_all_count_and_leave_no_litter() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for number in 0..6 {
            let place = &place;
            scope.spawn(move || {
                let record = record(&format!("X-{number}"), "2026-01-01T00:00:00Z", "npm", "a", "2.0.0");
                place.import(&format!("{number}.json"), record.to_string().as_bytes()).unwrap();
            });
        }
    });
    assert_eq!(place.ids("npm", "a", "1.0.0").len(), 6);
    let names: Vec<String> =
        files(&place.path("database")).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 4, "the manifest, the lock, npm and the ids: {names:?}");
}

fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect()
}
