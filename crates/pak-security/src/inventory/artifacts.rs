//! What archives consist of: packages of every ecosystem, nested jars, and container images layer by layer.
//!
//! An image is read as a container would see it: later layers replace and remove (`.wh.`) files of earlier ones, and
//! blobs no manifest names are no part of it.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::file::{File, Refusal};
use super::os_packages::{self, Distribution};
use super::table::Reader;
use super::{Options, binaries, installed, merged, of_file, sbom, unreadable};
use crate::archive::{Limits, Member, MemberKind, format_of, walk};
use crate::report::{Component, Notice};

/// Folders within folders of an image that are looked at for removals.
const DEEPEST: usize = 128;

/// What one member says.
#[derive(Default)]
struct Seen {
    components: Vec<Component>,
    distribution: Option<Distribution>,
    /// A whiteout: what it removes from the layers below.
    removes: Option<String>,
}

/// The components of an archive, an image or a program; of any other file those that it names.
pub fn of_archive(name: &str, bytes: &[u8]) -> (Vec<Component>, Vec<Notice>) {
    if sbom::looks_like_one(bytes) {
        let found = File::new(name, bytes, Options::default()).and_then(|file| sbom::read(&file));
        return answer(name, found);
    }
    if format_of(name, bytes).is_none() {
        let components = binaries::read(name, bytes);
        return match of_file(name, bytes) {
            Some(Ok(found)) => (found, Vec::new()),
            Some(Err(notice)) => (components, vec![notice]),
            None => (merged(components), Vec::new()),
        };
    }
    let (mut contents, mut notices) = (Contents::default(), Vec::new());
    notices.extend(walk(name, bytes, &Limits::default(), &mut |member| contents.look(member)));
    notices.append(&mut contents.notices);
    (contents.conclude(name), notices)
}

fn answer(path: &str, found: Result<Vec<Component>, Refusal>) -> (Vec<Component>, Vec<Notice>) {
    match found {
        Ok(components) => (merged(components), Vec::new()),
        Err(refusal) => (Vec::new(), vec![unreadable(path, &refusal)]),
    }
}

#[derive(Default)]
struct Contents {
    /// By path.
    seen: BTreeMap<String, Seen>,
    /// Manifests of images, as docker and OCI write them: each the paths of its layers, the lowest first.
    images: Vec<Vec<String>>,
    /// Jars that have Maven's properties, by the path up to `!/`, and what the manifests of jars say.
    described: HashSet<String>,
    manifests: Vec<(String, Component)>,
    notices: Vec<Notice>,
}

impl Contents {
    fn look(&mut self, member: &Member<'_>) {
        let path = member.path;
        let inner = path.rsplit("!/").next().unwrap_or(path);
        let (folder, name) = inner.rsplit_once('/').unwrap_or(("", inner));
        if let Some(removed) = name.strip_prefix(".wh.") {
            let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let removes = if removed == ".wh..opq" { folder } else { format!("{folder}{removed}") };
            self.seen.entry(path.to_owned()).or_default().removes = Some(removes);
            return;
        }
        if member.kind != MemberKind::File || member.bytes.is_empty() {
            return;
        }
        if name == "manifest.json" || inner.starts_with("blobs/") {
            self.manifest(path, member.bytes);
        }
        if inner.ends_with("etc/os-release") || inner.ends_with("usr/lib/os-release") {
            let text = String::from_utf8_lossy(member.bytes);
            self.seen.entry(path.to_owned()).or_default().distribution = Some(Distribution::read(&text));
            return;
        }
        let jar = || path.rsplit_once("!/").map_or(String::new(), |(jar, _)| jar.to_owned());
        if inner == "META-INF/MANIFEST.MF" {
            self.manifests.extend(installed::jar_manifest(path, member.bytes).map(|component| (jar(), component)));
            return;
        }
        let components = match installed::reader(path) {
            Some(Reader::Text(read)) => {
                File::new(path, member.bytes, Options::default()).and_then(|file| read(&file)).map(merged)
            }
            Some(Reader::Bytes(read)) => read(path, member.bytes),
            None => Ok(binaries::read(path, member.bytes)),
        };
        match components {
            Ok(components) if components.is_empty() => {
                // An empty file may still replace one of a lower layer.
                if self.seen.contains_key(path) {
                    self.seen.insert(path.to_owned(), Seen::default());
                }
            }
            Ok(components) => {
                if name == "pom.properties" {
                    self.described.insert(jar());
                }
                self.seen.insert(path.to_owned(), Seen { components, ..Seen::default() });
            }
            Err(refusal) => self.notices.push(unreadable(path, &refusal)),
        }
    }

