//! A whole scan of one target: every scanner that is asked for, one report. `pak scan` and the engine's scan step call this.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, Read};

use camino::Utf8Path;
use jiff::Timestamp;
use pak_model::security::{Scanner, SecurityConfig};
use pak_model::{Problem, Result, code};

use crate::advisories::{Database, OLD_AFTER_DAYS, age_notice, missing_notice};
use crate::archive::{self, Limits, Member, MemberKind, format_of};
use crate::artifact::{self, Subject};
use crate::report::{Component, Finding, Notice, Report, Target, TargetKind};
use crate::secrets::baseline::Baseline;
use crate::{inventory, licences, secrets, tree};

/// A file up to this size is held in memory; an archive beyond it is read as a stream.
pub const HELD: u64 = 256 << 20;
/// Enough of a file to know its format.
const HEAD: u64 = 512;

/// What a scan is made with: settings and the advisory database, read once for all targets.
pub struct Scan {
    config: SecurityConfig,
    scanners: BTreeSet<Scanner>,
    database: Option<Database>,
    secrets: secrets::Options,
}

impl Scan {
    /// `database` is the folder of imported advisories.
    pub fn new(config: &SecurityConfig, database: &Utf8Path) -> Result<Self> {
        let all = [Scanner::Secrets, Scanner::Vulnerabilities, Scanner::Licences, Scanner::Artifacts];
        let scanners: BTreeSet<Scanner> =
            config.scan.as_ref().map_or_else(|| all.into(), |chosen| chosen.iter().copied().collect());
        let secrets = secrets::Options::default().excluding(config.exclude.iter().map(String::as_str));
        let secrets = secrets.map_err(|glob| {
            Problem::new(code::security::POLICY_INVALID, format!("[security] exclude: `{glob}` is no glob."))
        })?;
        let asks = scanners.contains(&Scanner::Vulnerabilities);
        let database = if asks { Database::open(database)? } else { None };
        Ok(Self { config: config.clone(), scanners, database, secrets })
    }

    /// Whether nothing is looked for.
    pub fn is_off(&self) -> bool {
        self.scanners.is_empty()
    }

    fn looks_for(&self, scanner: Scanner) -> bool {
        self.scanners.contains(&scanner)
    }

    fn reads_components(&self) -> bool {
        self.looks_for(Scanner::Vulnerabilities) || self.looks_for(Scanner::Licences)
    }

