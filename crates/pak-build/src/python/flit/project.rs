//! The `[project]` and `[tool.flit]` tables, as flit reads them.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use camino::Utf8Path;
use pak_model::python::{is_name, normalized_name};
use toml::{Table, Value};

use super::Reason;
use super::files::{self, Patterns};
use super::generation::Generation;
use super::license;
use crate::python::glob;
use crate::python::pyproject::string_list;

const KEYS: &[&str] = &[
    "name",
    "version",
    "description",
    "readme",
    "requires-python",
    "license",
    "license-files",
    "authors",
    "maintainers",
    "keywords",
    "classifiers",
    "urls",
    "scripts",
    "gui-scripts",
    "entry-points",
    "dependencies",
    "optional-dependencies",
    "dynamic",
];

/// Everything that goes into the archives.
#[derive(Debug)]
pub(super) struct Project {
    pub name: String,
    pub version: String,
    /// The import path of the module or package.
    pub module: String,
    pub summary: Option<String>,
    pub description: Option<String>,
    pub content_type: Option<String>,
    pub requires_python: Option<String>,
    pub license: Option<String>,
    pub license_files: Vec<String>,
    pub author: People,
    pub maintainer: People,
    pub keywords: Option<String>,
    pub classifiers: Vec<String>,
    pub urls: Vec<String>,
    pub requires_dist: Vec<String>,
    pub extras: Vec<String>,
    pub import_names: Vec<String>,
    pub import_namespaces: Vec<String>,
    /// Groups of `entry_points.txt`.
    pub entry_points: BTreeMap<String, BTreeMap<String, String>>,
    /// Files that the metadata names: readme and licences.
    pub referenced: Vec<String>,
    /// Files of the external data folder with their path inside it.
    pub data: Vec<(String, String)>,
    /// `[tool.flit.sdist]`, where there is one.
    pub sdist: Option<Patterns>,
}

/// Authors or maintainers: those without an address, those with one.
#[derive(Debug, Default)]
pub(super) struct People {
    pub names: Option<String>,
    pub emails: Option<String>,
}

impl Project {
    /// Reads the tables; whatever flit would refuse or treat in an unusual way is a reason to leave the project to flit.
    pub(super) fn read(folder: &Utf8Path, root: &Table, generation: Generation) -> Result<Self, Reason> {
        let table =
            root.get("project").and_then(Value::as_table).ok_or_else(|| Reason::new("there is no [project] table"))?;
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(Reason::new(format!("`project.{key}` is unusual")));
        }
        let dynamic = list(table, "dynamic")?;
        if let Some(field) = dynamic.first() {
            return Err(Reason::new(format!("`{field}` is read from the module")));
        }
        let required = |key: &str| text(table, key)?.ok_or_else(|| Reason::new(format!("`project.{key}` is missing")));
        let name = required("name")?;
        if !is_name(&name) {
            return Err(Reason::new(format!("`{name}` is not a project name")));
        }
        let tool = Tool::read(folder, root)?;
        let module = tool.module.unwrap_or_else(|| default_module(&name, generation));
        let (readme, description, content_type) = readme(folder, table)?;
        let license_files = license_files(folder, table, generation)?;
        let (requires_dist, extras) = dependencies(table)?;
        let namespaces: Vec<String> = module.match_indices('.').map(|(at, _)| module[..at].to_owned()).collect();
        let project = Self {
            version: version(&required("version")?)?,
            summary: Some(required("description")?),
            description,
            content_type,
            requires_python: text(table, "requires-python")?,
            license: license_expression(table, generation)?,
            author: people(table, "authors")?,
            maintainer: people(table, "maintainers")?,
            keywords: table
                .contains_key("keywords")
                .then(|| list(table, "keywords"))
                .transpose()?
                .map(|words| words.join(",")),
            classifiers: list(table, "classifiers")?,
            urls: pairs(table, "urls")?.into_iter().map(|(label, url)| format!("{label}, {url}")).collect(),
            requires_dist,
            extras,
            import_names: if generation.is_four { vec![module.clone()] } else { Vec::new() },
            import_namespaces: if generation.is_four { namespaces } else { Vec::new() },
            entry_points: entry_points(table)?,
            referenced: readme.into_iter().chain(license_files.iter().cloned()).collect(),
            license_files,
            data: tool.data,
            sdist: tool.sdist,
            name,
            module,
        };
        project.check_lines()?;
        Ok(project)
    }

    /// Python ends lines at more characters than Rust; values with those go to Python.
    fn check_lines(&self) -> Result<(), Reason> {
        let single = [&self.summary, &self.keywords, &self.requires_python, &self.author.names, &self.maintainer.names];
        let odd = |letter: char| {
            matches!(letter, '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
        };
        if single.into_iter().flatten().any(|value| value.contains(odd)) {
            return Err(Reason::new("a field has an unusual line end"));
        }
        let has_license_classifier = self.classifiers.iter().any(|name| name.starts_with("License :: "));
        if self.license.is_some() && has_license_classifier {
            return Err(Reason::new("the project has a licence expression and a licence classifier"));
        }
        Ok(())
    }
}

