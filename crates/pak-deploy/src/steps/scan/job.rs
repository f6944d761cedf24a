//! One artifact: its bytes are read once, checked to be those that were built, and looked at.

use std::fs::File;
use std::io::{BufReader, Read, Seek as _, SeekFrom, Take};
use std::sync::Arc;

use pak_model::{Artifact, Details, Ecosystem, Problem, Result, code};
use pak_platforms::Previous;
use pak_security::Report;
use pak_security::artifact::{SourceFiles, Subject};
use pak_security::report::TargetKind;
use pak_security::scan::{HELD, Scan};

/// One artifact to scan.
pub(super) struct Job {
    pub(super) scan: Arc<Scan>,
    pub(super) artifact: Artifact,
    pub(super) version: String,
    pub(super) ecosystem: Ecosystem,
    /// The files the repository tracks in the package's folder.
    pub(super) sources: Option<Arc<SourceFiles>>,
    /// What users have now.
    pub(super) previous: Option<Arc<Previous>>,
}

impl Job {
    /// The report of exactly the bytes that are uploaded.
    pub(super) fn run(&self) -> Result<Report> {
        let artifact = &self.artifact;
        if let Details::Image(image) = &artifact.details {
            let blobs = image.blobs.iter().map(|blob| Ok((blob.digest.clone(), stretch(blob)?)));
            let mut blobs = blobs.collect::<std::io::Result<Vec<_>>>().map_err(|error| self.unreadable(&error))?;
            let layers = blobs.iter_mut().map(|(digest, reader)| (digest.clone(), reader as &mut dyn Read));
            let mut report = self.scan.streams(TargetKind::Image, &artifact.id, layers)?;
            report.target.sha256 = image.digest.strip_prefix("sha256:").map(str::to_owned);
            return Ok(report);
        }
        let open = || File::open(&artifact.path).map_err(|error| self.unreadable(&error));
        if artifact.size > HELD {
            let mut file = BufReader::new(open()?);
            let mut report = self.scan.streams(
                TargetKind::Artifact,
                &artifact.id,
                [(artifact.id.clone(), &mut file as &mut dyn Read)],
            )?;
            report.target.sha256.clone_from(&artifact.digests.sha256);
            return Ok(report);
        }
        let bytes = std::fs::read(&artifact.path).map_err(|error| self.unreadable(&error))?;
        let metadata = match &artifact.details {
            Details::Npm(npm) => Some(&npm.manifest),
            _ => None,
        };
        let subject = Subject {
            version: Some(&self.version),
            sources: self.sources.as_deref(),
            metadata,
            ..Subject::new(&artifact.id, &bytes, name_of(self.ecosystem))
        };
        let previous = self.previous.as_deref().map(|previous| Subject {
            version: Some(&previous.version),
            ..Subject::new(&previous.name, &previous.bytes, name_of(self.ecosystem))
        });
        let report = self.scan.artifact(&subject, previous.as_ref())?;
        if report.target.sha256 == artifact.digests.sha256 {
            return Ok(report);
        }
        Err(Problem::new(
            code::deploy::ARTIFACT_CHANGED,
            format!("{} changed between being built and being scanned.", artifact.path),
        )
        .about("file", &artifact.path)
        .about("package", &artifact.package))
    }

    fn unreadable(&self, error: &std::io::Error) -> Problem {
        let path = &self.artifact.path;
        Problem::new(code::build::IO, format!("{path} cannot be read.")).about("file", path).cause(error)
    }
}

/// An ecosystem as advisories name it.
fn name_of(ecosystem: Ecosystem) -> &'static str {
    match ecosystem {
        Ecosystem::Npm => "npm",
        Ecosystem::Python => "PyPI",
        Ecosystem::Cargo => "crates.io",
        Ecosystem::Maven => "Maven",
        Ecosystem::Oci | Ecosystem::Generic => "",
    }
}

/// The bytes of a blob: a stretch of a file.
fn stretch(blob: &pak_model::artifact::ImageBlob) -> std::io::Result<Take<BufReader<File>>> {
    let mut file = File::open(&blob.path)?;
    file.seek(SeekFrom::Start(blob.offset))?;
    Ok(BufReader::new(file).take(blob.size))
}
