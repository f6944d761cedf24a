//! Manifests: `bucket/<app>.json`, which says where the archives are and which programs in them get a command.

use pak_model::{Finding, Problem, Result, code};
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Value, json};
use url::Url;

use super::rules;
use crate::protocol::tap::License;
use crate::protocol::tap::files::{Choice, File, fit};
use crate::protocol::tap::format::{Format, Subject};
use crate::protocol::tap::template::{Language, render};

/// What Scoop unpacks, best first; the last two are bare programs.
const FORMATS: &[&str] = &["zip", "7z", "tar.gz", "tar.xz", "tar.zst", "tar.bz2", "tar", "exe", ""];
/// Formats that the build looks into: where it saw no program, there is none.
const LOOKED_INTO: &[&str] = &["tar.gz", "tar.zst", "zip", "tar", "exe", ""];

/// Scoop's manifests.
pub(super) struct Manifest;

/// An architecture of Scoop's. The order is that of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Machine {
    Any,
    Bit64,
    Bit32,
    Arm64,
}

impl Machine {
    fn key(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Bit64 => "64bit",
            Self::Bit32 => "32bit",
            Self::Arm64 => "arm64",
        }
    }
}

impl Format for Manifest {
    fn paths(&self, name: &str) -> Vec<String> {
        vec![format!("bucket/{name}.json"), format!("{name}.json")]
    }

    fn render(&self, subject: &Subject<'_>) -> Result<String> {
        if let Some(own) = subject.template() {
            return render(own, Language::Json, &subject.variables(Map::new()));
        }
        let choice = choose(subject);
        if choice.files.is_empty() {
            let message = format!("{} publishes no archive or program for Windows.", subject.release.package.label());
            return Err(Problem::new(code::tap::ASSETS_MISSING, message).about("package", &subject.release.package.id));
        }
        Ok(written(&manifest(subject, &choice)))
    }

    fn check(&self, subject: &Subject<'_>, text: &str) -> Vec<Finding> {
        let mut findings: Vec<Finding> =
            rules::check(text).into_iter().map(|wrong| Finding::error(code::tap::TEXT_INVALID, wrong)).collect();
        if !rules::is_version(&subject.release.version) {
            let message = format!("Scoop can make no folder of version `{}`.", subject.release.version);
            findings.push(Finding::error(code::tap::VERSION_INVALID, message));
        }
        let fine = |letter: char| letter.is_ascii_alphanumeric() || "-_.+".contains(letter);
        if !subject.name.starts_with(|letter: char| letter.is_ascii_alphanumeric()) || !subject.name.chars().all(fine) {
            let message = format!("`{}` cannot be the name of an app.", subject.name);
            findings.push(Finding::error(code::tap::NAME_INVALID, message));
        }
        if let Some(text) = subject.license().filter(|text| License::parse(text).is_none()) {
            let message = format!("The licence `{text}` is no SPDX expression.");
            findings.push(Finding::warning(code::tap::LICENSE_UNKNOWN, message));
        }
        if subject.template().is_none() {
            let choice = choose(subject);
            for (machine, names) in &choice.unclear {
                let message = format!("{} could each be the file for {}.", names.join(" and "), machine.key());
                findings.push(Finding::error(code::tap::ASSETS_AMBIGUOUS, message));
            }
            findings.extend(choice.files.values().filter_map(|file| check_programs(subject, file)));
        }
        findings
    }

    fn message(&self, name: &str, version: &str, is_new: bool) -> String {
        let what = if is_new { "Add version" } else { "Update to version" };
        format!("{name}: {what} {version}")
    }

    fn version_of(&self, text: &str) -> Option<String> {
        serde_json::from_str::<Value>(text).ok()?["version"].as_str().map(str::to_owned)
    }
}

fn choose<'a>(subject: &Subject<'a>) -> Choice<'a, Machine> {
    let mut choice = Choice::among(File::all(subject.release), |file| {
        let usable = !file.is_program() || !file.details.programs.is_empty();
        let windows = file.details.os.as_deref() == Some("windows");
        let Some(fit) = fit(file, FORMATS).filter(|_| usable && windows) else { return Vec::new() };
        let machine = match file.details.architecture.as_deref() {
            Some("x86_64") => Machine::Bit64,
            Some("i686") => Machine::Bit32,
            Some("aarch64") => Machine::Arm64,
            None | Some("universal") => Machine::Any,
            _ => return Vec::new(),
        };
        vec![(machine, fit)]
    });
    if choice.files.len() > 1 {
        choice.files.remove(&Machine::Any);
        choice.unclear.retain(|(machine, _)| *machine != Machine::Any);
    }
    choice
}

fn manifest(subject: &Subject<'_>, choice: &Choice<'_, Machine>) -> Value {
    let mut manifest = Map::new();
    manifest.insert("version".to_owned(), json!(subject.release.version));
    manifest.insert("description".to_owned(), json!(subject.description()));
    manifest.insert("homepage".to_owned(), json!(subject.homepage()));
    manifest.insert("license".to_owned(), json!(license(subject.license().unwrap_or_default())));
    let downloads: Vec<(Machine, Map<String, Value>)> =
        choice.files.iter().map(|(machine, file)| (*machine, download(subject.name, file))).collect();
    if let [(Machine::Any, only)] = downloads.as_slice() {
        manifest.extend(only.clone());
    } else {
        let mut downloads: Map<String, Value> = downloads
            .into_iter()
            .map(|(machine, download)| (machine.key().to_owned(), Value::Object(download)))
            .collect();
        // What is the same everywhere is said once.
        let first = downloads.values().next().and_then(|download| download.get("bin")).cloned();
        let same = downloads.values().all(|download| download.get("bin") == first.as_ref());
        if let Some(bin) = first.filter(|_| same) {
            for download in downloads.values_mut().filter_map(Value::as_object_mut) {
                download.shift_remove("bin");
            }
            manifest.insert("architecture".to_owned(), Value::Object(downloads));
            manifest.insert("bin".to_owned(), bin);
        } else {
            manifest.insert("architecture".to_owned(), Value::Object(downloads));
        }
    }
    if let Some((checkver, autoupdate)) = updates(subject, choice) {
        manifest.insert("checkver".to_owned(), checkver);
        manifest.insert("autoupdate".to_owned(), autoupdate);
    }
    Value::Object(manifest)
}

