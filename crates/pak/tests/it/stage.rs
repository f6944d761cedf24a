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

    async fn of(project: Folder, platforms: &[&str]) -> Self {
        let data = Folder::new();
        let sandbox = Sandbox::start(Options { data: data.join("registries"), port: 0 }).await.unwrap();
        let mut config = project.read("pak.toml");
        for platform in platforms {
            let (root, upload, index) = pak_sandbox::serve::addresses(&sandbox.base(), platform).unwrap();
            let mut table = format!("\n[environments.crash.{platform}]\nregistry = \"{root}\"\n");
            table.extend(upload.map(|url| format!("upload = \"{url}\"\n")));
            table.extend(index.map(|url| format!("index = \"{url}\"\n")));
            config.push_str(&table);
        }
        project.write("pak.toml", config);
        Self { project, state: Folder::new(), sandbox, data }
    }

    pub(crate) fn pak(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pak"));
        command.args(args).current_dir(self.project.path()).env("PAK_STATE_DIR", self.state.path());
        command.env("PAK_CONFIG_DIR", self.state.join("config")).env("PAK_DATA_DIR", self.state.join("data"));
        for platform in ["NPM", "PYPI", "CARGO", "DOCKER", "CENTRAL"] {
            command.env(format!("PAK_{platform}_TOKEN"), self.sandbox.token());
        }
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
                    if entry.file_name() != "tmp" {
                        folders.push(entry.path().to_owned());
                    }
                } else if is_content(entry.path().as_str()) {
                    let name = entry.path().strip_prefix(self.data.path()).unwrap().to_string();
                    files.insert(name, std::fs::read(entry.path()).unwrap());
                }
            }
        }
        files
    }

    /// Requests that changed something.
    pub(crate) fn writes(&self) -> Vec<String> {
        let uploads = |line: &String| line.starts_with("PUT ") || line.starts_with("POST /v2/");
        self.sandbox.requests().into_iter().filter(uploads).collect()
    }
}

/// Artifacts themselves; indexes carry times.
fn is_content(path: &str) -> bool {
    [".tgz", ".whl", ".tar.gz", ".crate"].iter().any(|end| path.ends_with(end))
        || path.contains("/blobs/")
        || path.contains("/maven2/")
}

/// Everything a process printed.
pub(crate) fn text(output: &Output) -> String {
    format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
