//! Maven coordinates: `pom.xml`, and what Gradle, sbt, Clojure and jars write. A POM alone is not the effective model: what
//! its parents and imported POMs add is not seen, so what it says counts as listed, and what it leaves open as declared.

use std::collections::HashMap;

use pak_model::xml::{self, Element};

use super::ecosystem::Ecosystem;
use super::file::{File, Found, Refusal, hex_digest};
use super::tags;
use crate::report::{Certainty, Component, Scope};

/// `pom.xml`.
pub(super) fn pom(file: &File<'_>) -> Found {
    let root = xml::parse(&file.text).map_err(|error| Refusal(format!("line {} is not a POM", error.line)))?;
    let own = |name: &str| root.text_at(&[name]).or_else(|| root.text_at(&["parent", name])).unwrap_or_default();
    let mut properties: HashMap<String, String> = HashMap::new();
    for name in ["groupId", "artifactId", "version"] {
        for prefix in ["project.", "pom.", ""] {
            properties.insert(format!("{prefix}{name}"), own(name).to_owned());
        }
        properties
            .insert(format!("project.parent.{name}"), root.text_at(&["parent", name]).unwrap_or_default().to_owned());
    }
    for property in root.child("properties").into_iter().flat_map(|one| &one.children) {
        properties.insert(property.name.clone(), property.text.clone());
    }
    let managed: HashMap<(String, String), String> = dependencies(&root, &["dependencyManagement", "dependencies"])
        .filter_map(|one| {
            Some((
                (word(one, "groupId", &properties)?, word(one, "artifactId", &properties)?),
                word(one, "version", &properties)?,
            ))
        })
        .collect();
    let mut components = Vec::new();
    for (path, direct) in [(&["dependencies"][..], true), (&["dependencyManagement", "dependencies"][..], false)] {
        for one in dependencies(&root, path) {
            let (Some(group), Some(artifact)) =
                (word(one, "groupId", &properties), word(one, "artifactId", &properties))
            else {
                continue;
            };
            let name = format!("{group}:{artifact}");
            let version = word(one, "version", &properties).or_else(|| managed.get(&(group, artifact)).cloned());
            let mut component = versioned(file, &name, version.as_deref());
            component.direct = Some(direct);
            component.line = file.line_at(one.inner.start);
            component.scope = match one.text_at(&["scope"]) {
                Some("test") => Scope::Development,
                _ if one.text_at(&["optional"]) == Some("true") => Scope::Optional,
                _ => Scope::Runtime,
            };
            components.push(component);
        }
    }
    Ok(components)
}

fn dependencies<'e>(root: &'e Element, path: &[&str]) -> impl Iterator<Item = &'e Element> {
    root.at(path).into_iter().flat_map(|one| one.children("dependency"))
}

/// The text of a child with its `${properties}` filled in; none where one is not known.
fn word(element: &Element, name: &str, properties: &HashMap<String, String>) -> Option<String> {
    let mut text = element.text_at(&[name])?.to_owned();
    // Properties may name properties; a few rounds are enough, and a loop among them ends.
    for _ in 0..8 {
        let Some((before, rest)) = text.split_once("${") else { return Some(text) };
        let (key, after) = rest.split_once('}')?;
        let value = properties.get(key).filter(|value| !value.is_empty() && value.len() < 256)?;
        text = format!("{before}{value}{after}");
    }
    None
}

/// A component whose version may be a range: `[1.0,2.0)`, `1.+`, `latest.release`.
fn versioned(file: &File<'_>, name: &str, version: Option<&str>) -> Component {
    let open = |version: &&str| {
        version.starts_with(['[', '(', ']']) || version.ends_with('+') || version.starts_with("latest.")
    };
    match version {
        Some(range) if open(&range) => {
            // `[1.0]` is exactly that.
            let hard =
                range.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).filter(|rest| !rest.contains(','));
            hard.map_or_else(
                || file.declared(Ecosystem::Maven, name, range),
                |one| file.component(Ecosystem::Maven, name, Some(one)),
            )
        }
        Some(version) => {
            let mut component = file.component(Ecosystem::Maven, name, Some(version));
            component.certainty = Certainty::Listed;
            component
        }
        None => file.declared(Ecosystem::Maven, name, ""),
    }
}

/// `gradle.lockfile` and `buildscript-gradle.lockfile`: `group:artifact:version=configurations`.
pub(super) fn gradle_lock(file: &File<'_>) -> Found {
    let build = file.name.starts_with("buildscript");
    let read = |line: &str| {
        let (coordinate, configurations) = line.split_once('=')?;
        let (name, version) = coordinate.rsplit_once(':').filter(|(name, _)| name.contains(':'))?;
        let mut component = file.component(Ecosystem::Maven, name, Some(version));
        component.line = file.line_of(line);
        let tests = configurations.split(',').all(|one| one.to_ascii_lowercase().contains("test"));
        component.scope = if build || tests { Scope::Development } else { Scope::Runtime };
        Some(component)
    };
    Ok(file.text.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect())
}

