//! What is found in trees of every kind.

use insta::assert_snapshot;
use pak_model::code;
use pak_project::detect;

use crate::tree::{Tree, no_settings, shown};

const CARGO: &str = "[package]\nname = \"greeter\"\nversion = \"1.2.0\"\n";

#[test]
fn one_of_each_kind() {
    let tree = Tree::new(&[
        ("js/package.json", r#"{"name":"@acme/greeter","version":"1.2.0"}"#),
        ("py/pyproject.toml", "[project]\nname = \"greeter\"\nversion = \"1.2.0\"\n"),
        ("legacy/setup.cfg", "[metadata]\nname = old\nversion = attr: old.version\n"),
        ("rs/Cargo.toml", CARGO),
        ("Dockerfile", "# syntax=x\nFROM scratch\n"),
        ("img/oci-layout", r#"{"imageLayoutVersion":"1.0.0"}"#),
        ("img/index.json", "{}"),
        ("js/node_modules/x/package.json", "{ broken"),
        ("rs/target/package/Cargo.toml", "broken"),
        ("ignored/package.json", "{ broken"),
        (".hidden/package.json", "{ broken"),
        (".gitignore", "ignored/\n"),
        ("empty/Dockerfile", "# nothing\n"),
        ("esm/package.json", r#"{"type":"module"}"#),
    ]);
    assert_snapshot!(shown(&tree.detect().unwrap()), @r#"
    greeter-js (npm) @acme/greeter 1.2.0 in js
    old (python) old in legacy
    greeter-python (python) greeter 1.2.0 in py
    greeter-rust (cargo) greeter 1.2.0 in rs
    greeting (oci) greeting 1.2.0 in .
    img (oci) img 1.2.0 in img
    note empty/Dockerfile: has no `FROM`: no image
    note esm/package.json: has no `name` and no `version`: no package
    "#);
}

#[test]
fn workspaces_of_npm_in_three_spellings() {
    let member = |name: &str| format!(r#"{{"name":"{name}","version":"1.0.0"}}"#);
    let (a, b) = (member("a"), r#"{"name":"b","version":"1.0.0","dependencies":{"a":"workspace:^"}}"#);
    for root in [
        ("package.json", r#"{"name":"root","private":true,"workspaces":["packages/*"]}"#),
        ("package.json", r#"{"private":true,"workspaces":{"packages":["./packages/*/"]}}"#),
        ("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n"),
    ] {
        let tree = Tree::new(&[
            root,
            ("packages/a/package.json", &a),
            ("packages/b/package.json", b),
            ("examples/demo/package.json", "{ broken"),
        ]);
        let found = tree.detect().unwrap();
        let ids: Vec<&str> = found.packages.iter().map(|package| package.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"], "{root:?}");
        assert_eq!(found.packages[1].depends_on, ["a"]);
        assert!(
            found.notes.iter().any(|note| note.path == "examples/demo/package.json" && note.reason.contains(root.0))
        );
    }
}

#[test]
fn a_cargo_workspace_with_everything() {
    let tree = Tree::new(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"crates/fuzz\"]\n[workspace.package]\nversion = \"0.3.0\"\n[workspace.dependencies]\ncore = { path = \"crates/core\", version = \"0.3.0\" }\n",
        ),
        (
            "crates/core/Cargo.toml",
            "[package]\nname = \"core\"\nversion.workspace = true\n[dev-dependencies]\ncli = { path = \"../cli\", version = \"0.3\" }\n",
        ),
        (
            "crates/cli/Cargo.toml",
            "[package]\nname = \"cli\"\nversion.workspace = true\n[dependencies]\ncore.workspace = true\nextra = { path = \"../../extra\" }\n",
        ),
        ("crates/xtask/Cargo.toml", "[package]\nname = \"xtask\"\nversion = \"0.1.0\"\npublish = false\n"),
        ("crates/plain/Cargo.toml", "[package]\nname = \"plain\"\n"),
        ("crates/fuzz/Cargo.toml", "broken"),
        ("extra/Cargo.toml", "[package]\nname = \"extra\"\nversion = \"9.0.0\"\n"),
    ]);
    assert_snapshot!(shown(&tree.detect().unwrap()), @r#"
    cli (cargo) cli 0.3.0 in crates/cli -> core, extra
    core (cargo) core 0.3.0 in crates/core
    plain (cargo) plain in crates/plain ! Cargo.toml has no `version`, so cargo does not publish it
    xtask (cargo) xtask 0.1.0 in crates/xtask ! `publish = false` in Cargo.toml
    extra (cargo) extra 9.0.0 in extra
    note Cargo.toml: the root of a workspace, no package itself
    note crates/fuzz/Cargo.toml: not a member of the workspace of Cargo.toml; name it in pak.toml to publish it
    "#);
}

#[test]
fn a_uv_workspace() {
    let tree = Tree::new(&[
        (
            "pyproject.toml",
            "[project]\nname = \"app\"\nversion = \"1\"\ndependencies = [\"my.lib\"]\n[tool.uv.workspace]\nmembers = [\"libs/*\"]\nexclude = [\"libs/old\"]\n",
        ),
        ("libs/lib/pyproject.toml", "[project]\nname = \"My_Lib\"\ndynamic = [\"version\"]\n"),
        ("libs/old/pyproject.toml", "broken"),
        (
            "libs/private/pyproject.toml",
            "[project]\nname = \"p\"\nversion = \"1\"\nclassifiers = [\"Private :: Do Not Upload\"]\n",
        ),
    ]);
    assert_snapshot!(shown(&tree.detect().unwrap()), @r#"
    app (python) app 1 in . -> my-lib
    my-lib (python) My_Lib in libs/lib
    p (python) p 1 in libs/private ! classifier `Private :: Do Not Upload` in pyproject.toml
    note libs/old/pyproject.toml: not a member of the workspace of pyproject.toml; name it in pak.toml to publish it
    "#);
}

#[test]
fn a_member_opened_alone_inherits_from_above() {
    let tree = Tree::new(&[
        ("Cargo.toml", "[workspace]\nmembers = [\"m\"]\n[workspace.package]\nversion = \"4.0.0\"\n"),
        ("m/Cargo.toml", "[package]\nname = \"m\"\nversion.workspace = true\n"),
    ]);
    let found = detect(&tree.root().join("m"), &no_settings()).unwrap();
    assert_eq!(found.packages[0].version.as_deref(), Some("4.0.0"));
}

#[test]
fn circles_are_named() {
    let tree = Tree::new(&[
        ("a/package.json", r#"{"name":"a","version":"1.0.0","dependencies":{"b":"*"}}"#),
        ("b/package.json", r#"{"name":"b","version":"1.0.0","dependencies":{"c":"*"}}"#),
        ("c/package.json", r#"{"name":"c","version":"1.0.0","dependencies":{"b":"*"}}"#),
    ]);
    let problem = tree.detect().unwrap_err();
    assert_eq!(problem.code(), code::project::DEPENDENCY_CYCLE);
    assert_snapshot!(problem, @"Packages depend on each other in a circle: b → c → b.");
    // A peer dependency closes no circle, and neither does a package that is not published.
    tree.write("c/package.json", r#"{"name":"c","version":"1.0.0","peerDependencies":{"b":"*"}}"#);
    assert_eq!(tree.detect().unwrap().packages[2].depends_on, [] as [&str; 0]);
    tree.write("c/package.json", r#"{"name":"c","private":true,"dependencies":{"b":"*"}}"#);
    assert!(tree.detect().is_ok());
}

#[test]
fn every_broken_manifest_is_named() {
    let tree = Tree::new(&[
        ("a/package.json", "{\n \"name\": \"a\",\n}"),
        ("b/Cargo.toml", "[package]\nname = \n"),
        ("c/setup.cfg", "name = c\n"),
        ("d/pyproject.toml", "[project]\nname = 1\n"),
        ("e/package.json", r#"{"name":"e","version":"1.0.0"}"#),
    ]);
    let problem = tree.detect().unwrap_err();
    assert_eq!(problem.code(), code::project::MANIFEST_INVALID);
    assert_snapshot!(format!("{problem}\n{}", problem.causes().join("\n")), @r#"
    4 manifests cannot be read: a/package.json, b/Cargo.toml, c/setup.cfg, d/pyproject.toml.
    a/package.json, line 3: trailing comma at line 3 column 1.
    b/Cargo.toml, line 2: string values must be quoted, expected literal string.
    TOML parse error at line 2, column 8
      |
    2 | name = 
      |        ^
    string values must be quoted, expected literal string
    c/setup.cfg, line 1: a line stands before the first section.
    d/pyproject.toml, line 2: invalid type: integer `1`, expected a string.
    TOML parse error at line 2, column 8
      |
    2 | name = 1
      |        ^
    invalid type: integer `1`, expected a string
    "#);
    std::fs::write(tree.root().join("a/package.json"), b"{\"name\": \"\xff\"}").unwrap();
    assert!(tree.detect().unwrap_err().causes().iter().any(|cause| cause.contains("utf-8")));
}

#[test]
fn settings_complete_what_was_found() {
    let files = [
        ("rs/Cargo.toml", CARGO),
        ("js/package.json", r#"{"name":"greeter","version":"1.3.0"}"#),
        ("app/Dockerfile", "FROM scratch\n"),
        ("app/Dockerfile.debug", "FROM scratch\n"),
        ("dist/py/pyproject.toml", "[project]\nname = \"built\"\nversion = \"7\"\n"),
    ];
    let tree = Tree::new(&files);
    tree.write(
        "pak.toml",
        r#"
[packages.app]
version = "from:core"
depends-on = ["core"]
[packages.core]
path = "rs"
[packages.debug]
dockerfile = "app/Dockerfile.debug"
path = "."
name = "acme/debug"
version = "from:app"
[packages.py]
path = "dist/py/pyproject.toml"
publish = false
[packages.wheel]
ecosystem = "python"
name = "wheel-only"
artifacts = ["out/*.whl"]
[packages.saved]
archive = "out/image.tar"
version = "2.0"
"#,
    );
    assert_snapshot!(shown(&tree.detect().unwrap()), @r#"
    greeter (npm) greeter 1.3.0 in js
    wheel (python) wheel-only in .
    py (python) built 7 in dist/py ! `publish = false` in [packages.py] of pak.toml
    core (cargo) greeter 1.2.0 in rs
    debug (oci) acme/debug 1.2.0 in .
    app (oci) app 1.2.0 in app -> core
    saved (oci) saved 2.0 in out
    "#);
}

#[test]
fn an_image_without_a_version_says_what_to_set() {
    let tree = Tree::new(&[("Dockerfile", "FROM scratch\n")]);
    assert_snapshot!(shown(&tree.detect().unwrap()), @"greeting (oci) greeting in . ! no version; set `version` in [packages.greeting] of pak.toml");
    tree.write("a/Cargo.toml", CARGO);
    assert_eq!(tree.detect().unwrap().packages[1].version.as_deref(), Some("1.2.0"));
    tree.write("b/package.json", r#"{"name":"b","version":"2.0.0"}"#);
    assert!(tree.detect().unwrap().packages[2].withheld.as_deref().unwrap().contains("from:<package id>"));
}

#[test]
fn mistakes_in_settings_are_told() {
    let tree = Tree::new(&[
        ("a/package.json", r#"{"name":"alpha","version":"1.0.0"}"#),
        ("a/Cargo.toml", CARGO),
        ("tools/setup.py", ""),
        ("tools/pyproject.toml", "[build-system]\nrequires = []\n"),
    ]);
    let mut said = Vec::new();
    for settings in [
        "[packages.alhpa]\npublish = false",
        "[packages.x]\npath = \"nowhere\"",
        "[packages.x]\npath = \"../other\"",
        "[packages.x]\npath = \"/etc\"",
        "[packages.x]\npath = \"a\"",
        "[packages.x]\npath = \"a\"\necosystem = \"python\"",
        "[packages.x]\npath = \"a/package.json\"\necosystem = \"cargo\"",
        "[packages.x]\npath = \"tools\"",
        "[packages.x]\npath = \"tools/setup.py\"",
        "[packages.x]\ndockerfile = \"a/package.json\"\nlayout = \"x\"",
        "[packages.x]\npath = \"a/package.json\"\n[packages.y]\npath = \"a/package.json\"",
        "[packages.alpha]\nversion = \"2.0.0\"",
        "[packages.alpha]\nname = \"beta\"",
        "[packages.alpha]\ndepends-on = [\"greter\"]",
    ] {
        tree.write("pak.toml", settings);
        let problem = tree.detect().unwrap_err();
        said.push(format!("{}: {problem} {}", problem.code().id, problem.advice()));
    }
    assert_snapshot!(said.join("\n"), @r#"
    pak::project::package_unknown: [packages.alhpa] names `alhpa`, but no package has that id. Did you mean `alpha`? `pak detect` shows every package.
    pak::project::unreadable: `path` of [packages.x] is nowhere, which cannot be read. Check that it exists and that you may read it.
    pak::project::path_outside: `path` of [packages.x] is ../other, which leaves the project. Use a path inside the project.
    pak::project::path_outside: `path` of [packages.x] is /etc, which leaves the project. Use a path inside the project.
    pak::config::invalid_value: `path` of [packages.x] is a, which holds several packages. Set `ecosystem` in [packages.x] to one of "npm", "cargo".
    pak::config::invalid_value: `path` of [packages.x] is a, but there is no manifest that pak reads in it. Name the folder of a package.json, pyproject.toml, setup.cfg, Cargo.toml, pom.xml, build.gradle, Dockerfile or OCI layout.
    pak::config::invalid_value: [packages.x] says `ecosystem = "cargo"`, but a/package.json is of npm. Correct the value; `pak config schema` says what each key takes.
    pak::config::invalid_value: `path` of [packages.x] leads to tools/pyproject.toml, which is no package: has no [project] table; what setup.py alone says is not read, name the package in pak.toml. For artifacts that are built already, set `ecosystem`, `name` and `artifacts`.
    pak::config::invalid_value: `path` of [packages.x] is tools/setup.py, which is no manifest that pak reads. Name the package's folder; for another Dockerfile use `dockerfile`, for an image archive `archive`.
    pak::config::invalid_value: [packages.x] has both `dockerfile` and `layout`; an image comes from one of them. Correct the value; `pak config schema` says what each key takes.
    pak::config::invalid_value: [packages.y] and [packages.x] are both about a/package.json. Correct the value; `pak config schema` says what each key takes.
    pak::project::version_mismatch: [packages.alpha] says version 2.0.0, but a/package.json says 1.0.0. Change the manifest's version first, or leave the version out.
    pak::config::invalid_value: [packages.alpha] names it `beta`, but a/package.json names it `alpha`. Correct the value; `pak config schema` says what each key takes.
    pak::project::package_unknown: `depends-on` of [packages.alpha] names `greter`, but no package has that id. Did you mean `greeter`? `pak detect` shows every package.
    "#);
}

#[test]
fn namesakes_are_withheld_until_somebody_decides() {
    let tree = Tree::new(&[
        ("a/package.json", r#"{"name":"same","version":"1.0.0"}"#),
        ("b/package.json", r#"{"name":"same","version":"1.0.0"}"#),
        ("pak.toml", "[packages.first]\npath = \"a\"\npublish = false\n"),
    ]);
    let found = tree.detect().unwrap();
    assert_eq!(found.packages[1].withheld, None, "{}", shown(&found));
    tree.write("pak.toml", "");
    assert_snapshot!(shown(&tree.detect().unwrap()), @r#"
    same-js-a (npm) same 1.0.0 in a ! b/package.json has the same name; set `publish = false` in [packages.same-js-a] of pak.toml, or exclude its folder
    same-js-b (npm) same 1.0.0 in b ! a/package.json has the same name; set `publish = false` in [packages.same-js-b] of pak.toml, or exclude its folder
    "#);
}

#[test]
fn excluded_folders_are_passed_over() {
    let broken = "{ broken";
    let tree = Tree::new(&[
        ("examples/a/package.json", broken),
        ("examples/package.json", broken),
        ("deep/fixtures/package.json", broken),
        ("pak.toml", "[project]\nexclude = [\"examples\", \"**/fixtures/\"]\n"),
    ]);
    assert_eq!(tree.detect().unwrap().packages, []);
}

#[cfg(unix)]
#[test]
fn odd_names_and_links_do_no_harm() {
    use std::os::unix::ffi::OsStrExt;

    let tree = Tree::new(&[("a/package.json", r#"{"name":"a","version":"1.0.0"}"#)]);
    let odd = tree.root().as_std_path().join(std::ffi::OsStr::from_bytes(b"odd-\xff"));
    std::fs::create_dir(&odd).unwrap();
    std::fs::write(odd.join("package.json"), "{}").unwrap();
    std::os::unix::fs::symlink("..", tree.root().join("a/loop")).unwrap();
    std::os::unix::fs::symlink("/", tree.root().join("outside")).unwrap();
    let found = tree.detect().unwrap();
    assert_snapshot!(shown(&found), @r#"
    a (npm) a 1.0.0 in a
    note odd-�: its name is not UTF-8, so nothing in it can be published
    "#);
    tree.write("pak.toml", "[packages.x]\npath = \"outside\"\n");
    assert_eq!(tree.detect().unwrap_err().code(), code::project::PATH_OUTSIDE);
}

#[test]
fn large_manifests_are_refused_and_missing_roots_told() {
    let tree = Tree::new(&[("package.json", &" ".repeat(5 * 1024 * 1024))]);
    assert_snapshot!(tree.detect().unwrap_err(), @"package.json: larger than 4 MiB.");
    assert_eq!(detect(&tree.root().join("none"), &no_settings()).unwrap_err().code(), code::project::UNREADABLE);
}

#[test]
fn twenty_thousand_files_take_no_time() {
    let tree = Tree::new(&[("package.json", r#"{"name":"a","version":"1.0.0"}"#)]);
    for folder in 0..200 {
        let path = tree.root().join(format!("src/{folder}"));
        std::fs::create_dir_all(&path).unwrap();
        for file in 0..100 {
            std::fs::write(path.join(format!("{file}.txt")), "").unwrap();
        }
    }
    let start = std::time::Instant::now();
    assert_eq!(tree.detect().unwrap().packages.len(), 1);
    let taken = start.elapsed();
    // Far more than it takes, far less than a second walk or a read of every file would.
    assert!(taken < std::time::Duration::from_secs(3), "{taken:?}");
}
