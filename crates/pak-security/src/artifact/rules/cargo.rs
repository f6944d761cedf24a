//! Cargo: build scripts and procedural macros run on the machine that compiles.

use super::hooks::{Hook, INSTALL_CODE};
use crate::artifact::facts::Facts;
use crate::artifact::form::Form;

/// What runs by itself.
pub(super) fn hooks(facts: &Facts) -> Vec<Hook<'_>> {
    if facts.form != Form::Crate {
        return Vec::new();
    }
    let manifest: Option<toml::Table> =
        facts.file("Cargo.toml").and_then(|file| toml::from_str(file.text.as_deref()?).ok());
    let named = manifest.as_ref().and_then(|manifest| manifest.get("package")?.get("build")?.as_str());
    let mut hooks = Vec::new();
    if let Some(script) = facts.file(&super::hooks::joined("", named.unwrap_or("build.rs"))) {
        // Modules of the script lie in a folder of its name, if there are any.
        let modules = facts.files.iter().filter(|file| file.inner.starts_with("build/") && file.inner.ends_with(".rs"));
        hooks.push(Hook {
            rule: &INSTALL_CODE,
            what: format!("the build script {}", script.inner),
            when: "on every machine that compiles this crate",
            command: None,
            at: script,
            line: None,
            runs: std::iter::once(script).chain(modules).collect(),
        });
    }
    let is_macro = manifest.as_ref().is_some_and(|manifest| {
        let library = manifest.get("lib");
        let flag = |name| library.and_then(|library| library.get(name)?.as_bool()) == Some(true);
        flag("proc-macro") || flag("proc_macro")
    });
    if is_macro && let Some(at) = facts.file("Cargo.toml") {
        let code = facts.files.iter().filter(|file| file.inner.starts_with("src/") && file.inner.ends_with(".rs"));
        hooks.push(Hook {
            rule: &INSTALL_CODE,
            what: "the procedural macro".to_owned(),
            when: "on every machine that compiles this crate",
            command: None,
            at,
            line: None,
            runs: code.collect(),
        });
    }
    hooks
}
