//! The declarative half of a platform: one TOML file in `platforms/`.

use pak_model::plan::{UndoAction, UndoOffer};
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};

use crate::endpoint::{Endpoint, parse_url};
use crate::quirks::Quirks;

/// A platform's definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Definition {
    /// The name users type.
    pub id: String,
    /// Other names users type.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The name people read.
    pub title: String,
    /// The language or kind: `javascript`, `python`, `rust`, `container`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The driver that speaks its protocol.
    pub driver: String,
    /// Ecosystems whose packages it takes.
    pub ecosystems: Vec<pak_model::Ecosystem>,
    /// The public registry's root: a URL, `builtin:<name>`, or a URL with `{id}` in it.
    pub endpoint: String,
    /// Its upload URL, where it differs.
    #[serde(default)]
    pub upload: Option<String>,
    /// Its index URL, where it differs.
    #[serde(default)]
    pub index: Option<String>,
    /// Variables the ecosystem's tools read a token from.
    #[serde(default)]
    pub token_env: Vec<String>,
    /// Variables the ecosystem's tools read a user name from.
    #[serde(default)]
    pub username_env: Vec<String>,
    /// Variables the ecosystem's tools read a password from.
    #[serde(default)]
    pub password_env: Vec<String>,
    /// Files the ecosystem's tools read credentials from, for people.
    #[serde(default)]
    pub token_files: Vec<String>,
    /// The version grammar: `semver`, `pep440`, `tag`.
    pub version_scheme: String,
    /// How long an accepted version may take to become visible, in seconds.
    pub visible_within: u64,
    /// The largest file it takes, in bytes.
    #[serde(default)]
    pub max_bytes: Option<u64>,
    /// How many uploads to it may run at the same time.
    #[serde(default = "default_parallel")]
    pub parallel: usize,
    /// Whether its packages point at files that another target of the same plan publishes (a formula and its archives).
    #[serde(default)]
    pub points_at_files: bool,
    /// What can be taken back.
    pub undo: UndoRule,
    /// The ecosystem's own equivalents, shown as documentation.
    pub commands: Commands,
    /// The registry's documentation.
    pub docs: String,
    /// Where a token is made, for people.
    #[serde(default)]
    pub token_page: Option<String>,
    /// Where its servers differ from the rest of their protocol family.
    #[serde(default)]
    pub quirks: Quirks,
    /// How the driver was proven: `real` (server and client not ours) or `emulated`.
    pub proof: Proof,
}

fn default_parallel() -> usize {
    4
}

/// What can be taken back, and how.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UndoRule {
    /// The strongest action of the registry's API.
    pub how: UndoAction,
    /// Conditions and traces.
    pub note: String,
}

/// The ecosystem's own commands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commands {
    /// How its own tool publishes.
    pub publish: String,
    /// How its own tool shows a package.
    pub info: String,
}

/// What a driver was proven on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// A server and a client that we did not write.
    Real,
    /// An emulation built from the protocol's description.
    Emulated,
}

impl Definition {
    /// Parses a definition.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            Problem::new(code::config::SYNTAX, "A platform definition cannot be parsed.").said(error.to_string())
        })
    }

    /// The public registry.
    pub fn default_endpoint(&self) -> Result<Endpoint> {
        let mut endpoint = Endpoint::parse(&self.expand(&self.endpoint))?;
        if let Some(upload) = &self.upload {
            endpoint = endpoint.with_upload(parse_url(&self.expand(upload))?);
        }
        if let Some(index) = &self.index {
            endpoint = endpoint.with_index(parse_url(&self.expand(index))?);
        }
        Ok(endpoint)
    }

    /// Whether `name` is this platform.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// What an undo can do here.
    pub fn undo_offer(&self) -> UndoOffer {
        UndoOffer { action: self.undo.how, note: self.undo.note.clone() }
    }

    /// Names of registries that our own files do not spell come from the libraries that know them.
    fn expand(&self, text: &str) -> String {
        match text {
            "builtin:npm" => deno_npmrc::NPM_DEFAULT_REGISTRY.to_owned(),
            "builtin:crates" => tame_index::CRATES_IO_HTTP_INDEX.to_owned(),
            _ => {
                let ecosystem = self.ecosystems.first().map_or("", |ecosystem| ecosystem.id());
                text.replace("{id}", &self.id).replace("{ecosystem}", ecosystem)
            }
        }
    }
}