/// What is downloaded for one machine, and the commands it gives.
fn download(name: &str, file: &File<'_>) -> Map<String, Value> {
    let mut download = Map::new();
    let programs = if file.is_program() { vec![file.downloaded_name()] } else { file.programs_in_root() };
    let programs = if programs.is_empty() { vec![format!("{name}.exe")] } else { programs };
    let alone = programs.len() == 1;
    let mut url = file.asset.url.clone();
    let mut bin: Vec<Value> = programs
        .iter()
        .map(|path| {
            let own = path.rsplit('/').next().unwrap_or_default();
            let stem = own.strip_suffix(".exe").unwrap_or(own);
            // Scoop joins the parts of a path as Windows does.
            let path = path.replace('/', "\\");
            if alone && stem != name && stem.starts_with(name) { json!([path, name]) } else { json!(path) }
        })
        .collect();
    if file.is_program() && (file.downloaded_name() != format!("{name}.exe")) {
        // A fragment gives the download a name of its own.
        url = format!("{url}#/{name}.exe");
        bin = vec![json!(format!("{name}.exe"))];
    }
    download.insert("url".to_owned(), json!(url));
    download.insert("hash".to_owned(), json!(file.sha256()));
    if let Some(root) = file.details.root.as_deref().filter(|_| !file.is_program()) {
        download.insert("extract_dir".to_owned(), json!(root));
    }
    let bin = match bin.as_slice() {
        [only] if only.is_string() => only.clone(),
        _ => Value::Array(bin),
    };
    download.insert("bin".to_owned(), bin);
    download
}

/// How Scoop's own tools find the next version: where the files are releases of a GitHub repository and carry the version in
/// their addresses. Elsewhere nothing tells where to look.
fn updates(subject: &Subject<'_>, choice: &Choice<'_, Machine>) -> Option<(Value, Value)> {
    let version = &subject.release.version;
    let mut repository = None;
    let mut architectures = Map::new();
    let mut any = None;
    for (machine, file) in &choice.files {
        let own = github(&file.asset.url)?;
        if repository.get_or_insert_with(|| own.clone()) != &own || !file.asset.url.contains(version.as_str()) {
            return None;
        }
        let fresh = download(subject.name, file);
        let mut update = Map::new();
        for key in ["url", "extract_dir"] {
            let text = fresh.get(key).and_then(Value::as_str);
            update.extend(text.map(|text| (key.to_owned(), json!(text.replace(version.as_str(), "$version")))));
        }
        if *machine == Machine::Any {
            any = Some(Value::Object(update));
        } else {
            architectures.insert(machine.key().to_owned(), Value::Object(update));
        }
    }
    let autoupdate = any.unwrap_or_else(|| json!({ "architecture": architectures }));
    Some((json!({ "github": repository? }), autoupdate))
}

/// The repository of a release's file on GitHub.
fn github(url: &str) -> Option<String> {
    let url = Url::parse(url).ok().filter(|url| url.host_str() == Some("github.com"))?;
    let mut parts = url.path_segments()?;
    let (owner, name) = (parts.next()?, parts.next()?);
    (parts.next() == Some("releases") && parts.next() == Some("download"))
        .then(|| format!("https://github.com/{owner}/{name}"))
}

/// A licence in Scoop's form: `|` between licences to choose from, `,` between those that all apply.
fn license(text: &str) -> String {
    let list = |list: &[License], between: &str| {
        let names = list.iter().map(|one| match one {
            License::One { id, exception: None } => Some(id.as_str()),
            _ => None,
        });
        names.collect::<Option<Vec<_>>>().map(|names| names.join(between))
    };
    let short = match License::parse(text) {
        Some(License::Any(members)) => list(&members, "|"),
        Some(License::All(members)) => list(&members, ","),
        _ => None,
    };
    short.unwrap_or_else(|| text.to_owned())
}

fn check_programs(subject: &Subject<'_>, file: &File<'_>) -> Option<Finding> {
    let asset = &file.asset.name;
    if !file.details.programs.is_empty() {
        return None;
    }
    if LOOKED_INTO.contains(&file.details.format.as_str()) {
        return Some(Finding::error(code::tap::PROGRAM_MISSING, format!("{asset} holds no program.")));
    }
    let message = format!("{asset} cannot be looked into; the manifest names `{}.exe` in it.", subject.name);
    Some(Finding::warning(code::tap::GUESSED, message))
}

/// JSON as buckets have it: four spaces, and a line break at the end.
fn written(manifest: &Value) -> String {
    let mut text = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    "));
    // Writing a JSON value into memory cannot fail; nothing at all is what the checks would then complain of.
    if manifest.serialize(&mut writer).is_err() {
        text.clear();
    }
    text.push(b'\n');
    String::from_utf8_lossy(&text).into_owned()
}
