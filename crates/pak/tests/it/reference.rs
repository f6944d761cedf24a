//! The reference and the schemas in the repository are what the source says.

use camino::Utf8Path;
use serde_json::Value;

fn root() -> &'static Utf8Path {
    Utf8Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

#[test]
fn generated_files_are_current() {
    let update = std::env::vars_os().any(|(name, _)| name == "PAK_UPDATE_DOCS");
    let mut stale = Vec::new();
    for (path, made) in pak_cli::reference::files() {
        let file = root().join(path);
        let kept = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
        if kept == made {
            continue;
        }
        if update {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, made).unwrap();
        } else {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "out of date: {}; run PAK_UPDATE_DOCS=1 cargo test -p pak", stale.join(", "));
}

#[test]
fn guides_name_only_commands_that_exist() {
    let tree = pak_cli::cli::command();
    let mut checked = 0;
    for file in ["README.md", "docs/guides", "docs/concepts"].iter().flat_map(|path| pages(&root().join(path))) {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text.split('`').skip(1).step_by(2).chain(text.lines().filter(|line| line.starts_with("pak ")));
        for line in code.filter_map(|code| code.strip_prefix("pak ")) {
            let mut command = &tree;
            for word in line.split_whitespace() {
                match command.find_subcommand(word) {
                    Some(inner) => command = inner,
                    None => break,
                }
            }
            let first = line.split_whitespace().next().unwrap_or_default();
            assert!(
                first.starts_with('-') || !std::ptr::eq(command, &raw const tree),
                "{file}: `pak {line}` is no command"
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "the guides name commands, and only {checked} were found");
}

fn pages(path: &Utf8Path) -> Vec<camino::Utf8PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    path.read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension() == Some("md"))
        .collect()
}

/// The schema of a generated file.
pub(crate) fn schema(path: &str) -> jsonschema::Validator {
    let (_, text) = pak_cli::reference::files().into_iter().find(|(file, _)| *file == path).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}
