//! npm: lifecycle scripts, the implicit build of `binding.gyp`, and what `package.json` says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::hooks::{Hook, INSTALL_CODE, INSTALL_SCRIPT, named_in};
use crate::artifact::facts::{Facts, File};
use crate::artifact::form::Form;

/// Scripts that npm runs at the user's, in their order.
const LIFECYCLE: &[&str] = &["preinstall", "install", "postinstall"];
/// Scripts that run at the user's only where the package comes from git.
const FROM_GIT: &[&str] = &["prepare", "preprepare", "postprepare"];

/// The manifest.
pub(super) fn manifest(facts: &Facts) -> Option<(&File, Value)> {
    if facts.form != Form::Npm {
        return None;
    }
    let file = facts.file("package.json")?;
    let text = file.text.as_deref()?;
    Some((file, serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?))
}

/// What runs by itself.
pub(super) fn hooks(facts: &Facts) -> Vec<Hook<'_>> {
    let Some((at, manifest)) = manifest(facts) else { return Vec::new() };
    let script = |name: &str| manifest.get("scripts")?.get(name)?.as_str().map(str::to_owned);
    let line = |name: &str| {
        let text = at.text.as_deref()?;
        let index = text.lines().position(|line| line.contains(&format!("\"{name}\"")))?;
        u32::try_from(index + 1).ok()
    };
    let hook = |name: &&str, rule, when| {
        let command = script(name)?;
        let runs = named_in(facts, &command);
        Some(Hook {
            rule,
            what: format!("the script `{name}`"),
            when,
            line: line(name),
            at,
            runs,
            command: Some(command),
        })
    };
    let mut hooks: Vec<Hook<'_>> = LIFECYCLE
        .iter()
        .filter_map(|name| hook(name, &INSTALL_SCRIPT, "on every machine that installs this package"))
        .collect();
    hooks.extend(
        FROM_GIT.iter().filter_map(|name| hook(name, &INSTALL_CODE, "where this package is installed from git")),
    );
    // npm compiles by itself where nothing else is said.
    if let Some(gyp) = facts.file("binding.gyp")
        && hooks.iter().all(|hook| !hook.what.contains("install`"))
        && manifest.get("gypfile") != Some(&Value::Bool(false))
    {
        let runs = gyp.text.as_deref().map(|text| named_in(facts, text)).unwrap_or_default();
        hooks.push(Hook {
            rule: &INSTALL_SCRIPT,
            what: "the build that `binding.gyp` asks for".to_owned(),
            when: "on every machine that installs this package",
            command: Some("node-gyp rebuild".to_owned()),
            at: gyp,
            line: None,
            runs,
        });
    }
    hooks
}

/// What the manifest asks for at the user's, with the ranges.
pub(in crate::artifact) fn dependencies(facts: &Facts) -> Option<BTreeMap<String, String>> {
    let (_, manifest) = manifest(facts)?;
    let tables = ["dependencies", "optionalDependencies", "peerDependencies"];
    let entries = tables.iter().filter_map(|table| manifest.get(table)?.as_object()).flatten();
    Some(entries.map(|(name, range)| (name.clone(), range.as_str().unwrap_or_default().to_owned())).collect())
}
