//! The manifests that packages bring along, each read for a name, a version and a licence.

use serde_json::Value;

use super::{folder_of, name_of};
use crate::inventory::purl::Purl;
use crate::licences::lax;

/// A package that a manifest names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    pub(super) purl: Purl,
    pub(super) path: String,
    pub(super) declared: Vec<String>,
    /// Where the package's own files are.
    pub(super) folder: String,
}

type Reader = fn(&str, &str) -> Vec<Found>;

/// The reader of a manifest; none for other files.
pub(super) fn reader(path: &str) -> Option<Reader> {
    let name = name_of(path);
    let folder = folder_of(path);
    Some(match name {
        "package.json" => npm,
        "METADATA" if folder.ends_with(".dist-info") => python,
        "PKG-INFO" => python,
        "Cargo.toml" => cargo,
        "installed.json" if folder.ends_with("composer") => composer,
        "pom.xml" => maven,
        name if name.ends_with(".pom") => maven,
        name if name.ends_with(".gemspec") => gem,
        name if name.ends_with(".nuspec") => nuget,
        _ => return None,
    })
}

fn found(path: &str, folder: &str, purl: Purl, declared: Vec<String>) -> Vec<Found> {
    let declared = declared.into_iter().map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect();
    vec![Found { purl, path: path.to_owned(), declared, folder: folder.to_owned() }]
}

fn npm(path: &str, text: &str) -> Vec<Found> {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let (Some(name), Some(version)) = (json["name"].as_str(), json["version"].as_str()) else { return Vec::new() };
    let (scope, name) = match name.split_once('/') {
        Some((scope, name)) => (Some(scope), name),
        None => (None, name),
    };
    let declared = if json["license"].is_null() { &json["licenses"] } else { &json["license"] };
    found(path, folder_of(path), Purl::new("npm", scope, name, Some(version)), lax::of_member(declared))
}

/// The head of a metadata file, as a mail has it; the description follows an empty line.
fn python(path: &str, text: &str) -> Vec<Found> {
    let head = text.split("\n\n").next().unwrap_or_default();
    let field = |wanted: &str| -> Vec<&str> {
        let fields = head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim()).collect()
    };
    let one = |wanted: &str| field(wanted).first().copied().filter(|value| !value.is_empty());
    let (Some(name), Some(version)) = (one("Name"), one("Version")) else { return Vec::new() };
    let classified: Vec<&str> = field("Classifier").into_iter().filter_map(lax::of_classifier).collect();
    let known = |text: &&str| lax::read(text).is_some();
    // Old packages put whole texts, file names or anything else into `License`.
    let declared = match (one("License-Expression"), one("License")) {
        (Some(expression), _) => vec![expression.to_owned()],
        (None, Some(licence)) if known(&licence) && classified.len() < 2 => vec![licence.to_owned()],
        (None, licence) => match (classified.is_empty(), licence) {
            (false, _) => classified.iter().map(|&one| one.to_owned()).collect(),
            (true, Some(licence)) if licence != "UNKNOWN" && licence.len() < 200 => vec![licence.to_owned()],
            _ => Vec::new(),
        },
    };
    let normal: String = name.to_lowercase().replace(['_', '.'], "-");
    found(path, folder_of(path), Purl::new("pypi", None, &normal, Some(version)), declared)
}

fn cargo(path: &str, text: &str) -> Vec<Found> {
    let Ok(manifest) = text.parse::<toml::Table>() else { return Vec::new() };
    let Some(package) = manifest.get("package").and_then(toml::Value::as_table) else { return Vec::new() };
    let text = |key: &str| package.get(key).and_then(toml::Value::as_str);
    // Without a version it is a member of a workspace, and no installed package.
    let (Some(name), Some(version)) = (text("name"), text("version")) else { return Vec::new() };
    let declared = text("license").map(str::to_owned).into_iter().collect();
    found(path, folder_of(path), Purl::new("cargo", None, name, Some(version)), declared)
}

