//! Git's own http server (`git-http-backend` behind apache), and the repositories on it.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Launch, Running, Server, fresh_secret, password_file};
use crate::client::Client;
use crate::tools::Tool;

const MODULES: &[&str] =
    &["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_basic", "cgid", "alias", "env"];

/// A server of repositories. Only the account may read or push. A repository answers under `before-` and its name too, by
/// leading to where it is now.
pub struct GitServer {
    /// The server.
    pub running: Running,
    /// git, in a home where it asks nothing and trusts every folder.
    pub git: Client,
}

/// A bare repository on the server.
#[derive(Debug, Clone)]
pub struct Repository {
    /// Its address.
    pub url: String,
    /// Its folder.
    pub folder: Utf8PathBuf,
}

/// Starts it. Servers without `filter` are had by taking `uploadpack.allowFilter` away from a repository.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<GitServer> {
    let apache = Tool::Apache.require_or_skip()?;
    let backend = Tool::GitHttpBackend.require_or_skip()?;
    let htpasswd = Tool::Htpasswd.require_or_skip()?;
    let git = git()?;
    let password = fresh_secret();
    let account = password_file(&htpasswd, "-niB", &password);
    let server = Server::start("apache", &apache, "/git/", |folder, port| {
        let root = folder.path();
        folder
            .write("htpasswd", &account)
            .write("httpd.conf", configuration(root, port, &backend))
            .write("srv/.keep", "");
        open_to_server(root, root);
        Launch::arguments(["-f", root.join("httpd.conf").as_str(), "-DFOREGROUND"])
    });
    Some(GitServer { running: Running::new(server, password), git })
}

/// The git of this machine in a clean home; none where it is not installed.
pub fn git() -> Option<Client> {
    let git = Client::find(Tool::Git)?
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
        .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z");
    git.write(
        ".gitconfig",
        "[user]\nname = Grace\nemail = grace@example.org\n[init]\ndefaultBranch = main\n[safe]\ndirectory = *\n[gc]\nauto = 0\n",
    );
    Some(git)
}

impl GitServer {
    /// A repository with one commit: a `README.md` on `main`.
    pub fn repository(&self, name: &str) -> Repository {
        let repository = self.empty(name);
        self.push(&repository, &[("README.md", "hello\n")]);
        repository
    }

    /// A repository without any commit. It checks every object it is sent.
    pub fn empty(&self, name: &str) -> Repository {
        let folder = self.running.server.folder().join("srv").join(format!("{name}.git"));
        self.git.succeed(&["init", "--quiet", "--bare", folder.as_str()]);
        let repository = Repository { url: format!("{}/git/{name}.git", self.running.url), folder };
        for (name, value) in
            [("http.receivepack", "true"), ("uploadpack.allowFilter", "true"), ("receive.fsckObjects", "true")]
        {
            self.inside(&repository, &["config", name, value]);
        }
        self.settle(&repository);
        repository
    }

    /// Runs git in the repository's folder and hands its output back.
    pub fn inside(&self, repository: &Repository, arguments: &[&str]) -> String {
        self.git.succeed(&[&["-C", repository.folder.as_str()], arguments].concat())
    }

    /// Commits files to `main` as someone else would: from a clone, with git, past the web server.
    pub fn push(&self, repository: &Repository, files: &[(&str, &str)]) {
        let clone = self.clone_of(repository);
        for (path, content) in files {
            let path = clone.join(path);
            std::fs::create_dir_all(path.parent().expect("a file in the clone")).expect("a folder");
            std::fs::write(path, content).expect("a file");
        }
        self.git.succeed(&["-C", clone.as_str(), "add", "--all"]);
        self.git.succeed(&["-C", clone.as_str(), "commit", "--quiet", "-m", "by hand"]);
        self.git.succeed(&["-C", clone.as_str(), "push", "--quiet", "origin", "HEAD:main"]);
        self.settle(repository);
    }

    /// A fresh clone, made by git from the repository's folder.
    pub fn clone_of(&self, repository: &Repository) -> Utf8PathBuf {
        let target = self.git.home().join(format!("clone-{}", uuid::Uuid::new_v4().simple()));
        self.git.succeed(&["clone", "--quiet", repository.folder.as_str(), target.as_str()]);
        target
    }

    /// Writes a hook that a push passes through: a shell script.
    pub fn hook(&self, repository: &Repository, name: &str, script: &str) {
        let file = repository.folder.join("hooks").join(name);
        std::fs::create_dir_all(repository.folder.join("hooks")).expect("the hooks' folder");
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a hook");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("a hook that can be run");
        }
        self.settle(repository);
    }

    /// Hands over to the server what was written past it.
    fn settle(&self, repository: &Repository) {
        open_to_server(self.running.server.folder(), &repository.folder);
    }
}

fn configuration(root: &Utf8Path, port: u16, backend: &Utf8Path) -> String {
    let modules: Vec<String> = MODULES
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
    let modules = modules.concat();
    let folder = backend.parent().unwrap_or(backend);
    format!(
        "ServerRoot {root}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {root}/apache.pid\n\
         ErrorLog {root}/server.log\nUser www-data\nGroup www-data\n{modules}ScriptSock {root}/cgisock\n\
         SetEnv GIT_PROJECT_ROOT {root}/srv\nSetEnv GIT_HTTP_EXPORT_ALL 1\n\
         RedirectMatch permanent ^/git/before-(.*)$ /git/$1\n\
         ScriptAliasMatch \"^/git/(.*)$\" \"{backend}/$1\"\n\
         <Directory {folder}>\nRequire all granted\n</Directory>\n\
         <LocationMatch \"^/git/\">\nAuthType Basic\nAuthName git\nAuthUserFile {root}/htpasswd\nRequire valid-user\n\
         </LocationMatch>\n"
    )
}

/// Started by root, the web server becomes another user, whose the repositories must then be.
fn open_to_server(root: &Utf8Path, owned: &Utf8Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if rustix::process::geteuid().is_root() {
            std::fs::set_permissions(root, std::fs::Permissions::from_mode(0o755))
                .expect("a folder that can be entered");
            let done = Command::new("chown").args(["-R", "www-data:www-data", owned.as_str()]).status();
            assert!(done.expect("chown starts").success(), "chown failed");
        }
    }
}
