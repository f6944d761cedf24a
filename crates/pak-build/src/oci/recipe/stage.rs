//! Carries a recipe's instructions out for one platform: what becomes the configuration, and the order of things.

use std::collections::{BTreeMap, HashMap};

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use serde_json::{Map, Value, json};

use super::super::assemble::{self, Layout};
use super::super::layer::{self, Items, Layer};
use super::base::{self, Base};
use super::context::Context;
use super::parse::{Instruction, unsupported};
use super::{annotations, words};
use crate::request::BuildRequest;

/// What all platforms of a build share.
pub(super) struct Workshop<'a> {
    pub(super) request: &'a BuildRequest,
    pub(super) file: &'a Utf8Path,
    pub(super) context: Context,
    pub(super) layout: Layout,
    pub(super) mtime: u64,
    pub(super) created: Option<String>,
    /// Layers by what they were made of: platforms that copy the same files share them.
    pub(super) layers: HashMap<String, Layer>,
}

/// `os/arch[/variant]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Platform {
    os: String,
    arch: String,
    variant: Option<String>,
}

impl Platform {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let word = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        match parts.as_slice() {
            [os, arch, rest @ ..] if rest.len() < 2 && parts.iter().all(word) => Ok(Self {
                os: (*os).to_owned(),
                arch: (*arch).to_owned(),
                variant: rest.first().map(|variant| (*variant).to_owned()),
            }),
            _ => Err(Problem::new(
                code::config::INVALID_VALUE,
                format!("`{text}` is not a platform; write it as `linux/amd64` or `linux/arm/v7`."),
            )),
        }
    }

    /// Containers are Linux's also on other systems: there they run in a virtual machine of the same processor.
    pub(super) fn of_this_machine() -> Self {
        let (arch, variant) = match std::env::consts::ARCH {
            "x86_64" => ("amd64", None),
            "x86" => ("386", None),
            "aarch64" => ("arm64", None),
            "arm" => ("arm", Some("v7".to_owned())),
            "powerpc64" => ("ppc64le", None),
            other => (other, None),
        };
        Self { os: "linux".to_owned(), arch: arch.to_owned(), variant }
    }

    pub(super) fn label(&self) -> String {
        let variant = self.variant.as_ref().map(|variant| format!("/{variant}")).unwrap_or_default();
        format!("{}/{}{variant}", self.os, self.arch)
    }

    /// A descriptor's `platform`.
    pub(super) fn describe(&self) -> Value {
        let mut described = json!({"architecture": self.arch, "os": self.os});
        if let Some(variant) = &self.variant {
            described["variant"] = json!(variant);
        }
        described
    }

    /// Whether a configuration is for this platform. arm64 is always `v8`, written or not.
    pub(super) fn is_of(&self, config: &Value) -> bool {
        let variant =
            |text: Option<&str>| text.filter(|text| !(self.arch == "arm64" && *text == "v8")).map(str::to_owned);
        config["os"] == self.os.as_str()
            && config["architecture"] == self.arch.as_str()
            && variant(config["variant"].as_str()) == variant(self.variant.as_deref())
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "TARGETPLATFORM" => Some(self.label()),
            "TARGETOS" => Some(self.os.clone()),
            "TARGETARCH" => Some(self.arch.clone()),
            "TARGETVARIANT" => Some(self.variant.clone().unwrap_or_default()),
            _ => None,
        }
    }
}

/// One platform's image.
pub(super) struct Made {
    pub(super) manifest: Value,
}

/// An image in the making.
pub(super) struct Stage<'w, 'a> {
    pub(super) workshop: &'w mut Workshop<'a>,
    platform: &'w Platform,
    arguments: BTreeMap<String, String>,
    pub(super) base: Base,
}

/// Builds the image of one platform.
pub(super) fn build(workshop: &mut Workshop<'_>, instructions: &[Instruction], platform: &Platform) -> Result<Made> {
    let file = workshop.file;
    let first = instructions.iter().position(|one| one.word == "FROM");
    let Some(first) = first else {
        return Err(unsupported(file, 1, "there is no FROM."));
    };
    let mut stage = Stage { workshop, platform, arguments: BTreeMap::new(), base: Base::default() };
    for instruction in instructions.get(..first).unwrap_or_default() {
        match instruction.word.as_str() {
            "ARG" => stage.argument(instruction)?,
            word => return Err(unsupported(file, instruction.line, format!("{word} stands before FROM."))),
        }
    }
    let from = instructions.get(first..).unwrap_or_default();
    for (at, instruction) in from.iter().enumerate() {
        if at > 0 && instruction.word == "FROM" {
            return Err(unsupported(file, instruction.line, "a recipe of several stages needs containers to run."));
        }
        stage.carry_out(instruction)?;
    }
    stage.finish()
}

