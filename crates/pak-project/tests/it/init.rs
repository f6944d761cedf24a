//! The `pak.toml` that `pak init` writes.

use pak_model::code;
use pak_project::{config, detect, init};
use proptest::prelude::*;

use crate::tree::{Tree, no_settings, shown};

#[test]
fn it_says_what_was_found_and_changes_nothing() {
    let tree = Tree::new(&[
        ("js/package.json", r#"{"name":"@acme/greeter","version":"1.2.0"}"#),
        ("js/site/package.json", r#"{"name":"site","version":"0.0.0","private":true}"#),
        ("py/pyproject.toml", "[project]\nname = \"greeter\"\ndynamic = [\"version\"]\n"),
        ("rs/Cargo.toml", "[package]\nname = \"greeter\"\nversion = \"1.3.0\"\n"),
        ("Dockerfile", "FROM scratch\n"),
    ]);
    let found = tree.detect().unwrap();
    let text = init::render("greeting", &found);
    insta::assert_snapshot!(text, @r#"
    # What pak publishes from this project, and where to.
    # `pak config schema` lists every key; `pak config explain <key>` says where a value comes from.

    [project]
    name = "greeting"
    # environment = "production"  # where `pak deploy` goes when --environment is not given
    # exclude = ["examples/**"]    # folders whose manifests are not looked at

    # npm: @acme/greeter 1.2.0
    [packages.greeter-js]
    path = "js/package.json"
    # publish = false              # leaves it out

    # python: greeter
    [packages.greeter-python]
    path = "py/pyproject.toml"
    # publish = false              # leaves it out

    # cargo: greeter 1.3.0
    [packages.greeter-rust]
    path = "rs/Cargo.toml"
    # publish = false              # leaves it out

    # oci: greeting
    [packages.greeting]
    path = "Dockerfile"
    # name = "team/image"          # default: the folder's name
    # Not published yet: no version, and the project has several; set `version = "from:<package id>"` in [packages.greeting] of pak.toml
    # publish = false              # leaves it out

    # Files that people download are a package too, once something has built them:
    # [packages.downloads]
    # ecosystem = "generic"
    # artifacts = ["dist/*.tar.gz", "dist/*.zip"]

    # Found, but not published:
    # - site 0.0.0 (js/site/package.json): "private": true in package.json

    # `pak deploy` publishes to these, each the public registry unless it says otherwise. Tokens stay out of this
    # file: they come from the variables and files named, or from `pak credential add <target>`.

    [environments.production.npm]
    # registry = "https://npm.example.org/"
    # tag = "latest"
    # access = "public"            # for packages with a scope
    # token: PAK_NPM_TOKEN, or .npmrc

    [environments.production.pypi]
    # registry = "https://python.example.org/"
    # upload = "https://python.example.org/upload/"
    # index = "https://python.example.org/simple/"
    # token: PAK_PYPI_TOKEN, or .pypirc

    [environments.production.cargo]
    # index = "sparse+https://crates.example.org/index/"
    # token: PAK_CARGO_TOKEN, or cargo's credentials.toml

    [environments.production.docker]
    # registry = "https://images.example.org/"
    # repository = "team/image"    # default: the package's name
    # tags = ["latest"]            # tags beside the version; they move
    # token: PAK_DOCKER_USERNAME and PAK_DOCKER_PASSWORD, or docker's config.json

    # The environment `sandbox` needs no settings: `pak deploy --environment sandbox` does everything for real, but with
    # registries of pak's own on this machine. Nothing leaves it.
    "#);

    let path = init::create(&tree.root(), &text, false).unwrap();
    assert_eq!(path, tree.root().join("pak.toml"));
    let project = tree.open(&[]).unwrap();
    assert_eq!(project.packages, found.packages);
    assert_eq!(
        project.config.environments["production"].keys().collect::<Vec<_>>(),
        ["cargo", "docker", "npm", "pypi"]
    );

    assert_eq!(init::create(&tree.root(), "", false).unwrap_err().code(), code::config::EXISTS);
    assert_eq!(tree.read("pak.toml"), text);
    init::create(&tree.root(), "", true).unwrap();
    assert_eq!(tree.read("pak.toml"), "");
}

#[test]
fn every_commented_setting_is_one_that_exists() {
    let tree = Tree::new(&[
        ("js/package.json", r#"{"name":"a","version":"1.2.0"}"#),
        ("py/pyproject.toml", "[project]\nname = \"b\"\nversion = \"1.2.0\"\n"),
        ("rs/Cargo.toml", "[package]\nname = \"c\"\nversion = \"1.2.0\"\n"),
        ("image/Dockerfile", "FROM scratch\n"),
        ("java/pom.xml", "<project><groupId>g</groupId><artifactId>d</artifactId><version>1.2.0</version></project>"),
    ]);
    let text = init::render("greeting", &tree.detect().unwrap())
        .replace("<package>", "c")
        .replace("\"examples/**\"", "")
        .replace("# [packages.downloads]", "[packages.downloads]\npublish = false");
    let setting = |line: &str| line.strip_prefix("# ").filter(|rest| rest.contains(" = ")).map(str::to_owned);
    let uncommented: Vec<String> = text.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned())).collect();
    tree.write("pak.toml", &uncommented.join("\n"));
    let project = tree.open(&[]).unwrap();
    assert!(project.packages.iter().all(|package| package.withheld.is_some()), "publish = false holds everywhere");
}

#[test]
fn an_empty_project_gets_a_valid_file_too() {
    let tree = Tree::new(&[]);
    init::create(&tree.root(), &init::render("x", &tree.detect().unwrap()), false).unwrap();
    assert_eq!(tree.open(&[]).unwrap().name, "x");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn no_name_breaks_out_of_its_comment(name in "[a\\n\\r\"'\\[\\]=\\\\#\u{0}\u{7f}\u{85}]{1,12}", private in any::<bool>()) {
        let manifest = serde_json::json!({ "name": name, "version": "1.0.0", "private": private });
        let tree = Tree::new(&[("package.json", &manifest.to_string())]);
        let found = detect(&tree.root(), &no_settings()).unwrap();
        init::create(&tree.root(), &init::render(&name, &found), false).unwrap();
        let loaded = config::load(&tree.root(), &crate::tree::env(&[]), None).unwrap();
        prop_assert_eq!(loaded.config.project.name.as_deref(), Some(name.as_str()));
        prop_assert_eq!(shown(&detect(&tree.root(), &loaded.config).unwrap()), shown(&found));
    }
}
