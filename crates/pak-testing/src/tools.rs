//! Finds what `scripts/setup-tests` installed, and decides what a missing piece means: a skipped test, or a failed one.

use camino::Utf8PathBuf;
use pak_model::env::Env;

/// A program the tests may need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// Node, which runs verdaccio.
    Node,
    /// The npm client.
    Npm,
    /// Python, in the environment that holds pip, build, flit_core and uv_build.
    Python,
    /// pip, in the same environment.
    Pip,
    /// uv.
    Uv,
    /// twine.
    Twine,
    /// The registry server of Python's own world.
    PypiServer,
    /// The other one, with many users and indexes.
    Devpi,
    /// cargo.
    Cargo,
    /// skopeo, a client of image registries.
    Skopeo,
    /// buildah, another one, which unpacks what it pulls.
    Buildah,
    /// The reference registry of images.
    DockerRegistry,
    /// Writes password files.
    Htpasswd,
    /// A web server: files that can be uploaded, a gateway before other registries.
    Nginx,
    /// A client of any web server.
    Curl,
    /// Maven.
    Mvn,
    /// Gradle.
    Gradle,
    /// GnuPG, which signs.
    Gpg,
    /// git.
    Git,
    /// git's own server for http, which a web server runs.
    GitHttpBackend,
    /// The web server.
    Apache,
    /// OpenSSH's client.
    Ssh,
    /// Makes keys for it.
    SshKeygen,
    /// OpenSSH's server.
    Sshd,
    /// PostgreSQL's server; its other programs are beside it.
    Postgres,
    /// A browser.
    Chromium,
    /// Drives it.
    Chromedriver,
    /// Python, in the environment that holds requests and Flask.
    ServerPython,
    /// Tries an API against its description.
    Schemathesis,
    /// sigstore's client in Python.
    Sigstore,
    /// Audits workflows, as pak does.
    Zizmor,
    /// An object store as Amazon's is.
    MotoServer,
    /// Ruby, the language of Homebrew's files.
    Ruby,
    /// Python, in the environment that holds the validators of reports.
    ReportsPython,
    /// Validates JSON and YAML by a schema; it brings those of CI systems.
    CheckJsonschema,
    /// The SPDX project's own validator.
    Pyspdxtools,
    /// minisign.
    Minisign,
    /// OpenSSL.
    Openssl,
    /// Compares lists of checksums.
    Sha256sum,
    /// Signs Debian packages.
    Debsigs,
    /// Verifies them.
    DebsigVerify,
    /// Makes Debian packages.
    DpkgDeb,
    /// rpm's own builder.
    Rpmbuild,
    /// rpm's keys and signatures.
    Rpmkeys,
    /// rpm's signer.
    Rpmsign,
    /// Makes the `.prov` files of Helm charts.
    HelmSign,
    /// Python, in the environment that holds securesystemslib, in-toto and helm-sign.
    SigningPython,
}

impl Tool {
    /// The program's file, or none with nothing said.
    pub fn find(self) -> Option<Utf8PathBuf> {
        match self {
            Self::Node => on_path("node"),
            Self::Npm => on_path("npm"),
            Self::Cargo => on_path("cargo"),
            Self::Skopeo => on_path("skopeo"),
            Self::Buildah => on_path("buildah"),
            Self::DockerRegistry => on_path("docker-registry"),
            Self::Htpasswd => on_path("htpasswd"),
            // Debian puts it where only root's PATH leads.
            Self::Nginx => on_path("nginx")
                .or_else(|| Some(Utf8PathBuf::from("/usr/sbin/nginx")).filter(|file| cfg!(unix) && file.is_file())),
            Self::Curl => on_path("curl"),
            Self::Mvn => on_path("mvn"),
            Self::Gradle => on_path("gradle"),
            Self::Gpg => on_path("gpg"),
            Self::Git => on_path("git"),
            Self::Ruby => on_path("ruby"),
            Self::Minisign => on_path("minisign"),
            Self::Openssl => on_path("openssl"),
            Self::Sha256sum => on_path("sha256sum"),
            Self::Debsigs => on_path("debsigs"),
            Self::DebsigVerify => on_path("debsig-verify"),
            Self::DpkgDeb => on_path("dpkg-deb"),
            Self::Rpmbuild => on_path("rpmbuild"),
            Self::Rpmkeys => on_path("rpmkeys"),
            Self::Rpmsign => on_path("rpmsign"),
            Self::HelmSign => in_environment("signing", "helm-sign"),
            Self::SigningPython => in_environment("signing", "python"),
            Self::Postgres => postgres(),
            Self::Chromium => on_path("chromium"),
            Self::Chromedriver => on_path("chromedriver"),
            Self::ServerPython => in_environment("server", "python"),
            Self::Sigstore => in_environment("sigstore", "sigstore"),
            Self::MotoServer => in_environment("objects", "moto_server"),
            Self::Schemathesis => in_environment("server", "schemathesis"),
            Self::ReportsPython => in_environment("reports", "python"),
            Self::CheckJsonschema => in_environment("reports", "check-jsonschema"),
            Self::Pyspdxtools => in_environment("reports", "pyspdxtools"),
            Self::Zizmor => in_environment("pipelines", "zizmor"),
            Self::GitHttpBackend => git_http_backend(),
            Self::Apache => apache(),
            Self::Ssh => on_path("ssh"),
            Self::SshKeygen => on_path("ssh-keygen"),
            Self::Sshd => on_path("sshd")
                .or_else(|| Some(Utf8PathBuf::from("/usr/sbin/sshd")).filter(|file| cfg!(unix) && file.is_file())),
            Self::Python => in_python("python"),
            Self::Pip => in_python("pip"),
            Self::Uv => in_python("uv"),
            Self::Twine => in_python("twine"),
            Self::PypiServer => in_python("pypi-server"),
            Self::Devpi => in_python("devpi-server"),
        }
    }

