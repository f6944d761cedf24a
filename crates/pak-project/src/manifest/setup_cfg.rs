//! `setup.cfg`: setuptools' older file, for projects whose `pyproject.toml` names no package.

use std::collections::BTreeMap;

use camino::Utf8Path;
use pak_model::package::About;
use pak_model::{Ecosystem, Result};

use super::pyproject::is_private;
use super::{Manifest, Need, Reading, folder_of, invalid, requirement_name};

type Sections = BTreeMap<String, BTreeMap<String, String>>;

/// What it publishes; nothing where it only configures tools.
pub(crate) fn read(file: &Utf8Path, text: &str) -> Result<Reading> {
    let sections = parse(file, text)?;
    let value = |section: &str, key: &str| sections.get(section).and_then(|section| section.get(key));
    let Some(name) = value("metadata", "name").filter(|name| !name.is_empty()) else { return Ok(Reading::Nothing) };
    let written = value("metadata", "version").filter(|version| !version.is_empty());
    // `attr:` and `file:` are worked out by the build.
    let is_indirect = |version: &String| version.starts_with("attr:") || version.starts_with("file:");
    let classifiers = value("metadata", "classifiers").or_else(|| value("metadata", "classifier"));
    let private = classifiers.and_then(|list| list.lines().find(|line| is_private(line)));
    let requires = value("options", "install_requires").map(String::as_str).unwrap_or_default();
    Ok(Reading::Package(Manifest {
        ecosystem: Ecosystem::Python,
        file: file.to_owned(),
        folder: folder_of(file),
        name: name.clone(),
        version: written.filter(|version| !is_indirect(version)).cloned(),
        withheld: private
            .map(|private| format!("classifier `{}` in setup.cfg", private.trim()))
            .or_else(|| written.is_none().then(|| "setup.cfg has no `version`; add one".to_owned())),
        needs: requires.lines().filter_map(requirement_name).map(Need::strict).collect(),
        about: About {
            description: value("metadata", "description").cloned(),
            homepage: value("metadata", "url").cloned(),
            license: value("metadata", "license").cloned(),
        },
    }))
}

/// The dialect of Python's `configparser`: an indented line continues the value before it.
fn parse(file: &Utf8Path, text: &str) -> Result<Sections> {
    let mut sections = Sections::new();
    let mut section: Option<String> = None;
    let mut key: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let content = line.trim();
        if content.is_empty() || content.starts_with(['#', ';']) {
            continue;
        }
        let at = |words: &str| invalid(file, Some(index + 1), words);
        if line.starts_with([' ', '\t'])
            && let (Some(section), Some(key)) = (&section, &key)
        {
            let value = sections.entry(section.clone()).or_default().entry(key.clone()).or_default();
            if !value.is_empty() {
                value.push('\n');
            }
            value.push_str(content);
        } else if let Some(name) = content.strip_prefix('[') {
            let name = name.split_once(']').ok_or_else(|| at("a section's closing `]` is missing"))?.0;
            section = Some(name.to_owned());
            key = None;
        } else {
            let section = section.as_ref().ok_or_else(|| at("a line stands before the first section"))?;
            let (name, value) =
                content.split_once(['=', ':']).ok_or_else(|| at("neither `key = value` nor a section"))?;
            // setuptools takes `install-requires` for `install_requires`.
            let name = name.trim().to_ascii_lowercase().replace('-', "_");
            sections.entry(section.clone()).or_default().insert(name.clone(), value.trim().to_owned());
            key = Some(name);
        }
    }
    Ok(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_as_setuptools_does() {
        let text = "# x\n[metadata]\nname = greeter\nversion: 1.2\nclassifiers =\n  Programming Language :: Python\n[options]\ninstall_requires =\n  Some_Lib>=1\n  other; python_version < '4'\n";
        let Reading::Package(manifest) = read("setup.cfg".into(), text).unwrap() else { panic!() };
        assert_eq!((manifest.name.as_str(), manifest.version.as_deref()), ("greeter", Some("1.2")));
        assert_eq!(manifest.needs, [Need::strict("some-lib"), Need::strict("other")]);
        assert_eq!(manifest.withheld, None);
        let Reading::Package(indirect) =
            read("setup.cfg".into(), "[metadata]\nname=a\nversion = attr: a.__version__\n").unwrap()
        else {
            panic!()
        };
        assert_eq!((indirect.version, indirect.withheld), (None, None));
        assert_eq!(read("setup.cfg".into(), "[flake8]\nmax-line-length = 100\n").unwrap(), Reading::Nothing);
        assert_eq!(
            read("a/setup.cfg".into(), "[metadata]\nname = a\noops\n").unwrap_err().message(),
            "a/setup.cfg, line 3: neither `key = value` nor a section."
        );
    }
}
