//! Platforms by settings alone, from the command that writes them to an installation from the registry they name; and the guide
//! that says how, carried out.

use pak_testing::project::Folder;
use pak_testing::servers::{self, nginx};
use pak_testing::{Client, Tool, guide};

use crate::cli::Pak;

const PACKAGE: &str = "
-- package.json --
{\"name\": \"pak-test-hosted\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"description\": \"Says it.\", \"main\": \"index.js\"}
-- index.js --
module.exports = 'hosted';
-- README.md --
Says it.
";

/// verdaccio behind a gateway with a path and a header of its own: released to by a platform that two commands made.
#[test]
fn a_release_goes_to_a_platform_of_ones_own_and_is_installed_from_it() {
    let Some(verdaccio) = servers::verdaccio::start() else { return };
    let Some(gateway) = nginx::gateway("/team/npm/", "Private-Token", &verdaccio) else { return };
    let registry = format!("{}/team/npm/", gateway.server.url());
    let pak = Pak::of(PACKAGE).env("TEAM_TOKEN", gateway.token.as_ref().unwrap().expose());
    pak.ok(&format!(
        "platform add --from npm team --registry {registry} --token-env TEAM_TOKEN --auth header:Private-Token"
    ));
    pak.ok("platform add team");
    let written = pak.folder.read("pak.toml");
    assert_eq!(
        written.lines().filter(|line| !line.is_empty()).count(),
        7,
        "five of the platform, two of the target: {written}"
    );
    assert!(pak.ok("platform test team").contains("✓ team: Connection successful"));
    assert!(pak.ok("platform health team").contains("✓ team: Reachable"));
    assert!(pak.ok("credential test team").contains("variable TEAM_TOKEN"));

    let plan = pak.json("plan");
    assert_eq!(plan["steps"][0]["platform"], "team", "{plan}");
    assert_eq!(pak.ok("deploy --yes"), "📦 Deploying to team...\n✓ All platforms deployed successfully\n");
    assert!(pak.ok("plan").contains("the same bytes"));
    let rehearsed = pak.run("rehearse --no-install");
    assert!(rehearsed.success, "a platform of one's own is rehearsed like the one it is like: {rehearsed}");

    let (Some(npm), Some(node)) = (Client::find(Tool::Npm), Client::find(Tool::Node)) else { return };
    let project = Folder::new();
    npm.directory(project.path()).succeed(&["install", "--registry", &registry, "pak-test-hosted"]);
    assert_eq!(node.directory(project.path()).succeed(&["-p", "require('pak-test-hosted')"]).trim(), "hosted");
}

#[cfg(unix)]
#[test]
fn a_token_command_answers_for_the_users_own_address_alone() {
    let config = "[platforms.mine]\nfrom = \"npm\"\nregistry = \"https://npm.example.org/\"\ntoken-command = [\"printf\", \"t\"]\n";
    let credential = |target: &str| {
        let pak = Pak::of(&format!("{PACKAGE}-- pak.toml --\n[environments.production.mine]\n{target}"));
        std::fs::create_dir_all(pak.home("config")).unwrap();
        std::fs::write(pak.home("config/config.toml"), config).unwrap();
        pak.env("PATH", "/usr/bin:/bin").json("platform config mine")["targets"][0]["credential"].clone()
    };
    assert_eq!(credential(""), "command `printf`");
    assert_eq!(credential("registry = \"https://elsewhere.example.org/\"\n"), serde_json::Value::Null);
}

fn guide_text() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/add-a-platform.md");
    std::fs::read_to_string(path).unwrap().replace("\r\n", "\n")
}

#[test]
fn the_settings_of_the_guide_are_taken() {
    let text = guide_text();
    let blocks = guide::blocks(&text, "toml pak.toml");
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let pak = Pak::of(&format!("{PACKAGE}-- pak.toml --\n{block}"));
        pak.ok("config validate");
        let shown = pak.json("platform config");
        // The block that only defines a platform releases where the package would go without it.
        let own = shown["targets"].as_array().unwrap().iter().filter(|target| target["name"] != "npm");
        for target in own {
            assert!(target["registry"].as_str().unwrap().contains("example.org/"), "{target}");
        }
    }
    let pak = Pak::of(PACKAGE);
    let folder = pak.home("config");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), guide::blocks(&text, "toml config.toml").remove(0)).unwrap();
    let shown = pak.ok("platform info my-ecr");
    assert!(shown.contains("https://123456789012.dkr.ecr.eu-central-1.amazonaws.com/"), "{shown}");
}

#[test]
fn the_command_of_the_guide_writes_what_the_guide_shows() {
    let text = guide_text();
    let commands = guide::blocks(&text, "sh");
    let command = commands.iter().find_map(|block| block.strip_prefix("pak ")?.contains("--from").then_some(block));
    let pak = Pak::of(PACKAGE);
    pak.ok(command.unwrap().trim().strip_prefix("pak ").unwrap());
    assert_eq!(pak.folder.read("pak.toml"), guide::blocks(&text, "toml pak.toml")[1]);
}
