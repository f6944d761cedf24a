//! Settings, layer upon layer: built-in, the user's file, `pak.conf`, `pak.toml`, variables. Every value keeps its origin.
//!
//! `pak_project::Project::open` and the `pak config` commands call [`load`].

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::env::Env;
use pak_model::{Ecosystem, Problem, Result, code};

use super::file::Config;
use super::{leaves, legacy_conf, validate, variables};

/// The file of a project's settings.
pub const PROJECT_FILE: &str = "pak.toml";
/// The file of a user's settings, in the configuration folder.
pub const USER_FILE: &str = "config.toml";
/// The file of settings as variables, in both places.
pub const CONF_FILE: &str = "pak.conf";
/// The environment when none is named.
pub const PRODUCTION: &str = "production";
/// The environment that is always there and never leaves the machine.
pub const SANDBOX: &str = "sandbox";

/// A layer of settings; a later one wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// What holds when nobody says anything.
    BuiltIn,
    /// `config.toml` of the user's configuration folder.
    User,
    /// `pak.conf`, the user's and then the project's.
    Conf,
    /// `pak.toml`.
    Project,
    /// A variable of the process environment.
    Variable,
}

/// A value of one layer.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LayerValue {
    /// The dotted key.
    pub key: String,
    /// The layer.
    pub layer: Layer,
    /// Where in it: `pak.toml:12`, `variable PAK_NPM_REGISTRY`, `built in`.
    pub origin: String,
    /// The value as TOML; `[set]` for a credential, whose value is never shown.
    pub value: String,
    /// Whether this is the one that counts.
    pub effective: bool,
}

/// One value in a chain.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) layer: Layer,
    pub(crate) origin: String,
    pub(crate) value: toml::Value,
    /// `false` for what stands in a layer but has no say, such as a user's settings for a target the project does not have.
    pub(crate) counts: bool,
}

/// Settings of production's targets that hold in a rehearsal too.
const REHEARSED: &[&str] = &[
    "platform",
    "repository",
    "packages",
    "tag",
    "access",
    "tags",
    "path",
    "checksums",
    "assets",
    "branch",
    "pull-request",
    "commit-message",
    "commit-author",
    "template",
    "forge",
];

/// How the origin of a rehearsed setting ends.
pub(crate) const AS_IN_PRODUCTION: &str = ", as in production";

/// Settings with their origins.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The effective settings. `sandbox` is always among the environments; so is `production` where the project names none.
    pub config: Config,
    /// The files that were read, lowest layer first.
    pub files: Vec<Utf8PathBuf>,
    /// The environment, above what `pak.conf` says: the variables to read from here on.
    pub variables: Env,
    /// Variables that look like a target's setting, but there is no such target: misspelt, most likely.
    pub unused_variables: Vec<String>,
    pub(crate) chains: BTreeMap<Vec<String>, Vec<Link>>,
    pub(crate) conf: BTreeMap<String, Vec<(String, String)>>,
    pub(crate) env: Env,
    root: Utf8PathBuf,
    user: Vec<(Vec<String>, Link)>,
    project: Vec<(Vec<String>, Link)>,
}

/// Reads every layer. Targets of an implicit environment are the default platforms of every ecosystem; `Project::open`
/// narrows them to what the project holds.
pub fn load(root: &Utf8Path, env: &Env, user_config_dir: Option<&Utf8Path>) -> Result<Loaded> {
    let mut loaded = Loaded {
        config: Config::default(),
        files: Vec::new(),
        variables: env.clone(),
        unused_variables: Vec::new(),
        chains: BTreeMap::new(),
        conf: BTreeMap::new(),
        env: env.clone(),
        root: root.to_owned(),
        user: Vec::new(),
        project: Vec::new(),
    };
    if let Some(folder) = user_config_dir {
        loaded.user = loaded.read_toml(Layer::User, &folder.join(USER_FILE))?;
        loaded.read_conf(&folder.join(CONF_FILE))?;
    }
    // The user's folder may be the project itself; its `pak.conf` is read once.
    if user_config_dir != Some(root) {
        loaded.read_conf(&root.join(CONF_FILE))?;
    }
    loaded.project = loaded.read_toml(Layer::Project, &root.join(PROJECT_FILE))?;

    let below = loaded.conf.iter().filter_map(|(name, values)| Some((name.clone(), values.last()?.1.clone())));
    let above = env.with_prefix("").filter(|(_, value)| !value.is_empty());
    loaded.variables = env.replaced(below.chain(above.map(|(name, value)| (name.to_owned(), value.to_owned()))));
    loaded.with_ecosystems(Ecosystem::ALL)
}

