//! What crates.io refuses, as far as it can be known from the crate alone. Other registries refuse less: for them most of
//! it is a warning.

use pak_model::artifact::CrateDetails;
use pak_model::{Code, Finding, code};
use semver::Version;
use serde_json::Value;

const MOST_BYTES: u64 = 10 << 20;
const MOST_UNPACKED: u64 = 512 << 20;
const MOST_JSON: usize = 1 << 20;

/// Names of Rust's own crates and of Windows devices, in the form in which names are compared.
const RESERVED: &[&str] = &[
    "alloc",
    "arena",
    "ast",
    "builtins",
    "collections",
    "compiler_builtins",
    "compiler_rt",
    "compiletest",
    "core",
    "coretest",
    "debuginfo",
    "driver",
    "flate",
    "fmt_macros",
    "grammar",
    "graphviz",
    "macro",
    "macros",
    "proc_macro",
    "rbml",
    "rust_installer",
    "rustbook",
    "rustc",
    "rustc_back",
    "rustc_borrowck",
    "rustc_driver",
    "rustc_llvm",
    "rustc_resolve",
    "rustc_trans",
    "rustc_typeck",
    "rustdoc",
    "rustllvm",
    "rustuv",
    "serialize",
    "std",
    "syntax",
    "test",
    "unicode",
    "aux",
    "con",
    "nul",
    "prn",
    "com0",
    "com1",
    "com2",
    "com3",
    "com4",
    "com5",
    "com6",
    "com7",
    "com8",
    "com9",
    "lpt0",
    "lpt1",
    "lpt2",
    "lpt3",
    "lpt4",
    "lpt5",
    "lpt6",
    "lpt7",
    "lpt8",
    "lpt9",
];

/// Whether a name can be one of a crate anywhere.
pub(super) fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

/// Everything the crate itself tells. `public`: the registry has the rules of crates.io.
pub(super) fn check(details: &CrateDetails, size: u64, public: bool) -> Vec<Finding> {
    let mut check = Check { publish: &details.publish, public, findings: Vec::new() };
    check.name_and_version();
    check.description_and_license();
    check.lists();
    check.features();
    check.dependencies();
    if public {
        check.sizes(details, size);
    }
    if details.dirty {
        check.findings.push(Finding::warning(
            code::cargo::DIRTY_TREE,
            "The crate was packed from a checkout with uncommitted changes.",
        ));
    }
    check.findings
}

struct Check<'a> {
    publish: &'a Value,
    public: bool,
    findings: Vec<Finding>,
}

