//! `pak platform`.

use crate::cli::Pak;
use crate::sandbox::Served;

#[test]
fn a_platform_shows_itself_in_the_promised_shape() {
    let pak = Pak::new();
    let npm = pak.json("platform info npm");
    assert_eq!(npm["name"], "npm");
    assert_eq!(npm["type"], "javascript");
    assert_eq!(npm["registry"], npm["api"]);
    assert_eq!(npm["commands"]["publish"], "npm publish");
    assert_eq!(npm["commands"]["info"], "npm info {package}");
    assert_eq!(pak.json("platform info pypi")["commands"]["publish"], "twine upload dist/*");
    assert_eq!(pak.json("platform info crates")["name"], "cargo", "an alias");
    let names: Vec<_> =
        pak.json("platform list")["platforms"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert!(["npm", "pypi", "cargo", "docker"].iter().all(|name| names.iter().any(|known| known == name)), "{names:?}");
    assert!(pak.fails("platform info npn").contains("Did you mean `npm`?"));
}

#[test]
fn a_connection_is_tested_with_and_without_a_credential() {
    let sandbox = Served::start();
    let registry = format!("{}/npm/", sandbox.base);
    let pak = Pak::new().env("PAK_NPM_REGISTRY", &registry);
    let output = pak.ok("platform test npm");
    assert!(output.contains("✓ npm: Connection successful"), "{output}");
    assert!(pak.ok("platform health npm").contains("✓ npm: Reachable"));
    let pak = pak.env("PAK_NPM_TOKEN", &sandbox.token);
    assert!(
        pak.ok("platform test npm").contains("✓ npm: Connection successful (account sandbox; variable PAK_NPM_TOKEN")
    );
    assert!(pak.ok("credential test npm").contains("Connection successful"));
    let wrong = pak.env("PAK_NPM_TOKEN", "wrong");
    let output = wrong.run("platform test npm");
    assert!(!output.success && output.stdout.contains("✗ npm: "), "{output}");
    assert!(!output.to_string().contains("successful"), "{output}");
}

#[test]
fn a_registry_that_does_not_answer_is_no_success() {
    let pak = Pak::new().env("PAK_NPM_REGISTRY", "http://127.0.0.1:9/");
    let answer = pak.json("platform health npm");
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["platforms"][0]["error"]["code"], "pak::http::unreachable");
}

#[test]
fn targets_are_added_shown_and_removed() {
    let pak = Pak::of(
        "-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\"}\n-- pak.toml --\n# mine\n[project]\nname = \"x\"\n",
    );
    pak.ok("platform add mirror --as npm --registry https://npm.example.org/ -e staging");
    assert!(pak.folder.read("pak.toml").starts_with("# mine\n"));
    let shown = pak.json("platform config -e staging");
    assert_eq!(shown["targets"][0]["name"], "mirror");
    assert_eq!(shown["targets"][0]["registry"], "https://npm.example.org/");
    assert_eq!(shown["targets"][0]["credential"], serde_json::Value::Null);
    assert!(pak.fails("platform add mirror --as npm -e staging").contains("already"));
    pak.ok("platform remove mirror -e staging");
    assert!(pak.fails("platform remove mirror -e staging").contains("has no target"));
}
