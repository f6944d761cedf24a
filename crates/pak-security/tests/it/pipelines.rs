//! The audit of pipelines, held against another program that audits workflows, on the workflows of `tests/it/workflows`.

use std::collections::BTreeMap;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use pak_security::Severity;
use pak_security::pipelines::generate::{Destination, Release};
use pak_security::pipelines::{System, audit};
use pak_testing::tools::Tool;

/// The dangers that both know, by the names of both.
const SHARED: &[(&str, &str)] = &[
    ("action-not-pinned", "unpinned-uses"),
    ("image-not-pinned", "unpinned-images"),
    ("template-injection", "template-injection"),
    ("dangerous-trigger", "dangerous-triggers"),
    ("permissions-too-broad", "excessive-permissions"),
    ("token-where-trust-exists", "use-trusted-publishing"),
    ("secrets-inherited", "secrets-inherit"),
    ("all-secrets-exposed", "overprovisioned-secrets"),
    ("cache-in-release", "cache-poisoning"),
    ("checkout-credentials-kept", "artipacked"),
    ("commands-from-output", "insecure-commands"),
    ("environment-poisoned", "github-env"),
];

fn workflows() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/workflows")
}

/// A repository that holds them where workflows lie.
fn repository() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
    let into = root.join(".github/workflows");
    std::fs::create_dir_all(&into).unwrap();
    for entry in workflows().read_dir_utf8().unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), into.join(entry.file_name())).unwrap();
    }
    (folder, root)
}

/// Findings by file and danger, counted.
type Counted = BTreeMap<(String, String), usize>;

fn ours(root: &Utf8Path) -> Counted {
    let (findings, notices) = audit::of_tree(root);
    assert_eq!(notices, []);
    let mut counted = Counted::new();
    for finding in findings.iter().filter(|finding| SHARED.iter().any(|(own, _)| *own == finding.id)) {
        let file = finding.path.rsplit('/').next().unwrap().to_owned();
        *counted.entry((file, finding.id.clone())).or_default() += 1;
    }
    counted
}

fn theirs(program: &Utf8Path, root: &Utf8Path) -> Counted {
    let output = Command::new(program)
        .args(["--offline", "--no-progress", "--no-config", "--format", "json", "."])
        .current_dir(root)
        .output()
        .unwrap();
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let mut counted = Counted::new();
    let mut seen = std::collections::BTreeSet::new();
    for finding in &findings {
        let ident = finding["ident"].as_str().unwrap();
        let Some((own, _)) = SHARED.iter().find(|(_, theirs)| *theirs == ident) else { continue };
        let locations = finding["locations"].as_array().unwrap();
        let primary = locations.iter().find(|one| one["symbolic"]["kind"] == "Primary").unwrap_or(&locations[0]);
        // What an anchor repeats is one place to change; it is counted once on both sides.
        let place = (ident, primary["symbolic"]["key"].to_string(), primary["concrete"].to_string());
        // Of default permissions it tells twice: for the workflow, and for each job that has them.
        let is_whole = primary["symbolic"]["route"]["route"].as_array().is_some_and(Vec::is_empty);
        if ident == "excessive-permissions" && is_whole {
            continue;
        }
        let several = matches!(ident, "template-injection" | "overprovisioned-secrets");
        if !several && !seen.insert(format!("{place:?}")) {
            continue;
        }
        let path = primary["symbolic"]["key"]["Local"]["verbatim_path"].as_str().unwrap();
        let file = path.rsplit('/').next().unwrap().to_owned();
        *counted.entry((file, (*own).to_owned())).or_default() += 1;
    }
    counted
}

#[test]
fn the_audit_agrees_with_another_one() {
    let Some(program) = Tool::Zizmor.require_or_skip() else { return };
    let (_keep, root) = repository();
    let (own, other) = (ours(&root), theirs(&program, &root));
    let keys: std::collections::BTreeSet<_> = own.keys().chain(other.keys()).collect();
    let count = |from: &Counted, key: &(String, String)| from.get(key).copied().unwrap_or(0);
    let (mut agreed, mut all, mut differences) = (0, 0, Vec::new());
    for key in keys {
        let (one, two) = (count(&own, key), count(&other, key));
        agreed += one.min(two);
        all += one.max(two);
        if one != two {
            differences.push(format!("{} {}: {one} here, {two} there", key.0, key.1));
        }
    }
    assert!(all > 60, "only {all} findings");
    assert!(agreed * 100 >= all * 95, "{agreed} of {all}: {differences:#?}");
}

