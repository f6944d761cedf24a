//! What runs by itself on other people's machines: at install, at build, at start. The place worms come in by.

use std::collections::BTreeSet;

use sha2::{Digest as _, Sha256};

use super::{cargo, named, npm, others, python};
use crate::artifact::code::{Code, Doing, Evidence, Language};
use crate::artifact::facts::{Facts, File};
use crate::artifact::signal::{Rule, Signal, rule};

rule!(
    INSTALL_SCRIPT,
    "install-script",
    b"MHN",
    Certain,
    "a script runs on every machine that installs this",
    "If nobody on the team meant to add it, stop and find the commit that did. If it is meant, prefer doing the work at build \
     time: most installs of it run with the user's credentials in reach."
);
rule!(
    INSTALL_CODE,
    "code-at-install",
    b"NMN",
    Certain,
    "code runs when this is installed or built from source",
    "Look at what it does; most packages do without."
);
rule!(
    START_CODE,
    "code-at-start",
    b"HHL",
    Certain,
    "code runs at every start of the language, without being asked for",
    "Take it out unless the package is made for exactly this. Users cannot see that it runs."
);
rule!(
    TAKES_CREDENTIALS,
    "install-takes-credentials",
    b"CCM",
    Likely,
    "a script that runs at install takes credentials and talks to the network",
    "Do not publish this. If you did not write it, somebody else changed your project: look at the last commits to the file, \
     revoke the tokens of the machine it was built on from another machine, and check what else was published. If it is yours \
     and meant, take the credentials out of it: no install needs them."
);
rule!(
    HIDDEN_AT_INSTALL,
    "install-hides-code",
    b"HCM",
    Likely,
    "a script that runs at install hides what it does",
    "Do not publish code that nobody can read and that runs by itself. Find the commit that brought it."
);
rule!(
    REMOTE_AT_INSTALL,
    "install-runs-download",
    b"HCM",
    Likely,
    "a script that runs at install fetches code and runs it",
    "Whoever controls the address controls every machine that installs this. Put the code into the package, or check what is \
     fetched by a digest."
);
rule!(
    PERSISTS_AT_INSTALL,
    "install-persists",
    b"HCM",
    Likely,
    "a script that runs at install changes what runs later on the machine",
    "No install needs this. Find the commit that brought it."
);
rule!(
    NETWORK_AT_INSTALL,
    "install-talks-to-network",
    b"MHL",
    Likely,
    "a script that runs at install talks to the network",
    "If it fetches programs: publish them as packages of their own, or check them by digest. If nobody meant it, find the \
     commit that brought it."
);
rule!(
    RUNS_AT_INSTALL,
    "install-runs-programs",
    b"LMN",
    Likely,
    "a script that runs at install starts other programs",
    "Make sure that the programs are meant; say in the documentation which they are."
);

/// Files that one hook reaches at most.
const MOST_REACHED: usize = 60;

/// Something that runs by itself.
pub(super) struct Hook<'f> {
    /// The rule that its being there is.
    pub(super) rule: &'static Rule,
    /// What it is, as a subject: ``the script `postinstall` ``.
    pub(super) what: String,
    /// When: `when it is installed`.
    pub(super) when: &'static str,
    /// The command, where it is one.
    pub(super) command: Option<String>,
    /// The file it stands in.
    pub(super) at: &'f File,
    /// The line in it.
    pub(super) line: Option<u32>,
    /// The code it runs first.
    pub(super) runs: Vec<&'f File>,
}

/// All hooks and what is bad about them.
pub(super) fn signals(facts: &Facts) -> Vec<Signal> {
    let mut hooks = npm::hooks(facts);
    hooks.extend(python::hooks(facts));
    hooks.extend(cargo::hooks(facts));
    hooks.extend(others::hooks(facts));
    hooks.iter().flat_map(|hook| judge(facts, hook)).collect()
}

/// The files below the package's root that run by themselves.
pub(super) fn reached(facts: &Facts) -> BTreeSet<String> {
    let mut hooks = npm::hooks(facts);
    hooks.extend(python::hooks(facts));
    hooks.extend(cargo::hooks(facts));
    hooks.extend(others::hooks(facts));
    hooks.iter().flat_map(|hook| closure(facts, hook)).map(|file| file.inner.clone()).collect()
}

