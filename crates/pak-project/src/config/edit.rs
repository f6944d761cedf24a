//! `pak config set` and `unset`: changes one key of a settings file and leaves every other byte as it was.

use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use serde_json::Value as Json;
use toml_edit::{Array, DocumentMut, Item, Table, Value};

use super::explain::parse_key;
use super::leaves;
use super::schema::{self, Known};

/// Sets a dotted key in a file of `pak.toml`'s shape, which is made where it is missing. `value` is a TOML value; words
/// need no quotes, and a list may be written `a, b`. Nothing is written unless the result is valid.
pub fn set(path: &Utf8Path, key: &str, value: &str) -> Result<()> {
    let parts = parse_key(key)?;
    let Known::Value(schema) = schema::find(&parts) else {
        return Err(Problem::new(code::config::INVALID_VALUE, format!("`{key}` is a table; name one of its keys.")));
    };
    let value = read_value(schema, key, value)?;
    change(path, |document| {
        let (last, tables) = parts.split_last().ok_or_else(|| blocked(key))?;
        let holder = reach(document.as_item_mut(), tables).ok_or_else(|| blocked(key))?;
        let table = holder.as_table_like_mut().ok_or_else(|| blocked(key))?;
        if let Some(Item::Value(old)) = table.get_mut(last) {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        } else {
            table.insert(last, Item::Value(value));
            if let Some(inline) = holder.as_inline_table_mut() {
                inline.fmt();
            }
        }
        Ok(())
    })
}

/// Adds a table with these entries; tables among them are written on one line. Nothing is written unless the result is valid.
pub fn add(path: &Utf8Path, key: &str, entries: &[(&str, toml::Value)]) -> Result<()> {
    let parts = parse_key(key)?;
    change(path, |document| {
        let table = reach(document.as_item_mut(), &parts).and_then(Item::as_table_like_mut);
        let table = table.ok_or_else(|| blocked(key))?;
        for (name, value) in entries {
            let value: Value = value.to_string().parse().map_err(|error: toml_edit::TomlError| {
                Problem::new(code::config::INVALID_VALUE, format!("`{key}.{name}` cannot be written.")).cause(&error)
            })?;
            table.insert(name, Item::Value(value));
        }
        Ok(())
    })
}

/// The table of a path, made where it is missing: only tables with values of their own get a header.
fn reach<'a>(from: &'a mut Item, path: &[String]) -> Option<&'a mut Item> {
    path.iter().try_fold(from, |table, part| {
        let inner = table.as_table_like_mut()?;
        if !inner.contains_key(part) {
            let mut made = Table::new();
            made.set_implicit(true);
            inner.insert(part, Item::Table(made));
        }
        inner.get_mut(part)
    })
}

/// Removes a dotted key, or a whole table. Whether it was there.
pub fn unset(path: &Utf8Path, key: &str) -> Result<bool> {
    let parts = parse_key(key)?;
    let mut removed = false;
    change(path, |document| {
        let (last, tables) = parts.split_last().ok_or_else(|| blocked(key))?;
        let mut table = Some(document.as_item_mut());
        for part in tables {
            table = table.and_then(Item::as_table_like_mut).and_then(|table| table.get_mut(part));
        }
        removed = table.and_then(Item::as_table_like_mut).and_then(|table| table.remove(last)).is_some();
        Ok(())
    })?;
    Ok(removed)
}

fn blocked(key: &str) -> Problem {
    Problem::new(
        code::config::INVALID_VALUE,
        format!("`{key}` cannot be reached: a value stands where a table is needed."),
    )
}

fn read_value(schema: &Json, key: &str, text: &str) -> Result<Value> {
    let is = |kind: &str| match schema.get("type") {
        Some(Json::String(one)) => one == kind,
        Some(Json::Array(several)) => several.iter().any(|one| one == kind),
        _ => false,
    };
    let parsed: Option<Value> = text.trim().parse().ok();
    if is("boolean") {
        return parsed.filter(Value::is_bool).ok_or_else(|| {
            Problem::new(code::config::INVALID_VALUE, format!("`{key}` takes `true` or `false`, not `{text}`."))
        });
    }
    if is("array") {
        return Ok(match parsed.filter(Value::is_array) {
            Some(array) => array,
            None => text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect::<Array>().into(),
        });
    }
    Ok(parsed.filter(Value::is_str).unwrap_or_else(|| Value::from(text)))
}

/// Reads, changes, checks and replaces a file as one step.
fn change(path: &Utf8Path, edit: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<()> {
    // Through a link to the file it names: replacing the link itself would part the two.
    let path = path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => {
            return Err(Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read."))
                .about("file", &path)
                .cause(&error));
        }
    };
    let name = path.file_name().unwrap_or(path.as_str());
    leaves::read(&text, name)?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        Problem::new(code::config::SYNTAX, format!("{path} cannot be parsed.")).cause(&error)
    })?;
    edit(&mut document)?;
    let changed = document.to_string();
    leaves::read(&changed, name)?;
    if changed == text { Ok(()) } else { replace(&path, &changed) }
}

/// Writes beside the file and renames, so that nobody ever reads half of it.
pub(crate) fn replace(path: &Utf8Path, text: &str) -> Result<()> {
    let failed = |error: std::io::Error| {
        Problem::new(code::config::FILE_UNWRITABLE, format!("{path} cannot be written."))
            .about("file", path)
            .cause(&error)
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let beside = Utf8PathBuf::from(format!("{path}.{}.new", std::process::id()));
    let write = || {
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = std::fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        failed(error)
    })
}