#[test]
fn findings_stand_at_their_lines_and_explain_themselves() {
    let (findings, _) = audit::of_tree(&workflows().join("comment-bot.yml"));
    let pasted: Vec<_> = findings.iter().filter(|finding| finding.id == "template-injection").collect();
    assert_eq!((pasted.len(), pasted[0].line, pasted[0].severity), (1, Some(14), Severity::High));
    assert!(pasted[0].message.contains("github.event.comment.body"));
    assert!(pasted[0].remedy.contains("env:"));
    let (findings, _) = audit::of_tree(&workflows().join("preview-of-forks.yml"));
    assert!(findings.iter().any(|finding| finding.id == "head-checked-out" && finding.severity == Severity::Critical));
    let (findings, _) = audit::of_tree(&workflows().join("script-from-the-web.yml"));
    let lines: Vec<_> = findings.iter().filter(|one| one.id == "script-from-the-web").map(|one| one.line).collect();
    assert_eq!(lines, [Some(9), Some(11), Some(13), Some(16)]);
    let (findings, _) = audit::of_tree(&workflows().join("good-release.yml"));
    assert_eq!(findings.iter().map(|finding| finding.id.as_str()).collect::<Vec<_>>(), [""; 0]);
}

/// A release to a registry that trusts CI and to one that does not.
fn release() -> Release {
    let destination = |name: &str, audience: Option<&str>, secret: &str| Destination {
        name: name.to_owned(),
        platform: name.to_owned(),
        audience: audience.map(str::to_owned),
        secrets: vec![secret.to_owned()],
    };
    Release {
        environment: "production".to_owned(),
        packages: vec![("js".to_owned(), "*".to_owned()), ("py".to_owned(), "*".to_owned())],
        targets: vec![
            destination("npm", Some("npm:registry.example.org"), "PAK_NPM_TOKEN"),
            destination("docker", None, "PAK_DOCKER_PASSWORD"),
        ],
        pak: Some(("https://example.org/pak".to_owned(), "ab".repeat(32))),
        image: Some(format!("registry.example.org/builder@sha256:{}", "cd".repeat(32))),
    }
}

/// The generated pipelines where their systems look for them, with the systems.
fn generated(root: &Utf8Path) -> Vec<(System, Utf8PathBuf)> {
    let bare = Release { pak: None, image: None, targets: Vec::new(), ..release() };
    let mut files = Vec::new();
    for (folder, release) in [("whole", release()), ("bare", bare)] {
        for system in System::ALL.iter().filter(|system| release.image.is_some() || !system.names_everything()) {
            let file = root.join(folder).join(system.file());
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, release.pipeline(*system)).unwrap();
            files.push((*system, file));
        }
    }
    files
}

#[test]
fn generated_workflows_satisfy_another_audit() {
    let Some(program) = Tool::Zizmor.require_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    generated(root);
    let output = Command::new(&program)
        .args(["--offline", "--no-progress", "--no-config", "--persona=auditor", "--format", "json", "whole", "bare"])
        .current_dir(root)
        .output()
        .unwrap();
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let found: Vec<_> = findings.iter().map(|one| (one["ident"].clone(), one["desc"].clone())).collect();
    assert!(found.is_empty(), "{found:#?}");
    let looked = String::from_utf8_lossy(&output.stderr);
    assert_eq!(looked.matches("completed").count(), 2, "{looked}");
}

#[test]
fn generated_pipelines_have_the_forms_of_their_systems() {
    let Some(program) = Tool::CheckJsonschema.require_or_skip() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    for (system, file) in generated(Utf8Path::from_path(folder.path()).unwrap()) {
        let arguments: &[&str] = match system {
            System::GitHub => &["--builtin-schema", "vendor.github-workflows"],
            System::GitLab => &["--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"],
            System::CircleCi => &["--builtin-schema", "vendor.circle-ci"],
            // Its expressions are Python's, not JavaScript's.
            System::Azure => &["--builtin-schema", "vendor.azure-pipelines", "--regex-variant", "python"],
            System::Woodpecker => &["--builtin-schema", "vendor.woodpecker-ci"],
            System::Jenkins => continue,
        };
        let file_type = ["--default-filetype", "yaml"];
        let output = Command::new(&program).args(arguments).args(file_type).arg(&file).output().unwrap();
        assert!(output.status.success(), "{system:?}: {}", String::from_utf8_lossy(&output.stdout));
        checked += 1;
    }
    assert_eq!(checked, 9);
}
