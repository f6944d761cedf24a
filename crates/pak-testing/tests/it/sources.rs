//! What every source file holds to: a head that says what it is for, a length that can be read.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use super::root;

const LONGEST: usize = 800;

fn sources(folder: &Utf8Path, found: &mut Vec<Utf8PathBuf>) {
    for entry in folder.read_dir_utf8().expect("a folder") {
        let entry = entry.expect("an entry");
        let path = entry.path();
        if entry.file_type().expect("a kind").is_dir() {
            if !["target", "fixtures"].contains(&entry.file_name()) {
                sources(path, found);
            }
        } else if path.extension() == Some("rs") {
            found.push(path.to_owned());
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_for_and_can_be_read_at_once() {
    let mut files = Vec::new();
    sources(&root().join("crates"), &mut files);
    assert!(files.len() > 50);
    let mut wrong = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("UTF-8");
        if !text.starts_with("//! ") {
            wrong.push(format!("{file} does not begin with `//! `"));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            wrong.push(format!("{file} has {lines} lines, more than {LONGEST}"));
        }
        let stem = file.file_stem().unwrap_or_default();
        if ["utils", "util", "helpers", "common", "manager", "misc"].contains(&stem) {
            wrong.push(format!("{file} has a name that says nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
