//! The command line's side of the server: `pak server …` on its machine, and `pak login`, `pak remote …`, `pak deploy --remote` from
//! another.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use pak_testing::project::Folder;
use pak_testing::servers::postgres;
use pak_testing::servers::serve::{self, Options, Served};
use serde_json::{Value, json};

use crate::cli::Pak;
use crate::scan::token;

const PROJECT: &str = "
-- pak.toml --
[project]
name = \"greeter\"
-- package.json --
{\"name\": \"greeter\", \"version\": \"1.2.3\", \"license\": \"MIT\", \"description\": \"Greets.\", \"files\": [\"index.js\"]}
-- index.js --
module.exports = () => 'hello';
-- README.md --
Greets.
-- .gitignore --
*.log
-- noise.log --
not to be uploaded
";

/// Made of words, so that no scanner takes it for a real one.
const PASSWORD: &str = "a horse in the rain, at noon";
/// The instance's key for machines.
const MACHINE: &str = "the-key-of-machines-in-this-test";

fn server() -> Served {
    let variables = vec![("PAK_API_KEY", MACHINE.to_owned())];
    serve::start(Utf8Path::new(env!("CARGO_BIN_EXE_pak")), &Options { variables, ..Options::default() })
}

/// A command line that knows the server and has the machines' key.
fn client(served: &Served, project: &str) -> Pak {
    Pak::of(project).env("PAK_REMOTE_URL", &served.url()).env("PAK_REMOTE_KEY", MACHINE)
}

/// Runs pak with something on standard input.
fn piped(arguments: &[&str], input: &str) -> std::process::Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pak"))
        .args(arguments)
        .env("PAK_PASSWORD_MEMORY", "1024")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn a_release_through_the_server_looks_like_one_from_here() {
    let served = server();
    let pak = client(&served, PROJECT);
    assert!(
        pak.fails("deploy --remote -e sandbox").contains("pak::server::not_found"),
        "the server's own code is shown"
    );
    pak.ok("remote project create greeter --description Greets.");
    assert!(pak.fails("remote project create greeter").contains("pak::server::name_taken"));
    let pushed = pak.json("remote push");
    assert_eq!(pushed["files"], 5, "what .gitignore names stays here: {pushed}");

    let shown = pak.ok("deploy --remote -e sandbox");
    assert!(shown.contains("✓ All platforms deployed successfully"), "{shown}");
    let list = pak.json("remote deployment list --name greeter");
    assert_eq!(list["deployments"][0]["status"], "success", "{list}");
    let detail = pak.ok("remote deployment show deploy_1");
    assert!(detail.contains("greeter to sandbox: success"), "{detail}");

    // The stream is the journal's facts, in the form that a run on this machine prints.
    let lines = pak.ok("remote deployment watch deploy_1 --json");
    let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(events[0]["body"]["tick"]["stage"]["stage"], "build", "{lines}");
    assert!(events.iter().any(|event| event["body"]["fact"]["run-planned"].is_object()), "{lines}");
    assert!(events.iter().any(|event| event["body"]["fact"]["run-finished"].is_object()), "{lines}");
    assert_eq!(events.last().unwrap()["deployment"]["status"], "success");
    assert!(pak.ok("remote deployment logs deploy_1").contains("greeter 1.2.3"), "the plan names the packages");

    let got = pak.json("remote package download deploy_1 --to got");
    assert_eq!(got["files"].as_array().unwrap().len(), 1, "{got}");
    assert!(pak.folder.join("got/greeter-1.2.3.tgz").is_file());

    // A version that the manifests do not say is no success, and the exit code says so.
    let output = pak.run("deploy --remote greeter -e sandbox --version 9.9.9");
    assert!(!output.success && output.stderr.contains("9.9.9"), "{output}");
    assert!(!output.stdout.contains("successfully"), "{output}");
    assert_eq!(pak.json("remote deployment list --status failed")["deployments"].as_array().unwrap().len(), 1);
}

#[test]
fn signing_in_by_a_code_in_the_browser() {
    let served = server();
    let data = served.data().as_str();
    let added = ["server", "user", "add", "alice@example.org", "--name", "Alice", "--password-stdin", "--data", data];
    let output = piped(&added, PASSWORD);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let browser = served.http();
    let login = json!({"email": "alice@example.org", "password": PASSWORD, "action": "login"});
    assert_eq!(browser.json("POST", "/auth", &login).unwrap().status, 200);

    let pak = Pak::new();
    assert!(pak.fails("remote status").contains("pak login"), "what to do is said");
    let config = pak.home("config");
    let mut child = Command::new(env!("CARGO_BIN_EXE_pak"))
        .args(["login", &served.url(), "--json"])
        .env("PAK_CONFIG_DIR", &config)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
    let begun: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    let allow = json!({"user_code": begun["user_code"], "allow": true});
    let answer = browser.json("POST", "/device", &allow).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let done: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(done["account"], "alice@example.org");
    assert!(child.wait().unwrap().success());

    let status = pak.ok("remote whoami");
    assert!(status.contains("as alice@example.org"), "{status}");
    let kept = std::fs::read_to_string(config.join("credentials.toml")).unwrap();
    assert!(kept.contains(&served.url()), "bound to the server's origin");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(config.join("credentials.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    pak.ok("logout");
    assert!(pak.fails("remote status").contains("not signed in"));
}

#[test]
fn a_key_that_is_good_for_nothing_is_not_kept() {
    let served = server();
    let pak = Pak::new().env("PAK_REMOTE_KEY", "pak_nothing");
    let said = pak.fails(&format!("login {}", served.url()));
    assert!(said.contains("[pak::"), "{said}");
    assert!(!pak.home("config/credentials.toml").exists());
}

#[test]
fn people_are_looked_after_on_the_servers_machine() {
    let folder = Folder::new();
    let pak = Pak::new();
    let on = |line: &str| format!("{line} --data {}", folder.join("data"));
    let made = pak.json(&on("server user add root@example.org --admin"));
    let link = made["link"].as_str().unwrap();
    assert!(link.starts_with("http://localhost:5000/reset?token="), "{made}");
    assert_eq!(made["user"]["role"], "admin");
    assert!(pak.fails(&on("server user add ROOT@example.org")).contains("already"));
    assert!(pak.fails(&on("server user disable root@example.org")).contains("last administrator"));
    pak.ok(&on("server user add bob@example.org"));
    assert!(pak.ok(&on("server user role bob@example.org admin")).contains("administers"));
    assert!(pak.ok(&on("server user disable root@example.org")).contains("kept out"));
    assert!(pak.fails(&on("server user reset root@example.org")).contains("disabled"));
    let verdict = pak.json(&on("audit verify"));
    assert_eq!((&verdict["verdict"]["intact"], &verdict["verdict"]["entries"]), (&json!(true), &json!(4)), "{verdict}");
    assert_ne!(pak.json(&on("server user reset bob@example.org"))["link"], made["link"]);
    let list = pak.json(&on("server user list"));
    let active = |index: usize| list["users"][index]["is_active"].as_bool().unwrap();
    assert!(active(0) && !active(1), "{list}");
}

#[test]
fn what_is_backed_up_comes_back_and_nothing_is_overwritten() {
    let served = server();
    let pak = client(&served, PROJECT);
    pak.ok("remote project create greeter");
    pak.ok("remote push");
    pak.ok("deploy --remote -e sandbox");
    let secret = pak.folder.join("secret");
    std::fs::write(&secret, "token-of-words").unwrap();
    let set = Command::new(env!("CARGO_BIN_EXE_pak"))
        .args(["remote", "credential", "set", "npm", "--name", "greeter"])
        .env("PAK_REMOTE_URL", served.url())
        .env("PAK_REMOTE_KEY", MACHINE)
        .stdin(std::fs::File::open(&secret).unwrap())
        .output()
        .unwrap();
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
    assert_eq!(pak.json("remote credential list")["credentials"][0]["target"], "npm");

    // While the server runs.
    let data = served.data();
    let written = pak.json(&format!("server backup backup.tar.gz --data {data}"));
    assert!(written["backup"]["files"].as_u64().unwrap() > 2, "{written}");
    let fails = pak.fails(&format!("server backup backup.tar.gz --data {data}"));
    assert!(fails.contains("pak::server::backup_failed"), "an older backup stays: {fails}");
    let backup = pak.folder.join("backup.tar.gz");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(pak.fails(&format!("server restore backup.tar.gz --data {data}")).contains("restore_refused"));

    let elsewhere = Folder::new();
    let again = elsewhere.join("data");
    let restored = pak.json(&format!("server restore {backup} --data {again}"));
    assert_eq!(restored["restored"]["rows"], written["backup"]["rows"], "{restored}");
    let check = pak.json(&format!("server check --data {again}"));
    assert_eq!(check["ok"], true, "{check}");
    let key = check["checks"].as_array().unwrap().iter().find(|point| point["name"] == "master key").unwrap();
    assert!(key["note"].as_str().unwrap().contains("opens all 1"), "{check}");

    let options =
        Options { data: Some(again), variables: vec![("PAK_API_KEY", MACHINE.to_owned())], ..Options::default() };
    let second = serve::start(Utf8Path::new(env!("CARGO_BIN_EXE_pak")), &options);
    let there = client(&second, PROJECT);
    assert_eq!(there.json("remote deployment list")["deployments"][0]["status"], "success");
    there.ok("remote package download deploy_1 --to got");
    assert!(there.ok("deploy --remote -e sandbox").contains("All platforms deployed"), "it goes on where it was");
}

#[test]
fn a_check_names_what_is_wrong() {
    let folder = Folder::new();
    let data = folder.join("data");
    let pak = Pak::new();
    let missing = pak.json(&format!("server check --data {data}"));
    assert_eq!(missing["ok"], false);
    let dry = pak.ok(&format!("server migrate --dry-run --data {data}"));
    assert!(dry.contains("m0001_people") && dry.contains("Nothing was changed"), "{dry}");
    pak.ok(&format!("server user list --data {data}"));
    assert_eq!(pak.json(&format!("server check --data {data}"))["ok"], true);
    assert!(pak.ok(&format!("server migrate --data {data}")).contains("current"));

    std::fs::write(data.join("secrets/master.key"), "not a key\n").unwrap();
    let begun = Instant::now();
    let output = pak.run(&format!("server check --data {data}"));
    assert!(!output.success && output.stdout.contains("master key"), "{output}");
    assert!(output.stdout.contains("pak::access::master_key"), "{output}");
    let mail = Pak::new().env("PAK_SMTP_URL", "gopher://x").json(&format!("server check --data {data}"));
    assert!(mail["checks"].to_string().contains("PAK_SMTP_URL"), "{mail}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_backup_moves_between_databases() {
    let Some(database) = postgres::database() else { return };
    let pak = Pak::new();
    let folder = Folder::new();
    let place = |name: &str| format!("--data {}", folder.join(name));
    let shared = format!("{} --database {}", place("shared"), database.url());
    pak.ok(&format!("server user add root@example.org --admin {}", place("first")));
    pak.ok(&format!("server user add bob@example.org --name O'Bob,\"é\" {}", place("first")));
    let there = pak.json(&format!("server backup one.tar.gz {}", place("first")));
    let restored = pak.json(&format!("server restore one.tar.gz {shared}"));
    assert_eq!(restored["restored"]["rows"], there["backup"]["rows"], "{restored}");
    // New rows are numbered after those that came.
    let added = pak.json(&format!("server user add carol@example.org {shared}"));
    assert_eq!(added["user"]["id"], 3, "{added}");
    pak.ok(&format!("server user disable bob@example.org {shared}"));
    assert_eq!(pak.json(&format!("server check {shared}"))["ok"], true);
    pak.ok(&format!("server backup two.tar.gz {shared}"));
    pak.ok(&format!("server restore two.tar.gz {}", place("second")));
    for at in [&shared, &place("second")] {
        // Every field of every entry is in its hash.
        assert_eq!(pak.json(&format!("audit verify {at}"))["verdict"]["intact"], true);
        let list = pak.json(&format!("server user list {at}"));
        let people: Vec<_> = list["users"].as_array().unwrap().iter().map(|user| &user["is_active"]).collect();
        assert_eq!(people, [&json!(true), &json!(false), &json!(true)], "{list}");
        assert_eq!(list["users"][1]["name"], "O'Bob,\"é\"");
    }
}

#[test]
fn a_release_that_its_scan_stops_can_be_looked_at() {
    let served = server();
    let pak = client(&served, PROJECT);
    pak.folder.write("index.js", format!("module.exports = '{}';\n", token()));
    pak.ok("remote project create greeter");
    pak.ok("remote push");
    assert!(pak.fails("deploy --remote -e sandbox").contains("pak::security::denied"));
    let http = served.http().header("X-API-Key", MACHINE);
    let scan = http.get("/deployments/deploy_1/scan").unwrap();
    assert_eq!(scan.status, 200, "{}", scan.text());
    assert!(scan.text().contains("greeter-1.2.3.tgz!/package/index.js"), "{}", scan.text());
    assert!(!scan.text().contains(&token()), "a report holds no secret");
}
