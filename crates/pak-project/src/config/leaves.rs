//! A settings file taken apart: every value with its key and line. The merge of layers works on these.

use pak_model::{Problem, Result, code};
use toml_edit::{Item, TableLike};

use super::file::Config;
use super::schema::{self, Known};

/// One value of one file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    /// The parts of its key.
    pub(crate) key: Vec<String>,
    /// The value; an empty table where a table stands alone.
    pub(crate) value: toml::Value,
    /// The line of its key, from 1.
    pub(crate) line: usize,
}

/// Reads a file of `pak.toml`'s shape. `file` is the name shown in messages.
pub(crate) fn read(text: &str, file: &str) -> Result<Vec<Leaf>> {
    let table: toml::Table = toml::from_str(text).map_err(|error| broken(code::config::SYNTAX, file, text, &error))?;
    let document = toml_edit::Document::parse(text)
        .map_err(|error| Problem::new(code::config::SYNTAX, format!("{file} cannot be parsed.")).cause(&error))?;
    let mut leaves = Vec::new();
    collect(&table, document.as_table(), text, 1, &mut Vec::new(), &mut leaves);

    let mut unknown = leaves.iter().filter_map(|leaf| match schema::find(&leaf.key) {
        Known::Unknown(index, allowed) => Some(
            schema::unknown(&leaf.key, index, &allowed, Some(&format!("{file}, line {}", leaf.line)))
                .about("line", leaf.line),
        ),
        Known::Table | Known::Value(_) => None,
    });
    if let Some(first) = unknown.next() {
        return Err(unknown.fold(first.about("file", file), |first, other| first.said(other.message())));
    }
    toml::from_str::<Config>(text).map_err(|error| broken(code::config::INVALID_VALUE, file, text, &error))?;
    Ok(leaves)
}

/// The parser's own words, which show the line with a caret.
fn broken(code: pak_model::Code, file: &str, text: &str, error: &toml::de::Error) -> Problem {
    let line = error.span().map_or(1, |span| line_at(text, span.start));
    Problem::new(code, format!("{file}, line {line}: {}.", error.message().trim_end_matches('.')))
        .about("file", file)
        .about("line", line)
        .said(error.to_string().trim_end())
}

fn collect(
    table: &toml::Table,
    source: &dyn TableLike,
    text: &str,
    line: usize,
    path: &mut Vec<String>,
    leaves: &mut Vec<Leaf>,
) {
    for (name, value) in table {
        let line = source.key(name).and_then(toml_edit::Key::span).map_or(line, |span| line_at(text, span.start));
        path.push(name.clone());
        match (value, source.get(name).and_then(Item::as_table_like)) {
            (toml::Value::Table(inner), Some(source)) if !inner.is_empty() => {
                collect(inner, source, text, line, path, leaves);
            }
            _ => leaves.push(Leaf { key: path.clone(), value: value.clone(), line }),
        }
        path.pop();
    }
}

/// The line of a byte, from 1.
pub(crate) fn line_at(text: &str, byte: usize) -> usize {
    1 + text.bytes().take(byte).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_its_line() {
        let text = "[project]\nname = \"x\"\n\n[environments.production]\nnpm = { registry = \"r\" }\npypi.index = \"i\"\n[environments.staging.npm]\n";
        let leaves = read(text, "pak.toml").unwrap();
        let seen: Vec<String> = leaves.iter().map(|leaf| format!("{}:{}", leaf.key.join("."), leaf.line)).collect();
        assert_eq!(
            seen,
            [
                "environments.production.npm.registry:5",
                "environments.production.pypi.index:6",
                "environments.staging.npm:7",
                "project.name:2",
            ]
        );
    }

    #[test]
    fn mistakes_name_file_line_and_word() {
        let typo = read("[environments.production.npm]\n\nregstry = \"x\"\ntagg = \"y\"\n", "pak.toml").unwrap_err();
        insta::assert_snapshot!(typo, @"pak.toml, line 3: there is no key `regstry` in [environments.production.npm].");
        insta::assert_snapshot!(typo.advice(), @"Did you mean `registry`? `pak config schema` lists every key.");
        assert_eq!(typo.code(), code::config::UNKNOWN_KEY);
        assert_eq!(typo.causes().len(), 1, "the second unknown key is named too: {typo:?}");

        let kind = read("[environments.production.npm]\ntag = 3\n", "pak.toml").unwrap_err();
        insta::assert_snapshot!(kind, @"pak.toml, line 2: invalid type: integer `3`, expected a string.");
        assert_eq!(kind.code(), code::config::INVALID_VALUE);

        let syntax = read("[project\nname = 1", "pak.toml").unwrap_err();
        assert_eq!((syntax.code(), syntax.named("line")), (code::config::SYNTAX, Some("1")));
        assert!(syntax.causes()[0].contains('^'), "{syntax:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]a-z.=\"{}\n #-]{0,60}") {
            let _ = read(&text, "pak.toml");
        }
    }
}
