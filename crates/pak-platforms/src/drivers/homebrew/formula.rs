//! Formulae: `Formula/<name>.rb`, a Ruby class that says where the archives are and which programs in them to install.

use pak_model::{Finding, Problem, Result, code};
use serde::Serialize;

use super::ruby;
use crate::protocol::tap::files::{Choice, File, fit};
use crate::protocol::tap::format::{Format, Subject};
use crate::protocol::tap::template::Language;

/// The template of every formula that has none of its own.
const TEMPLATE: &str = include_str!("formula.rb.jinja");

/// What Homebrew unpacks into a formula, best first; the last two are bare programs.
const FORMATS: &[&str] = &["tar.gz", "tar.xz", "tar.bz2", "tar.zst", "zip", "tar", ""];
/// Formats that the build looks into: where it saw no program, there is none.
const LOOKED_INTO: &[&str] = &["tar.gz", "tar.zst", "zip", "tar", ""];

/// Formulae.
pub(super) struct Formula;

/// A machine that Homebrew runs on. The order is that of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Machine {
    /// Any: the file does not tell.
    Any,
    /// A system and whether its processor is ARM.
    On(System, Processor),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum System {
    Macos,
    Linux,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Processor {
    Arm,
    Intel,
}

/// What the template gets beside the common variables.
#[derive(Serialize)]
struct More<'a> {
    class: String,
    desc: String,
    license_ruby: Option<String>,
    /// The one file, where it is for every machine.
    single: Option<Source<'a>>,
    systems: Vec<OnSystem<'a>>,
    /// What is installed, where it is the same from every file.
    install: Option<Vec<Install>>,
    /// The program that the test starts.
    program: String,
}

#[derive(Serialize)]
struct OnSystem<'a> {
    os: System,
    /// The one kind of processor there are files for.
    only: Option<&'static str>,
    machines: Vec<Source<'a>>,
}

#[derive(Serialize)]
struct Source<'a> {
    processor: Option<Processor>,
    url: &'a str,
    sha256: &'a str,
    install: Vec<Install>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Install {
    /// The program's path in the file.
    path: String,
    /// ` => "name"`, where it gets another name.
    rename: String,
    #[serde(skip)]
    name: String,
}

impl Format for Formula {
    fn paths(&self, name: &str) -> Vec<String> {
        let first = name.chars().next().unwrap_or_default();
        vec![
            format!("Formula/{name}.rb"),
            format!("Formula/{first}/{name}.rb"),
            format!("HomebrewFormula/{name}.rb"),
            format!("{name}.rb"),
        ]
    }

    fn repository_prefix(&self) -> Option<&'static str> {
        Some("homebrew-")
    }

    fn render(&self, subject: &Subject<'_>) -> Result<String> {
        let choice = choose(subject);
        let template = if choice.files.is_empty() { Err(nothing(subject)) } else { Ok(TEMPLATE) };
        subject.render(template, Language::Ruby, more(subject, &choice))
    }

    fn check(&self, subject: &Subject<'_>, text: &str) -> Vec<Finding> {
        let mut findings = ruby::check(subject, text, &format!("class {} < Formula", ruby::class_name(subject.name)));
        if subject.template().is_none() {
            let choice = choose(subject);
            for (machine, names) in &choice.unclear {
                let message = format!("{} could each be the file for {}.", names.join(" and "), label(*machine));
                findings.push(Finding::error(code::tap::ASSETS_AMBIGUOUS, message));
            }
            let mut seen: Vec<&str> = Vec::new();
            for file in choice.files.values() {
                if !seen.contains(&file.asset.name.as_str()) {
                    seen.push(&file.asset.name);
                    findings.extend(check_programs(subject, file));
                }
            }
        }
        findings
    }

    fn message(&self, name: &str, version: &str, is_new: bool) -> String {
        if is_new { format!("{name} {version} (new formula)") } else { format!("{name} {version}") }
    }

    fn version_of(&self, text: &str) -> Option<String> {
        ruby::version_of(text)
    }
}

/// The files, one per machine. A file that tells neither system nor architecture counts only where no other file does.
fn choose<'a>(subject: &Subject<'a>) -> Choice<'a, Machine> {
    let mut choice = Choice::among(File::all(subject.release), |file| {
        let usable = !file.is_program() || !file.details.programs.is_empty();
        let Some(fit) = fit(file, FORMATS).filter(|_| usable) else { return Vec::new() };
        machines(file).into_iter().map(|machine| (machine, fit)).collect()
    });
    if choice.files.len() > 1 {
        choice.files.remove(&Machine::Any);
        choice.unclear.retain(|(machine, _)| *machine != Machine::Any);
    }
    choice
}

