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
fn platforms_of_ones_own_are_defined_shown_used_and_removed() {
    let pak = Pak::of(
        "-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\"}\n-- pak.toml --\n# mine\n[project]\nname = \"x\" # stays\n",
    )
    .env("MY_TOKEN", "t");
    let before = pak.folder.read("pak.toml");
    pak.ok("platform add --from npm my-npm --registry https://npm.example.org/team/ --token-env MY_TOKEN --auth basic");
    let after = pak.folder.read("pak.toml");
    let added = after.strip_prefix(&before).unwrap();
    assert_eq!(
        added.trim(),
        "[platforms.my-npm]\nfrom = \"npm\"\nregistry = \"https://npm.example.org/team/\"\ntoken-env = \"MY_TOKEN\"\nauth = \"basic\""
    );
    let info = pak.json("platform info my-npm");
    assert_eq!(info["registry"], "https://npm.example.org/team/");
    assert_eq!(info["from"], "npm");
    assert_eq!(info["credentials"]["variables"], serde_json::json!(["PAK_MY_NPM_TOKEN", "MY_TOKEN"]));
    assert!(pak.ok("platform list").contains("my-npm"));
    assert!(pak.fails("platform add --from npm my-npm").contains("there is a platform `my-npm` already"));
    assert!(pak.fails("platform add --from npm npm").contains("my-npm"));
    assert!(pak.fails("platform add --from gitlab-nmp other").contains("Did you mean `gitlab-npm`?"));
    assert!(pak.fails("platform add --from gitlab-npm other --with projct=a/b").contains("project"));
    pak.ok("platform add --from gitlab-npm team --with host=git.example.org --with project=acme/app");
    assert_eq!(
        pak.json("platform info team")["registry"],
        "https://git.example.org/api/v4/projects/acme%2Fapp/packages/npm/"
    );
    assert!(pak.folder.read("pak.toml").contains("with = { host = \"git.example.org\", project = \"acme/app\" }"));
    pak.ok("platform add my-npm");
    let shown = pak.json("platform config my-npm");
    assert_eq!(shown["targets"][0]["registry"], "https://npm.example.org/team/");
    assert_eq!(shown["targets"][0]["credential"], "variable MY_TOKEN");
    assert!(pak.fails("platform remove my-npm -e staging").contains("in use"));
    pak.ok("platform remove my-npm");
    pak.ok("platform remove team");
    assert_eq!(pak.folder.read("pak.toml").trim(), before.trim());
    assert!(pak.fails("platform info my-npm").contains("There is no platform"));
}

#[test]
fn a_host_shows_its_form_and_asks_for_what_is_missing() {
    let pak = Pak::of("-- package.json --\n{\"name\": \"x\", \"version\": \"1.0.0\"}\n");
    let info = pak.json("platform info gitlab-npm");
    assert_eq!((&info["name"], &info["type"]), (&"gitlab-npm".into(), &"javascript".into()));
    assert_eq!(info["registry"], info["api"]);
    assert_eq!(info["registry"], "https://gitlab.com/api/v4/projects/{project}/packages/npm/");
    assert_eq!(info["commands"]["publish"], "npm publish");
    let text = pak.ok("platform info gitlab-npm");
    assert!(text.contains("CI_PROJECT_ID") && text.contains("team/app"), "{text}");
    let said = pak.fails("platform config gitlab-npm");
    assert!(said.contains("`project`") && said.contains("with = { project = \"team/app\" }"), "{said}");
    let ci =
        pak.env("CI_PROJECT_ID", "42").env("CI_SERVER_URL", "https://git.example.org:8443").env("CI_JOB_TOKEN", "t");
    let shown = ci.json("platform config gitlab-npm");
    assert_eq!(shown["targets"][0]["registry"], "https://git.example.org:8443/api/v4/projects/42/packages/npm/");
    assert_eq!(shown["targets"][0]["credential"], "variable CI_JOB_TOKEN");
}

#[test]
fn a_project_names_no_program_to_run() {
    let text = "[platforms.mine]\nfrom = \"ecr\"\ntoken-command = [\"touch\", \"ran\"]\nwith = { account = \"1\", region = \"r\" }\n";
    let pak = Pak::of(&format!("-- pak.toml --\n{text}"));
    assert!(pak.fails("platform config mine").contains("token-command"));
    assert!(!pak.folder.path().join("ran").exists());
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