/// `gradle/verification-metadata.xml`: every artifact that was ever verified.
pub(super) fn gradle_verification(file: &File<'_>) -> Found {
    let tags = tags::read(file)?;
    let mut components: Vec<Component> = Vec::new();
    for tag in &tags {
        match tag.name.as_str() {
            "component" => {
                let (Some(group), Some(name)) = (tag.attribute("group"), tag.attribute("name")) else { continue };
                let mut component =
                    file.component(Ecosystem::Maven, &format!("{group}:{name}"), tag.attribute("version"));
                component.certainty = Certainty::Listed;
                component.line = tag.line;
                components.push(component);
            }
            "sha256" | "sha512" | "sha1" | "md5" => {
                let digest = tag.attribute("value").and_then(|value| hex_digest(&tag.name, value));
                if let Some(component) = components.last_mut() {
                    component.digests.extend(digest);
                }
            }
            _ => {}
        }
    }
    Ok(components)
}

/// `gradle/libs.versions.toml`: a catalogue of what builds may use.
pub(super) fn version_catalogue(file: &File<'_>) -> Found {
    let table: toml::Table = super::lenient::toml(file)?;
    let versions = table.get("versions").and_then(toml::Value::as_table);
    let text = |value: &toml::Value| {
        let of_table = |table: &toml::Table| {
            ["strictly", "require", "prefer"].iter().find_map(|key| table.get(*key)?.as_str().map(str::to_owned))
        };
        value.as_str().map(str::to_owned).or_else(|| value.as_table().and_then(of_table))
    };
    let version = |library: &toml::Table| match library.get("version") {
        Some(toml::Value::Table(reference)) if reference.contains_key("ref") => {
            text(versions?.get(reference.get("ref")?.as_str()?)?)
        }
        Some(value) => text(value),
        None => None,
    };
    let mut components = Vec::new();
    for (section, plugin) in [("libraries", false), ("plugins", true)] {
        for (_, library) in table.get(section).and_then(toml::Value::as_table).into_iter().flatten() {
            let (name, version) = match library {
                toml::Value::String(short) => match short.rsplit_once(':') {
                    Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
                    None => continue,
                },
                toml::Value::Table(library) => {
                    let word = |key: &str| library.get(key).and_then(toml::Value::as_str);
                    let module = word("module").or_else(|| word("id")).map(str::to_owned);
                    let Some(name) = module.or_else(|| Some(format!("{}:{}", word("group")?, word("name")?))) else {
                        continue;
                    };
                    (name, version(library))
                }
                _ => continue,
            };
            // A plugin is published as `id:id.gradle.plugin`.
            let name = if plugin { format!("{name}:{name}.gradle.plugin") } else { name };
            if !name.contains(':') {
                continue;
            }
            let mut component = versioned(file, &name, version.as_deref());
            component.scope = if plugin { Scope::Development } else { Scope::Runtime };
            components.push(component);
        }
    }
    Ok(components)
}

/// `build.sbt.lock`.
pub(super) fn sbt_lock(file: &File<'_>) -> Found {
    #[derive(serde::Deserialize)]
    struct Lock {
        #[serde(default)]
        dependencies: Vec<Dependency>,
    }
    #[derive(serde::Deserialize, Default)]
    #[serde(default)]
    struct Dependency {
        org: String,
        name: String,
        version: String,
        configurations: Vec<String>,
    }
    let lock: Lock = super::lenient::json(file)?;
    let read = |one: &Dependency| {
        let mut component = file.component(Ecosystem::Maven, &format!("{}:{}", one.org, one.name), Some(&one.version));
        if !one.configurations.is_empty() && one.configurations.iter().all(|name| name == "test") {
            component.scope = Scope::Development;
        }
        component
    };
    Ok(lock.dependencies.iter().map(read).collect())
}

/// `deps.edn` (`group/artifact {:mvn/version "1.0"}`) and `project.clj` (`[group/artifact "1.0"]`).
pub(super) fn clojure(file: &File<'_>) -> Found {
    let mut components = Vec::new();
    let words: Vec<&str> = file
        .text
        .lines()
        .map(|line| line.split(';').next().unwrap_or_default())
        .flat_map(|line| line.split([' ', '\t', ',', '{', '}', '[', ']', '(', ')']))
        .filter(|word| !word.is_empty())
        .collect();
    for (place, word) in words.iter().enumerate() {
        let next = |offset: usize| words.get(place + offset).copied().unwrap_or_default();
        let version = if next(1) == ":mvn/version" {
            next(2)
        } else if file.name == "project.clj" && !word.starts_with([':', '"']) && *word != "defproject" {
            let defined = place.checked_sub(1).and_then(|before| words.get(before)) == Some(&"defproject");
            if defined { "" } else { next(1) }
        } else {
            ""
        };
        let Some(version) = version.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { continue };
        // A name alone is its own group.
        let name =
            word.split_once('/').map_or_else(|| format!("{word}:{word}"), |(group, name)| format!("{group}:{name}"));
        if !version.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let mut component = versioned(file, &name, Some(version));
        component.direct = Some(true);
        component.line = file.line_of(word);
        components.push(component);
    }
    Ok(components)
}

