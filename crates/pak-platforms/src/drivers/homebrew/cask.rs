//! Casks: `Casks/<name>.rb`, for applications and programs that are installed as they are published. macOS only.

use pak_model::{Finding, Problem, Result, code};
use serde::Serialize;
use url::Url;

use super::ruby;
use crate::protocol::tap::files::{Choice, File, fit};
use crate::protocol::tap::format::{Format, Subject};
use crate::protocol::tap::template::Language;

/// The template of every cask that has none of its own.
const TEMPLATE: &str = include_str!("cask.rb.jinja");

/// What Homebrew unpacks into a cask, best first; the last is a bare program.
const FORMATS: &[&str] = &["dmg", "zip", "pkg", "tar.gz", "tar.xz", "tar.bz2", "tar.zst", "tar", ""];

/// Casks.
pub(super) struct Cask;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Processor {
    Arm,
    Intel,
}

/// What the template gets beside the common variables.
#[derive(Serialize)]
struct More<'a> {
    title: &'a str,
    desc: String,
    /// The one file, where there is one.
    single: Option<Source<'a>>,
    machines: Vec<Source<'a>>,
    /// What is installed, where it is the same from every file.
    artifacts: Option<Vec<String>>,
}

#[derive(Clone, Serialize)]
struct Source<'a> {
    processor: Processor,
    /// The one kind of processor there is a file for.
    only: Option<&'static str>,
    url: &'a str,
    sha256: &'a str,
    /// The address's beginning, where the file is not on the homepage's host.
    verified: Option<String>,
    artifacts: Vec<String>,
}

impl Format for Cask {
    fn paths(&self, name: &str) -> Vec<String> {
        let first = name.chars().next().unwrap_or_default();
        vec![format!("Casks/{name}.rb"), format!("Casks/{first}/{name}.rb")]
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
        let mut findings = ruby::check(subject, text, &format!("cask {} do", ruby::quoted(subject.name)));
        if subject.template().is_none() {
            let choice = choose(subject);
            for (processor, names) in &choice.unclear {
                let on = if *processor == Processor::Arm { "ARM" } else { "Intel" };
                let message = format!("{} could each be the file for macOS on {on}.", names.join(" and "));
                findings.push(Finding::error(code::tap::ASSETS_AMBIGUOUS, message));
            }
            findings.extend(choice.files.values().filter_map(|file| guess(subject, file)));
            findings.dedup();
        }
        findings
    }

    fn message(&self, name: &str, version: &str, is_new: bool) -> String {
        if is_new { format!("{name} {version} (new cask)") } else { format!("{name} {version}") }
    }

    fn version_of(&self, text: &str) -> Option<String> {
        ruby::version_of(text)
    }
}

fn choose<'a>(subject: &Subject<'a>) -> Choice<'a, Processor> {
    Choice::among(File::all(subject.release), |file| {
        let usable = !file.is_program() || !file.details.programs.is_empty();
        let Some(fit) = fit(file, FORMATS).filter(|_| usable && file.details.os.as_deref() == Some("macos")) else {
            return Vec::new();
        };
        let processors: &[Processor] = match file.details.architecture.as_deref() {
            Some("aarch64") => &[Processor::Arm],
            Some("x86_64") => &[Processor::Intel],
            None | Some("universal") => &[Processor::Arm, Processor::Intel],
            _ => &[],
        };
        processors.iter().map(|processor| (*processor, fit)).collect()
    })
}

fn more<'a>(subject: &Subject<'a>, choice: &Choice<'a, Processor>) -> More<'a> {
    let mut machines: Vec<Source<'a>> =
        choice.files.iter().map(|(processor, file)| source(subject, *processor, file)).collect();
    let first = machines.first().map(|source| source.artifacts.clone()).unwrap_or_default();
    let same = machines.iter().all(|source| source.artifacts == first);
    if let [one] = machines.as_mut_slice() {
        one.only = Some(if one.processor == Processor::Arm { "arm64" } else { "x86_64" });
    }
    let alike =
        machines.windows(2).all(|pair| pair.iter().all(|source| Some(source.url) == pair.first().map(|one| one.url)));
    let single = machines.first().filter(|_| alike).cloned();
    More {
        title: &subject.release.package.name,
        desc: ruby::description(subject.description()),
        single,
        machines,
        artifacts: same.then_some(first),
    }
}