    /// Whatever lies at a path: a folder of source, an image in OCI layout, an archive, a bill of materials, a plain file.
    /// `name` is what the report calls it.
    pub fn path(&self, path: &Utf8Path, name: &str) -> Result<Report> {
        if path.join("oci-layout").is_file() {
            return self.layout(path, name);
        }
        if path.is_dir() {
            return self.folder(path, name);
        }
        let mut head = Vec::new();
        let opened = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut head));
        opened.map_err(|error| unreadable(path, &error))?;
        let file_name = path.file_name().unwrap_or_default();
        if format_of(file_name, &head).is_none() {
            return self.folder(path, name);
        }
        let size = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?.len();
        if size > HELD {
            let mut file = BufReader::new(File::open(path).map_err(|error| unreadable(path, &error))?);
            return self.streams(TargetKind::Artifact, name, [(file_name.to_owned(), &mut file as &mut dyn Read)]);
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(path, &error))?;
        self.artifact(&Subject::new(file_name, &bytes, ecosystem_of(file_name)), None)
    }

    /// A folder of source, or one file of it: secrets and components.
    pub fn folder(&self, root: &Utf8Path, name: &str) -> Result<Report> {
        let mut report = Report::new(target(TargetKind::Tree, name));
        if self.looks_for(Scanner::Secrets) {
            let (mut findings, notices) = secrets::scan_tree(root, &self.secrets);
            report.notices.extend(notices);
            let named = self.config.baseline.as_deref();
            let baseline = root.join(named.unwrap_or(secrets::baseline::FILE));
            if named.is_some() || baseline.is_file() {
                let known = Baseline::read(&baseline)?;
                report.notices.extend(known.apply(&mut findings, jiff::Zoned::now().date()));
            }
            report.findings.extend(findings);
        }
        self.tree_components(&mut report, root)?;
        Ok(finish(report))
    }

    /// What a folder of source is made of: its components, with what is known of them.
    pub fn components_of(&self, root: &Utf8Path, name: &str) -> Result<Report> {
        let mut report = Report::new(target(TargetKind::Tree, name));
        self.tree_components(&mut report, root)?;
        Ok(finish(report))
    }

    /// An artifact's bytes, exactly as they are uploaded; with the last published version, what is new weighs more.
    pub fn artifact(&self, subject: &Subject<'_>, previous: Option<&Subject<'_>>) -> Result<Report> {
        let mut report = Report::new(Target {
            version: subject.version.map(str::to_owned),
            sha256: Some(hex::encode(<sha2::Sha256 as sha2::Digest>::digest(subject.bytes))),
            ..target(TargetKind::Artifact, subject.name)
        });
        if self.looks_for(Scanner::Artifacts) {
            let (findings, notices) = artifact::inspect(subject, previous);
            report.findings.extend(findings);
            report.notices.extend(notices);
        }
        let mut seen = Seen::default();
        let mut look = |member: &Member<'_>| {
            if member.kind == MemberKind::File {
                self.secrets_in(member.path, member.bytes, &mut seen);
            }
        };
        report.notices.extend(archive::walk(subject.name, subject.bytes, &Limits::default(), &mut look));
        if self.reads_components() {
            let (components, notices) = inventory::of_archive(subject.name, subject.bytes);
            seen.components.extend(components);
            seen.notices.extend(notices);
        }
        if self.looks_for(Scanner::Licences) {
            let (installed, _) = licences::declared::of_archive(subject.name, subject.bytes);
            licences::declared::attach(&mut seen.components, &installed);
            report.findings.extend(licences::disagreements(&installed));
            report.findings.extend(licences::missing_text(subject.name, &installed));
        }
        self.add(&mut report, seen)?;
        Ok(finish(report))
    }

    /// Layers of an image, or an archive too large to be held: each read once, from front to back.
    pub fn streams<'r>(
        &self,
        kind: TargetKind,
        name: &str,
        layers: impl IntoIterator<Item = (String, &'r mut dyn Read)>,
    ) -> Result<Report> {
        let mut report = Report::new(target(kind, name));
        let mut seen = Seen::default();
        for (layer, reader) in layers {
            let failed = |error| unreadable(Utf8Path::new(&layer), &error);
            let mut head = Vec::new();
            (&mut *reader).take(HEAD).read_to_end(&mut head).map_err(failed)?;
            let is_archive = format_of(&layer, &head).is_some();
            let mut whole = head.as_slice().chain(reader);
            if is_archive {
                let mut look = |member: &Member<'_>| self.look(member, &mut seen);
                let walked = archive::walk_stream(&layer, &mut whole, &Limits::default(), &mut look);
                report.notices.extend(walked.map_err(failed)?);
            } else {
                // An image's configuration: commands and variables, where secrets end up, too.
                let mut bytes = Vec::new();
                whole.take(Limits::default().member_bytes).read_to_end(&mut bytes).map_err(failed)?;
                self.look_at(&layer, &bytes, &mut seen);
            }
        }
        self.add(&mut report, seen)?;
        Ok(finish(report))
    }

    /// An image in OCI layout: every blob that is an archive.
    fn layout(&self, root: &Utf8Path, name: &str) -> Result<Report> {
        let (files, notices) = tree::files(&root.join("blobs"), &tree::Selection::default());
        let opened = files.iter().map(|file| {
            let reader = File::open(&file.path).map_err(|error| unreadable(&file.path, &error))?;
            Ok((format!("blobs/{}", file.relative), BufReader::new(reader)))
        });
        let mut opened = opened.collect::<Result<Vec<_>>>()?;
        let layers = opened.iter_mut().map(|(name, reader)| (name.clone(), reader as &mut dyn Read));
        let mut report = self.streams(TargetKind::Image, name, layers)?;
        report.notices.extend(notices);
        Ok(report)
    }

    /// One member of an archive, by itself.
    fn look(&self, member: &Member<'_>, seen: &mut Seen) {
        if member.kind == MemberKind::File {
            self.look_at(member.path, member.bytes, seen);
        }
    }

    fn secrets_in(&self, path: &str, bytes: &[u8], seen: &mut Seen) {
        if self.looks_for(Scanner::Secrets) {
            seen.findings.extend(secrets::scan_bytes(path, bytes, &self.secrets));
        }
    }

    fn look_at(&self, path: &str, bytes: &[u8], seen: &mut Seen) {
        self.secrets_in(path, bytes, seen);
        if self.reads_components() {
            match inventory::of_file(path, bytes) {
                Some(Ok(found)) => seen.components.extend(found),
                Some(Err(notice)) => seen.notices.push(notice),
                None => {}
            }
        }
    }

    fn add(&self, report: &mut Report, seen: Seen) -> Result<()> {
        report.findings.extend(seen.findings);
        report.notices.extend(seen.notices);
        self.components(report, seen.components, self.config.licences.project.as_deref())
    }

    fn tree_components(&self, report: &mut Report, root: &Utf8Path) -> Result<()> {
        if !self.reads_components() {
            return Ok(());
        }
        let (mut components, notices) = inventory::of_tree(root);
        report.notices.extend(notices);
        if self.looks_for(Scanner::Licences) {
            let (installed, notices) = licences::declared::of_tree(root);
            report.notices.extend(notices);
            licences::declared::attach(&mut components, &installed);
            report.findings.extend(licences::disagreements(&installed));
        }
        let folder = if root.is_dir() { root } else { root.parent().unwrap_or(root) };
        let project = self.config.licences.project.clone().or_else(|| licences::declared::project(folder));
        self.components(report, components, project.as_deref())
    }

    /// What is known of components: advisories and licences.
    fn components(&self, report: &mut Report, components: Vec<Component>, project: Option<&str>) -> Result<()> {
        if self.looks_for(Scanner::Vulnerabilities) && !components.is_empty() {
            let (findings, notices) = self.advisories(&components)?;
            report.findings.extend(findings);
            report.notices.extend(notices);
            report.database = self.database.as_ref().map(|database| database.stamp().clone());
        }
        if self.looks_for(Scanner::Licences) {
            report.findings.extend(licences::findings(project, &components, &self.config.licences));
            report.notices.extend(licences::unknown(&components));
        }
        report.components.extend(components);
        Ok(())
    }

    fn advisories(&self, components: &[Component]) -> Result<(Vec<Finding>, Vec<Notice>)> {
        let Some(database) = &self.database else { return Ok((Vec::new(), vec![missing_notice()])) };
        let most = self.config.database.max_age_days.unwrap_or(OLD_AFTER_DAYS);
        let (findings, mut notices) = database.findings(components)?;
        notices.extend(age_notice(database.stamp(), most, Timestamp::now()));
        Ok((findings, notices))
    }
}

fn finish(mut report: Report) -> Report {
    report.sort();
    report.notices.dedup();
    report
}

/// The ecosystem that a file name belongs to, as OSV names it; empty where it tells none.
pub fn ecosystem_of(name: &str) -> &'static str {
    let known = [
        (".whl", "PyPI"),
        (".crate", "crates.io"),
        (".gem", "RubyGems"),
        (".nupkg", "NuGet"),
        (".jar", "Maven"),
        (".war", "Maven"),
        (".aar", "Maven"),
        (".tgz", "npm"),
    ];
    known.iter().find(|(ending, _)| name.ends_with(ending)).map_or("", |(_, ecosystem)| ecosystem)
}

/// What the members of an archive amount to.
#[derive(Default)]
struct Seen {
    findings: Vec<Finding>,
    notices: Vec<Notice>,
    components: Vec<Component>,
}

fn target(kind: TargetKind, name: &str) -> Target {
    Target { kind, name: name.to_owned(), version: None, sha256: None }
}

fn unreadable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::project::UNREADABLE, format!("{path} cannot be read.")).about("file", path).cause(error)
}
