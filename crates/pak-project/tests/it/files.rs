//! Packages of files, which `pak.toml` alone describes, and versions that follow other packages.

use pak_model::{Ecosystem, code};

use crate::tree::Tree;

const CARGO: (&str, &str) =
    ("Cargo.toml", "[package]\nname = \"app\"\nversion = \"1.2.0\"\ndescription = \"An app\"\nlicense = \"MIT\"\n");

#[test]
fn files_take_the_project_s_version_and_say_what_they_are() {
    let settings = "[packages.files]\necosystem = \"generic\"\nartifacts = [\"dist/*\"]\nname = \"app\"\ndescription = \"Ready to run\"\nhomepage = \"https://example.org\"\nlicense = \"MIT\"\n";
    let tree = Tree::new(&[CARGO, ("pak.toml", settings)]);
    let found = tree.detect().unwrap();
    let [app, files] = found.packages.as_slice() else { panic!("{found:?}") };
    assert_eq!((app.about.description.as_deref(), app.about.license.as_deref()), (Some("An app"), Some("MIT")));
    assert_eq!((files.ecosystem, files.name.as_str()), (Ecosystem::Generic, "app"));
    assert_eq!((files.version.as_deref(), files.manifest.as_str()), (Some("1.2.0"), "pak.toml"));
    assert_eq!(files.about.description.as_deref(), Some("Ready to run"));
    assert_eq!(files.about.homepage.as_deref(), Some("https://example.org"));
    assert_eq!(files.withheld, None);
}

#[test]
fn a_version_can_be_followed_and_must_be_there() {
    let files = |more: &str| format!("[packages.files]\necosystem = \"generic\"\nartifacts = [\"dist/*\"]\n{more}");
    let of = |more: &str, others: &[(&str, &str)]| {
        let settings = files(more);
        let mut all = vec![("pak.toml", settings.as_str())];
        all.extend(others);
        Tree::new(&all).detect().map(|found| found.packages.into_iter().find(|one| one.id == "files").unwrap())
    };
    assert_eq!(of("version = \"from:app\"\n", &[CARGO]).unwrap().version.as_deref(), Some("1.2.0"));
    assert_eq!(of("version = \"3-beta+7\"\n", &[]).unwrap().version.as_deref(), Some("3-beta+7"));
    assert_eq!(of("version = \"3\"\n", &[]).unwrap().name, "files");
    assert!(of("", &[]).unwrap().withheld.unwrap().contains("no version"));
    assert!(of("version = \"a/b\"\n", &[]).unwrap().withheld.unwrap().contains("cannot be part of a file's address"));
    assert_eq!(of("version = \"from:nobody\"\n", &[CARGO]).unwrap_err().code(), code::project::PACKAGE_UNKNOWN);
}

#[test]
fn an_entry_of_files_must_name_some() {
    let tree = Tree::new(&[("pak.toml", "[packages.files]\necosystem = \"generic\"\nversion = \"1\"\n")]);
    let problem = tree.detect().unwrap_err();
    assert_eq!(problem.code(), code::config::INVALID_VALUE);
    assert!(problem.message().contains("`artifacts` names none"), "{problem}");
}