/// `[tool.flit]`.
#[derive(Default)]
struct Tool {
    module: Option<String>,
    data: Vec<(String, String)>,
    sdist: Option<Patterns>,
}

impl Tool {
    fn read(folder: &Utf8Path, root: &Table) -> Result<Self, Reason> {
        let mut tool = Self::default();
        let Some(flit) = root.get("tool").and_then(|tool| tool.get("flit")) else { return Ok(tool) };
        let flit = flit.as_table().ok_or_else(|| Reason::new("`tool.flit` is not a table"))?;
        for (section, value) in flit {
            let table = value.as_table().ok_or_else(|| Reason::new(format!("`tool.flit.{section}` is not a table")))?;
            match section.as_str() {
                "module" => tool.module = text(table, "name")?,
                "sdist" if table.keys().all(|key| key == "include" || key == "exclude") => {
                    tool.sdist = Some(Patterns { include: list(table, "include")?, exclude: list(table, "exclude")? });
                }
                "external-data" => {
                    if let Some(directory) = text(table, "directory")? {
                        let plain = directory.split('/').all(|part| !matches!(part, "" | "." | ".."));
                        if !plain || directory.contains('\\') || !folder.join(&directory).is_dir() {
                            return Err(Reason::new(format!("the data folder `{directory}` is unusual")));
                        }
                        tool.data = files::data(folder, &directory)?;
                    }
                }
                _ => return Err(Reason::new(format!("`tool.flit.{section}` is unusual"))),
            }
        }
        Ok(tool)
    }
}

fn default_module(name: &str, generation: Generation) -> String {
    match name.strip_suffix("-stubs") {
        Some(stem) if generation.is_four => format!("{}-stubs", stem.replace('-', "_")),
        _ => name.replace('-', "_"),
    }
}

fn version(written: &str) -> Result<String, Reason> {
    let odd = || Reason::new(format!("the version `{written}` is unusual"));
    if written.contains('!') {
        return Err(odd());
    }
    Ok(pep440_rs::Version::from_str(&written.to_lowercase()).map_err(|_| odd())?.to_string())
}

/// The readme's path, its text and its content type.
type Readme = (Option<String>, Option<String>, Option<String>);

fn readme(folder: &Utf8Path, table: &Table) -> Result<Readme, Reason> {
    let odd = || Reason::new("`project.readme` is unusual");
    match table.get("readme") {
        None => Ok((None, None, None)),
        Some(Value::String(path)) => {
            let content_type = match Utf8Path::new(path).extension().map(str::to_ascii_lowercase).as_deref() {
                Some("rst") => Some("text/x-rst"),
                Some("md") => Some("text/markdown"),
                Some("txt") => Some("text/plain"),
                _ => None,
            };
            Ok((Some(path.clone()), Some(read(folder, path)?), content_type.map(str::to_owned)))
        }
        Some(Value::Table(readme)) => {
            let content_type = text(readme, "content-type")?.ok_or_else(odd)?;
            let base = content_type.split(';').next().unwrap_or_default().trim();
            if !["text/x-rst", "text/markdown", "text/plain"].contains(&base) || readme.len() != 2 {
                return Err(odd());
            }
            let (path, description) = match (text(readme, "file")?, text(readme, "text")?) {
                (Some(path), None) => (Some(path.clone()), read(folder, &path)?),
                (None, Some(description)) => (None, description),
                _ => return Err(odd()),
            };
            Ok((path, Some(description), Some(content_type)))
        }
        Some(_) => Err(odd()),
    }
}

