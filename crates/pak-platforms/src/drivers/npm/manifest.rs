//! `package.json` as registries want it: the corrections that npm's own client makes before it publishes.

use serde_json::{Map, Value, json};

/// The corrected manifest. What it does not know it leaves alone.
pub(super) fn normalized(manifest: &Value) -> Map<String, Value> {
    let mut fields = manifest.as_object().cloned().unwrap_or_default();
    // Names with an underscore in front belong to the registry.
    fields.retain(|key, _| !key.starts_with('_'));
    for key in ["name", "version"] {
        if let Some(Value::String(text)) = fields.get_mut(key) {
            *text = text.trim().to_owned();
        }
    }
    if let Some(Value::String(version)) = fields.get_mut("version")
        && let Some(bare) = version.strip_prefix(['v', '='])
    {
        *version = bare.trim().to_owned();
    }
    bundles(&mut fields);
    scripts(&mut fields);
    bin(&mut fields);
    repository(&mut fields);
    bugs(&mut fields);
    keywords(&mut fields);
    for key in ["author", "maintainers", "contributors"] {
        match fields.get_mut(key) {
            Some(Value::Array(people)) if key != "author" => people.iter_mut().for_each(person),
            Some(one) if key == "author" => person(one),
            _ => {}
        }
    }
    if let Some(Value::Array(files)) = fields.get_mut("files") {
        files.retain(|file| file.as_str().is_some_and(|file| !file.is_empty()));
    }
    let pages = match fields.get("man") {
        Some(Value::String(page)) => vec![json!(plain_path(page))],
        Some(Value::Array(pages)) => {
            pages.iter().filter_map(Value::as_str).map(|page| json!(plain_path(page))).collect()
        }
        _ => Vec::new(),
    };
    if pages.is_empty() {
        fields.shift_remove("man");
    } else {
        fields.insert("man".to_owned(), Value::Array(pages));
    }
    fields
}

/// What a readme says first: the registry shows it where the manifest has no description.
pub(super) fn description(readme: &str) -> Option<String> {
    let lines = readme.trim().lines().map(str::trim).skip_while(|line| line.is_empty() || line.starts_with('#'));
    let text = lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// `bundledDependencies` is a second spelling; `true` means all dependencies.
fn bundles(fields: &mut Map<String, Value>) {
    let other = fields.shift_remove("bundledDependencies");
    let Some(bundled) = fields.get("bundleDependencies").cloned().or(other) else { return };
    let keys = |value: Option<&Value>| -> Vec<Value> {
        value.and_then(Value::as_object).into_iter().flatten().map(|(key, _)| json!(key)).collect()
    };
    let list = match bundled {
        Value::Bool(true) => keys(fields.get("dependencies")),
        Value::Object(_) => keys(Some(&bundled)),
        Value::Array(list) => {
            list.into_iter().filter(|name| name.as_str().is_some_and(|name| !name.is_empty())).collect()
        }
        _ => {
            fields.shift_remove("bundleDependencies");
            return;
        }
    };
    fields.insert("bundleDependencies".to_owned(), Value::Array(list));
}

/// Scripts that are no text are dropped, and paths into `node_modules/.bin` are not needed.
fn scripts(fields: &mut Map<String, Value>) {
    match fields.get_mut("scripts") {
        Some(Value::Object(scripts)) => {
            scripts.retain(|_, script| script.is_string());
            for script in scripts.values_mut() {
                if let Value::String(text) = script {
                    let bare = text.strip_prefix("./").unwrap_or(text);
                    if let Some(command) = bare.strip_prefix("node_modules/.bin/") {
                        *text = command.to_owned();
                    }
                }
            }
        }
        Some(_) => drop(fields.shift_remove("scripts")),
        None => {}
    }
}

/// Programs as a map from command to file; a single path is the program of the package's own name.
fn bin(fields: &mut Map<String, Value>) {
    let commands: Vec<(String, String)> = bins(&Value::Object(fields.clone()));
    if commands.is_empty() {
        fields.shift_remove("bin");
    } else {
        let map: Map<String, Value> = commands.into_iter().map(|(command, file)| (command, json!(file))).collect();
        fields.insert("bin".to_owned(), Value::Object(map));
    }
}

/// Commands and their files, paths made plain (`./cli.js` and `/cli.js` are `cli.js`).
pub(super) fn bins(manifest: &Value) -> Vec<(String, String)> {
    let file_name = |path: &str| path.rsplit(['/', '\\', ':']).next().unwrap_or(path).to_owned();
    let pairs: Vec<(String, String)> = match &manifest["bin"] {
        Value::String(path) => {
            manifest["name"].as_str().map(|name| (name.to_owned(), path.clone())).into_iter().collect()
        }
        Value::Array(paths) => {
            paths.iter().filter_map(Value::as_str).map(|path| (file_name(path), path.to_owned())).collect()
        }
        Value::Object(map) => {
            map.iter().filter_map(|(command, path)| Some((command.clone(), path.as_str()?.to_owned()))).collect()
        }
        _ => Vec::new(),
    };
    pairs
        .into_iter()
        .map(|(command, path)| (file_name(&command), plain_path(&path)))
        .filter(|(command, path)| !command.is_empty() && !path.is_empty())
        .collect()
}

/// A path inside the package without `.`, `..` and a leading slash.
pub(super) fn plain_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    parts.join("/")
}