impl<'a> Check<'a> {
    fn text(&self, key: &str) -> Option<&'a str> {
        self.publish.get(key)?.as_str().filter(|text| !text.trim().is_empty())
    }

    fn list(&self, key: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
        self.publish.get(key).and_then(Value::as_array).into_iter().flatten()
    }

    /// What crates.io refuses, and another registry may take.
    fn add(&mut self, code: Code, message: impl Into<String>) {
        let finding = if self.public { Finding::error(code, message) } else { Finding::warning(code, message) };
        self.findings.push(finding);
    }

    fn name_and_version(&mut self) {
        let name = self.text("name").unwrap_or_default();
        if !is_name(name) {
            self.findings.push(Finding::error(code::cargo::NAME_INVALID, format!("`{name}` is no name for a crate.")));
        } else if RESERVED.contains(&canonical(name).as_str()) {
            self.add(code::cargo::NAME_RESERVED, format!("`{name}` is a reserved name."));
        }
        let version = self.text("vers").unwrap_or_default();
        if version.len() > 150 || Version::parse(version).is_err() {
            self.findings.push(Finding::error(
                code::cargo::VERSION_INVALID,
                format!("`{version}` is no SemVer version of at most 150 characters."),
            ));
        }
        if let Some(rust) = self.text("rust_version")
            && (rust.split('.').count() > 3 || !rust.split('.').all(|part| part.parse::<u64>().is_ok()))
        {
            self.add(
                code::cargo::METADATA_INVALID,
                format!("`rust-version` is `{rust}`; it must be like 1.85 or 1.85.0."),
            );
        }
    }

    fn description_and_license(&mut self) {
        match self.text("description") {
            None => self.add(code::cargo::METADATA_MISSING, "There is no `description`."),
            Some(text) if text.len() > 1000 => self.add(
                code::cargo::METADATA_INVALID,
                format!("`description` has {} bytes; 1000 are allowed.", text.len()),
            ),
            Some(_) => {}
        }
        match self.text("license") {
            None if self.text("license_file").is_none() => {
                self.add(code::cargo::METADATA_MISSING, "There is neither `license` nor `license-file`.");
            }
            Some(license) if !is_license(license) => self.add(
                code::cargo::METADATA_INVALID,
                format!("`license` is `{license}`, which is no SPDX expression such as `MIT OR Apache-2.0`."),
            ),
            _ => {}
        }
        for key in ["homepage", "documentation", "repository"] {
            if let Some(url) = self.text(key)
                && !url.starts_with("http://")
                && !url.starts_with("https://")
            {
                self.add(
                    code::cargo::METADATA_INVALID,
                    format!("`{key}` is `{url}`; it must begin with https:// or http://."),
                );
            }
        }
    }

    fn lists(&mut self) {
        for key in ["keywords", "categories"] {
            let count = self.list(key).count();
            if count > 5 {
                self.add(code::cargo::METADATA_INVALID, format!("There are {count} {key}; five are allowed."));
            }
            for item in self.list(key).filter_map(Value::as_str) {
                let good = if key == "keywords" { is_keyword(item) } else { is_category(item) };
                if !good {
                    self.add(code::cargo::METADATA_INVALID, format!("`{item}` is not allowed in `{key}`."));
                }
            }
        }
    }

    fn features(&mut self) {
        let Some(features) = self.publish.get("features").and_then(Value::as_object) else { return };
        if features.len() > 300 {
            self.add(code::cargo::FEATURES_INVALID, format!("There are {} features; 300 are allowed.", features.len()));
        }
        for (name, values) in features {
            if !is_feature(name) {
                self.add(code::cargo::FEATURES_INVALID, format!("`{name}` is no name for a feature."));
            }
            let count = values.as_array().map_or(0, Vec::len);
            if count > 300 {
                self.add(
                    code::cargo::FEATURES_INVALID,
                    format!("Feature `{name}` enables {count} others; 300 are allowed."),
                );
            }
        }
    }

    fn dependencies(&mut self) {
        let count = self.list("deps").count();
        if count > 500 {
            self.add(code::cargo::DEPENDENCY_INVALID, format!("There are {count} dependencies; 500 are allowed."));
        }
        for dependency in self.list("deps") {
            let name = dependency.get("name").and_then(Value::as_str).unwrap_or_default();
            if dependency.get("version_req").and_then(Value::as_str) == Some("*") {
                self.add(code::cargo::DEPENDENCY_INVALID, format!("Dependency `{name}` takes any version (`*`)."));
            }
        }
    }

    fn sizes(&mut self, details: &CrateDetails, size: u64) {
        let json = details.publish.to_string().len();
        for (what, bytes, most) in [
            ("The .crate", size, MOST_BYTES),
            ("The unpacked crate", details.unpacked_size, MOST_UNPACKED),
            ("The metadata with the readme", json as u64, MOST_JSON as u64),
        ] {
            if bytes > most {
                self.add(code::cargo::TOO_LARGE, format!("{what} has {bytes} bytes; {most} are allowed."));
            }
        }
    }
}