/// A text file with its line ends made `\n`, as Python reads it.
fn read(folder: &Utf8Path, path: &str) -> Result<String, Reason> {
    let plain = path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains('\\');
    if !plain {
        return Err(Reason::new(format!("the path `{path}` is unusual")));
    }
    files::check(folder, path)?;
    Ok(std::fs::read_to_string(folder.join(path))?.replace("\r\n", "\n").replace('\r', "\n"))
}

fn license_expression(table: &Table, generation: Generation) -> Result<Option<String>, Reason> {
    match table.get("license") {
        Some(Value::String(expression)) => license::normalized(expression, generation.is_four).map(Some),
        // The older table: flit takes only the file from it.
        None | Some(Value::Table(_)) => Ok(None),
        Some(_) => Err(Reason::new("`project.license` is unusual")),
    }
}

fn license_files(folder: &Utf8Path, table: &Table, generation: Generation) -> Result<Vec<String>, Reason> {
    let odd = |what: &str| Reason::new(format!("`{what}` names no licence file in the usual way"));
    let mut found = std::collections::BTreeSet::new();
    if let Some(Value::Table(license)) = table.get("license") {
        match (text(license, "file")?, text(license, "text")?, license.len()) {
            (Some(file), None, 1) if file.split('/').all(|part| !matches!(part, "" | "." | "..")) => {
                files::check(folder, &file)?;
                found.insert(file);
            }
            (None, Some(_), 1) => {}
            _ => return Err(odd("project.license")),
        }
    }
    let given = table.contains_key("license-files");
    let globs = if given {
        if table.get("license").is_some_and(Value::is_table) {
            return Err(odd("license-files"));
        }
        list(table, "license-files")?
    } else {
        let defaults: &[&str] = if generation.is_four {
            &["COPYING*", "LICEN[CS]E*", "NOTICE*", "AUTHORS*"]
        } else {
            &["COPYING*", "LICEN[CS]E*"]
        };
        defaults.iter().map(|glob| (*glob).to_owned()).collect()
    };
    for pattern in globs {
        let letters = |letter: char| letter.is_ascii_alphanumeric() || "_-./*?[]".contains(letter);
        if !pattern.chars().all(letters)
            || pattern.starts_with('/')
            || pattern.contains("..")
            || pattern.ends_with("**")
        {
            return Err(odd(&pattern));
        }
        let paths: Vec<String> =
            glob::expand(folder, &pattern, true)?.into_iter().filter(|path| folder.join(path).is_file()).collect();
        if paths.is_empty() && given {
            return Err(odd(&pattern));
        }
        found.extend(paths);
    }
    Ok(found.into_iter().collect())
}

/// Python's `email.headerregistry.Address`: names with special characters are quoted.
fn people(table: &Table, key: &str) -> Result<People, Reason> {
    let odd = || Reason::new(format!("`project.{key}` is unusual"));
    let Some(value) = table.get(key) else { return Ok(People::default()) };
    let (mut names, mut emails) = (Vec::new(), Vec::new());
    for person in value.as_array().ok_or_else(odd)? {
        let person = person.as_table().ok_or_else(odd)?;
        if person.keys().any(|key| key != "name" && key != "email") {
            return Err(odd());
        }
        match (text(person, "name")?, text(person, "email")?) {
            (Some(name), None) => names.push(name),
            (name, Some(email)) => {
                if !is_plain_email(&email) || name.as_deref().is_some_and(|name| name.contains(['\n', '\r'])) {
                    return Err(odd());
                }
                emails.push(match name.as_deref() {
                    None | Some("") => email,
                    Some(name) if name.contains(|letter| "()<>@,:;.\\\"[]".contains(letter)) => {
                        format!("\"{}\" <{email}>", name.replace('\\', "\\\\").replace('"', "\\\""))
                    }
                    Some(name) => format!("{name} <{email}>"),
                });
            }
            (None, None) => {}
        }
    }
    let joined = |list: Vec<String>| (!list.is_empty()).then(|| list.join(", "));
    Ok(People { names: joined(names), emails: joined(emails) })
}