fn source<'a>(subject: &Subject<'_>, processor: Processor, file: &File<'a>) -> Source<'a> {
    Source {
        processor,
        only: None,
        url: &file.asset.url,
        sha256: file.sha256(),
        verified: verified(&file.asset.url, subject.homepage()),
        artifacts: artifacts(subject, file),
    }
}

/// What Homebrew wants confirmed where a file is on another host than the homepage: the address's beginning without its
/// scheme, two folders deep on hosts that many people share.
fn verified(url: &str, homepage: &str) -> Option<String> {
    let (url, homepage) = (Url::parse(url).ok()?, Url::parse(homepage).ok());
    let host = url.host_str()?;
    if homepage.as_ref().and_then(Url::host_str) == Some(host) {
        return None;
    }
    let folders: Vec<&str> = url.path_segments()?.collect();
    let folders = folders.get(..folders.len().saturating_sub(1)).unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let below = folders.get(..2).unwrap_or(folders).join("/");
    let end = if below.is_empty() { "" } else { "/" };
    Some(format!("{host}{port}/{below}{end}"))
}

/// What a cask does with a file: an application, an installer, programs.
fn artifacts(subject: &Subject<'_>, file: &File<'_>) -> Vec<String> {
    let applications = applications(file);
    if !applications.is_empty() {
        return applications.iter().map(|path| format!("app {}", ruby::quoted(path))).collect();
    }
    match file.details.format.as_str() {
        "pkg" => vec![format!("pkg {}", ruby::quoted(&file.downloaded_name()))],
        "dmg" => vec![format!("app {}", ruby::quoted(&format!("{}.app", subject.release.package.name)))],
        _ => {
            let programs = if file.is_program() { vec![file.downloaded_name()] } else { file.details.programs.clone() };
            let programs = if programs.is_empty() { vec![subject.name.to_owned()] } else { programs };
            let alone = programs.len() == 1;
            programs.iter().map(|path| binary(subject.name, path, alone, file.is_program())).collect()
        }
    }
}

fn binary(name: &str, path: &str, alone: bool, bare: bool) -> String {
    let own = path.rsplit('/').next().unwrap_or_default();
    if alone && own != name && (bare || ruby::is_variant(own, name)) {
        return format!("binary {}, target: {}", ruby::quoted(path), ruby::quoted(name));
    }
    format!("binary {}", ruby::quoted(path))
}

/// Applications in an archive, by the programs in them: `Hello.app/Contents/MacOS/hello`.
fn applications(file: &File<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for program in &file.details.programs {
        let Some((before, _)) = program.split_once(".app/") else { continue };
        let application = format!("{before}.app");
        if !found.contains(&application) {
            found.push(application);
        }
    }
    found
}

/// What the file's content had to be guessed of.
fn guess(subject: &Subject<'_>, file: &File<'_>) -> Option<Finding> {
    if !file.details.programs.is_empty() {
        return None;
    }
    let asset = &file.asset.name;
    let lines = artifacts(subject, file).join(", ");
    match file.details.format.as_str() {
        "zip" | "tar.gz" | "tar.zst" | "tar" => {
            Some(Finding::error(code::tap::PROGRAM_MISSING, format!("{asset} holds no application and no program.")))
        }
        "pkg" => {
            let message = format!("The cask cannot uninstall what {asset} installs: nothing tells its identifiers.");
            Some(Finding::warning(code::tap::GUESSED, message))
        }
        _ => {
            let message = format!("{asset} cannot be looked into; the cask says `{lines}`.");
            Some(Finding::warning(code::tap::GUESSED, message))
        }
    }
}

fn nothing(subject: &Subject<'_>) -> Problem {
    let message =
        format!("{} publishes no application, archive or program for macOS.", subject.release.package.label());
    Problem::new(code::tap::ASSETS_MISSING, message).about("package", &subject.release.package.id)
}
