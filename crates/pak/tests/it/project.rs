//! `pak init`, `pak detect`, `pak config`.

use crate::cli::Pak;

const PROJECT: &str = "
-- package.json --
{\"name\": \"greeter\", \"version\": \"1.2.3\", \"license\": \"MIT\"}
-- internal/package.json --
{\"name\": \"internal\", \"version\": \"0.0.0\", \"private\": true}
";

#[test]
fn detect_shows_what_is_published_and_what_is_not() {
    let pak = Pak::of(PROJECT);
    let found = pak.json("detect");
    let packages = found["packages"].as_array().unwrap();
    assert_eq!(packages.len(), 2);
    assert!(packages.iter().any(|package| package["name"] == "greeter" && package["version"] == "1.2.3"));
    assert!(pak.ok("detect").contains("not published: "));
}

#[test]
fn init_writes_what_every_other_command_reads() {
    let pak = Pak::of(PROJECT);
    pak.ok("init --yes");
    assert!(pak.folder.read("pak.toml").contains("[environments.production.npm]"));
    pak.ok("config validate");
    assert!(pak.fails("init --yes").contains("is there already"));
    pak.ok("init --yes --force");
    assert!(Pak::new().fails("init --yes").contains("nothing that can be published"));
}

#[test]
fn settings_are_set_read_and_explained() {
    let pak = Pak::of(PROJECT).env("PAK_NPM_REGISTRY", "https://npm.example.org/");
    pak.ok("config set environments.production.npm.tag next");
    assert_eq!(pak.ok("config get environments.production.npm.tag"), "next\n");
    let key = "environments.production.npm.registry";
    let layers = pak.json(&format!("config explain {key}"));
    assert_eq!(layers["layers"][0]["origin"], "variable PAK_NPM_REGISTRY");
    assert!(pak.ok("config list").contains(key));
    pak.ok("config set environments.production.npm.tag --unset");
    assert!(pak.fails("config get environments.production.npm.tag").contains("is not set"));
    assert!(pak.fails("config set environments.production.npm.tga next").contains("tag"));
    assert!(pak.json("config schema")["properties"]["environments"].is_object());
    pak.ok("config set project.environment staging --user");
    assert_eq!(pak.ok("config get project.environment"), "staging\n");
}