/// A hook, and what the code it reaches does.
fn judge(facts: &Facts, hook: &Hook<'_>) -> Vec<Signal> {
    let files = closure(facts, hook);
    let command = hook.command.as_ref().map(|command| Code::read(Language::Shell, command.as_bytes()));
    let mut hash = Sha256::new();
    hash.update(hook.command.as_deref().unwrap_or_default());
    for file in &files {
        hash.update(file.digest);
    }
    let content: [u8; 32] = hash.finalize().into();
    let command_text = hook.command.as_ref().map(|command| format!(": `{}`", short(command))).unwrap_or_default();
    let runs = format!("{} runs {}{command_text}.", capital(&hook.what), hook.when);
    let signal = |rule: &'static Rule, path: &str, line: Option<u32>, more: String| Signal {
        rule,
        path: path.to_owned(),
        line,
        message: if more.is_empty() { runs.clone() } else { format!("{runs} {more}") },
        key: format!(
            "{} {}",
            hook.what,
            if rule.id == hook.rule.id { hook.command.as_deref().unwrap_or_default() } else { "" }
        ),
        content: Some(content),
    };
    let mut signals = vec![signal(hook.rule, &hook.at.path, hook.line, String::new())];

    // What all of it does together, and where each thing is seen first.
    let mut evidence: Vec<(&File, &Evidence)> = Vec::new();
    if let Some(command) = &command {
        evidence.extend(command.evidence.iter().map(|one| (hook.at, one)));
    }
    for file in &files {
        evidence.extend(file.code.iter().flat_map(|code| &code.evidence).map(|one| (*file, one)));
    }
    let all: Vec<&Evidence> = evidence.iter().map(|(_, one)| *one).collect();
    let does = |doing: &[Doing]| all.iter().any(|one| doing.contains(&one.doing));
    let first = |doing: &[Doing]| {
        evidence.iter().find(|(_, one)| doing.contains(&one.doing)).map_or(
            (hook.at.path.as_str(), hook.line),
            |(file, one)| {
                let in_command =
                    std::ptr::eq(*file, hook.at) && command.as_ref().is_some_and(|code| code.evidence.contains(one));
                (file.path.as_str(), if in_command { hook.line } else { Some(one.line) })
            },
        )
    };
    let hosts: Vec<&str> = files
        .iter()
        .filter_map(|file| file.code.as_ref())
        .chain(&command)
        .flat_map(|code| code.hosts.keys().map(String::as_str))
        .collect();
    let to = if hosts.is_empty() { String::new() } else { format!(" to {}", super::listed(&hosts, 3)) };
    let takes = [Doing::Credential, Doing::Harvest];
    let sends = [Doing::Network, Doing::Drop];
    if does(&takes) && does(&sends) {
        let (path, line) = first(&takes);
        let more =
            format!("What it runs reads {} and can send it away{to} ({}).", named(&all, &takes), named(&all, &sends));
        signals.push(signal(&TAKES_CREDENTIALS, path, line, more));
    } else if does(&sends) {
        let (path, line) = first(&sends);
        signals.push(signal(
            &NETWORK_AT_INSTALL,
            path,
            line,
            format!("It talks to the network{to} ({}).", named(&all, &sends)),
        ));
    }
    let hidden = files.iter().copied().find(|file| file.code.as_ref().is_some_and(|code| code.obfuscation.is_hidden()));
    let hidden_command = command.as_ref().is_some_and(|code| code.obfuscation.is_hidden());
    if hidden.is_some() || hidden_command {
        let file = hidden.unwrap_or(hook.at);
        let reasons = hidden
            .and_then(|file| file.code.as_ref())
            .or(command.as_ref())
            .map(|code| code.obfuscation.reasons.join("; "))
            .unwrap_or_default();
        signals.push(signal(&HIDDEN_AT_INSTALL, &file.path, None, format!("What it does is hidden: {reasons}.")));
    }
    if does(&[Doing::RemoteShell]) && does(&sends) || does(&sends) && does(&[Doing::Evaluate]) && does(&[Doing::Decode])
    {
        let (path, line) = first(&sends);
        signals.push(signal(&REMOTE_AT_INSTALL, path, line, format!("It runs what it fetches{to}.")));
    }
    if does(&[Doing::Persist]) {
        let (path, line) = first(&[Doing::Persist]);
        signals.push(signal(
            &PERSISTS_AT_INSTALL,
            path,
            line,
            format!("It touches {}.", named(&all, &[Doing::Persist])),
        ));
    }
    // Starting compilers is what build scripts are for.
    if does(&[Doing::Process]) && hook.rule.id == INSTALL_SCRIPT.id {
        let (path, line) = first(&[Doing::Process]);
        signals.push(signal(
            &RUNS_AT_INSTALL,
            path,
            line,
            format!("It starts programs ({}).", named(&all, &[Doing::Process])),
        ));
    }
    signals
}

/// The files a hook runs, with those of the package they load.
fn closure<'f>(facts: &'f Facts, hook: &Hook<'f>) -> Vec<&'f File> {
    let mut files: Vec<&File> = Vec::new();
    let mut waiting: Vec<&File> = hook.runs.clone();
    while let Some(file) = waiting.pop() {
        if files.len() >= MOST_REACHED || files.iter().any(|one| one.inner == file.inner) {
            continue;
        }
        files.push(file);
        let loads = file.code.as_ref().map(|code| code.loads.as_slice()).unwrap_or_default();
        waiting.extend(loads.iter().filter_map(|load| loaded(facts, &file.inner, load)));
    }
    files
}

/// The file that a relative path in another one means, as Node finds it.
fn loaded<'f>(facts: &'f Facts, from: &str, load: &str) -> Option<&'f File> {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = joined(folder, load);
    ["", ".js", ".cjs", ".mjs", ".ts", "/index.js", "/index.mjs", "/index.cjs"]
        .iter()
        .find_map(|ending| facts.file(&format!("{path}{ending}")))
}

/// A path from a folder, without `.` and `..`.
pub(super) fn joined(folder: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files of the package that a command names.
pub(super) fn named_in<'f>(facts: &'f Facts, command: &str) -> Vec<&'f File> {
    command
        .split(|one: char| one.is_whitespace() || matches!(one, '"' | '\'' | ';' | '&' | '|' | '(' | ')' | '=' | '`'))
        .filter(|word| !word.is_empty() && !word.starts_with('-'))
        .filter_map(|word| loaded(facts, "", word))
        .collect()
}

fn capital(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// A command, cut off where it is long.
pub(super) fn short(command: &str) -> String {
    let line: String = command.chars().map(|one| if one.is_control() { ' ' } else { one }).take(120).collect();
    if command.chars().count() > 120 { format!("{line}…") } else { line }
}
