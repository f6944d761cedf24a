//! The inventory of real lock files, against what two other tools see in them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;

use camino::Utf8Path;
use pak_security::inventory;

use crate::corpus;

/// Lock, purl type, package, version.
type Row = (String, String, String, String);

/// How the rows of one type, or all, come out.
#[derive(Default)]
struct Score {
    agreed: usize,
    found: usize,
    ours: usize,
    right: usize,
}

impl Score {
    fn recall(&self) -> f64 {
        self.found as f64 / self.agreed.max(1) as f64
    }

    fn precision(&self) -> f64 {
        self.right as f64 / self.ours.max(1) as f64
    }
}

#[test]
fn inventory_corpus() {
    let Some(folder) = corpus::folder("inventory_corpus") else { return };
    let mut table = String::new();
    let packed = std::fs::File::open(folder.join("inventory.tsv.gz")).unwrap();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut table).unwrap();
    let expected: HashMap<Row, bool> = table
        .lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let row = (cells[0].to_owned(), cells[1].to_owned(), cells[2].to_owned(), cells[3].to_owned());
            (row, cells[4] == "st")
        })
        .collect();
    // One tool takes the peers that pnpm writes after a version for a part of it.
    let without_peers: HashSet<Row> = expected
        .keys()
        .filter(|row| row.1 == "npm")
        .map(|row| (row.0.clone(), row.1.clone(), row.2.clone(), row.3.split(['_', '(']).next().unwrap().to_owned()))
        .collect();
    let in_the_file = |row: &Row| expected.contains_key(row) || without_peers.contains(row);

    let tree = tempfile::tempdir().unwrap();
    for (path, text) in corpus::archive(&folder.join("lockfiles.tar.xz")) {
        let path = tree.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        if !text.is_empty() {
            std::fs::write(path, text).unwrap();
        }
    }
    let begun = std::time::Instant::now();
    let (components, notices) = inventory::of_tree(Utf8Path::from_path(tree.path()).unwrap());
    println!("{} components in {:?}", components.len(), begun.elapsed());
    for notice in &notices {
        println!("{}", notice.message);
        // One lock file of the corpus is cut off; no tool reads it.
        let lock = notice.path.as_deref().unwrap().split('/').nth(1).unwrap();
        assert!(!expected.keys().any(|row| row.0 == lock), "{lock} is a file that others read");
    }

    let ours: HashSet<Row> = components
        .iter()
        .filter_map(|component| {
            let lock = component.path.split('/').rev().nth(1)?.to_owned();
            let kind = component.purl.strip_prefix("pkg:")?.split('/').next()?.to_owned();
            Some((lock, kind, component.name.clone(), component.version.clone().unwrap_or_default()))
        })
        .collect();
    let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
    for ((row, agreed), kind) in expected.iter().flat_map(|row| [(row, row.0.1.as_str()), (row, "all")]) {
        let score = scores.entry(kind).or_default();
        score.agreed += usize::from(*agreed);
        score.found += usize::from(*agreed && ours.contains(row));
        if *agreed && kind != "all" && !ours.contains(row) {
            println!("missed {row:?}");
        }
    }
    for (row, kind) in ours.iter().flat_map(|row| [(row, row.1.as_str()), (row, "all")]) {
        let score = scores.entry(kind).or_default();
        score.ours += 1;
        score.right += usize::from(in_the_file(row));
        if kind != "all" && !in_the_file(row) {
            println!("extra {row:?}");
        }
    }
    for (kind, score) in &scores {
        println!(
            "{kind}: recall {:.5} of {}, precision {:.5} of {}",
            score.recall(),
            score.agreed,
            score.precision(),
            score.ours
        );
    }
    for (kind, score) in scores {
        assert!(score.recall() >= 0.995, "{kind} recall");
        assert!(score.precision() >= 0.999, "{kind} precision");
    }
}