fn machines(file: &File<'_>) -> Vec<Machine> {
    let system = match file.details.os.as_deref() {
        Some("macos") => System::Macos,
        Some("linux") => System::Linux,
        None if file.details.architecture.is_none() => return vec![Machine::Any],
        _ => return Vec::new(),
    };
    match file.details.architecture.as_deref() {
        Some("aarch64") => vec![Machine::On(system, Processor::Arm)],
        Some("x86_64") => vec![Machine::On(system, Processor::Intel)],
        None | Some("universal") => [Processor::Arm, Processor::Intel].map(|on| Machine::On(system, on)).to_vec(),
        _ => Vec::new(),
    }
}

fn label(machine: Machine) -> &'static str {
    match machine {
        Machine::Any => "every machine",
        Machine::On(System::Macos, Processor::Arm) => "macOS on ARM",
        Machine::On(System::Macos, Processor::Intel) => "macOS on Intel",
        Machine::On(System::Linux, Processor::Arm) => "Linux on ARM",
        Machine::On(System::Linux, Processor::Intel) => "Linux on Intel",
    }
}

fn more<'a>(subject: &Subject<'a>, choice: &Choice<'a, Machine>) -> More<'a> {
    let sources: Vec<(Machine, Source<'a>)> =
        choice.files.iter().map(|(machine, file)| (*machine, source(subject, *machine, file))).collect();
    let mut lists = sources.iter().map(|(_, source)| &source.install);
    let first = lists.next().cloned().unwrap_or_default();
    let same = lists.all(|list| *list == first);
    let program = first.iter().find(|install| install.name == subject.name).or(first.first());
    let program = program.map_or_else(|| subject.name.to_owned(), |install| install.name.clone());
    let mut single = None;
    let mut systems: Vec<OnSystem<'a>> = Vec::new();
    for (machine, source) in sources {
        let Machine::On(os, _) = machine else {
            single = Some(source);
            continue;
        };
        match systems.last_mut().filter(|system| system.os == os) {
            Some(system) => system.machines.push(source),
            None => systems.push(OnSystem { os, only: None, machines: vec![source] }),
        }
    }
    for system in &mut systems {
        if let [one] = system.machines.as_slice() {
            system.only = one.processor.map(|on| if on == Processor::Arm { "arm64" } else { "x86_64" });
        }
    }
    More {
        class: ruby::class_name(subject.name),
        desc: ruby::description(subject.description()),
        license_ruby: subject.license().map(ruby::license),
        single,
        systems,
        install: same.then_some(first),
        program,
    }
}

fn source<'a>(subject: &Subject<'_>, machine: Machine, file: &File<'a>) -> Source<'a> {
    let processor = match machine {
        Machine::Any => None,
        Machine::On(_, processor) => Some(processor),
    };
    Source { processor, url: &file.asset.url, sha256: file.sha256(), install: installs(subject.name, file) }
}

/// What to install from a file. A lone program that carries its machine in its name gets the package's.
fn installs(name: &str, file: &File<'_>) -> Vec<Install> {
    let programs = if file.is_program() { vec![file.downloaded_name()] } else { file.programs_in_root() };
    // What cannot be looked into holds the program under the package's name, as a rule.
    let programs = if programs.is_empty() { vec![name.to_owned()] } else { programs };
    let alone = programs.len() == 1;
    let install = |path: String| {
        let own = path.rsplit('/').next().unwrap_or_default().to_owned();
        let renamed = alone && own != name && (file.is_program() || ruby::is_variant(&own, name));
        let rename = if renamed { format!(" => {}", ruby::quoted(name)) } else { String::new() };
        Install { path, rename, name: if renamed { name.to_owned() } else { own } }
    };
    programs.into_iter().map(install).collect()
}

fn check_programs(subject: &Subject<'_>, file: &File<'_>) -> Option<Finding> {
    let asset = &file.asset.name;
    if file.details.programs.is_empty() {
        if LOOKED_INTO.contains(&file.details.format.as_str()) {
            return Some(Finding::error(code::tap::PROGRAM_MISSING, format!("{asset} holds no program to install.")));
        }
        let message = format!("{asset} cannot be looked into; the formula installs `{}` from it.", subject.name);
        return Some(Finding::warning(code::tap::GUESSED, message));
    }
    let odd = installs(subject.name, file).into_iter().find(|install| !ruby::is_program_name(&install.name))?;
    let message = format!("{asset} holds a program named `{}`, which no shell starts as it is.", odd.name);
    Some(Finding::error(code::tap::NAME_INVALID, message))
}

fn nothing(subject: &Subject<'_>) -> Problem {
    let message = format!("{} publishes no archive or program for macOS or Linux.", subject.release.package.label());
    Problem::new(code::tap::ASSETS_MISSING, message).about("package", &subject.release.package.id)
}
