//! Wheels: zip archives with `METADATA`, `WHEEL` and `RECORD` in one `.dist-info` folder.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use camino::Utf8Path;
use pak_model::artifact::PythonDetails;
use pak_model::python::{WheelName, normalized_name};
use zip::ZipArchive;

use super::{BOMB_SIZE, MEMBERS_LIMIT, RATIO_LIMIT, checked_path, details, read_metadata};

pub(super) fn read(path: &Utf8Path, size: u64) -> Result<PythonDetails, String> {
    let file_name = path.file_name().unwrap_or_default();
    let name = WheelName::parse(file_name).ok_or("its name is not of the form name-version-python-abi-platform.whl")?;
    let file = File::open(path).map_err(|error| format!("it cannot be opened ({error})"))?;
    let mut archive =
        ZipArchive::new(BufReader::new(file)).map_err(|error| format!("it is not a zip archive ({error})"))?;
    let members = members(path, archive.central_directory_start())?;
    // Computed by the library from the central directory, before anything is unpacked.
    let unpacked = archive.decompressed_size().unwrap_or(0);
    if unpacked > u128::from(BOMB_SIZE) && unpacked / u128::from(size.max(1)) > u128::from(RATIO_LIMIT) {
        return Err("its content is more than 50 times its size, which indexes take for a zip bomb".to_owned());
    }
    let info = dist_info(&members, &name)?;
    for required in ["WHEEL", "RECORD"] {
        if !members.contains(&format!("{info}/{required}")) {
            return Err(format!("it has no {info}/{required}"));
        }
    }
    let wanted = format!("{info}/METADATA");
    let mut member = archive.by_name(&wanted).map_err(|error| format!("{wanted} cannot be read ({error})"))?;
    let length = member.size();
    let metadata = read_metadata(&wanted, length, &mut member)?;
    details(&metadata, name.python, name.platforms, members)
}

/// The one `.dist-info` folder; its name must be that of the file.
fn dist_info(members: &[String], name: &WheelName) -> Result<String, String> {
    let mut folders: Vec<&str> = members
        .iter()
        .filter_map(|member| member.split_once('/').map(|(folder, _)| folder))
        .filter(|folder| folder.ends_with(".dist-info"))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    match folders.as_slice() {
        [folder] => {
            let stem = folder.trim_end_matches(".dist-info");
            let same = stem.rsplit_once('-').is_some_and(|(project, version)| {
                normalized_name(project) == normalized_name(&name.name) && version == name.version
            });
            if same { Ok((*folder).to_owned()) } else { Err(format!("its folder {folder} does not fit its file name")) }
        }
        [] => Err("it has no .dist-info folder".to_owned()),
        _ => Err("it has more than one .dist-info folder".to_owned()),
    }
}

/// Every name of the central directory, duplicates included: the zip library hides them and indexes refuse them.
fn members(path: &Utf8Path, start: u64) -> Result<Vec<String>, String> {
    const SIGNATURE: &[u8] = b"PK\x01\x02";
    const FIXED: usize = 46;
    let damaged = |error: std::io::Error| format!("its list of members is damaged ({error})");
    let mut file = BufReader::new(File::open(path).map_err(damaged)?);
    file.seek(SeekFrom::Start(start)).map_err(damaged)?;
    let mut members = Vec::new();
    let mut header = [0; FIXED];
    loop {
        match file.read_exact(&mut header[..4]) {
            Ok(()) if &header[..4] == SIGNATURE => {}
            // The end record, or a signature block: the list is complete.
            Ok(()) => return Ok(members),
            Err(error) => return Err(damaged(error)),
        }
        file.read_exact(&mut header[4..]).map_err(damaged)?;
        let length = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
        let mut name = vec![0; length(28)];
        file.read_exact(&mut name).map_err(damaged)?;
        let skip = i64::try_from(length(30) + length(32)).unwrap_or(0);
        file.seek_relative(skip).map_err(damaged)?;
        members.push(checked_path(&name)?.to_owned());
        if members.len() > MEMBERS_LIMIT {
            return Err(format!("it has more than {MEMBERS_LIMIT} members"));
        }
    }
}