impl Stage<'_, '_> {
    fn carry_out(&mut self, instruction: &Instruction) -> Result<()> {
        let rest = instruction.rest.as_str();
        match instruction.word.as_str() {
            "FROM" => return self.from(instruction),
            "ARG" => return self.argument(instruction),
            "COPY" | "ADD" => return self.copy(instruction),
            "ENV" => {
                for (name, value) in self.pairs(instruction)? {
                    self.set_env(&name, &value);
                }
            }
            "LABEL" => {
                for (name, value) in self.pairs(instruction)? {
                    self.set("Labels", name, Value::String(value));
                }
            }
            "ENTRYPOINT" => {
                self.base.config.insert("Entrypoint".to_owned(), command(rest));
                // A base's CMD was meant as arguments of the base's entry point.
                self.base.config.remove("Cmd");
            }
            "CMD" => {
                self.base.config.insert("Cmd".to_owned(), command(rest));
            }
            "WORKDIR" => {
                let path = self.word(instruction)?;
                let joined = join(&self.directory(), &path);
                self.base.config.insert("WorkingDir".to_owned(), Value::String(joined));
            }
            "USER" => {
                let user = self.word(instruction)?;
                self.base.config.insert("User".to_owned(), Value::String(user));
            }
            "STOPSIGNAL" => {
                let signal = self.word(instruction)?;
                self.base.config.insert("StopSignal".to_owned(), Value::String(signal));
            }
            "EXPOSE" => {
                for port in self.words(instruction)? {
                    let ports = ports(&port).ok_or_else(|| {
                        self.bad(instruction, format!("`{port}` is not a port such as 80 or 53/udp."))
                    })?;
                    for port in ports {
                        self.set("ExposedPorts", port, json!({}));
                    }
                }
            }
            "VOLUME" => {
                for path in self.words(instruction)? {
                    self.set("Volumes", path, json!({}));
                }
            }
            "RUN" => return Err(self.bad(instruction, "RUN needs a container to run in.")),
            word => return Err(self.bad(instruction, format!("{word} is not supported."))),
        }
        self.remember(instruction, true);
        Ok(())
    }

    fn from(&mut self, instruction: &Instruction) -> Result<()> {
        let words = self.words(instruction)?;
        let mut plain = words.iter().filter(|word| !word.starts_with("--")).map(String::as_str);
        let source = plain.next().unwrap_or_default();
        if words.iter().any(|word| word.starts_with("--platform=") && !word.contains(self.platform.label().as_str())) {
            return Err(
                self.bad(instruction, "FROM for another platform than the one that is built needs a container tool.")
            );
        }
        self.base = if source == "scratch" {
            base::scratch()
        } else if let Some(path) = source.strip_prefix("oci:") {
            base::project(self.workshop, path, self.platform)?
        } else {
            let name = if source.is_empty() { "nothing" } else { source };
            return Err(self.bad(
                instruction,
                format!("FROM {name}: only `scratch` and `oci:<layout folder of the project>` can be built on."),
            ));
        };
        Ok(())
    }

