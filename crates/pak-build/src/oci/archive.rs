//! Image archives, read in place: OCI archives, and what `docker save` writes, old and new.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read as _;

use camino::Utf8Path;
use pak_model::{Hasher, Problem, Result};
use serde_json::{Value, json};

use super::source::{Source, Stretch, hash, read};
use super::{assemble, invalid, io};

/// More members than any image has: a hostile archive must not fill the memory with names.
const MEMBERS: usize = 200_000;

/// Names of members and where their bytes lie.
type Members = HashMap<String, Stretch>;

/// Opens an archive.
pub(super) fn open(path: &Utf8Path) -> Result<Source> {
    refuse_compressed(path)?;
    let members = members(path)?;
    let document = |name: &str| -> Result<Option<Value>> {
        let Some(stretch) = members.get(name) else { return Ok(None) };
        let value = serde_json::from_slice(&read(stretch)?);
        value.map(Some).map_err(|error| invalid(path, format!("{name} is not JSON")).cause(&error))
    };
    if let Some(index) = document("index.json")? {
        return Ok(Source {
            path: path.to_owned(),
            index,
            find: Box::new(move |hex| members.get(&format!("blobs/sha256/{hex}")).cloned()),
        });
    }
    match document("manifest.json")? {
        Some(list) => saved(path, &members, &list),
        None => Err(invalid(path, "neither index.json nor manifest.json is in it: not an image archive")),
    }
}

/// A compressed archive would have to be unpacked first, twice its size on disk, at every run.
fn refuse_compressed(path: &Utf8Path) -> Result<()> {
    let mut magic = [0; 4];
    let read = File::open(path).and_then(|mut file| file.read(&mut magic)).map_err(|error| io(path, &error))?;
    let by = match magic.get(..read) {
        Some([0x1f, 0x8b, ..]) => "gzip -d",
        Some([0x28, 0xb5, 0x2f, 0xfd]) => "zstd -d",
        _ => return Ok(()),
    };
    let problem = invalid(path, "the archive is compressed and cannot be read in place");
    Err(problem
        .next(format!("Unpack it first with `{by}` and name the plain archive: its layers are compressed already.")))
}

fn members(path: &Utf8Path) -> Result<Members> {
    let damaged = |error: &std::io::Error| invalid(path, "the archive is damaged").cause(error);
    let file = File::open(path).map_err(|error| io(path, &error))?;
    let length = file.metadata().map_err(|error| io(path, &error))?.len();
    let mut archive = tar::Archive::new(file);
    let (mut found, mut links) = (Members::new(), Vec::new());
    for entry in archive.entries_with_seek().map_err(|error| damaged(&error))? {
        let entry = entry.map_err(|error| damaged(&error))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        match entry.header().entry_type() {
            tar::EntryType::Regular | tar::EntryType::Continuous => {
                let stretch = Stretch { path: path.to_owned(), offset: entry.raw_file_position(), size: entry.size() };
                if stretch.offset.checked_add(stretch.size).is_none_or(|end| end > length) {
                    return Err(invalid(path, format!("{name} reaches beyond the archive's end")));
                }
                found.insert(name, stretch);
            }
            // Old `docker save` stores a layer that occurs twice as a link to the other.
            tar::EntryType::Symlink | tar::EntryType::Link => {
                let target = entry.link_name_bytes().map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                links.push((name, target.unwrap_or_default()));
            }
            _ => {}
        }
        if found.len() + links.len() > MEMBERS {
            return Err(invalid(path, format!("more than {MEMBERS} members")));
        }
    }
    for (name, target) in links {
        let stretch = found.get(target.trim_start_matches("../")).cloned();
        if let Some(stretch) = stretch {
            found.entry(name).or_insert(stretch);
        }
    }
    Ok(found)
}

/// `docker save` before version 25: a configuration and plain tar layers, without a manifest. The manifest is made here; the
/// layers are sent as they lie in the archive.
fn saved(path: &Utf8Path, members: &Members, list: &Value) -> Result<Source> {
    let images = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let [image] = images else {
        let problem: Problem = invalid(path, format!("the archive holds {} images", images.len()));
        return Err(problem.next("Save the one image that is to be published into an archive of its own."));
    };
    let member = |value: &Value| -> Result<Stretch> {
        let name = value.as_str().unwrap_or_default();
        members.get(name).cloned().ok_or_else(|| invalid(path, format!("`{name}` is missing from the archive")))
    };
    let mut blobs = HashMap::new();
    let mut keep = |stretch: Stretch, media_type: &str| -> Result<Value> {
        let hex = hash(&stretch)?;
        let descriptor = json!({"mediaType": media_type, "digest": format!("sha256:{hex}"), "size": stretch.size});
        blobs.insert(hex, stretch);
        Ok(descriptor)
    };
    let config = member(&image["Config"])?;
    let document: Value = serde_json::from_slice(&read(&config)?)
        .map_err(|error| invalid(path, "the configuration is not JSON").cause(&error))?;
    let config = keep(config, assemble::CONFIG)?;
    let listed = image["Layers"].as_array().cloned().unwrap_or_default();
    let layers =
        listed.iter().map(|layer| keep(member(layer)?, assemble::LAYER_TAR)).collect::<Result<Vec<Value>>>()?;
    let told: Vec<&Value> = document["rootfs"]["diff_ids"].as_array().into_iter().flatten().collect();
    if told != layers.iter().map(|layer| &layer["digest"]).collect::<Vec<_>>() {
        return Err(invalid(path, "the layers are not those that the configuration names"));
    }
    let manifest = json!({"schemaVersion": 2, "mediaType": assemble::MANIFEST, "config": config, "layers": layers});
    let text = manifest.to_string();
    let mut hasher = Hasher::sha256_only();
    hasher.update(text.as_bytes());
    let hex = hasher.finish().sha256.unwrap_or_default();
    let descriptor = json!({"mediaType": assemble::MANIFEST, "digest": format!("sha256:{hex}"), "size": text.len()});
    Ok(Source {
        path: path.to_owned(),
        // The manifest lies in no file: it travels in its descriptor, as the specification allows (`data`).
        index: json!({"schemaVersion": 2, "manifests": [with_data(descriptor, &text)]}),
        find: Box::new(move |hex| blobs.get(hex).cloned()),
    })
}

fn with_data(mut descriptor: Value, text: &str) -> Value {
    use base64::Engine as _;
    descriptor["data"] = Value::String(base64::engine::general_purpose::STANDARD.encode(text));
    descriptor
}
