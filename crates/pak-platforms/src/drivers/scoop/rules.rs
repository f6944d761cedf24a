//! What Scoop lets a manifest say: its keys, and the form of versions, addresses and hashes. Our manifests and those of users'
//! templates pass the same checks.

use serde_json::{Map, Value};
use url::Url;

/// The keys of a manifest.
const KEYS: &[&str] = &[
    "##",
    "_comment",
    "architecture",
    "autoupdate",
    "bin",
    "checkver",
    "cookie",
    "depends",
    "description",
    "env_add_path",
    "env_set",
    "extract_dir",
    "extract_to",
    "hash",
    "homepage",
    "innosetup",
    "installer",
    "license",
    "notes",
    "persist",
    "post_install",
    "post_uninstall",
    "pre_install",
    "pre_uninstall",
    "psmodule",
    "shortcuts",
    "suggest",
    "uninstaller",
    "url",
    "version",
];

/// The keys of one architecture.
const ARCHITECTURE_KEYS: &[&str] = &[
    "bin",
    "checkver",
    "env_add_path",
    "env_set",
    "extract_dir",
    "hash",
    "installer",
    "post_install",
    "post_uninstall",
    "pre_install",
    "pre_uninstall",
    "shortcuts",
    "uninstaller",
    "url",
];

const ARCHITECTURES: &[&str] = &["64bit", "32bit", "arm64"];

/// What is wrong with a manifest, each in one sentence.
pub(super) fn check(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.contains('\t') || text.lines().any(|line| line.ends_with(' ')) {
        wrong.push("It has tabs, or spaces at the end of a line, which buckets' own tests refuse.".to_owned());
    }
    if !text.ends_with('\n') {
        wrong.push("It does not end with a line break, which buckets' own tests want.".to_owned());
    }
    let manifest = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(manifest)) => manifest,
        Ok(_) => return vec!["It is no JSON object.".to_owned()],
        Err(error) => return vec![format!("It is no JSON: {error}.")],
    };
    known(&mut wrong, "", &manifest, KEYS);
    match manifest.get("version") {
        Some(Value::String(version)) if is_version(version) => {}
        _ => wrong.push("`version` must be letters, digits, `.`, `-`, `+` and `_`.".to_owned()),
    }
    if manifest.get("homepage").and_then(Value::as_str).is_none_or(|page| Url::parse(page).is_err()) {
        wrong.push("`homepage` must be an address.".to_owned());
    }
    let identifier = |license: &Value| license.as_str().or(license["identifier"].as_str()).map(str::to_owned);
    if manifest.get("license").and_then(identifier).is_none_or(|license| license.is_empty()) {
        wrong.push("`license` must be an identifier, or an object with one.".to_owned());
    }
    if manifest.get("description").is_some_and(|description| !description.is_string()) {
        wrong.push("`description` must be text.".to_owned());
    }
    download(&mut wrong, "", &manifest);
    let mut has_url = manifest.contains_key("url");
    match manifest.get("architecture") {
        None => {}
        Some(Value::Object(architectures)) => {
            known(&mut wrong, "architecture.", architectures, ARCHITECTURES);
            for (name, content) in architectures {
                let at = format!("architecture.{name}.");
                match content {
                    Value::Object(content) => {
                        known(&mut wrong, &at, content, ARCHITECTURE_KEYS);
                        download(&mut wrong, &at, content);
                        has_url |= content.contains_key("url");
                    }
                    _ => wrong.push(format!("`{}` must be an object.", at.trim_end_matches('.'))),
                }
            }
        }
        Some(_) => wrong.push("`architecture` must be an object.".to_owned()),
    }
    if !has_url {
        wrong.push("It names no `url`, so there is nothing to install.".to_owned());
    }
    wrong
}

/// A version that Scoop can make a folder of.
pub(super) fn is_version(version: &str) -> bool {
    !version.is_empty() && version.chars().all(|letter| letter.is_alphanumeric() || "_.-+".contains(letter))
}

fn known(wrong: &mut Vec<String>, at: &str, object: &Map<String, Value>, keys: &[&str]) {
    let unknown = object.keys().filter(|key| !keys.contains(&key.as_str()));
    wrong.extend(unknown.map(|key| format!("`{at}{key}` is no key that Scoop knows.")));
}

