//! The platforms of a run: pak's own, and those that `[platforms.<id>]` defines. Sessions are made with them, and commands that
//! need no session ask here too.

use pak_model::Result;
use pak_platforms::{Definition, Own, Platforms};
use pak_project::{Loaded, PlatformConfig};
use serde_json::json;
use toml::{Table, Value};

/// The platforms under these settings.
pub fn of(settings: &Loaded) -> Result<Platforms> {
    let own = settings.config.platforms.iter().map(|(id, config)| {
        let origin = settings.origin(&["platforms".to_owned(), id.clone()]).unwrap_or("settings");
        definition(id, origin, config)
    });
    Platforms::built_in()?.with(own.collect())
}

/// The platforms under these settings and one more: the check before it is written down.
pub fn with(settings: &Loaded, id: &str, config: &PlatformConfig) -> Result<Platforms> {
    of(settings)?.with(vec![definition(id, "settings", config)])
}

fn definition(id: &str, origin: &str, config: &PlatformConfig) -> Own {
    // Named one by one, so that no setting is forgotten here.
    let PlatformConfig {
        from,
        title,
        registry,
        upload,
        index,
        repository,
        token_env,
        username_env,
        password_env,
        token_command,
        auth,
        with,
    } = config;
    let text = |key: &str, value: &Option<String>| Some((key.to_owned(), Value::String(value.clone()?)));
    let list =
        |key: &str, value: &Option<String>| Some((key.to_owned(), Value::Array(vec![Value::String(value.clone()?)])));
    let quirks = text("auth", auth).map(|auth| ("quirks".to_owned(), Value::Table(Table::from_iter([auth]))));
    let command = (!token_command.is_empty()).then(|| {
        let words = token_command.iter().cloned().map(Value::String).collect();
        ("token-command".to_owned(), Value::Array(words))
    });
    let differs = [
        text("title", title),
        text("endpoint", registry),
        text("upload", upload),
        text("index", index),
        text("repository", repository),
        list("token-env", token_env),
        list("username-env", username_env),
        list("password-env", password_env),
        command,
        quirks,
    ];
    Own {
        id: id.to_owned(),
        origin: origin.to_owned(),
        from: from.clone(),
        differs: differs.into_iter().flatten().collect(),
        with: with.clone(),
    }
}

/// A platform as JSON: what `pak platform info --json` prints.
pub fn card(definition: &Definition) -> serde_json::Value {
    let shown = |form: &Option<String>| form.as_deref().map(|form| definition.shown(form));
    let registry = definition.shown_root();
    json!({
        "name": definition.id,
        "type": definition.kind,
        "registry": registry,
        "api": shown(&definition.upload).unwrap_or_else(|| registry.clone()),
        "commands": definition.commands,
        "title": definition.title,
        "aliases": definition.aliases,
        "ecosystems": definition.ecosystems,
        "index": shown(&definition.index),
        "from": definition.from,
        "repository": shown(&definition.repository),
        "parameters": definition.parameters,
        "credentials": { "variables": variables(definition), "files": definition.token_files,
                         "page": shown(&definition.token_page) },
        "version_scheme": definition.version_scheme,
        "max_bytes": definition.max_bytes,
        "undo": definition.undo,
        "docs": definition.shown(&definition.docs),
        "proof": definition.proof,
        "uncertain": definition.uncertain,
    })
}

/// Variables that hold a credential: pak's own, then the ecosystem's.
pub fn variables(definition: &Definition) -> Vec<String> {
    std::iter::once(crate::credentials::variable(&definition.id, "TOKEN"))
        .chain(
            [&definition.token_env, &definition.username_env, &definition.password_env].into_iter().flatten().cloned(),
        )
        .collect()
}
