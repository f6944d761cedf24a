//! Writes a backend's sdist anew, with nothing accidental in it, and unpacks it for the wheel on the way.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _};

use camino::{Utf8Path, Utf8PathBuf};
use flate2::bufread::MultiGzDecoder;
use pak_model::{Problem, Result, code};
use tar::EntryType;

use crate::format::tar_gz::{Style, TarGz};
use crate::permissions::set_executable;

/// Unpacks `from` into the folder `sources` and writes `to`: members sorted, owners gone, modes 644 and 755, one time.
pub(super) fn sdist(from: &Utf8Path, to: &Utf8Path, epoch: Option<i64>, sources: &Utf8Path) -> Result<()> {
    let work = || -> io::Result<()> {
        let members = unpack(from, sources)?;
        let mtime = epoch.and_then(|seconds| u64::try_from(seconds).ok()).unwrap_or(0);
        let mut archive = TarGz::new(BufWriter::new(File::create(to)?), Style { mtime, level: 9 });
        for (name, executable) in members {
            let file = File::open(sources.join(&name))?;
            let length = file.metadata()?.len();
            archive.file(&name, length, executable, file.take(length))?;
        }
        archive.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    };
    work().map_err(|error| {
        Problem::new(code::build::ARTIFACT_INVALID, format!("The sdist {from} cannot be repacked.")).cause(&error)
    })
}

/// Unpacks and lists the files with whether they are executable.
fn unpack(from: &Utf8Path, sources: &Utf8Path) -> io::Result<BTreeMap<String, bool>> {
    let mut members: BTreeMap<String, bool> = BTreeMap::new();
    let mut archive = tar::Archive::new(MultiGzDecoder::new(BufReader::new(File::open(from)?)));
    std::fs::create_dir_all(sources)?;
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let odd = |why: &str| io::Error::other(format!("member {} {why}", path.display()));
        let path = Utf8PathBuf::from_path_buf(path.clone()).map_err(|_| odd("has a name that is not UTF-8"))?;
        let plain: Vec<&str> = path
            .components()
            .filter_map(|part| match part {
                camino::Utf8Component::Normal(name) => Some(Ok(name)),
                camino::Utf8Component::CurDir => None,
                _ => Some(Err(())),
            })
            .collect::<std::result::Result<_, ()>>()
            .map_err(|()| odd("leaves the archive"))?;
        let name = plain.join("/");
        let target = sources.join(&name);
        match entry.header().entry_type() {
            EntryType::Directory => std::fs::create_dir_all(&target)?,
            EntryType::Regular | EntryType::Continuous => {
                if let Some(parent) = target.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                io::copy(&mut entry, &mut File::create(&target)?)?;
                let executable = entry.header().mode()? & 0o100 != 0;
                set_executable(&target, executable)?;
                members.insert(name, executable);
            }
            EntryType::Symlink | EntryType::Link => {
                return Err(odd("is a link, which indexes and Windows do not take"));
            }
            _ => return Err(odd("is neither file nor folder")),
        }
    }
    Ok(members)
}
