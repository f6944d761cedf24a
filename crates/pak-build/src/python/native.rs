//! Writes an sdist and a wheel from a list of what belongs in them. The backends that are known by heart (`flit`) make the list.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Read};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use crate::format::tar_gz::{Style, TarGz};
use crate::format::zip::ZipFile;
use crate::permissions::execute_bits;

/// The time of members where none is given. (A zip archive knows no time before 1980.)
const DEFAULT_TIME: i64 = 1_451_606_400;

/// What a backend packs.
#[derive(Debug)]
pub(super) struct Packing {
    /// `{name}-{version}`: the sdist's top folder and the beginning of both file names.
    pub stem: String,
    /// The wheel's tags: `py3-none-any`.
    pub tag: String,
    /// Members of the sdist below its top folder.
    pub sdist: BTreeMap<String, Content>,
    /// Members of the wheel in order; `RECORD` is added.
    pub wheel: Vec<(String, Content)>,
    /// How lines of `RECORD` end.
    pub record_line_end: &'static str,
}

/// A member's bytes.
#[derive(Debug, Clone)]
pub(super) enum Content {
    /// A file of the project.
    File(Utf8PathBuf),
    /// Generated text.
    Text(String),
}

impl Content {
    /// Opens it: length, whether it is executable, bytes.
    fn open(&self) -> io::Result<(u64, bool, Box<dyn Read + '_>)> {
        match self {
            Self::Text(text) => Ok((text.len() as u64, false, Box::new(text.as_bytes()))),
            Self::File(path) => {
                let file = File::open(path)?;
                let metadata = file.metadata()?;
                let length = metadata.len();
                let is_program = execute_bits(&metadata).is_some_and(|bits| bits & 0o100 != 0);
                Ok((length, is_program, Box::new(file.take(length))))
            }
        }
    }
}

/// Writes both archives into a folder and returns their paths, the sdist first.
pub(super) fn write(packing: &Packing, output: &Utf8Path, epoch: Option<i64>) -> Result<Vec<Utf8PathBuf>> {
    let sdist = output.join(format!("{}.tar.gz", packing.stem));
    let wheel = output.join(format!("{}-{}.whl", packing.stem, packing.tag));
    let epoch = epoch.unwrap_or(DEFAULT_TIME);
    let failed = |path: &Utf8Path, error: &io::Error| {
        Problem::new(code::build::IO, format!("{path} cannot be written.")).about("file", path).cause(error)
    };
    write_sdist(packing, &sdist, epoch).map_err(|error| failed(&sdist, &error))?;
    write_wheel(packing, &wheel, epoch).map_err(|error| failed(&wheel, &error))?;
    Ok(vec![sdist, wheel])
}

fn write_sdist(packing: &Packing, path: &Utf8Path, epoch: i64) -> io::Result<()> {
    let style = Style { mtime: u64::try_from(epoch).unwrap_or(0), level: 9 };
    let mut archive = TarGz::new(BufWriter::new(File::create(path)?), style);
    for (member, content) in &packing.sdist {
        let (length, executable, reader) = content.open().map_err(|error| named(member, &error))?;
        archive
            .file(&format!("{}/{member}", packing.stem), length, executable, reader)
            .map_err(|error| named(member, &error))?;
    }
    archive.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

fn write_wheel(packing: &Packing, path: &Utf8Path, epoch: i64) -> io::Result<()> {
    let mut archive = ZipFile::new(BufWriter::new(File::create(path)?), epoch);
    let mut record = String::new();
    for (member, content) in &packing.wheel {
        let (_, executable, reader) = content.open().map_err(|error| named(member, &error))?;
        let (digests, size) = archive.file(member, executable, reader).map_err(|error| named(member, &error))?;
        let raw = digests.sha256.and_then(|hex| hex::decode(hex).ok()).unwrap_or_default();
        let hash = URL_SAFE_NO_PAD.encode(raw);
        let size = size.to_string();
        record.extend([quoted(member).as_str(), ",sha256=", &hash, ",", &size, packing.record_line_end]);
    }
    let own = format!("{}.dist-info/RECORD", packing.stem);
    record.extend([quoted(&own).as_str(), ",,", packing.record_line_end]);
    archive.file(&own, false, record.as_bytes())?;
    archive.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

/// A field of `RECORD`, quoted where CSV needs it.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn named(member: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{member}: {error}"))
}