impl Loaded {
    /// The same settings for a project that holds packages of these ecosystems.
    pub fn with_ecosystems(mut self, ecosystems: &[Ecosystem]) -> Result<Self> {
        let targets = self.targets(ecosystems);
        self.chains.clear();
        self.built_in(&targets);
        for (key, mut link) in self.user.clone() {
            link.counts = counts(&key, &targets);
            self.chains.entry(key).or_default().push(link);
        }
        self.conf_links();
        for (key, link) in self.project.clone() {
            self.chains.entry(key).or_default().push(link);
        }
        self.rehearse();
        self.unused_variables = variables::apply(&mut self.chains, &self.env, &targets);
        self.config = self.merge(&targets)?;
        validate::config(&self)?;
        Ok(self)
    }

    /// The origin of a key's effective value, or of the first value of a table that anybody set.
    pub fn origin(&self, key: &[String]) -> Option<&str> {
        let mut set = self.chains.iter().filter(|(path, _)| path.starts_with(key)).filter_map(|(path, chain)| {
            let link = chain.iter().rev().find(|link| link.counts);
            link.filter(|link| path.len() == key.len() || link.layer != Layer::BuiltIn)
        });
        set.next().map(|link| link.origin.as_str())
    }

    /// Whether the project's own file says anything below a dotted key.
    pub fn is_set(&self, key: &str) -> bool {
        super::explain::parse_key(key)
            .is_ok_and(|parts| self.project.iter().any(|(key, _)| key.starts_with(parts.as_slice())))
    }

    /// The layer of a key's effective value.
    pub(crate) fn layer(&self, key: &[&str]) -> Option<Layer> {
        let chain = self.chains.iter().find(|(path, _)| path.iter().eq(key.iter()))?.1;
        chain.iter().rev().find(|link| link.counts).map(|link| link.layer)
    }

    fn read_toml(&mut self, layer: Layer, path: &Utf8Path) -> Result<Vec<(Vec<String>, Link)>> {
        let Some(text) = read(path)? else { return Ok(Vec::new()) };
        let shown = self.shown(path);
        let leaves = leaves::read(&text, &shown)?;
        self.files.push(path.to_owned());
        let link = |leaf: leaves::Leaf| {
            let origin = format!("{shown}:{}", leaf.line);
            (leaf.key, Link { layer, origin, value: leaf.value, counts: true })
        };
        Ok(leaves.into_iter().map(link).collect())
    }

    fn read_conf(&mut self, path: &Utf8Path) -> Result<()> {
        let Some(text) = read(path)? else { return Ok(()) };
        let shown = self.shown(path);
        for entry in legacy_conf::read(&text, &shown)? {
            self.conf.entry(entry.name).or_default().push((format!("{shown}:{}", entry.line), entry.value));
        }
        self.files.push(path.to_owned());
        Ok(())
    }

    /// A file's name in messages: short inside the project.
    fn shown(&self, path: &Utf8Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string()
    }

    /// The targets of every environment.
    fn targets(&self, ecosystems: &[Ecosystem]) -> Targets {
        let mut targets = Targets::default();
        for (key, _) in &self.project {
            if let [table, environment, rest @ ..] = key.as_slice()
                && table == "environments"
            {
                let names = targets.entry(environment.clone()).or_default();
                names.extend(rest.first().cloned());
            }
        }
        let defaults: BTreeSet<String> =
            ecosystems.iter().filter_map(|one| one.default_platform()).map(str::to_owned).collect();
        // Only a project that names no environment releases to the public registries by itself: one that names, say,
        // `internal` alone must not reach them because `--environment` was forgotten.
        if targets.keys().all(|environment| environment == SANDBOX) {
            targets.insert(PRODUCTION.to_owned(), defaults.clone());
        }
        let rehearsed = targets.get(PRODUCTION).cloned().unwrap_or(defaults);
        let sandbox = targets.entry(SANDBOX.to_owned()).or_default();
        if sandbox.is_empty() {
            *sandbox = rehearsed;
        }
        // A user may have environments of their own; into the project's they bring settings, never targets.
        let known: BTreeSet<String> = targets.keys().cloned().collect();
        for (key, _) in &self.user {
            if let [table, environment, target, ..] = key.as_slice()
                && table == "environments"
                && !known.contains(environment)
            {
                targets.entry(environment.clone()).or_default().insert(target.clone());
            }
        }
        targets
    }

