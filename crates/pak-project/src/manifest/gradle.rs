//! Gradle's build files: programs, which cannot be read but by running them. What is written in them as plain text is taken.

use camino::Utf8Path;
use pak_model::Ecosystem;

use super::{Manifest, folder_of, read_text};

/// Names of build files.
pub(crate) const FILES: [&str; 2] = ["build.gradle", "build.gradle.kts"];
/// Files that name a build of several projects.
const SETTINGS: [&str; 2] = ["settings.gradle", "settings.gradle.kts"];

/// Why an unnamed one is no package.
pub(crate) const NOTE: &str = "a Gradle build, which only Gradle can read; to publish it, name it in pak.toml (`path`, `name = \"group:artifact\"`)";

/// The package of a build file that `pak.toml` names; without a name where the files do not say it in plain text.
pub(crate) fn manifest(root: &Utf8Path, file: &Utf8Path, text: &str) -> Manifest {
    let folder = folder_of(file);
    let of_build = |name: &str| read_text(root, &folder.join(name)).ok();
    let above: Vec<&Utf8Path> = folder.ancestors().collect();
    // A project inherits what `gradle.properties` of the whole build says.
    let properties = above.iter().filter_map(|folder| read_text(root, &folder.join("gradle.properties")).ok());
    let properties: String = properties.collect::<Vec<_>>().join("\n");
    let value = |key: &str| literal(text, key).or_else(|| property(&properties, key));
    let is_root = SETTINGS.iter().any(|name| root.join(&folder).join(name).is_file());
    let artifact = if is_root {
        SETTINGS.iter().filter_map(|name| of_build(name)).find_map(|text| literal(&text, "rootProject.name"))
    } else {
        folder.file_name().map(str::to_owned)
    };
    let name = value("group").zip(artifact).map(|(group, artifact)| format!("{group}:{artifact}"));
    Manifest {
        name: name.unwrap_or_default(),
        version: value("version").filter(|version| version != "unspecified"),
        ..Manifest::new(Ecosystem::Maven, file)
    }
}

/// `key = "text"` or `key 'text'` at the beginning of a line, with nothing to compute in it.
fn literal(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let rest = line.strip_prefix(key)?;
        let value = rest.trim_start().trim_start_matches('=').trim();
        if value.len() == rest.len() {
            return None;
        }
        let quote = value.chars().next().filter(|first| matches!(first, '"' | '\''))?;
        let (value, after) = value.get(1..)?.split_once(quote)?;
        let ends = after.trim().is_empty() || after.trim_start().starts_with("//");
        (ends && !value.contains('$') && !value.is_empty()).then(|| value.to_owned())
    })
}

/// A line `key=value` of a properties file.
fn property(text: &str, key: &str) -> Option<String> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let value = pairs.filter(|(name, _)| name.trim() == key).map(|(_, value)| value.trim()).next()?;
    (!value.is_empty() && !value.contains('$')).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_are_taken_and_programs_are_not() {
        for text in ["version = '1.0'", "version '1.0'", "version=\"1.0\" // now", "plugins {}\nversion = \"1.0\"\n"] {
            assert_eq!(literal(text, "version").as_deref(), Some("1.0"), "{text}");
        }
        for text in
            ["version = \"$base.1\"", "version = base", "  version = '1.0'", "versions = '1'", "version = 'a' + 'b'"]
        {
            assert_eq!(literal(text, "version"), None, "{text}");
        }
        assert_eq!(property("# x\n group = org.example \n", "group").as_deref(), Some("org.example"));
        assert_eq!(property("group=\n", "group"), None);
    }
}
