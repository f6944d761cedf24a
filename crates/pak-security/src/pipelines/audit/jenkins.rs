//! Jenkins' declarative and scripted pipelines. They are Groovy; what is looked for stands in single lines.

use std::sync::OnceLock;

use regex_automata::meta::Regex;

use super::dangers::{
    INCLUDE_NOT_PINNED, PUBLISH_BESIDE_BUILD, SCRIPT_FROM_THE_WEB, SECRET_IN_PLAIN, SECRET_IN_SCRIPT,
    TEMPLATE_INJECTION,
};
use super::github::is_commit;
use super::{Audit, gitlab, publishing, scripts};

/// In this order: a stranger's value in a double-quoted script, a secret in one, a library at a branch, a plain variable.
const PATTERNS: &[&str] = &[
    r#"\b(?:sh|bat|powershell|pwsh)\b[^\n]*"[^"\n]*\$\{?(?:params|env)\.(?:CHANGE_TITLE|CHANGE_BRANCH|CHANGE_AUTHOR|BRANCH_NAME|GIT_BRANCH|[A-Za-z_]+)"#,
    r#"\b(?:sh|bat|powershell|pwsh)\b[^\n]*"[^"\n]*\$\{?[A-Z0-9_]*(?:TOKEN|PASSWORD|PASSWD|SECRET|API_KEY)\b"#,
    r#"@Library\(\s*['"]([^'"]+)['"]"#,
    r#"^\s*(?:def\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*['"]([^'"\n]+)['"]"#,
];

pub(super) fn audit(text: &str, audit: &mut Audit<'_>) {
    static COMPILED: OnceLock<Option<Vec<Regex>>> = OnceLock::new();
    let compiled = COMPILED.get_or_init(|| PATTERNS.iter().map(|pattern| Regex::new(pattern).ok()).collect());
    let Some([pasted, secret, library, assigned]) = compiled.as_deref() else { return };
    for (offset, line) in scripts::web_lines_of(text) {
        let what = format!("`{}` runs what an address answers.", scripts::shortened(line.trim()));
        audit.note(&SCRIPT_FROM_THE_WEB, (line_of(text, offset), 1), line.trim(), &what);
    }
    for (number, line) in text.lines().enumerate() {
        let at = (u32::try_from(number + 1).unwrap_or(u32::MAX), 1);
        if line.trim_start().starts_with("//") {
            continue;
        }
        if secret.is_match(line) {
            audit.note(&SECRET_IN_SCRIPT, at, line.trim(), "A credential stands in a script's double quotes.");
        } else if pasted.is_match(line) {
            audit.note(
                &TEMPLATE_INJECTION,
                at,
                line.trim(),
                "A parameter or variable stands in a script's double quotes.",
            );
        }
        let group = |regex: &Regex, index: usize| {
            let mut captures = regex.create_captures();
            regex.captures(line, &mut captures);
            captures.get_group(index).and_then(|span| line.get(span.range()))
        };
        if let Some(name) = group(library, 1)
            && !name.rsplit_once('@').is_some_and(|(_, version)| is_commit(version))
        {
            audit.note(&INCLUDE_NOT_PINNED, at, name, &format!("The library {name} is not at a fixed commit."));
        }
        if let (Some(name), Some(value)) = (group(assigned, 1), group(assigned, 2))
            && gitlab::is_secret(name, value)
            && !line.contains("credentials(")
        {
            audit.note(&SECRET_IN_PLAIN, at, name, &format!("The value of {name} is written here."));
        }
    }
    one_node(text, audit);
}

/// One agent for all stages: what builds and what publishes share a machine and a folder.
fn one_node(text: &str, audit: &mut Audit<'_>) {
    let is_shared = text.lines().any(|line| line.trim() == "agent any") && !text.contains("agent none");
    let stripped: Vec<String> = text.lines().map(inner_of).collect();
    let publishing = stripped.iter().position(|line| !publishing::in_script(line).is_empty());
    let builds = stripped.iter().any(|line| scripts::runs_foreign_code(line));
    if let (true, Some(line), true) = (is_shared, publishing, builds) {
        let at = (u32::try_from(line + 1).unwrap_or(u32::MAX), 1);
        audit.note(&PUBLISH_BESIDE_BUILD, at, "agent any", "Every stage runs on one machine, publishing too.");
    }
}

/// The script within `sh '…'`.
fn inner_of(line: &str) -> String {
    let line = line.trim();
    let script = line.strip_prefix("sh ").or_else(|| line.strip_prefix("sh(")).unwrap_or(line);
    script.trim_matches(['\'', '"', '(', ')', ' ']).to_owned()
}

fn line_of(text: &str, offset: usize) -> u32 {
    let before = text.get(..offset).unwrap_or(text).matches('\n').count();
    u32::try_from(before + 1).unwrap_or(u32::MAX)
}