    /// The program's file; where it is missing the test is skipped, or fails where real servers are required.
    pub fn require_or_skip(self) -> Option<Utf8PathBuf> {
        require_or_skip(&format!("{self:?}"), self.find())
    }
}

/// Hands `found` through. None prints a line that begins `skipped:`, or panics under `PAK_TEST_REQUIRE_SERVERS=1`.
///
/// # Panics
/// Where real servers are required and this one is missing.
#[expect(clippy::print_stderr, reason = "a skipped test has no other way to say so")]
pub fn require_or_skip<T>(what: &str, found: Option<T>) -> Option<T> {
    if found.is_none() {
        let required = env().get("PAK_TEST_REQUIRE_SERVERS") == Some("1");
        assert!(!required, "{what} is not here, and PAK_TEST_REQUIRE_SERVERS=1: run scripts/setup-tests");
        eprintln!("skipped: {what} is not here (scripts/setup-tests installs it)");
    }
    found
}

/// Where `scripts/setup-tests` puts everything that is no system package.
pub fn tools_folder() -> Option<Utf8PathBuf> {
    let env = env();
    env.get("PAK_TEST_TOOLS").map(Utf8PathBuf::from).or_else(|| {
        let cache = env
            .get("XDG_CACHE_HOME")
            .map(Utf8PathBuf::from)
            .or_else(|| Some(Utf8PathBuf::from(env.home()?).join(".cache")))?;
        Some(cache.join("pak-test-tools"))
    })
}

/// The environment of the test process.
#[expect(clippy::disallowed_methods, reason = "test programs have no binary crate above them that could hand it in")]
pub fn env() -> Env {
    const NAMES: &[&str] = &[
        "PATH",
        "HOME",
        "USERPROFILE",
        "XDG_CACHE_HOME",
        "RUSTUP_HOME",
        "RUSTUP_TOOLCHAIN",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "TMPDIR",
        "PATHEXT",
        "COMSPEC",
        "PAK_TEST_TOOLS",
        "PAK_TEST_REQUIRE_SERVERS",
    ];
    Env::new(NAMES.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))))
}

fn on_path(name: &str) -> Option<Utf8PathBuf> {
    let env = env();
    let suffixes: &[&str] = if cfg!(windows) { &[".exe", ".cmd"] } else { &[""] };
    std::env::split_paths(env.get("PATH")?)
        .filter_map(|folder| Utf8PathBuf::from_path_buf(folder).ok())
        .flat_map(|folder| suffixes.iter().map(move |suffix| folder.join(format!("{name}{suffix}"))))
        .find(|file| file.is_file())
}

/// It is no command of its own: git says where it keeps such programs.
fn git_http_backend() -> Option<Utf8PathBuf> {
    let output = std::process::Command::new(on_path("git")?).arg("--exec-path").output().ok()?;
    let folder = Utf8PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    Some(folder.join("git-http-backend")).filter(|file| file.is_file())
}

/// Debian's, whose modules are where the tests look for them. Its folder is not on everyone's search path.
fn apache() -> Option<Utf8PathBuf> {
    let program = on_path("apache2").or_else(|| Some(Utf8PathBuf::from("/usr/sbin/apache2")))?;
    (program.is_file() && Utf8PathBuf::from("/usr/lib/apache2/modules/mod_cgid.so").is_file()).then_some(program)
}

/// Debian keeps it, by version, where no search path leads.
fn postgres() -> Option<Utf8PathBuf> {
    let debian = Utf8PathBuf::from("/usr/lib/postgresql/15/bin/postgres");
    Some(debian).filter(|file| cfg!(unix) && file.is_file()).or_else(|| on_path("postgres"))
}

fn in_python(name: &str) -> Option<Utf8PathBuf> {
    in_environment("python", name)
}

/// A program of one of the Python environments.
fn in_environment(environment: &str, name: &str) -> Option<Utf8PathBuf> {
    let environment = tools_folder()?.join(environment);
    let file = if cfg!(windows) {
        environment.join("Scripts").join(format!("{name}.exe"))
    } else {
        environment.join("bin").join(name)
    };
    file.is_file().then_some(file)
}
