//! The declarative half of a platform: a TOML file in `platforms/`, a table in `platforms/hosts/`, or one of the user's own.

use std::collections::BTreeMap;

use pak_model::plan::{UndoAction, UndoOffer};
use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::endpoint::{Endpoint, parse_url};
use crate::layering;
use crate::parameters::{self, Filling, Parameter, Place};
use crate::quirks::Quirks;

/// A platform's definition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Definition {
    /// The name users type.
    pub id: String,
    /// The definition it is laid over, where it is one of a known protocol.
    #[serde(default)]
    pub from: Option<String>,
    /// The public registry of its protocol, where its own address is another. Set by the layering, never written.
    #[serde(default)]
    pub public: Option<Addresses>,
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
    /// The registry's root: a URL, `builtin:<name>`, or a form with parameters in braces.
    pub endpoint: String,
    /// Its upload URL, where it differs.
    #[serde(default)]
    pub upload: Option<String>,
    /// Its index URL, where it differs.
    #[serde(default)]
    pub index: Option<String>,
    /// docker: where images lie in the registry, `{owner}/{name}`; `{name}` is the package's.
    #[serde(default)]
    pub repository: Option<String>,
    /// What its forms need to know, by the name in braces.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// Variables the ecosystem's tools read a token from. `{TARGET}` in a name is the target's, in capitals.
    #[serde(default)]
    pub token_env: Vec<String>,
    /// Variables the ecosystem's tools read a user name from.
    #[serde(default)]
    pub username_env: Vec<String>,
    /// Variables the ecosystem's tools read a password from.
    #[serde(default)]
    pub password_env: Vec<String>,
    /// User names that go with the tokens of certain variables: GitLab tells job tokens by the user.
    #[serde(default)]
    pub users: BTreeMap<String, String>,
    /// A program that prints a token, with its arguments. It runs only where the user's own settings name it.
    #[serde(default)]
    pub token_command: Vec<String>,
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
    /// How it was proven: `real` (server and client not ours) or `emulated`.
    pub proof: Proof,
    /// What is said here and was neither read in the host's own documents nor tried.
    #[serde(default)]
    pub uncertain: Vec<String>,
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

/// Forms of addresses that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    /// The root.
    pub endpoint: String,
    /// Where uploads go, where that differs.
    #[serde(default)]
    pub upload: Option<String>,
    /// The index, where that differs.
    #[serde(default)]
    pub index: Option<String>,
}

impl Addresses {
    fn filled(&self, fill: impl Fn(&str) -> Result<String>) -> Result<Endpoint> {
        let mut endpoint = Endpoint::parse(&fill(&self.endpoint)?)?;
        if let Some(upload) = &self.upload {
            endpoint = endpoint.with_upload(parse_url(&fill(upload)?)?);
        }
        if let Some(index) = &self.index {
            endpoint = endpoint.with_index(parse_url(&fill(index)?)?);
        }
        Ok(endpoint)
    }
}

impl Definition {
    /// Parses the definition of a protocol: one of `platforms/`.
    pub fn parse(text: &str) -> Result<Self> {
        layering::read(Self::table(text)?)
    }

    /// The same as a table that others can be laid over, with names in it that our own files do not spell.
    pub(crate) fn table(text: &str) -> Result<Table> {
        let mut table: Table = toml::from_str(text).map_err(|error| {
            Problem::new(code::config::SYNTAX, "A platform definition cannot be parsed.").said(error.to_string())
        })?;
        let word = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let id = word(table.get("id"));
        let ecosystem = word(table.get("ecosystems").and_then(|ecosystems| ecosystems.get(0)));
        for key in ["endpoint", "upload", "index"] {
            if let Some(Value::String(form)) = table.get_mut(key) {
                *form = match form.as_str() {
                    "builtin:npm" => deno_npmrc::NPM_DEFAULT_REGISTRY.to_owned(),
                    "builtin:crates" => tame_index::CRATES_IO_HTTP_INDEX.to_owned(),
                    form => form.replace("{id}", &id).replace("{ecosystem}", &ecosystem),
                };
            }
        }
        Ok(table)
    }

    /// The one public registry of the protocol, whose rules and credentials are not those of other hosts.
    pub fn public_endpoint(&self) -> Result<Endpoint> {
        match &self.public {
            Some(public) => public.filled(|form| Ok(form.to_owned())),
            None => self.own().filled(|form| Ok(form.to_owned())),
        }
    }

    fn own(&self) -> Addresses {
        Addresses { endpoint: self.endpoint.clone(), upload: self.upload.clone(), index: self.index.clone() }
    }

    /// The addresses of a target.
    pub fn addresses(&self, filling: &Filling<'_>) -> Result<Endpoint> {
        filling.check_names(self)?;
        self.own().filled(|form| filling.fill(self, form, Place::Url))
    }

    /// docker: where a target's images lie in the registry, as far as the definition says it.
    pub fn images(&self, filling: &Filling<'_>) -> Result<Option<String>> {
        self.repository.as_deref().map(|form| filling.fill(self, form, Place::Repository)).transpose()
    }

    /// Its root for people: an address, or a form where the address is not complete without the target's settings. A protocol
    /// without a public registry has an address that nobody can own: there the target's `registry` is all there is.
    pub fn shown_root(&self) -> String {
        let shown = self.shown(&self.endpoint);
        match Endpoint::parse(&shown) {
            Ok(endpoint) if endpoint.root.host_str().is_some_and(|host| host.ends_with(".invalid")) => {
                "{registry}".to_owned()
            }
            Ok(endpoint) if !shown.contains('{') => endpoint.root.into(),
            _ => shown,
        }
    }

    /// A form for people, with the defaults in it: `https://example.org/{owner}/`.
    pub fn shown(&self, form: &str) -> String {
        parameters::shown(self, form)
    }

    /// Every text that may hold parameters.
    pub(crate) fn forms(&self) -> impl Iterator<Item = &str> {
        let optional = [&self.upload, &self.index, &self.repository, &self.token_page];
        [self.endpoint.as_str(), &self.docs].into_iter().chain(optional.into_iter().filter_map(|form| form.as_deref()))
    }

    /// Whether `name` is this platform.
    pub fn is_called(&self, name: &str) -> bool {
        self.id == name || self.aliases.iter().any(|alias| alias == name)
    }

    /// What an undo can do here.
    pub fn undo_offer(&self) -> UndoOffer {
        UndoOffer { action: self.undo.how, note: self.undo.note.clone() }
    }
}