/// Addresses, hashes, programs.
fn download(wrong: &mut Vec<String>, at: &str, object: &Map<String, Value>) {
    let urls = object.get("url").map(texts);
    let hashes = object.get("hash").map(texts);
    match &urls {
        Some(None) => wrong.push(format!("`{at}url` must be an address, or a list of such.")),
        Some(Some(urls)) => wrong.extend(
            urls.iter()
                // A dollar sign would begin a variable.
                .filter(|url| url.contains('$') || Url::parse(url).is_err())
                .map(|url| format!("`{at}url`: `{url}` cannot be used as an address.")),
        ),
        None => {}
    }
    match &hashes {
        Some(None) => wrong.push(format!("`{at}hash` must be a hash, or a list of such.")),
        Some(Some(hashes)) => wrong.extend(
            hashes
                .iter()
                .filter(|hash| !is_hash(hash))
                .map(|hash| format!("`{at}hash`: `{hash}` is no hash that Scoop knows.")),
        ),
        None => {}
    }
    // How many; none where that was complained of already.
    let count = |list: Option<&Option<Vec<&str>>>| list.map_or(Some(0), |list| list.as_ref().map(Vec::len));
    if let (Some(urls), Some(hashes)) = (count(urls.as_ref()), count(hashes.as_ref()))
        && urls != hashes
    {
        wrong.push(format!("`{at}url` and `{at}hash` must be as many."));
    }
    let is_bin = |bin: &Value| match bin {
        Value::String(_) => true,
        Value::Array(list) => !list.is_empty() && list.iter().all(|one| texts(one).is_some()),
        _ => false,
    };
    if object.get("bin").is_some_and(|bin| !is_bin(bin)) {
        wrong.push(format!("`{at}bin` must be a program, or a list of programs with their names."));
    }
}

/// A text or a list of texts.
fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(list) if !list.is_empty() => list.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

fn is_hash(text: &str) -> bool {
    let hex = |text: &str, length: usize| text.len() == length && text.chars().all(|letter| letter.is_ascii_hexdigit());
    match text.split_once(':') {
        None => hex(text, 64),
        Some(("md5", value)) => hex(value, 32),
        Some(("sha1", value)) => hex(value, 40),
        Some(("sha256", value)) => hex(value, 64),
        Some(("sha512", value)) => hex(value, 128),
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wrong(manifest: &Value) -> Vec<String> {
        check(&format!("{}\n", serde_json::to_string_pretty(manifest).unwrap()))
    }

    #[test]
    fn a_manifest_of_every_kind_is_fine() {
        let hash = "a".repeat(64);
        assert_eq!(
            wrong(&json!({
                "##": ["made by hand"], "version": "1.0.0-rc.1+2_3", "homepage": "https://example.org/", "license": "MIT",
                "url": ["https://example.org/a.zip", "https://example.org/b.exe#/b.exe"],
                "hash": [hash, format!("sha512:{}", "b".repeat(128))],
                "bin": ["a.exe", ["b.exe", "bee", "--x"]], "checkver": "v([\\d.]+)", "installer": {"script": "x"}
            })),
            Vec::<String>::new()
        );
        let license = json!({"identifier": "Proprietary", "url": "https://example.org/terms"});
        let arm = json!({"url": "https://example.org/a.zip", "hash": hash, "bin": "a.exe", "extract_dir": "a"});
        assert!(
            wrong(&json!({"version": "1", "homepage": "https://example.org", "license": license,
                "architecture": {"arm64": arm}}))
            .is_empty()
        );
    }

    #[test]
    fn every_rule_is_kept() {
        let good = json!({"version": "1", "homepage": "https://example.org", "license": "MIT",
            "url": "https://example.org/a.zip", "hash": "a".repeat(64), "bin": "a.exe"});
        assert!(wrong(&good).is_empty());
        for (key, value) in [
            ("version", json!("1 0")),
            ("version", json!(1)),
            ("homepage", json!("example")),
            ("license", json!("")),
            ("license", json!({"url": "https://example.org"})),
            ("description", json!(["x"])),
            ("url", json!("https://example.org/$version.zip")),
            ("url", json!([])),
            ("url", json!(["https://example.org/a", "https://example.org/b"])),
            ("hash", json!("abc")),
            ("hash", json!(format!("crc:{}", "a".repeat(64)))),
            ("bin", json!([])),
            ("bin", json!({"a": 1})),
            ("architecture", json!([])),
            ("architecture", json!({"mips": {}})),
            ("architecture", json!({"64bit": []})),
            ("architecture", json!({"64bit": {"url": "https://example.org/a"}})),
            ("architecture", json!({"64bit": {"version": "1"}})),
            ("unknown", json!(1)),
        ] {
            let mut manifest = good.clone();
            manifest[key] = value.clone();
            assert_eq!(wrong(&manifest).len(), 1, "{key}: {value} gave {:?}", wrong(&manifest));
        }
        for key in ["version", "homepage", "license"] {
            let mut manifest = good.clone();
            manifest.as_object_mut().unwrap().remove(key);
            assert_eq!(wrong(&manifest).len(), 1, "{key}");
        }
        assert_eq!(check("[]\n").len(), 1);
        assert_eq!(check("{").len(), 1);
        assert_eq!(check(&good.to_string()), ["It does not end with a line break, which buckets' own tests want."]);
    }
}
