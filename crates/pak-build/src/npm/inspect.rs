//! Reads a finished tarball back: digests, manifest, readme. The file may be anybody's, so everything has a bound.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Read};

use camino::Utf8Path;
use flate2::read::MultiGzDecoder;
use pak_model::artifact::NpmDetails;
use pak_model::{Artifact, ArtifactKind, Details, Hasher, Problem, Result, code};
use serde_json::Value;
use tar::EntryType;

use super::manifest::{Manifest, plain};

/// The largest manifest, readme or long name that is read.
const DOCUMENT_LIMIT: u64 = 8 << 20;
/// The most members and unpacked bytes: far beyond any package, near enough to stop an archive made to fill memory or time.
const MEMBERS: u64 = 500_000;
const UNPACKED: u64 = 64 << 30;

/// Reads a tarball. `package` is the id of the package it belongs to.
pub fn inspect(path: &Utf8Path, package: &str) -> Result<Artifact> {
    let unreadable = |error: io::Error| {
        let invalid = matches!(
            error.kind(),
            io::ErrorKind::InvalidData
                | io::ErrorKind::UnexpectedEof
                | io::ErrorKind::InvalidInput
                | io::ErrorKind::Other
        );
        let (code, message) = if invalid {
            (code::build::ARTIFACT_INVALID, format!("{path} is not an npm tarball."))
        } else {
            (code::build::ARTIFACT_MISSING, format!("{path} cannot be read."))
        };
        Problem::new(code, message).about("file", path).cause(&error)
    };
    let mut hasher = Hasher::new();
    hash(path, &mut hasher).map_err(unreadable)?;
    let contents = read(path).map_err(unreadable)?;
    let Some(manifest) = contents.manifest else {
        let message = format!("{path} holds no package/package.json.");
        return Err(Problem::new(code::build::ARTIFACT_INVALID, message).about("file", path));
    };
    let manifest = Manifest::parse(&manifest, &path.join("package/package.json"))?;
    let (readme_filename, readme) = contents.readme.unzip();
    let missing = missing(&manifest, &contents.members);
    Ok(Artifact {
        id: path.file_name().unwrap_or(path.as_str()).to_owned(),
        kind: ArtifactKind::NpmTarball,
        path: path.to_owned(),
        size: hasher.length(),
        digests: hasher.finish(),
        package: package.to_owned(),
        details: Details::Npm(NpmDetails {
            manifest: manifest.value,
            readme,
            readme_filename,
            file_count: contents.members.len() as u64,
            unpacked_size: contents.unpacked,
            missing,
        }),
    })
}

fn hash(path: &Utf8Path, hasher: &mut Hasher) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        hasher.update(&chunk[..read]);
    }
}

#[derive(Default)]
struct Contents {
    manifest: Option<Vec<u8>>,
    readme: Option<(String, String)>,
    members: BTreeSet<String>,
    unpacked: u64,
}

/// Walks the archive by its raw headers: the reader's own handling of long names would read them whole, whatever their size.
fn read(path: &Utf8Path) -> io::Result<Contents> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(BufReader::new(File::open(path)?)));
    let mut contents = Contents::default();
    let mut long_name: Option<Vec<u8>> = None;
    let mut count = 0u64;
    for entry in archive.entries()?.raw(true) {
        let mut entry = entry?;
        count += 1;
        contents.unpacked = contents.unpacked.saturating_add(entry.size());
        if count > MEMBERS || contents.unpacked > UNPACKED {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it holds more than any package does"));
        }
        match entry.header().entry_type() {
            EntryType::XHeader => {
                contents.unpacked -= entry.size();
                let records = bounded(&mut entry)?;
                let path = tar::PaxExtensions::new(&records).flatten().find(|record| record.key() == Ok("path"));
                long_name = path.map(|record| record.value_bytes().to_vec()).or(long_name);
            }
            EntryType::GNULongName => {
                contents.unpacked -= entry.size();
                let mut name = bounded(&mut entry)?;
                name.truncate(name.iter().position(|byte| *byte == 0).unwrap_or(name.len()));
                long_name = Some(name);
            }
            EntryType::Regular | EntryType::Continuous => {
                let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
                let name = String::from_utf8(name)
                    .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a name in it is not UTF-8"))?;
                contents.member(&name, &mut entry)?;
            }
            _ => long_name = None,
        }
    }
    Ok(contents)
}

impl Contents {
    /// Takes up a file. Installers drop the first folder, whatever it is called.
    fn member(&mut self, name: &str, content: &mut impl Read) -> io::Result<()> {
        if name.split('/').any(|part| part == "..") || name.starts_with('/') {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a name in it leaves the package: {name}")));
        }
        let Some((_, below)) = name.trim_start_matches("./").split_once('/') else { return Ok(()) };
        let below = plain(below);
        if below == "package.json" {
            self.manifest = Some(bounded(content)?);
        } else if readme_rank(&below) > self.readme.as_ref().map_or(0, |(name, _)| readme_rank(name)) {
            self.readme = Some((below.clone(), String::from_utf8_lossy(&bounded(content)?).into_owned()));
        }
        self.members.insert(below);
        Ok(())
    }
}

/// How readily a file is the package's readme: Markdown first, then no extension at all; 0 for none.
fn readme_rank(name: &str) -> u8 {
    let lower = name.to_lowercase();
    match lower.split_once('.') {
        None if lower == "readme" => 2,
        Some(("readme", "md" | "markdown" | "mdown" | "mkd" | "mkdn" | "m")) => 3,
        _ => 0,
    }
}

fn bounded(content: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.take(DOCUMENT_LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > DOCUMENT_LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "its manifest, readme or a name is too large"));
    }
    Ok(bytes)
}

/// What the manifest names and the tarball lacks, as `field: path`.
fn missing(manifest: &Manifest, members: &BTreeSet<String>) -> Vec<String> {
    let mut named: Vec<(&str, String)> = Vec::new();
    for field in ["main", "module", "browser", "types", "typings"] {
        named.extend(manifest.text(field).map(|path| (field, path.to_owned())));
    }
    named.extend(manifest.bins().into_iter().filter(|path| !path.ends_with('/')).map(|path| ("bin", path)));
    if let Some(exports) = manifest.value.get("exports") {
        targets(exports, &mut named, 0);
    }
    // Node also finds `lib.js` and `lib/index.js` where `lib` is named.
    let endings = ["", ".js", ".json", ".node", ".d.ts", "/index.js", "/index.json", "/index.node", "/index.d.ts"];
    let is_there = |path: &str| {
        let path = plain(path);
        path.is_empty() || endings.iter().any(|ending| members.contains(&format!("{path}{ending}")))
    };
    let mut missing: Vec<String> =
        named.iter().filter(|(_, path)| !is_there(path)).map(|(field, path)| format!("{field}: {path}")).collect();
    missing.dedup();
    missing
}

/// Files in `exports`, through its conditions; patterns with a star name no single file.
fn targets(value: &Value, named: &mut Vec<(&str, String)>, depth: usize) {
    match value {
        Value::String(path) if path.starts_with("./") && !path.contains('*') && !path.ends_with('/') => {
            named.push(("exports", path.clone()));
        }
        Value::Array(options) if depth < 16 => options.iter().for_each(|option| targets(option, named, depth + 1)),
        Value::Object(options) if depth < 16 => options.values().for_each(|option| targets(option, named, depth + 1)),
        _ => {}
    }
}
