//! What does not fit a project is found, and explained.

use camino::Utf8Path;
use pak_model::security::LicencesConfig;
use pak_security::licences::{self, declared, notices};
use pak_security::report::{Certainty, Component, Finding, Licence, Origin, Scope, Severity};

fn component(name: &str, licence: Option<&str>) -> Component {
    Component {
        purl: format!("pkg:npm/{name}@1.0.0"),
        ecosystem: "npm".to_owned(),
        name: name.to_owned(),
        version: Some("1.0.0".to_owned()),
        path: "package-lock.json".to_owned(),
        line: Some(3),
        scope: Scope::Runtime,
        direct: None,
        origin: Origin::Registry,
        certainty: Certainty::Exact,
        licence: licence.map(|text| Licence { declared: Some(text.to_owned()), ..Licence::default() }),
        digests: Vec::new(),
        dependencies: Vec::new(),
    }
}

fn ids(project: Option<&str>, component: Component, policy: &LicencesConfig) -> Vec<String> {
    licences::findings(project, &[component], policy).into_iter().map(|finding| finding.id).collect()
}

#[test]
fn a_gpl_dependency_in_an_mit_project_is_found_and_explained() {
    let found = licences::findings(Some("MIT"), &[component("g", Some("GPL-3.0"))], &LicencesConfig::default());
    let [Finding { id, severity, message, remedy, licence, purl, .. }] = &found[..] else { panic!("{found:#?}") };
    assert_eq!((id.as_str(), *severity), ("licence-incompatible", Severity::High));
    assert!(message.contains("GPL-3.0-only in a project under MIT"), "{message}");
    assert!(message.contains("not legal advice") && !remedy.is_empty());
    assert_eq!((licence.as_deref(), purl.as_deref()), (Some("GPL-3.0-only"), Some("pkg:npm/g@1.0.0")));
}

#[test]
fn choices_uses_and_settings_are_weighed() {
    let none = LicencesConfig::default();
    let empty: [&str; 0] = [];
    assert_eq!(ids(Some("MIT"), component("a", Some("GPL-2.0 OR MIT")), &none), empty);
    assert_eq!(ids(Some("MIT"), component("a", Some("GPL-2.0 AND MIT")), &none), ["licence-incompatible"]);
    // Both sides of a project's choice are promised.
    assert_eq!(ids(Some("MIT OR GPL-3.0-only"), component("a", Some("GPL-3.0-only")), &none), ["licence-incompatible"]);
    let tool = Component { scope: Scope::Development, ..component("a", Some("GPL-3.0-only")) };
    assert_eq!(ids(Some("MIT"), tool, &none), empty);
    assert_eq!(ids(None, component("a", Some("GPL-3.0-only")), &none), empty);
    assert_eq!(ids(None, component("a", Some("BUSL-1.1")), &none), ["licence-not-open"]);
    assert_eq!(ids(Some("MIT"), component("a", Some("SEE LICENSE IN x")), &none), ["licence-unknown"]);
    // Nobody looked.
    assert_eq!(ids(Some("MIT"), component("a", None), &none), empty);

    let words = |list: &[&str]| list.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
    let allow = LicencesConfig { allow: words(&["MIT", "BSD-*"]), ..LicencesConfig::default() };
    assert_eq!(ids(Some("MIT"), component("a", Some("BSD-2-Clause")), &allow), empty);
    assert_eq!(ids(Some("MIT"), component("a", Some("ISC")), &allow), ["licence-not-allowed"]);
    assert_eq!(ids(Some("MIT"), component("a", Some("ISC OR MIT")), &allow), empty);
    let deny = LicencesConfig { deny: words(&["GPL-*"]), ..LicencesConfig::default() };
    assert_eq!(ids(Some("GPL-3.0-only"), component("a", Some("GPL-3.0-only")), &deny), ["licence-denied"]);
    assert_eq!(ids(Some("MIT"), component("a", Some("GPL-3.0-only OR MIT")), &deny), empty);
    let clarify =
        LicencesConfig { clarify: [("pkg:npm/a".to_owned(), "MIT".to_owned())].into(), ..LicencesConfig::default() };
    assert_eq!(ids(Some("MIT"), component("a", Some("Custom")), &clarify), empty);
}