fn is_plain_email(email: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || "_+-".contains(letter))
    };
    email.split_once('@').is_some_and(|(local, host)| local.split('.').all(plain) && host.split('.').all(plain))
}

/// `Requires-Dist` and `Provides-Extra`.
fn dependencies(table: &Table) -> Result<(Vec<String>, Vec<String>), Reason> {
    let mut requires = list(table, "dependencies")?;
    let mut extras: BTreeMap<String, Vec<String>> = BTreeMap::new();
    if let Some(optional) = table.get("optional-dependencies") {
        let optional = optional.as_table().ok_or_else(|| Reason::new("`optional-dependencies` is not a table"))?;
        for name in optional.keys() {
            let known = !is_name(name) || extras.insert(normalized_name(name), list(optional, name)?).is_some();
            if known {
                return Err(Reason::new(format!("the extra `{name}` is unusual")));
            }
        }
    }
    for (extra, list) in &extras {
        for requirement in list {
            requires.push(match requirement.split_once(';') {
                Some((what, marker)) => format!("{what} ; extra == \"{extra}\" and ({marker})"),
                None => format!("{requirement} ; extra == \"{extra}\""),
            });
        }
    }
    let requires = requires.iter().map(|requirement| with_normalized_extras(requirement)).collect::<Result<_, _>>()?;
    Ok((requires, extras.into_keys().collect()))
}

/// Extras of a requirement are written normalised: `a[B_c]` as `a[b-c]`.
fn with_normalized_extras(requirement: &str) -> Result<String, Reason> {
    let Some((name, rest)) = requirement.split_once('[') else { return Ok(requirement.to_owned()) };
    match rest.split_once(']') {
        Some((extras, after)) if is_name(name.trim_matches([' ', '\t'])) && !after.contains('[') => {
            let extras: Vec<String> = extras.split(',').map(|extra| normalized_name(extra.trim())).collect();
            Ok(format!("{name}[{}]{after}", extras.join(", ")))
        }
        _ => Err(Reason::new(format!("the requirement `{requirement}` is unusual"))),
    }
}

fn entry_points(table: &Table) -> Result<BTreeMap<String, BTreeMap<String, String>>, Reason> {
    let mut groups = BTreeMap::new();
    if let Some(given) = table.get("entry-points") {
        let given = given.as_table().ok_or_else(|| Reason::new("`entry-points` is not a table"))?;
        for group in given.keys() {
            if group == "console_scripts" || group == "gui_scripts" {
                return Err(Reason::new(format!("`entry-points.{group}` is not allowed")));
            }
            groups.insert(group.clone(), pairs(given, group)?);
        }
    }
    for (key, group) in [("scripts", "console_scripts"), ("gui-scripts", "gui_scripts")] {
        if table.contains_key(key) {
            groups.insert(group.to_owned(), pairs(table, key)?);
        }
    }
    Ok(groups)
}

fn text(table: &Table, key: &str) -> Result<Option<String>, Reason> {
    match table.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Reason::new(format!("`{key}` is not a string"))),
    }
}

fn list(table: &Table, key: &str) -> Result<Vec<String>, Reason> {
    let Some(value) = table.get(key) else { return Ok(Vec::new()) };
    string_list(value).ok_or_else(|| Reason::new(format!("`{key}` is not a list of strings")))
}

/// A table of strings, sorted by key.
fn pairs(table: &Table, key: &str) -> Result<BTreeMap<String, String>, Reason> {
    let Some(value) = table.get(key) else { return Ok(BTreeMap::new()) };
    let odd = || Reason::new(format!("`{key}` is not a table of strings"));
    let pair = |(name, value): (&String, &Value)| value.as_str().map(|value| (name.clone(), value.to_owned()));
    value.as_table().ok_or_else(odd)?.iter().map(|entry| pair(entry).ok_or_else(odd)).collect()
}
