//! Reads a `.crate`: what registries and cargo will see when they unpack it. Refuses what they would refuse.

use std::fs::File;
use std::io::{self, Read};

use camino::Utf8Path;
use flate2::read::GzDecoder;
use pak_model::Result;
use pak_model::artifact::CrateDetails;
use serde::Deserialize;

use super::{invalid, publish_json, unreadable};

/// Far above what the public registry takes (512 MiB); a bound against archives made to fill memory or time.
const LARGEST_UNPACKED: u64 = 4 << 30;
const MOST_MEMBERS: u64 = 200_000;
const LARGEST_TEXT: u64 = 4 << 20;

/// What is looked for on the way through the archive.
#[derive(Default)]
struct Contents {
    manifest: Option<String>,
    manifests: u64,
    dirty: bool,
    unpacked: u64,
    members: u64,
}

/// Reads a `.crate` and says what cargo would tell a registry about it.
pub fn inspect(path: &Utf8Path) -> Result<CrateDetails> {
    let mut contents = Contents::default();
    let mut root: Option<String> = None;
    each(path, |member, size, reader| {
        contents.members += 1;
        contents.unpacked = contents.unpacked.saturating_add(size);
        if contents.members > MOST_MEMBERS || contents.unpacked > LARGEST_UNPACKED {
            return Err("it unpacks to more than any registry takes".to_owned());
        }
        let (top, inside) = member.split_once('/').unwrap_or((member, ""));
        if root.get_or_insert_with(|| top.to_owned()) != top {
            return Err(format!("member `{member}` is outside the folder the others are in"));
        }
        if inside.eq_ignore_ascii_case("cargo.toml") {
            contents.manifests += 1;
        }
        match inside {
            "Cargo.toml" => contents.manifest = Some(read_text(reader, member)?),
            ".cargo_vcs_info.json" => contents.dirty = is_dirty(&read_text(reader, member)?),
            _ => {}
        }
        Ok(())
    })?;
    let root = root.unwrap_or_default();
    let Some(manifest) = contents.manifest.filter(|_| contents.manifests == 1) else {
        return Err(invalid(path, format!("{path} must hold exactly one Cargo.toml at its top.")));
    };
    let manifest: toml::Table = toml::from_str(&manifest).map_err(|error| {
        invalid(path, format!("The Cargo.toml in {path} cannot be parsed.")).said(error.to_string())
    })?;
    let mut publish = publish_json::from_manifest(&manifest).map_err(|why| invalid(path, format!("{path}: {why}.")))?;
    let expected = format!("{}-{}", publish_json::text(&publish, "name"), publish_json::text(&publish, "vers"));
    if root != expected {
        return Err(invalid(path, format!("{path} holds folder `{root}`; its Cargo.toml asks for `{expected}`.")));
    }
    if let Some(readme) = publish.get("readme_file").and_then(serde_json::Value::as_str).map(str::to_owned) {
        publish["readme"] = readme_text(path, &format!("{root}/{}", readme.trim_start_matches("./")))?.into();
    }
    Ok(CrateDetails {
        publish,
        publish_to: publish_json::publish_to(&manifest),
        unpacked_size: contents.unpacked,
        dirty: contents.dirty,
    })
}

fn readme_text(path: &Utf8Path, wanted: &str) -> Result<Option<String>> {
    let mut text = None;
    each(path, |member, _, reader| {
        if member == wanted {
            text = Some(read_text(reader, member)?);
        }
        Ok(())
    })?;
    Ok(text)
}

/// Visits every file of the archive with its path and size; folders are passed over, anything else is refused.
fn each(path: &Utf8Path, mut visit: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), String>) -> Result<()> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let damaged = |error: &io::Error| invalid(path, format!("{path} is no readable .crate.")).cause(error);
    let mut archive = tar::Archive::new(GzDecoder::new(io::BufReader::new(file)));
    for entry in archive.entries().map_err(|error| damaged(&error))? {
        let mut entry = entry.map_err(|error| damaged(&error))?;
        let member = String::from_utf8(entry.path_bytes().into_owned())
            .map_err(|_| invalid(path, format!("{path} holds a member whose name is not UTF-8.")))?;
        let refuse = |why: String| invalid(path, format!("{path} cannot be published: {why}."));
        match entry.header().entry_type() {
            tar::EntryType::Directory => continue,
            tar::EntryType::Regular => {}
            other => return Err(refuse(format!("member `{member}` is neither file nor folder ({other:?})"))),
        }
        if !is_ordinary(&member) {
            return Err(refuse(format!("member `{member}` leaves the package's folder")));
        }
        let size = entry.size();
        visit(&member, size, &mut entry).map_err(refuse)?;
    }
    Ok(())
}