#[test]
fn unpacked_packages_say_what_lock_files_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let text = |id: &str| spdx::license_id(id).unwrap().text();
    for (path, content) in [
        ("package.json", r#"{"name":"mine","version":"1.0.0","license":"MIT"}"#),
        ("node_modules/a/package.json", r#"{"name":"a","version":"1.0.0","license":"MIT"}"#),
        ("node_modules/a/LICENSE", text("MIT")),
        ("node_modules/b/package.json", r#"{"name":"b","version":"1.0.0","license":"MIT"}"#),
        ("node_modules/b/LICENSE", text("AGPL-3.0-only")),
        ("node_modules/c/package.json", r#"{"name":"c","version":"1.0.0","license":"ISC"}"#),
    ] {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }
    let (installed, notices_of_reading) = declared::of_tree(root);
    assert_eq!(notices_of_reading, []);
    let mut components =
        vec![component("a", Some("MIT")), component("b", None), component("c", None), component("d", None)];
    let mut alone = [component("e", Some("MIT/Apache-2.0"))];
    declared::attach(&mut alone, &installed);
    assert_eq!(alone[0].licence.as_ref().unwrap().concluded.as_deref(), Some("MIT OR Apache-2.0"));
    let rest = declared::attach(&mut components, &installed);
    assert_eq!(components[0].licence.as_ref().unwrap().detected.as_deref(), Some("MIT"));
    assert_eq!(rest.iter().map(|one| one.purl.name.as_str()).collect::<Vec<_>>(), ["mine"]);
    assert!(licences::unknown(&components).unwrap().message.contains("1 of 4"));

    let found = licences::findings(declared::project(root).as_deref(), &components, &LicencesConfig::default());
    assert_eq!(
        found.iter().map(|finding| (finding.id.as_str(), finding.package.as_deref())).collect::<Vec<_>>(),
        [("licence-incompatible", Some("b"))]
    );
    let odd = licences::disagreements(&installed);
    assert_eq!(odd.len(), 1);
    assert!(odd[0].message.contains("b declares MIT; its texts are AGPL-3.0-only"), "{}", odd[0].message);

    let mut file = Vec::new();
    notices::write("mine", &components, &installed, &mut file).unwrap();
    let file = String::from_utf8(file).unwrap();
    assert!(file.contains("a 1.0.0 (MIT)") && file.contains("Permission is hereby granted"), "{file}");
    assert!(file.contains("c 1.0.0 (ISC)") && file.contains("this is the text of SPDX's list"));
    assert!(file.ends_with("No licence text is known of:\n\nd 1.0.0 (licence not known)\n"));
}

#[test]
fn an_artifact_without_a_licence_text_is_told() {
    let artifact = |files: &[(&str, &str)]| {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, content.as_bytes()).unwrap();
        }
        declared::of_archive("x-1.0.0.tar", &tar.into_inner().unwrap()).0
    };
    let manifest = ("package/package.json", r#"{"name":"x","version":"1.0.0","license":"MIT"}"#);
    let missing = licences::missing_text("x-1.0.0.tar", &artifact(&[manifest])).unwrap();
    assert_eq!(
        (missing.id.as_str(), missing.path.as_str()),
        ("licence-text-missing", "x-1.0.0.tar!/package/package.json")
    );
    assert_eq!(licences::missing_text("x", &artifact(&[manifest, ("package/LICENSE", "MIT text")])), None);
    assert_eq!(
        licences::missing_text(
            "x",
            &artifact(&[("package/package.json", r#"{"name":"x","version":"1","license":"CC0-1.0"}"#)])
        ),
        None
    );
}
