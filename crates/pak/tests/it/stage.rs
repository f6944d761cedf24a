//! The real binary, a project, and registries of this test process that outlive it.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use camino::Utf8PathBuf;
use pak_sandbox::{Options, Sandbox};
use pak_testing::project::Folder;

/// A release of the greeter to registries that outlive the killed process.
pub(crate) struct Stage {
    pub(crate) project: Folder,
    pub(crate) state: Folder,
    pub(crate) sandbox: Sandbox,
    data: Folder,
}

impl Stage {
    /// The greeter, going to four registries that publish at once.
    pub(crate) async fn new() -> Self {
        let example = Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/greeter");
        Self::of(Folder::copy_of(&example), &["npm", "pypi", "cargo", "docker"]).await
    }

    /// A Maven component, going to a portal that holds it back until it is promoted.
    pub(crate) async fn portal() -> Self {
        Self::of(pak_testing::component::project(), &["central"]).await
    }

    /// A Maven component, going to a repository file by file.
    pub(crate) async fn repository() -> Self {
        Self::of(pak_testing::component::project(), &["maven"]).await
    }

    /// Programs for three systems, and two taps that point at them.
    pub(crate) async fn taps() -> Self {
        Self::of(programs(), &["generic", "homebrew", "scoop"]).await
    }

    async fn of(project: Folder, platforms: &[&str]) -> Self {
        let data = Folder::new();
        let sandbox = Sandbox::start(Options { data: data.join("registries"), port: 0 }).await.unwrap();
        let mut config = project.read("pak.toml");
        for platform in platforms {
            let (root, upload, index) = pak_sandbox::serve::addresses(&sandbox.base(), platform).unwrap();
            let mut table = format!("\n[environments.crash.{platform}]\nregistry = \"{root}\"\n");
            table.extend(upload.map(|url| format!("upload = \"{url}\"\n")));
            table.extend(index.map(|url| format!("index = \"{url}\"\n")));
            let tap = TAPS.iter().find(|(tap, _)| tap == platform);
            table.extend(tap.map(|(_, repository)| format!("repository = \"{repository}\"\n")));
            config.push_str(&table);
        }
        project.write("pak.toml", config);
        Self { project, state: Folder::new(), sandbox, data }
    }

    pub(crate) fn pak(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pak"));
        command.args(args).current_dir(self.project.path()).env("PAK_STATE_DIR", self.state.path());
        command.env("PAK_CONFIG_DIR", self.state.join("config")).env("PAK_DATA_DIR", self.state.join("data"));
        for platform in ["NPM", "PYPI", "CARGO", "DOCKER", "CENTRAL", "MAVEN", "GENERIC", "HOMEBREW", "SCOOP"] {
            command.env(format!("PAK_{platform}_TOKEN"), self.sandbox.token());
        }
        command.env("GIT_AUTHOR_NAME", "A. Person").env("GIT_AUTHOR_EMAIL", "person@example.org");
        // Docker registries of this kind take a user and a password.
        command.env_remove("PAK_DOCKER_TOKEN").env("PAK_DOCKER_USERNAME", "sandbox");
        command.env("PAK_DOCKER_PASSWORD", self.sandbox.token());
        command
    }

    pub(crate) fn deploy(&self) -> Command {
        self.pak(&["deploy", "--environment", "crash", "--yes"])
    }

    /// What the registries hold, read from their files, so that no protocol of ours is in between.
    pub(crate) fn published(&self) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.data.join("registries")];
        while let Some(folder) = folders.pop() {
            for entry in folder.read_dir_utf8().unwrap().flatten() {
                if entry.file_type().unwrap().is_dir() {
                    // What the portal holds back, under numbers of its own, nobody sees.
                    if !["tmp", "deployments"].contains(&entry.file_name()) {
                        folders.push(entry.path().to_owned());
                    }
                } else if is_content(entry.path().as_str()) {
                    let name = entry.path().strip_prefix(self.data.path()).unwrap().to_string();
                    files.insert(name, std::fs::read(entry.path()).unwrap());
                }
            }
        }
        if files.keys().any(|name| name.contains("/hello-linux-x86_64")) {
            files.extend(TAPS.iter().flat_map(|(_, repository)| self.tap(repository)));
        }
        files
    }

    /// A tap as people get it: its files, and how many commits it has.
    fn tap(&self, repository: &str) -> BTreeMap<String, Vec<u8>> {
        let folder = Folder::new();
        let url = format!("{}/git/{repository}.git", self.sandbox.base());
        let git = |args: &[&str]| Command::new("git").args(args).current_dir(folder.path()).output().unwrap();
        git(&["clone", "--quiet", &url, "tap"]);
        let commits = git(&["-C", "tap", "rev-list", "--count", "HEAD"]).stdout;
        let mut files = BTreeMap::from([(format!("{repository} commits"), commits)]);
        for line in String::from_utf8(git(&["-C", "tap", "ls-files"]).stdout).unwrap().lines() {
            // Addresses in it name the sandbox's port, which is another one every time.
            let text = folder.read(&format!("tap/{line}")).replace(&self.sandbox.base(), "<sandbox>");
            files.insert(format!("{repository}/{line}"), text.into_bytes());
        }
        files
    }

    /// Requests that changed something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let uploads = |line: &String| line.starts_with("PUT ") || line.starts_with("POST /v2/");
        self.sandbox.requests().into_iter().filter(uploads).collect()
    }
}

/// Taps, and the repositories that they are.
const TAPS: &[(&str, &str)] = &[("homebrew", "acme/homebrew-tap"), ("scoop", "acme/scoop-bucket")];

/// A program for three systems.
fn programs() -> Folder {
    let project = Folder::new();
    project.write(
        "pak.toml",
        "[project]\nname = \"hello\"\n\
         [packages.tool]\necosystem = \"generic\"\nname = \"hello\"\nversion = \"1.0.0\"\nartifacts = [\"files/*\"]\n\
         description = \"Greets people\"\nhomepage = \"https://example.org/hello\"\nlicense = \"MIT\"\n",
    );
    for file in ["hello-linux-x86_64", "hello-darwin-arm64", "hello-windows-x86_64.exe"] {
        project.write(&format!("files/{file}"), format!("#!/bin/sh\necho hello from {file}\n"));
    }
    project
}

/// Artifacts themselves; indexes carry times.
fn is_content(path: &str) -> bool {
    [".tgz", ".whl", ".tar.gz", ".crate"].iter().any(|end| path.ends_with(end))
        || path.contains("/blobs/")
        || path.contains("/maven2/")
        || path.contains("/hello-")
}

/// Everything a process printed.
pub(crate) fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
