//! The database over the corpus' advisories: every expected match is found, and next to none beyond.

mod import;
mod matching;
mod online;

use std::collections::BTreeMap;
use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use pak_security::advisories::{self, Database};
use pak_security::inventory;
use pak_security::report::{Certainty, Component, Finding, Kind, Origin, Scope};

use crate::corpus;

fn component(ecosystem: &str, name: &str, version: &str) -> Component {
    Component {
        purl: format!("pkg:x/{name}@{version}"),
        ecosystem: ecosystem.to_owned(),
        name: name.to_owned(),
        version: Some(version.to_owned()),
        path: "lock".to_owned(),
        line: None,
        scope: Scope::Runtime,
        direct: None,
        origin: Origin::Registry,
        certainty: Certainty::Exact,
        licence: None,
        digests: Vec::new(),
        dependencies: Vec::new(),
    }
}

/// A database in a folder of its own.
fn database(sources: &[&Utf8Path]) -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let into = Utf8PathBuf::from_path_buf(folder.path().join("advisories")).unwrap();
    for source in sources {
        advisories::import(source, &into).unwrap();
    }
    (folder, into)
}

#[derive(Debug)]
struct Row {
    lock: String,
    purl_type: String,
    package: String,
    version: String,
    advisory: String,
    kind: String,
    seen_by: String,
}

fn rows(path: &std::path::Path) -> Vec<Row> {
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.split('\t').map(str::to_owned);
            let mut next = || cells.next().unwrap();
            Row {
                lock: next(),
                purl_type: next(),
                package: next(),
                version: next(),
                advisory: next(),
                kind: next(),
                seen_by: next(),
            }
        })
        .collect()
}

/// The lock file's folder, the package, the version.
fn place(finding: &Finding) -> (String, String, String) {
    let lock = finding.path.split('/').next().unwrap().to_owned();
    (lock, finding.package.clone().unwrap(), finding.version.clone().unwrap())
}

/// Every lock file of the corpus read and asked about, compared with the rows that other tools and data gave.
#[test]
fn advisories_corpus() {
    let Some(folder) = corpus::folder("advisories") else { return };
    let source = Utf8PathBuf::from_path_buf(folder.join("advisories")).unwrap();
    let begun = std::time::Instant::now();
    let (_kept, into) = database(&[&source]);
    println!("imported in {:?}", begun.elapsed());
    let database = Database::open(&into).unwrap().unwrap();
    println!("{:?}", database.stamp());
    let expected = rows(&folder.join("expected.tsv.gz"));
    let locks = tempfile::tempdir().unwrap();
    corpus::unpack(&folder.join("lockfiles.tar.xz"), locks.path());
    let root = Utf8PathBuf::from_path_buf(locks.path().join("lockfiles")).unwrap();
    let begun = std::time::Instant::now();
    let (components, _) = inventory::of_tree(&root);
    println!("{} components in {:?}", components.len(), begun.elapsed());
    let begun = std::time::Instant::now();
    let (findings, notices) = database.findings(&components).unwrap();
    println!("{} findings of {} components in {:?}", findings.len(), components.len(), begun.elapsed());
    for notice in &notices {
        println!("{notice:?}");
    }
    let mut found: BTreeMap<(String, String, String), Vec<&Finding>> = BTreeMap::new();
    for finding in &findings {
        found.entry(place(finding)).or_default().push(finding);
    }
    let mut failures = Vec::new();
    for purl_type in ["cargo", "pypi", "golang", "gem", "composer", "npm"] {
        let of_type: Vec<&Row> = expected.iter().filter(|row| row.purl_type == purl_type).collect();
        let begins = format!("pkg:{purl_type}/");
        let of_row = |row: &Row| (row.lock.clone(), row.package.clone(), row.version.clone());
        let named = |finding: &Finding, id: &String| finding.id == *id || finding.aliases.contains(id);
        let (mut wanted, mut missed) = (0_u32, Vec::new());
        for row in of_type.iter().filter(|row| row.kind == "vuln" && (row.seen_by == "st" || purl_type == "pypi")) {
            wanted += 1;
            if !found.get(&of_row(row)).is_some_and(|found| found.iter().any(|finding| named(finding, &row.advisory))) {
                missed.push(*row);
            }
        }
        let (mut right, mut wrong) = (0_u32, Vec::new());
        for finding in findings.iter().filter(|finding| finding.purl.as_ref().unwrap().starts_with(&begins)) {
            let rows = of_type.iter().filter(|row| of_row(row) == place(finding));
            let rows: Vec<_> = rows.filter(|row| named(finding, &row.advisory)).collect();
            if rows.is_empty() {
                wrong.push(finding);
            } else {
                right += 1;
                let informs = rows.iter().all(|row| row.kind == "informational");
                assert_eq!(informs, finding.kind == Kind::Dependency, "{finding:?}");
            }
        }
        let recall = 1.0 - f64::from(u32::try_from(missed.len()).unwrap()) / f64::from(wanted.max(1));
        let precision = f64::from(right) / f64::from((right + u32::try_from(wrong.len()).unwrap()).max(1));
        println!(
            "{purl_type}: recall {recall:.4} of {wanted}, precision {precision:.4} of {right} and {}",
            wrong.len()
        );
        for row in missed.iter().take(10) {
            println!("  missed {row:?}");
        }
        for finding in wrong.iter().take(10) {
            println!("  wrong {} {} {:?} {:?}", finding.path, finding.id, finding.package, finding.version);
        }
        if recall < 0.995 || precision < 0.99 {
            failures.push(format!("{purl_type}: recall {recall}, precision {precision}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