/// `META-INF/maven/group/artifact/pom.properties` of a jar: what the jar is.
pub(super) fn pom_properties(file: &File<'_>) -> Found {
    let word = |key: &str| {
        file.text
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim() == key)
            .map(|(_, value)| value.trim())
    };
    let (Some(group), Some(artifact), Some(version)) = (word("groupId"), word("artifactId"), word("version")) else {
        return Ok(Vec::new());
    };
    Ok(vec![file.component(Ecosystem::Maven, &format!("{group}:{artifact}"), Some(version))])
}

#[cfg(test)]
mod tests {
    use crate::inventory::testing::{lines, read};

    #[test]
    fn poms_fill_in_properties_and_managed_versions() {
        let text = "<project xmlns=\"x\"><parent><groupId>org.own</groupId><artifactId>up</artifactId><version>7</version></parent>\n<artifactId>app</artifactId><properties><v.a>1.0</v.a><v.b>${v.a}.1</v.b><loop>${loop}</loop></properties>\n<dependencyManagement><dependencies>\n<dependency><groupId>m</groupId><artifactId>managed</artifactId><version>2.0</version></dependency></dependencies></dependencyManagement>\n<dependencies>\n<dependency><groupId>a</groupId><artifactId>b</artifactId><version>${v.b}</version><scope>test</scope></dependency>\n<dependency><groupId>m</groupId><artifactId>managed</artifactId></dependency>\n<dependency><groupId>${project.groupId}</groupId><artifactId>own</artifactId><version>${project.version}</version></dependency>\n<dependency><groupId>u</groupId><artifactId>unknown</artifactId><version>${loop}</version></dependency>\n<dependency><groupId>r</groupId><artifactId>range</artifactId><version>[1,2)</version></dependency>\n<dependency><groupId>h</groupId><artifactId>hard</artifactId><version>[3.0]</version></dependency>\n</dependencies></project>";
        assert_eq!(
            lines("pom.xml", text),
            [
                "pkg:maven/a/b@1.0.1 listed dev * :6",
                "pkg:maven/h/hard@3.0 * :11",
                "pkg:maven/m/managed@2.0 listed * :7",
                "pkg:maven/org.own/own@7 listed * :8",
                "pkg:maven/r/range declared [1,2) * :10",
                "pkg:maven/u/unknown declared - * :9",
            ]
        );
        assert!(read("pom.xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><project>&a;</project>").is_err());
    }

    #[test]
    fn gradle_in_all_its_files() {
        let text = "# comment\na.b:c:1.0=compileClasspath,runtimeClasspath\nt:t:2.0=testRuntimeClasspath\nempty=annotationProcessor\n";
        assert_eq!(lines("gradle.lockfile", text), ["pkg:maven/a.b/c@1.0 :2", "pkg:maven/t/t@2.0 dev :3"]);
        let text = "<verification-metadata>\n<components>\n<component group=\"a\" name=\"b\" version=\"1\">\n<artifact name=\"b-1.jar\"><sha256 value=\"00\"/></artifact></component></components></verification-metadata>";
        assert_eq!(lines("gradle/verification-metadata.xml", text), ["pkg:maven/a/b@1 listed :3"]);
        let text = "[versions]\nk = \"1.9\"\nr = {strictly = \"[1,2[\"}\n[libraries]\na = \"g:a:1.0\"\nb = {module = \"g:b\", version.ref = \"k\"}\nc = {group = \"g\", name = \"c\", version.ref = \"r\"}\nd = {module = \"g:d\"}\n[plugins]\np = {id = \"x.p\", version = \"3\"}\n";
        assert_eq!(
            lines("gradle/libs.versions.toml", text),
            [
                "pkg:maven/g/a@1.0 listed",
                "pkg:maven/g/b@1.9 listed",
                "pkg:maven/g/c declared [1,2[ *",
                "pkg:maven/g/d declared - *",
                "pkg:maven/x.p/x.p.gradle.plugin@3 listed dev",
            ]
        );
    }

    #[test]
    fn scala_and_clojure() {
        let text = r#"{"lockVersion": 1, "dependencies": [{"org": "o", "name": "n_2.13", "version": "1.0", "configurations": ["test"]}]}"#;
        assert_eq!(lines("build.sbt.lock", text), ["pkg:maven/o/n_2.13@1.0 dev"]);
        let text = "{:deps {org.clojure/clojure {:mvn/version \"1.11.1\"} ; comment\n  ring {:mvn/version \"1.9\"}}}";
        assert_eq!(
            lines("deps.edn", text),
            ["pkg:maven/org.clojure/clojure@1.11.1 listed * :1", "pkg:maven/ring/ring@1.9 listed * :2"]
        );
        let text = "(defproject my/app \"0.1.0\"\n  :dependencies [[org.clojure/clojure \"1.10\"] [ring \"1.9\"]])";
        assert_eq!(
            lines("project.clj", text),
            ["pkg:maven/org.clojure/clojure@1.10 listed * :2", "pkg:maven/ring/ring@1.9 listed * :2"]
        );
    }
}
