//! The inventory of packages and images, made here byte by byte.

use std::io::Write;

use pak_security::inventory::of_archive;

/// A tar of files.
fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, *bytes).unwrap();
    }
    archive.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (path, bytes) in files {
        archive.start_file(*path, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Purls with the path they are named in.
fn found(name: &str, bytes: &[u8]) -> Vec<String> {
    let (components, notices) = of_archive(name, bytes);
    assert_eq!(notices, [], "{name} is understood");
    components.iter().map(|component| format!("{} {}", component.purl, component.path)).collect()
}

#[test]
fn a_wheel_names_itself_and_what_it_asks_for() {
    let metadata = b"Metadata-Version: 2.1\nName: App\nVersion: 1.0\nLicense-Expression: MIT\nRequires-Dist: requests (>=2)\nRequires-Dist: pytest==8.0 ; extra == 'test'\n\nName: not this\n";
    assert_eq!(
        found("app-1.0-py3-none-any.whl", &zip(&[("app-1.0.dist-info/METADATA", metadata)])),
        ["pkg:pypi/app@1.0", "pkg:pypi/pytest@8.0", "pkg:pypi/requests"]
            .map(|purl| format!("{purl} app-1.0-py3-none-any.whl!/app-1.0.dist-info/METADATA"))
    );
}

#[test]
fn an_npm_tarball_names_itself_its_ranges_and_what_is_bundled() {
    let package = br#"{"name": "@s/app", "version": "1.0.0", "dependencies": {"a": "^1.0.0"}}"#;
    let bundled = br#"{"name": "a", "version": "1.2.0", "dependencies": {"b": "*"}}"#;
    let tarball = gzip(&tar(&[
        ("package/package.json", package),
        ("package/node_modules/a/package.json", bundled),
        ("package/test/fixtures/deep/package.json", br#"{"name": "fixture", "version": "1.0.0"}"#),
    ]));
    let purls: Vec<String> =
        found("app.tgz", &tarball).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(purls, ["pkg:npm/a@1.2.0", "pkg:npm/%40s/app@1.0.0", "pkg:npm/a"]);
}

#[test]
fn jars_within_jars_are_opened() {
    let inner = zip(&[("META-INF/maven/g/a/pom.properties", b"groupId=g\nartifactId=a\nversion=1.0\n")]);
    let bare = zip(&[("META-INF/MANIFEST.MF", b"Implementation-Version: 2.0\nImplementation-Vendor-Id: org.b\n")]);
    let outer = zip(&[("BOOT-INF/lib/a-1.0.jar", &inner), ("BOOT-INF/lib/b-2.0.jar", &bare)]);
    assert_eq!(
        found("app.jar", &outer),
        [
            "pkg:maven/g/a@1.0 app.jar!/BOOT-INF/lib/a-1.0.jar!/META-INF/maven/g/a/pom.properties",
            "pkg:maven/org.b/b@2.0 app.jar!/BOOT-INF/lib/b-2.0.jar!/META-INF/MANIFEST.MF",
        ]
    );
}

#[test]
fn a_gem_names_itself_and_what_it_asks_for() {
    let metadata = "--- !ruby/object:Gem::Specification\nname: app\nversion: !ruby/object:Gem::Version\n  version: 1.0.0\ndependencies:\n- !ruby/object:Gem::Dependency\n  name: rack\n  requirement: !ruby/object:Gem::Requirement\n    requirements:\n    - - \">=\"\n      - !ruby/object:Gem::Version\n        version: '2.0'\n  type: :runtime\nlicenses:\n- MIT\n";
    let gem = tar(&[("metadata.gz", &gzip(metadata.as_bytes()))]);
    let (components, _) = of_archive("app-1.0.0.gem", &gem);
    let seen: Vec<_> = components.iter().map(|one| (one.name.as_str(), one.version.as_deref())).collect();
    assert_eq!(seen, [("app", Some("1.0.0")), ("rack", Some(">= 2.0"))]);
}

#[test]
fn an_image_is_what_its_last_layer_leaves() {
    let apk = |version: &str| format!("P:musl\nV:{version}\nA:x86_64\n\n").into_bytes();
    let package = |name: &str| format!(r#"{{"name": "{name}", "version": "1.0.0"}}"#).into_bytes();
    let lower = tar(&[
        ("etc/os-release", b"ID=alpine\nVERSION_ID=3.20.0\n"),
        ("lib/apk/db/installed", &apk("1.0-r0")),
        ("app/node_modules/gone/package.json", &package("gone")),
        ("app/node_modules/kept/package.json", &package("kept")),
        ("opt/node_modules/opaque/package.json", &package("opaque")),
    ]);
    let upper = gzip(&tar(&[
        ("lib/apk/db/installed", &apk("1.1-r0")),
        ("app/node_modules/.wh.gone", b""),
        ("opt/.wh..wh..opq", b""),
        ("opt/node_modules/new/package.json", &package("new")),
    ]));
    let stray = tar(&[("app/node_modules/stray/package.json", &package("stray"))]);
    let docker = tar(&[
        ("manifest.json", br#"[{"Config": "c.json", "Layers": ["lower/layer.tar", "upper/layer.tar"]}]"#),
        ("upper/layer.tar", &upper),
        ("stray/layer.tar", &stray),
        ("lower/layer.tar", &lower),
    ]);
    let oci = tar(&[
        ("oci-layout", br#"{"imageLayoutVersion": "1.0.0"}"#),
        ("blobs/sha256/aa", &lower),
        ("blobs/sha256/bb", &upper),
        ("blobs/sha256/cc", br#"{"schemaVersion": 2, "layers": [{"digest": "sha256:aa"}, {"digest": "sha256:bb"}]}"#),
        ("blobs/sha256/dd", &stray),
    ]);
    for (name, image) in [("docker.tar", docker), ("oci.tar", oci)] {
        let mut purls: Vec<String> =
            found(name, &image).iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect();
        purls.sort();
        assert_eq!(
            purls,
            ["pkg:apk/alpine/musl@1.1-r0?arch=x86_64&distro=alpine-3.20.0", "pkg:npm/kept@1.0.0", "pkg:npm/new@1.0.0"],
            "{name}"
        );
    }
}

#[test]
fn a_bill_is_read_whatever_its_name() {
    let bill =
        br#"{"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "a", "purl": "pkg:npm/a@1.0.0"}]}"#;
    assert_eq!(found("anything", bill), ["pkg:npm/a@1.0.0 anything"]);
}
