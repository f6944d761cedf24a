//! `METADATA` and `PKG-INFO`, in flit's order of fields.

use super::generation::Generation;
use super::project::Project;

/// Writes the metadata file.
pub(super) fn render(project: &Project, generation: Generation) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| text.extend([name, ": ", value, "\n"]);
    field("Metadata-Version", generation.metadata_version);
    field("Name", &project.name);
    field("Version", &project.version);
    let single = [
        ("Summary", &project.summary),
        ("Keywords", &project.keywords),
        ("Author", &project.author.names),
        ("Author-email", &project.author.emails),
        ("Maintainer", &project.maintainer.names),
        ("Maintainer-email", &project.maintainer.emails),
        ("Requires-Python", &project.requires_python),
        ("Description-Content-Type", &project.content_type),
    ];
    for (name, value) in single {
        if let Some(value) = value {
            let lines: Vec<&str> = value.lines().collect();
            field(name, &lines.join("\n        "));
        }
    }
    if let Some(license) = &project.license {
        field("License-Expression", license);
    }
    let several = [
        ("Classifier", &project.classifiers),
        ("License-File", &project.license_files),
        ("Requires-Dist", &project.requires_dist),
        ("Project-URL", &project.urls),
        ("Provides-Extra", &project.extras),
        ("Import-Name", &project.import_names),
        ("Import-Namespace", &project.import_namespaces),
    ];
    for (name, values) in several {
        for value in values {
            field(name, value);
        }
    }
    if let Some(description) = &project.description {
        text.extend(["\n", description, "\n"]);
    }
    text
}

/// Whether `Requires-Python` leaves room for Python 2: no part of it begins at 3 or later.
pub(super) fn supports_python_2(requires: Option<&str>) -> bool {
    !requires.unwrap_or_default().split(',').any(|part| {
        let part = part.trim_start();
        let version = ["===", "==", "~=", ">=", ">"].iter().find_map(|sign| part.strip_prefix(sign)).unwrap_or(part);
        version.trim_start().starts_with(|digit: char| ('3'..='9').contains(&digit))
    })
}

#[cfg(test)]
mod tests {
    use super::supports_python_2;

    #[test]
    fn python_2_is_ruled_out_by_a_lower_bound() {
        for (requires, expected) in [
            (None, true),
            (Some(">=3.8"), false),
            (Some("!=3.0"), true),
            (Some(">=2.7, !=3.1"), true),
            (Some(" 3.*"), false),
        ] {
            assert_eq!(supports_python_2(requires), expected, "{requires:?}");
        }
    }
}