    fn built_in(&mut self, targets: &Targets) {
        let link = |value: &str| Link {
            layer: Layer::BuiltIn,
            origin: "built in".to_owned(),
            value: toml::Value::String(value.to_owned()),
            counts: true,
        };
        let path = |parts: &[&str]| -> Vec<String> { parts.iter().map(|part| (*part).to_owned()).collect() };
        let folder = Link { origin: "the folder's name".to_owned(), ..link(folder_name(&self.root)) };
        self.chains.insert(path(&["project", "name"]), vec![folder]);
        self.chains.insert(path(&["project", "environment"]), vec![link(PRODUCTION)]);
        for (environment, names) in targets {
            for target in names {
                let key = path(&["environments", environment, target, "platform"]);
                self.chains.insert(key, vec![Link { origin: "the target's name".to_owned(), ..link(target) }]);
            }
        }
    }

    /// A sandbox without targets of its own rehearses production's: the same packages, tags and platforms, but no addresses
    /// and no credentials, because its registries are embedded.
    fn rehearse(&mut self) {
        let own = |key: &[String]| matches!(key, [table, environment, _, ..] if table == "environments" && environment == SANDBOX);
        if self.project.iter().any(|(key, _)| own(key)) {
            return;
        }
        let mut rehearsed = Vec::new();
        for (key, chain) in &self.chains {
            if let [table, environment, target, setting] = key.as_slice()
                && table == "environments"
                && environment == PRODUCTION
                && REHEARSED.contains(&setting.as_str())
                && let Some(link) = chain.iter().rev().find(|link| link.counts && link.layer != Layer::BuiltIn)
            {
                let key = vec![table.clone(), SANDBOX.to_owned(), target.clone(), setting.clone()];
                rehearsed.push((key, Link { origin: format!("{}{AS_IN_PRODUCTION}", link.origin), ..link.clone() }));
            }
        }
        for (key, link) in rehearsed {
            self.chains.entry(key).or_default().push(link);
        }
    }

    /// What `pak.conf` says that has a key in `pak.toml` too.
    fn conf_links(&mut self) {
        for (origin, value) in self.conf.get("PAK_ENVIRONMENT").into_iter().flatten() {
            self.chains.entry(vec!["project".to_owned(), "environment".to_owned()]).or_default().push(Link {
                layer: Layer::Conf,
                origin: origin.clone(),
                value: toml::Value::String(value.clone()),
                counts: true,
            });
        }
    }

    fn merge(&self, targets: &Targets) -> Result<Config> {
        let mut merged = toml::Table::new();
        for (key, chain) in &self.chains {
            let Some(link) = chain.iter().rev().find(|link| link.counts) else { continue };
            // What is built in stays unset here, so that readers can tell it from what somebody asked for.
            if link.layer != Layer::BuiltIn {
                insert(&mut merged, key, link.value.clone());
            }
        }
        let mut config: Config = merged.try_into().map_err(|error: toml::de::Error| {
            Problem::new(code::config::INVALID_VALUE, "The layers of settings do not fit together.")
                .said(error.message())
        })?;
        for (environment, names) in targets {
            let settings = config.environments.entry(environment.clone()).or_default();
            for target in names {
                settings.entry(target.clone()).or_default();
            }
        }
        Ok(config)
    }
}

/// Targets by environment.
pub(crate) type Targets = BTreeMap<String, BTreeSet<String>>;

/// Whether a user's setting has a say: settings of targets that the project does not have would add those targets.
fn counts(key: &[String], targets: &Targets) -> bool {
    match key {
        [table, environment, target, ..] if table == "environments" => {
            targets.get(environment).is_some_and(|names| names.contains(target))
        }
        _ => true,
    }
}

/// Puts a value at a key; an empty table never replaces a full one.
pub(crate) fn insert(table: &mut toml::Table, key: &[String], value: toml::Value) {
    let [first, rest @ ..] = key else { return };
    if rest.is_empty() {
        if !value.is_table() || !table.contains_key(first) {
            table.insert(first.clone(), value);
        }
        return;
    }
    let inner = table.entry(first.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if !inner.is_table() {
        *inner = toml::Value::Table(toml::Table::new());
    }
    if let toml::Value::Table(inner) = inner {
        insert(inner, rest, value);
    }
}

/// The name of a folder, for a project that does not name itself.
pub(crate) fn folder_name(root: &Utf8Path) -> &str {
    root.file_name().unwrap_or("project")
}

fn read(path: &Utf8Path) -> Result<Option<String>> {
    match std::fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| {
            Problem::new(code::config::SYNTAX, format!("{path} is not UTF-8 text."))
                .about("file", path)
                .cause(&error.utf8_error())
        }),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(error) => Err(Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read."))
            .about("file", path)
            .cause(&error)),
    }
}