fn composer(path: &str, text: &str) -> Vec<Found> {
    let Ok(json) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let packages = json.get("packages").unwrap_or(&json).as_array().cloned().unwrap_or_default();
    let vendor = folder_of(folder_of(path));
    let of = |package: &Value| {
        let (name, version) = (package["name"].as_str()?.to_lowercase(), package["version"].as_str()?);
        let (owner, short) = name.split_once('/')?;
        let folder = if vendor.is_empty() { name.clone() } else { format!("{vendor}/{name}") };
        let purl = Purl::new("composer", Some(owner), short, Some(version));
        Some(found(path, &folder, purl, lax::of_member(&package["license"])))
    };
    packages.iter().filter_map(of).flatten().collect()
}

/// The texts of elements by the way to them, without attributes: `project/licenses/license/name`.
fn elements(text: &str) -> Vec<(String, String)> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(text);
    let (mut way, mut elements) = (Vec::<String>::new(), Vec::new());
    // Bounded: a manifest of more events than this is none.
    for _ in 0..200_000 {
        match reader.read_event() {
            Ok(Event::Start(start)) => way.push(start.local_name().as_ref().to_owned()),
            Ok(Event::End(_)) => drop(way.pop()),
            Ok(Event::Text(text)) => {
                let text = text.trim().to_owned();
                if !text.is_empty() {
                    elements.push((way.join("/"), text));
                }
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
    }
    elements
}

fn maven(path: &str, text: &str) -> Vec<Found> {
    let elements = elements(text);
    let all = |wanted: &str| {
        elements.iter().filter(|(way, _)| way == wanted).map(|(_, text)| text.clone()).collect::<Vec<_>>()
    };
    let one = |wanted: &str| all(wanted).into_iter().next().filter(|text| !text.contains("${"));
    let group = one("project/groupId").or_else(|| one("project/parent/groupId"));
    let version = one("project/version").or_else(|| one("project/parent/version"));
    let (Some(group), Some(name), Some(version)) = (group, one("project/artifactId"), version) else {
        return Vec::new();
    };
    let (names, pages) = (all("project/licenses/license/name"), all("project/licenses/license/url"));
    let known = |list: &[String]| !list.is_empty() && lax::read_any(list).is_some();
    let declared = if !known(&names) && known(&pages) { pages } else { names };
    // In a jar the texts are at its root, or in META-INF.
    let folder = path
        .find("META-INF/maven/")
        .and_then(|at| path.get(..at))
        .map_or(folder_of(path), |root| root.trim_end_matches('/'));
    found(path, folder, Purl::new("maven", Some(&group), &name, Some(&version)), declared)
}

fn nuget(path: &str, text: &str) -> Vec<Found> {
    let elements = elements(text);
    let one = |wanted: &str| elements.iter().find(|(way, _)| way == wanted).map(|(_, text)| text.clone());
    let (Some(name), Some(version)) = (one("package/metadata/id"), one("package/metadata/version")) else {
        return Vec::new();
    };
    let declared = one("package/metadata/license").or_else(|| one("package/metadata/licenseUrl")).into_iter().collect();
    found(path, folder_of(path), Purl::new("nuget", None, &name, Some(&version)), declared)
}

/// A gemspec is a program; what it says in literals is taken, the rest is not known.
fn gem(path: &str, text: &str) -> Vec<Found> {
    let literals = |line: &str| -> Vec<String> {
        let mut literals = Vec::new();
        let mut rest = line;
        while let Some(start) = rest.find(['"', '\'']) {
            let Some(quote) = rest.get(start..=start) else { break };
            let Some(after) = rest.get(start + 1..) else { break };
            let Some(end) = after.find(quote) else { break };
            literals.extend(after.get(..end).map(str::to_owned));
            rest = after.get(end + 1..).unwrap_or_default();
        }
        literals
    };
    let value = |wanted: &str| {
        text.lines().find_map(|line| {
            let (left, right) = line.split_once('=')?;
            let field = left.trim().rsplit_once('.')?.1.trim();
            (field == wanted && !right.trim_start().starts_with('=')).then(|| literals(right))
        })
    };
    let first =
        |wanted: &str| value(wanted).and_then(|list| list.into_iter().next()).filter(|text| !text.contains("#{"));
    let (Some(name), Some(version)) = (first("name"), first("version")) else { return Vec::new() };
    let declared = value("licenses").or_else(|| value("license")).unwrap_or_default();
    found(path, folder_of(path), Purl::new("gem", None, &name, Some(&version)), declared)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Vec<(String, Vec<String>, String)> {
        reader(path).unwrap()(path, text)
            .into_iter()
            .map(|found| (found.purl.to_string(), found.declared, found.folder))
            .collect()
    }

    #[test]
    fn every_manifest_says_who_it_is_and_what_it_declares() {
        for (path, text, purl, declared, folder) in [
            (
                "n/x/package.json",
                r#"{"name":"@s/x","version":"1.0.0","licenses":[{"type":"MIT"},{"type":"ISC"}]}"#,
                "pkg:npm/%40s/x@1.0.0",
                &["MIT", "ISC"][..],
                "n/x",
            ),
            (
                "s/a_b-1.dist-info/METADATA",
                "Name: A_b\nVersion: 1.0\nLicense: BSD\nClassifier: License :: OSI Approved :: BSD License\n\nLicense: no",
                "pkg:pypi/a-b@1.0",
                &["BSD"],
                "s/a_b-1.dist-info",
            ),
            (
                "s/c.dist-info/METADATA",
                "Name: c\nVersion: 1.0\nLicense-Expression: MIT\nLicense: x\n",
                "pkg:pypi/c@1.0",
                &["MIT"],
                "s/c.dist-info",
            ),
            (
                "v/y/Cargo.toml",
                "[package]\nname = \"y\"\nversion = \"0.1.0\"\nlicense = \"MIT OR Apache-2.0\"\n",
                "pkg:cargo/y@0.1.0",
                &["MIT OR Apache-2.0"],
                "v/y",
            ),
            (
                "vendor/composer/installed.json",
                r#"{"packages":[{"name":"Acme/Tool","version":"v1.2.0","license":["MIT","GPL-2.0"]}]}"#,
                "pkg:composer/acme/tool@v1.2.0",
                &["MIT", "GPL-2.0"],
                "vendor/acme/tool",
            ),
            (
                "a.jar!/META-INF/maven/g/a/pom.xml",
                "<project><parent><groupId>g</groupId><version>2</version></parent><artifactId>a</artifactId><licenses><license><name>Apache 2</name></license></licenses></project>",
                "pkg:maven/g/a@2",
                &["Apache 2"],
                "a.jar!",
            ),
            (
                "g/z.gemspec",
                "Gem::Specification.new do |s|\n  s.name = 'z'\n  s.version = \"1.1\"\n  s.licenses = ['MIT', \"Ruby\"]\nend",
                "pkg:gem/z@1.1",
                &["MIT", "Ruby"],
                "g",
            ),
            (
                "q.nuspec",
                "<package><metadata><id>Q</id><version>3.0</version><license type=\"expression\">MIT</license></metadata></package>",
                "pkg:nuget/Q@3.0",
                &["MIT"],
                "",
            ),
        ] {
            let declared: Vec<String> = declared.iter().map(|&one| one.to_owned()).collect();
            assert_eq!(read(path, text), [(purl.to_owned(), declared, folder.to_owned())], "{path}");
        }
    }

    #[test]
    fn what_is_broken_names_nothing() {
        for path in
            ["package.json", "PKG-INFO", "Cargo.toml", "x/composer/installed.json", "pom.xml", "a.gemspec", "a.nuspec"]
        {
            for text in
                ["", "{", "[]", "{}", "null", "<a><b>", "x = \"", "s.name = 'a\ns.version = é\"", "Name:\nVersion:"]
            {
                assert_eq!(read(path, text), [], "{path}: {text}");
            }
        }
    }
}