/// A repository as `{type, url}`, with the short forms of the known hosts written out.
fn repository(fields: &mut Map<String, Value>) {
    let Some(repository) = fields.get_mut("repository") else { return };
    if let Value::String(url) = repository {
        *repository = json!({"type": "git", "url": url});
    }
    if let Some(Value::String(url)) = repository.get_mut("url")
        && let Some(long) = hosted(url)
    {
        *url = long;
    }
}

/// The `git+` address of `owner/name`, `github:owner/name` and web addresses of GitHub, GitLab and Bitbucket.
fn hosted(text: &str) -> Option<String> {
    const HOSTS: &[(&str, &str)] =
        &[("github", "github.com"), ("gitlab", "gitlab.com"), ("bitbucket", "bitbucket.org")];
    let (text, fragment) = match text.split_once('#') {
        Some((text, fragment)) => (text, format!("#{fragment}")),
        None => (text, String::new()),
    };
    let (scheme, host, path) =
        if let Some((short, path)) = text.split_once(':').filter(|(_, path)| !path.starts_with("//")) {
            if let Some(host) = short.strip_prefix("git@") {
                ("git+ssh://git@", host, path)
            } else {
                let (_, host) = HOSTS.iter().find(|(name, _)| *name == short)?;
                ("git+https://", *host, path)
            }
        } else if let Some((scheme, rest)) = text.split_once("://") {
            let (host, path) = rest.split_once('/')?;
            match (scheme.trim_start_matches("git+"), host.strip_prefix("git@")) {
                ("ssh", Some(host)) => ("git+ssh://git@", host, path),
                ("https" | "http", None) => ("git+https://", host.strip_prefix("www.").unwrap_or(host), path),
                ("git", None) => ("git://", host, path),
                _ => return None,
            }
        } else {
            ("git+https://", "github.com", text)
        };
    HOSTS.iter().find(|(_, known)| *known == host)?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let (owner, name) = path.split_once('/')?;
    let is_plain = |part: &str| !part.is_empty() && !part.contains(['/', ' ', ':', '@']);
    // Deeper paths (a file, a tree) are left as they are.
    (is_plain(owner) && is_plain(name)).then(|| format!("{scheme}{host}/{owner}/{name}.git{fragment}"))
}

fn bugs(fields: &mut Map<String, Value>) {
    if let Some(Value::String(text)) = fields.get("bugs") {
        let key = if text.contains("://") { "url" } else { "email" };
        let entry = json!({key: text});
        if text.contains("://") || text.contains('@') {
            fields.insert("bugs".to_owned(), entry);
        }
    }
}

fn keywords(fields: &mut Map<String, Value>) {
    match fields.get_mut("keywords") {
        Some(Value::String(text)) => {
            let words: Vec<Value> =
                text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(Value::from).collect();
            fields.insert("keywords".to_owned(), Value::Array(words));
        }
        Some(Value::Array(words)) => words.retain(|word| word.as_str().is_some_and(|word| !word.is_empty())),
        Some(_) => drop(fields.shift_remove("keywords")),
        None => {}
    }
}

/// `Name <mail> (address)` as an object.
fn person(value: &mut Value) {
    let Value::String(text) = value else { return };
    let between = |open: char, close: char| {
        let (_, rest) = text.split_once(open)?;
        let (inside, _) = rest.split_once(close)?;
        (!inside.trim().is_empty()).then(|| inside.trim().to_owned())
    };
    let name = text.split(['<', '(']).next().unwrap_or_default().trim().to_owned();
    let mut person = Map::new();
    for (key, part) in
        [("name", (!name.is_empty()).then_some(name)), ("email", between('<', '>')), ("url", between('(', ')'))]
    {
        if let Some(part) = part {
            person.insert(key.to_owned(), json!(part));
        }
    }
    *value = Value::Object(person);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_are_written_out() {
        let manifest = json!({
            "name": "@a/tool", "version": "v1.0.0", "_id": "x", "bin": "./cli.js", "repository": "a/tool",
            "bundledDependencies": true, "dependencies": {"x": "1"}, "keywords": "a, b", "bugs": "https://x.example/b",
            "author": "Ann Lee <ann@example.org> (https://example.org)", "man": "./m.1",
            "scripts": {"a": "./node_modules/.bin/tsc -p", "b": 1},
        });
        let expected = json!({
            "name": "@a/tool", "version": "1.0.0", "bin": {"tool": "cli.js"},
            "repository": {"type": "git", "url": "git+https://github.com/a/tool.git"},
            "dependencies": {"x": "1"}, "keywords": ["a", "b"], "bugs": {"url": "https://x.example/b"},
            "author": {"name": "Ann Lee", "email": "ann@example.org", "url": "https://example.org"}, "man": ["m.1"],
            "scripts": {"a": "tsc -p"}, "bundleDependencies": ["x"],
        });
        assert_eq!(Value::Object(normalized(&manifest)), expected);
    }

    #[test]
    fn repositories_of_known_hosts() {
        for (short, long) in [
            ("a/b", Some("git+https://github.com/a/b.git")),
            ("gitlab:a/b#main", Some("git+https://gitlab.com/a/b.git#main")),
            ("https://github.com/a/b", Some("git+https://github.com/a/b.git")),
            ("git+https://github.com/a/b.git", Some("git+https://github.com/a/b.git")),
            ("git@github.com:a/b.git", Some("git+ssh://git@github.com/a/b.git")),
            ("git://github.com/a/b.git", Some("git://github.com/a/b.git")),
            ("https://example.org/a/b", None),
            ("https://github.com/a/b/tree/main", None),
        ] {
            assert_eq!(hosted(short).as_deref(), long, "{short}");
        }
    }
}