fn is_ordinary(member: &str) -> bool {
    member.split('/').all(|part| !part.is_empty() && part != "." && part != ".." && !part.contains(['\\', '\0', ':']))
}

fn read_text(reader: &mut dyn Read, member: &str) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader.take(LARGEST_TEXT + 1).read_to_end(&mut bytes).map_err(|error| format!("`{member}`: {error}"))?;
    if bytes.len() as u64 > LARGEST_TEXT {
        return Err(format!("`{member}` is larger than {LARGEST_TEXT} bytes"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn is_dirty(vcs_info: &str) -> bool {
    #[derive(Deserialize)]
    struct Info {
        git: Git,
    }
    #[derive(Deserialize)]
    struct Git {
        #[serde(default)]
        dirty: bool,
    }
    serde_json::from_str::<Info>(vcs_info).is_ok_and(|info| info.git.dirty)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use pak_model::code;

    const MANIFEST: &str = "[package]\nname = \"a\"\nversion = \"1.0.0\"\nreadme = \"README.md\"\npublish = [\"k\"]\n";

    fn make(members: &[(&str, tar::EntryType, &str)]) -> (tempfile::TempDir, camino::Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("a-1.0.0.crate")).unwrap();
        let mut archive = tar::Builder::new(GzEncoder::new(File::create(&path).unwrap(), Compression::fast()));
        for (name, kind, content) in members {
            let mut header = tar::Header::new_ustar();
            // Written as bytes: the library's own setter refuses the names this test is about.
            header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            header.set_cksum();
            archive.append(&header, content.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap();
        (folder, path)
    }

    #[test]
    fn a_crate_is_read_whole() {
        use tar::EntryType::Regular;
        let (_folder, path) = make(&[
            ("a-1.0.0/.cargo_vcs_info.json", Regular, r#"{"git":{"sha1":"00","dirty":true},"path_in_vcs":""}"#),
            ("a-1.0.0/Cargo.toml", Regular, MANIFEST),
            ("a-1.0.0/README.md", Regular, "# a\n"),
        ]);
        let details = inspect(&path).unwrap();
        assert!(details.dirty);
        assert_eq!(details.publish["readme"], "# a\n");
        assert_eq!(details.publish_to.as_deref(), Some(&["k".to_owned()][..]));
        assert_eq!(details.unpacked_size, 51 + MANIFEST.len() as u64 + 4);
    }

    #[test]
    fn what_registries_refuse_is_refused() {
        use tar::EntryType::{Link, Regular, Symlink};
        let good = ("a-1.0.0/Cargo.toml", Regular, MANIFEST);
        for (name, members) in [
            ("escape", vec![good, ("a-1.0.0/../x", Regular, "x")]),
            ("absolute", vec![good, ("/a-1.0.0/x", Regular, "x")]),
            ("link", vec![good, ("a-1.0.0/x", Symlink, "")]),
            ("hard link", vec![good, ("a-1.0.0/x", Link, "")]),
            ("two roots", vec![good, ("b-1.0.0/x", Regular, "x")]),
            ("other spelling", vec![good, ("a-1.0.0/cargo.toml", Regular, MANIFEST)]),
            ("no manifest", vec![("a-1.0.0/x", Regular, "x")]),
            ("other version", vec![("a-1.0.1/Cargo.toml", Regular, MANIFEST)]),
            ("no toml", vec![("a-1.0.0/Cargo.toml", Regular, "[package")]),
            ("nothing", vec![]),
        ] {
            let (_folder, path) = make(&members);
            assert_eq!(inspect(&path).unwrap_err().code(), code::build::ARTIFACT_INVALID, "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_archive_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::from_path_buf(folder.path().join("x.crate")).unwrap();
        std::fs::write(&path, b"not gzip").unwrap();
        assert_eq!(inspect(&path).unwrap_err().code(), code::build::ARTIFACT_INVALID);
    }
}
