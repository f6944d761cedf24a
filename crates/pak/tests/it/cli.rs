//! The built program in a clean home, and how it answers as a whole: help, slips, former names, plain output.

use camino::Utf8PathBuf;
use pak_testing::client::{Client, Output};
use pak_testing::project::Folder;
use serde_json::Value;

/// `pak` with folders of its own.
pub(crate) struct Pak {
    client: Client,
    pub(crate) folder: Folder,
}

impl Pak {
    /// In an empty folder.
    pub(crate) fn new() -> Self {
        Self::within(Folder::new())
    }

    /// In a project, written from a text (see `Folder::from_text`).
    pub(crate) fn of(project: &str) -> Self {
        Self::within(Folder::from_text(project))
    }

    fn within(folder: Folder) -> Self {
        let client = Client::of(env!("CARGO_BIN_EXE_pak")).directory(folder.path());
        let state = client.home().join("state");
        let (config, data) = (client.home().join("config"), client.home().join("data"));
        // A test that forgets where its registry is must not reach a real one: everything but loopback goes to a closed port.
        let client = ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"]
            .into_iter()
            .fold(client, |client, name| client.env(name, "http://127.0.0.1:9"));
        let client = client
            .env("PAK_STATE_DIR", state.as_str())
            .env("PAK_CONFIG_DIR", config.as_str())
            .env("PAK_DATA_DIR", data.as_str());
        Self { client, folder }
    }

    /// With a variable.
    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        Self { client: self.client.env(name, value), folder: self.folder }
    }

    /// A path of its home.
    pub(crate) fn home(&self, path: &str) -> Utf8PathBuf {
        self.client.home().join(path)
    }

    /// Runs a line of arguments, separated by spaces.
    pub(crate) fn run(&self, line: &str) -> Output {
        self.client.run(&line.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>())
    }

    /// Runs a line that must succeed; gives standard output.
    pub(crate) fn ok(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.success, "pak {line} failed:\n{output}");
        output.stdout
    }

    /// Runs a line that must fail; gives standard error.
    pub(crate) fn fails(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(!output.success, "pak {line} did not fail:\n{output}");
        output.stderr
    }

    /// Runs a line with `--json`, success or not; gives the one document.
    pub(crate) fn json(&self, line: &str) -> Value {
        let output = self.run(&format!("{line} --json"));
        serde_json::from_str(&output.stdout).unwrap_or_else(|error| panic!("pak {line} --json: {error}\n{output}"))
    }
}

#[test]
fn tests_cannot_reach_the_world() {
    let answer = Pak::new().json("platform health npm");
    assert_eq!(answer["platforms"][0]["error"]["code"], "pak::http::unreachable", "{answer}");
}

#[test]
fn slips_get_a_suggestion_and_code_2() {
    let pak = Pak::new();
    assert!(pak.fails("depoly").contains("Did you mean `pak deploy`?"));
    assert!(pak.fails("deploy lsit").contains("Did you mean `pak deploy list`?"));
    assert!(pak.fails("core helth").contains("'health'"));
    assert!(pak.fails("deploy --enviroment x").contains("'--environment'"));
    assert!(pak.fails("billing").contains("There is no command `billing`"), "what does not exist does not pretend");
    let error = &pak.json("deploy --nope")["error"];
    assert_eq!(error["code"], "pak::config::usage");
    assert_eq!(error["effect"], "nothing-sent");
}

#[test]
fn former_names_work_and_say_so_once() {
    let output = Pak::new().run("doctor");
    assert!(output.stdout.contains("All systems operational"), "{output}");
    assert_eq!(output.stderr.matches("`pak doctor` is now `pak core doctor`.").count(), 1, "{output}");
}

#[test]
fn symbols_stay_in_pipes_and_go_where_they_are_not_wanted() {
    assert!(Pak::new().ok("core status").contains("✓ All systems operational"));
    for output in [
        Pak::new().ok("core status --plain"),
        Pak::new().env("NO_COLOR", "1").ok("core status"),
        Pak::new().env("LC_ALL", "C").ok("core status"),
    ] {
        assert_eq!(output, "[ok] All systems operational\n");
    }
}

#[test]
fn help_shows_examples_and_every_leaf_takes_json() {
    let pak = Pak::new();
    assert!(pak.ok("deploy rollback --help").contains("Examples:"));
    assert!(pak.ok("help platform info").contains("--json"));
    assert_eq!(pak.ok("--version").trim(), concat!("pak ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_manual_pages_cover_the_tree() {
    let pak = Pak::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(pak.ok(&format!("completions {shell}")).contains("rollback"), "{shell}");
    }
    pak.ok("man pages");
    assert!(pak.folder.read("pages/pak-deploy-resume.1").contains("Continue an unfinished run"));
}

#[cfg(unix)]
#[test]
fn external_commands_run_and_keep_their_code() {
    use std::os::unix::fs::PermissionsExt;
    let tools = Folder::new();
    tools.write("pak-hello", "#!/bin/sh\necho \"hello $1\"\nexit 7\n");
    std::fs::set_permissions(tools.join("pak-hello"), PermissionsExt::from_mode(0o755)).unwrap();
    let pak = Pak::new().env("PATH", &format!("{}:/usr/bin:/bin", tools.path()));
    let output = pak.run("hello world");
    assert_eq!(output.stdout, "hello world\n");
    assert!(!output.success);
    assert!(pak.ok("core modules").contains("pak hello"));
}
