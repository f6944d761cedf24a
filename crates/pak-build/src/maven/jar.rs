//! What a jar says of itself: Maven writes the coordinates into it.

use std::fs::File;
use std::io::{BufReader, Read as _};

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use zip::ZipArchive;

use super::pom::Finished;
use super::{invalid, unreadable};

/// The largest text read out of a jar.
const LARGEST: u64 = 4 << 20;

/// Compares the coordinates in a jar, where it has them, with those it is to be published under.
pub(super) fn check(path: &Utf8Path, pom: &Finished) -> Result<()> {
    let mut archive = open(path)?;
    let wanted = format!("META-INF/maven/{}/{}/pom.properties", pom.group, pom.artifact);
    let Some(text) = text(path, &mut archive, &wanted)? else { return Ok(()) };
    let version = text.lines().find_map(|line| line.strip_prefix("version="));
    match version.map(str::trim) {
        Some(version) if version != pom.version => Err(Problem::new(
            code::project::VERSION_MISMATCH,
            format!("{path} says in {wanted} that it is version {version}, and its POM says {}.", pom.version),
        )
        .about("file", path)
        .next("Build it anew with the version that is to be published.")),
        _ => Ok(()),
    }
}

/// The POM in a jar, where there is exactly one: that of the jar itself.
pub(super) fn embedded_pom(path: &Utf8Path) -> Result<Option<String>> {
    let mut archive = open(path)?;
    let names = archive.file_names().filter_map(Result::ok).map(|name| name.to_string());
    let poms: Vec<String> =
        names.filter(|name| name.starts_with("META-INF/maven/") && name.ends_with("/pom.xml")).collect();
    match poms.as_slice() {
        [only] => text(path, &mut archive, only),
        _ => Ok(None),
    }
}

type Jar = ZipArchive<BufReader<File>>;

fn open(path: &Utf8Path) -> Result<Jar> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    ZipArchive::new(BufReader::new(file)).map_err(|error| invalid(path, format!("{path} is no jar.")).cause(&error))
}

fn text(path: &Utf8Path, archive: &mut Jar, name: &str) -> Result<Option<String>> {
    let damaged =
        |error: &dyn std::fmt::Display| invalid(path, format!("{path} is damaged at {name}.")).said(error.to_string());
    let member = match archive.by_name(name) {
        Ok(member) => member,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(damaged(&error)),
    };
    let mut bytes = Vec::new();
    member.take(LARGEST).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