    /// `ARG name=default …`. A name without a default takes the platform's value, or stays unset.
    fn argument(&mut self, instruction: &Instruction) -> Result<()> {
        for word in self.words(instruction)? {
            if let Some((name, value)) = word.split_once('=') {
                self.arguments.insert(name.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    /// `name=value …`, or the old form `name value with spaces`.
    fn pairs(&self, instruction: &Instruction) -> Result<Vec<(String, String)>> {
        let rest = instruction.rest.as_str();
        let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !first.contains('=') {
            let value = words::expand(after.trim(), &|name| self.value(name));
            let value = value.map_err(|what| self.bad(instruction, what))?;
            if after.is_empty() {
                return Err(self.bad(instruction, format!("{} wants `name=value`.", instruction.word)));
            }
            return Ok(vec![(first.to_owned(), value)]);
        }
        let split = |word: String| match word.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
            _ => Err(self.bad(instruction, format!("`{word}` is not `name=value`."))),
        };
        self.words(instruction)?.into_iter().map(split).collect()
    }

    /// The words of an instruction, as a JSON list or plain, variables filled in.
    pub(super) fn words(&self, instruction: &Instruction) -> Result<Vec<String>> {
        let value = |name: &str| self.value(name);
        let words = match json_list(&instruction.rest) {
            Some(list) => list.iter().map(|word| words::expand(word, &value)).collect(),
            None => words::split(&instruction.rest, &value),
        };
        words.map_err(|what| self.bad(instruction, what))
    }

    fn word(&self, instruction: &Instruction) -> Result<String> {
        let word = words::expand(&instruction.rest, &|name| self.value(name));
        match word {
            Ok(word) if !word.is_empty() => Ok(word),
            Ok(_) => Err(self.bad(instruction, format!("{} wants a value.", instruction.word))),
            Err(what) => Err(self.bad(instruction, what)),
        }
    }

    /// ENV goes before ARG; the platform's variables need no ARG here.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let set = self.env().find_map(|pair| Some(pair.split_once('=').filter(|(key, _)| *key == name)?.1.to_owned()));
        set.or_else(|| self.arguments.get(name).cloned()).or_else(|| self.platform.variable(name))
    }

    fn env(&self) -> impl Iterator<Item = &str> {
        self.base.config.get("Env").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    fn set_env(&mut self, name: &str, value: &str) {
        let prefix = format!("{name}=");
        let mut env: Vec<String> = self.env().map(str::to_owned).collect();
        let pair = format!("{prefix}{value}");
        match env.iter_mut().find(|pair| pair.starts_with(&prefix)) {
            Some(old) => *old = pair,
            None => env.push(pair),
        }
        self.base.config.insert("Env".to_owned(), json!(env));
    }

    /// Sets a member of one of the configuration's objects.
    fn set(&mut self, object: &str, name: String, value: Value) {
        let mut members = self.base.config.get(object).and_then(Value::as_object).cloned().unwrap_or_default();
        members.insert(name, value);
        self.base.config.insert(object.to_owned(), Value::Object(members));
    }

    /// The working folder, `/` where none is set.
    pub(super) fn directory(&self) -> String {
        self.base
            .config
            .get("WorkingDir")
            .and_then(Value::as_str)
            .filter(|path| !path.is_empty())
            .unwrap_or("/")
            .to_owned()
    }

    /// Adds a layer, or shares the one another platform made of the same files.
    pub(super) fn add_layer(&mut self, instruction: &Instruction, items: &Items) -> Result<()> {
        let key = format!("{items:?}");
        let made = match self.workshop.layers.get(&key) {
            Some(layer) => layer.clone(),
            None => {
                let layer = layer::write(&self.workshop.layout.blobs(), items, self.workshop.mtime)?;
                self.workshop.layers.insert(key, layer.clone());
                layer
            }
        };
        let digest = format!("sha256:{}", made.hex);
        self.base.layers.push(json!({"mediaType": assemble::LAYER_GZIP, "digest": digest, "size": made.size}));
        self.base.diff_ids.push(Value::String(made.diff_id));
        self.remember(instruction, false);
        Ok(())
    }

    /// The history tells people how the image was made, and which steps made no layer.
    fn remember(&mut self, instruction: &Instruction, empty: bool) {
        let mut entry = Map::new();
        if let Some(created) = &self.workshop.created {
            entry.insert("created".to_owned(), json!(created));
        }
        entry.insert("created_by".to_owned(), json!(format!("{} {}", instruction.word, instruction.rest)));
        entry.insert("comment".to_owned(), json!("pak"));
        if empty {
            entry.insert("empty_layer".to_owned(), json!(true));
        }
        self.base.history.push(Value::Object(entry));
    }

    pub(super) fn bad(&self, instruction: &Instruction, what: impl std::fmt::Display) -> Problem {
        unsupported(self.workshop.file, instruction.line, what)
    }

    fn finish(self) -> Result<Made> {
        let Self { workshop, platform, base, .. } = self;
        let version = workshop.request.package.version.as_deref();
        let labels = base.config.get("Labels").and_then(Value::as_object);
        let mut notes = annotations(labels, version, workshop.created.as_deref());
        notes.extend(base.annotations);
        let mut config = platform.describe();
        if let Some(created) = &workshop.created {
            config["created"] = json!(created);
        }
        config["config"] = Value::Object(base.config);
        config["rootfs"] = json!({"type": "layers", "diff_ids": base.diff_ids});
        config["history"] = Value::Array(base.history);
        let config = workshop.layout.document(assemble::CONFIG, &config)?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": assemble::MANIFEST,
            "config": config,
            "layers": base.layers,
            "annotations": notes,
        });
        Ok(Made { manifest })
    }
}

fn json_list(text: &str) -> Option<Vec<String>> {
    if text.starts_with('[') { serde_json::from_str(text).ok() } else { None }
}

/// The list form as it is; a plain line goes to a shell, as docker has it.
fn command(text: &str) -> Value {
    json_list(text).map_or_else(|| json!(["/bin/sh", "-c", text]), |list| json!(list))
}

/// `80`, `53/udp`, `8000-8010/tcp`; `None` where it is none of them.
fn ports(text: &str) -> Option<Vec<String>> {
    let (numbers, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    let (first, last) = numbers.split_once('-').unwrap_or((numbers, numbers));
    let (first, last) = (first.parse::<u16>().ok()?, last.parse::<u16>().ok()?);
    if first == 0 || first > last || !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return None;
    }
    Some((first..=last).map(|port| format!("{port}/{protocol}")).collect())
}

/// A path of the image: relative ones start in the working folder, `.` and `..` are worked out.
pub(super) fn join(folder: &str, path: &str) -> String {
    let full = if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") };
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_ports_and_paths_are_read() {
        assert_eq!(Platform::parse("linux/arm/v7").unwrap().label(), "linux/arm/v7");
        for bad in ["", "linux", "linux/", "linux/arm/v7/x", "Linux/amd64"] {
            assert!(Platform::parse(bad).is_err(), "{bad}");
        }
        assert!(
            Platform::parse("linux/arm64")
                .unwrap()
                .is_of(&json!({"os": "linux", "architecture": "arm64", "variant": "v8"}))
        );
        assert_eq!(ports("8000-8001/UDP").unwrap(), ["8000/udp", "8001/udp"]);
        for bad in ["", "0", "9-8", "80/x", "70000"] {
            assert!(ports(bad).is_none(), "{bad}");
        }
        assert_eq!(join("/app", "../x/./y"), "/x/y");
        assert_eq!(join("/app", "/"), "/");
    }
}