    /// Notes the layers that a manifest lists; anything else that is JSON, or is not, is passed over.
    fn manifest(&mut self, path: &str, bytes: &[u8]) {
        #[derive(Deserialize)]
        struct Docker {
            #[serde(rename = "Layers")]
            layers: Vec<String>,
        }
        #[derive(Deserialize)]
        struct Oci {
            layers: Vec<Layer>,
        }
        #[derive(Deserialize)]
        struct Layer {
            digest: String,
        }
        if bytes.len() > 1 << 20 || !matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
            return;
        }
        let archive = path.rsplit_once("!/").map_or("", |(archive, _)| archive);
        if let Ok(images) = serde_json::from_slice::<Vec<Docker>>(bytes) {
            let within = |layer: &String| format!("{archive}!/{layer}");
            self.images.extend(images.iter().map(|image| image.layers.iter().map(within).collect()));
        } else if let Ok(manifest) = serde_json::from_slice::<Oci>(bytes) {
            let within = |layer: &Layer| format!("{archive}!/blobs/{}", layer.digest.replace(':', "/"));
            self.images.push(manifest.layers.iter().map(within).collect());
        }
    }

    fn conclude(mut self, name: &str) -> Vec<Component> {
        for (jar, component) in std::mem::take(&mut self.manifests) {
            if !self.described.contains(&jar) {
                self.seen.entry(component.path.clone()).or_default().components.push(component);
            }
        }
        if self.images.is_empty() {
            let distribution = self.seen.values().find_map(|seen| seen.distribution.clone()).unwrap_or_default();
            let mut components: Vec<Component> = self.seen.into_values().flat_map(|seen| seen.components).collect();
            os_packages::named(&mut components, &distribution);
            return components;
        }
        let mut components: Vec<Component> = Vec::new();
        let images: HashSet<Vec<String>> = std::mem::take(&mut self.images).into_iter().collect();
        for layers in images {
            components.extend(self.image(&layers));
        }
        // Both forms of manifest may describe one image.
        components.sort_by(|one, other| (&one.path, &one.purl).cmp(&(&other.path, &other.purl)));
        components.dedup();
        debug_assert!(components.iter().all(|component| component.path.starts_with(name)));
        components
    }

    /// The files of an image after all its layers.
    fn image(&self, layers: &[String]) -> Vec<Component> {
        let mut files: BTreeMap<&str, &Seen> = BTreeMap::new();
        for layer in layers {
            let own: Vec<(&str, &Seen)> = self
                .seen
                .range(layer.clone()..)
                .take_while(|(path, _)| path.starts_with(layer.as_str()))
                .filter_map(|(path, seen)| {
                    let inside = path.strip_prefix(layer.as_str())?.strip_prefix("!/")?;
                    // A layer is compressed: what it unpacks to is a tar of some name, or its members at once.
                    Some((inside.strip_prefix("./").unwrap_or(inside), seen))
                })
                .collect();
            // Removals are of the layers below, whatever their order within this one; a removed folder takes all below it.
            let removed: HashSet<&str> = own
                .iter()
                .filter_map(|(_, seen)| seen.removes.as_deref())
                .map(|removes| removes.strip_prefix("./").unwrap_or(removes).trim_end_matches('/'))
                .collect();
            files.retain(|path, _| {
                let above = path.match_indices('/').take(DEEPEST).filter_map(|(end, _)| path.get(..end));
                !above.chain(["", path]).any(|one| removed.contains(one))
            });
            files.extend(own.into_iter().filter(|(_, seen)| seen.removes.is_none()));
        }
        let distribution = files.values().find_map(|seen| seen.distribution.clone()).unwrap_or_default();
        let mut components: Vec<Component> = files.values().flat_map(|seen| seen.components.iter().cloned()).collect();
        os_packages::named(&mut components, &distribution);
        components
    }
}
