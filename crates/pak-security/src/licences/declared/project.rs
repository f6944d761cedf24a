//! The licence of the project itself, as its manifests say it.

use camino::Utf8Path;
use serde_json::Value;

use crate::licences::expression::Expression;
use crate::licences::lax;

/// What the manifests at the root of a project say: an expression that all of them together make; none where none says.
pub fn project(root: &Utf8Path) -> Option<String> {
    let read = |name: &str| std::fs::read_to_string(root.join(name)).ok();
    let json = |name: &str| read(name).and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let mut declared: Vec<Vec<String>> = Vec::new();
    for name in ["package.json", "composer.json"] {
        declared.extend(json(name).map(|json| lax::of_member(&json["license"])));
    }
    declared.extend(read("Cargo.toml").map(|text| cargo(&text)));
    declared.extend(read("pyproject.toml").map(|text| python(&text)));
    let readings = declared.iter().filter(|list| !list.is_empty()).filter_map(|list| lax::read_any(list));
    Expression::all(readings.map(|reading| reading.expression)).map(|expression| expression.to_string())
}

fn cargo(text: &str) -> Vec<String> {
    let Ok(manifest) = text.parse::<toml::Table>() else { return Vec::new() };
    let own = manifest.get("package").and_then(|package| package.get("license"));
    let shared = || manifest.get("workspace")?.get("package")?.get("license")?.as_str();
    own.and_then(toml::Value::as_str).or_else(shared).map(str::to_owned).into_iter().collect()
}

fn python(text: &str) -> Vec<String> {
    let Ok(manifest) = text.parse::<toml::Table>() else { return Vec::new() };
    let Some(project) = manifest.get("project") else { return Vec::new() };
    let licence = project.get("license");
    let licence = licence.and_then(|licence| licence.as_str().or_else(|| licence.get("text")?.as_str()));
    if let Some(licence) = licence.filter(|licence| lax::read(licence).is_some()) {
        return vec![licence.to_owned()];
    }
    let classifiers = project.get("classifiers").and_then(toml::Value::as_array);
    let classifiers = classifiers.into_iter().flatten().filter_map(toml::Value::as_str);
    classifiers.filter_map(lax::of_classifier).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_manifests_together_say_the_licence() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        assert_eq!(project(root), None);
        std::fs::write(root.join("Cargo.toml"), "[workspace.package]\nlicense = \"MIT/Apache-2.0\"\n").unwrap();
        assert_eq!(project(root).as_deref(), Some("MIT OR Apache-2.0"));
        std::fs::write(root.join("pyproject.toml"), "[project]\nlicense = {text = \"ISC\"}\n").unwrap();
        assert_eq!(project(root).as_deref(), Some("(MIT OR Apache-2.0) AND ISC"));
        std::fs::write(root.join("package.json"), "{").unwrap();
        assert!(project(root).is_some());
    }
}