/// The form in which crates.io compares names.
pub(super) fn canonical(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

fn is_license(text: &str) -> bool {
    let mode = spdx::ParseMode {
        allow_slash_as_or_operator: true,
        allow_postfix_plus_on_gpl: true,
        allow_deprecated: true,
        ..spdx::ParseMode::STRICT
    };
    spdx::Expression::parse_mode(text, mode).is_ok()
}

fn is_keyword(text: &str) -> bool {
    text.len() <= 20
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'))
}

fn is_category(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | ':' | '_'))
}

fn is_feature(name: &str) -> bool {
    name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn details(change: &Value) -> CrateDetails {
        let mut publish = json!({"name": "a", "vers": "1.0.0", "description": "x", "license": "MIT/Apache-2.0"});
        for (key, value) in change.as_object().unwrap() {
            publish[key] = value.clone();
        }
        CrateDetails { publish, publish_to: None, unpacked_size: 1, dirty: false }
    }

    #[test]
    fn a_good_crate_has_no_findings() {
        let good = json!({"keywords": ["a-b+c"], "categories": ["command-line-utilities", "api-bindings::x"], "rust_version": "1.85",
            "homepage": "https://example.org", "features": {"default": ["a"], "1+x.y-z": []}, "deps": [{"name": "b", "version_req": "^1"}]});
        assert_eq!(check(&details(&good), 1, true), []);
    }

    #[test]
    fn each_rule_is_a_finding() {
        let many: Vec<String> = (0..6).map(|number| format!("k{number}")).collect();
        for (change, expected) in [
            (json!({"name": "1a"}), "name_invalid"),
            (json!({"name": "a".repeat(65)}), "name_invalid"),
            (json!({"name": "Proc-Macro"}), "name_reserved"),
            (json!({"name": "NUL"}), "name_reserved"),
            (json!({"vers": "1.0"}), "version_invalid"),
            (json!({"vers": format!("1.0.0-{}", "a".repeat(150))}), "version_invalid"),
            (json!({"rust_version": "stable"}), "metadata_invalid"),
            (json!({"description": " "}), "metadata_missing"),
            (json!({"description": "x".repeat(1001)}), "metadata_invalid"),
            (json!({"license": null}), "metadata_missing"),
            (json!({"license": "Mine"}), "metadata_invalid"),
            (json!({"repository": "git@example.org:a"}), "metadata_invalid"),
            (json!({"keywords": ["a b"]}), "metadata_invalid"),
            (json!({"keywords": ["x".repeat(21)]}), "metadata_invalid"),
            (json!({"keywords": many}), "metadata_invalid"),
            (json!({"categories": ["Command Line"]}), "metadata_invalid"),
            (json!({"features": {"a/b": []}}), "features_invalid"),
            (json!({"deps": [{"name": "b", "version_req": "*"}]}), "dependency_invalid"),
            (json!({"readme": "x".repeat(1 << 20)}), "too_large"),
        ] {
            let codes: Vec<String> =
                check(&details(&change), 1, true).into_iter().map(|finding| finding.code).collect();
            assert_eq!(codes, [format!("pak::cargo::{expected}")]);
        }
        assert_eq!(check(&details(&json!({})), (10 << 20) + 1, true).len(), 1);
        assert_eq!(check(&details(&json!({})), (10 << 20) + 1, false), [], "other registries set their own limits");
    }

    #[test]
    fn another_registry_may_take_what_crates_io_refuses() {
        let found = check(&details(&json!({"license": null, "description": null})), 1, false);
        assert!(found.iter().all(|finding| finding.severity == pak_model::Severity::Warning) && found.len() == 2);
        let refused = check(&details(&json!({"name": "../x"})), 1, false);
        assert_eq!(refused[0].severity, pak_model::Severity::Error, "no registry takes such a name");
    }

    #[test]
    fn uncommitted_changes_are_told() {
        let dirty = CrateDetails { dirty: true, ..details(&json!({})) };
        assert_eq!(check(&dirty, 1, true)[0].code, "pak::cargo::dirty_tree");
    }
}
