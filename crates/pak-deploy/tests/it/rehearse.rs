//! Rehearsals with the machine's own clients: what works is installed, what is broken is told in the client's words.

use std::sync::Arc;

use camino::Utf8Path;
use pak_deploy::rehearse::{Check, Rehearsal, Rehearsed, Wish, rehearse};
use pak_deploy::{Session, Sink};
use pak_model::code;
use pak_model::env::Env;
use pak_model::event::{Body, Event, Fact};
use pak_testing::project::Folder;
use pak_testing::tools::Tool;

use crate::stage::Stage;

const OFFLINE: Wish = Wish { install: true, offline: true };
const ONLINE: Wish = Wish { install: true, offline: false };

async fn rehearsed(session: &Session, wish: Wish) -> Rehearsal {
    let scratch = Folder::new();
    rehearse(session, wish, scratch.path()).await.unwrap()
}

fn of<'a>(rehearsal: &'a Rehearsal, step: &str) -> &'a Rehearsed {
    let found = rehearsal.packages.iter().find(|found| found.step == step);
    found.unwrap_or_else(|| panic!("{step} is not among {:#?}", rehearsal.packages))
}

/// Whether the clients are here; a test that cannot ask them proves nothing.
fn clients(wanted: &[Tool]) -> bool {
    wanted.iter().all(|tool| tool.require_or_skip().is_some())
}

/// Fails with everything that was found out, if anything was answered other than yes.
fn assert_passed(rehearsed: &Rehearsed) {
    let questions = [&rehearsed.published, &rehearsed.resolvable, &rehearsed.installable, &rehearsed.runnable];
    let is_image = rehearsed.step.starts_with("docker/");
    for check in &questions[..if is_image { 3 } else { 4 }] {
        assert_eq!(**check, Check::Passed, "{rehearsed:#?}");
    }
    assert!(rehearsed.client.as_deref().unwrap_or_default().contains(char::is_numeric), "{rehearsed:#?}");
}

/// What the client said when it failed.
fn words(check: &Check) -> &str {
    match check {
        Check::Failed { why } => why,
        other => panic!("did not fail: {other:?}"),
    }
}

/// The environment with more variables.
fn with(env: &Env, more: &[(&str, &str)]) -> Env {
    let all = env.with_prefix("").chain(more.iter().copied());
    Env::new(all.map(|(name, value)| (name.to_owned(), value.to_owned())))
}

#[tokio::test]
async fn the_example_is_installed_by_every_client_whatever_the_user_configured() {
    if !clients(&[Tool::Npm, Tool::Node, Tool::Cargo, Tool::Skopeo]) {
        return;
    }
    let stage = Stage::greeter().await;
    let (mut session, _) = stage.session();
    // Every one of these would make a client fail.
    let home = Folder::new();
    let nowhere = "http://127.0.0.1:9/";
    home.write(".npmrc", format!("registry={nowhere}\nprefer-offline=true\noffline=true\n"));
    home.write(".config/pip/pip.conf", format!("[global]\nindex-url = {nowhere}\nno-index = true\n"));
    home.write(".cargo/config.toml", "[net]\noffline = true\n[build]\nrustflags = [\"--nonsense\"]\n");
    let toolchains = session.env.get("RUSTUP_HOME").map(str::to_owned);
    let toolchains = toolchains.unwrap_or_else(|| format!("{}/.rustup", session.env.home().unwrap()));
    session.env = with(
        &session.env,
        &[
            ("HOME", home.path().as_str()),
            ("CARGO_HOME", home.join(".cargo").as_str()),
            ("RUSTUP_HOME", &toolchains),
            ("PIP_NO_INDEX", "1"),
            ("PIP_INDEX_URL", nowhere),
            ("NPM_CONFIG_OFFLINE", "true"),
            ("npm_config_registry", nowhere),
            ("CARGO_NET_OFFLINE", "true"),
            ("RUSTFLAGS", "--nonsense"),
            ("PYTHONHOME", "/nowhere"),
            ("NODE_OPTIONS", "--require=/nowhere.js"),
        ],
    );
    let rehearsal = rehearsed(&session, OFFLINE).await;
    assert_eq!(rehearsal.packages.len(), 4);
    rehearsal.packages.iter().for_each(assert_passed);
}

#[tokio::test]
async fn two_rehearsals_of_a_project_do_not_meet() {
    if !clients(&[Tool::Npm, Tool::Node, Tool::Cargo]) {
        return;
    }
    let (one, other) = (Stage::greeter().await, Stage::greeter().await);
    let ((mut one, _), (mut two, _)) = (one.session(), other.session());
    two.project = one.project.clone();
    for session in [&mut one, &mut two] {
        session.only = Some(["npm", "pypi", "cargo"].map(str::to_owned).into());
    }
    let (one, two) = futures_util::future::join(rehearsed(&one, OFFLINE), rehearsed(&two, OFFLINE)).await;
    for rehearsal in [one, two] {
        assert_eq!(rehearsal.packages.len(), 3);
        rehearsal.packages.iter().for_each(assert_passed);
    }
}

const BROKEN: &str = r#"
-- throws/package.json --
{"name": "pak-throws", "version": "1.0.0", "main": "index.js", "license": "MIT"}
-- throws/index.js --
throw new Error("the lamp is broken");
-- lacks/package.json --
{"name": "pak-lacks", "version": "1.0.0", "type": "module", "exports": "./index.js", "files": ["index.js"], "license": "MIT"}
-- lacks/index.js --
export * from "./lib/forgotten.js";
-- lacks/lib/forgotten.js --
export const here = true;
-- raises/pyproject.toml --
[build-system]
requires = ["flit_core >=3.11,<5"]
build-backend = "flit_core.buildapi"
[project]
name = "pak-raises"
version = "1.0.0"
description = "Raises"
-- raises/pak_raises.py --
raise RuntimeError("the kettle is empty")
-- rust/Cargo.toml --
[package]
name = "pak-incomplete"
version = "1.0.0"
edition = "2021"
description = "Lacks a file"
license = "MIT"
exclude = ["notes.txt"]
-- rust/src/lib.rs --
pub const NOTES: &str = include_str!("../notes.txt");
-- rust/notes.txt --
Here, and not in the package.
"#;

#[tokio::test]
async fn broken_packages_are_told_in_the_clients_words() {
    if !clients(&[Tool::Npm, Tool::Node, Tool::Cargo]) {
        return;
    }
    let stage = Stage::of(Folder::from_text(BROKEN)).await;
    let rehearsal = rehearsed(&stage.session().0, OFFLINE).await;
    let found = |name: &str| {
        let found = rehearsal.packages.iter().find(|found| found.name == name).unwrap();
        assert_eq!((&found.published, &found.resolvable), (&Check::Passed, &Check::Passed), "{found:#?}");
        assert!(found.is_failed());
        found
    };
    for (name, said) in [
        ("pak-throws", "the lamp is broken"),
        ("pak-lacks", "ERR_MODULE_NOT_FOUND"),
        ("pak-raises", "the kettle is empty"),
    ] {
        let found = found(name);
        assert_eq!(found.installable, Check::Passed, "{found:#?}");
        assert!(words(&found.runnable).contains(said), "{found:#?}");
    }
    let crate_ = found("pak-incomplete");
    assert!(words(&crate_.installable).contains("notes.txt"), "{crate_:#?}");
}

/// Spoils the layers of the embedded registry's images once they are published and read back.
struct Spoiler {
    blobs: camino::Utf8PathBuf,
}

impl Sink for Spoiler {
    fn event(&self, event: &Event) {
        if let Body::Fact(Fact::StepFinished { .. }) = &event.body {
            for blob in self.blobs.read_dir_utf8().unwrap().flatten() {
                let bytes = std::fs::read(blob.path()).unwrap();
                // Layers are gzip; manifests and configurations stay readable.
                if bytes.starts_with(&[0x1f, 0x8b]) {
                    std::fs::write(blob.path(), vec![0; bytes.len()]).unwrap();
                }
            }
        }
    }
}

#[tokio::test]
async fn a_spoilt_layer_is_told_in_the_client_s_words() {
    if !clients(&[Tool::Skopeo]) {
        return;
    }
    let stage = Stage::greeter().await;
    let (mut session, _) = stage.session();
    session.only = Some(vec!["docker".to_owned()]);
    session.sink = Arc::new(Spoiler { blobs: stage.data("oci/blobs") });
    let rehearsal = rehearsed(&session, OFFLINE).await;
    let image = of(&rehearsal, "docker/image");
    assert_eq!((&image.published, &image.resolvable), (&Check::Passed, &Check::Passed));
    assert!(words(&image.installable).contains("sha256:"), "{image:#?}");
}

/// A package of each kind that needs another one. `{base}` is the registry that has the other ones.
const NEEDY: &str = r#"
-- pak.toml --
[environments.inner.npm]
packages = ["js-inner"]
[environments.inner.pypi]
packages = ["python-inner", "python-backend"]
[environments.inner.cargo]
packages = ["rust-inner"]
[environments.production.npm]
packages = ["js-outer"]
registry = "{base}/npm/"
[environments.production.pypi]
packages = ["python-outer"]
registry = "{base}/pypi/"
[environments.production.cargo]
packages = ["rust-outer"]
registry = "{base}/cargo/index/"
[packages.js-inner]
path = "js-inner"
[packages.js-outer]
path = "js-outer"
[packages.python-inner]
path = "python-inner"
[packages.python-backend]
path = "python-backend"
[packages.python-outer]
path = "python-outer"
[packages.rust-inner]
path = "rust/inner"
[packages.rust-outer]
path = "rust/outer"
-- js-inner/package.json --
{"name": "@pak-needy/inner", "version": "1.0.0", "main": "index.js", "license": "MIT", "publishConfig": {"access": "public"}}
-- js-inner/index.js --
exports.inner = true;
-- js-outer/package.json --
{"name": "pak-outer", "version": "1.0.0", "main": "index.js", "license": "MIT", "dependencies": {"@pak-needy/inner": "^1.0.0"}}
-- js-outer/index.js --
require("@pak-needy/inner");
-- python-inner/pyproject.toml --
[build-system]
requires = ["flit_core >=3.11,<5"]
build-backend = "flit_core.buildapi"
[project]
name = "pak-inner"
version = "1.0.0"
description = "Is needed"
-- python-inner/pak_inner.py --
inner = True
-- python-backend/pyproject.toml --
[build-system]
requires = ["flit_core >=3.11,<5"]
build-backend = "flit_core.buildapi"
[project]
name = "flit_core"
version = "3.99.0"
description = "Takes the part of a build backend"
-- python-backend/flit_core/__init__.py --
-- python-backend/flit_core/buildapi.py --
import os, zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name, info = "pak_outer-1.0.0-py3-none-any.whl", "pak_outer-1.0.0.dist-info/"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        wheel.write("pak_outer.py")
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: pak-outer\nVersion: 1.0.0\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(info + "RECORD", "")
    return name
-- python-outer/pyproject.toml --
[build-system]
requires = ["flit_core >=3.11,<5"]
build-backend = "flit_core.buildapi"
[project]
name = "pak-outer"
version = "1.0.0"
description = "Needs another"
dependencies = ["pak_inner >=1 ; python_version > '3'", "never ; extra == 'more'"]
[project.optional-dependencies]
more = ["never"]
-- python-outer/pak_outer.py --
import pak_inner
-- rust/Cargo.toml --
[workspace]
members = ["inner", "outer"]
resolver = "2"
-- rust/inner/Cargo.toml --
[package]
name = "pak-inner"
version = "1.0.0"
edition = "2021"
description = "Is needed"
license = "MIT"
-- rust/inner/src/lib.rs --
pub const INNER: bool = true;
-- rust/outer/Cargo.toml --
[package]
name = "pak-outer"
version = "1.0.0"
edition = "2021"
description = "Needs another"
license = "MIT"
[dependencies]
pak-inner = { path = "../inner", version = "1" }
-- rust/outer/src/lib.rs --
pub use pak_inner::INNER;
"#;

#[tokio::test]
async fn other_packages_come_from_the_real_registries_or_are_named() {
    if !clients(&[Tool::Npm, Tool::Node, Tool::Cargo]) {
        return;
    }
    // The second sandbox takes the part of the real registries: it holds what the packages need.
    let real = Stage::of(Folder::from_text(&NEEDY.replace("{base}", "http://127.0.0.1:9"))).await;
    let mut inner = real.session().0;
    inner.environment = "inner".to_owned();
    let published = rehearse(&inner, Wish::default(), Folder::new().path()).await.unwrap();
    assert!(published.packages.iter().all(|package| package.published == Check::Passed), "{published:#?}");

    let project = || Folder::from_text(&NEEDY.replace("{base}", &real.sandbox.base()));
    let stage = Stage::of(project()).await;
    let before = real.sandbox.requests().len();
    let rehearsal = rehearsed(&stage.session().0, OFFLINE).await;
    for (step, needs) in
        [("npm/js-outer", "@pak-needy/inner"), ("pypi/python-outer", "pak_inner"), ("cargo/rust-outer", "pak-inner")]
    {
        let package = of(&rehearsal, step);
        assert!(!package.is_failed() && package.published == Check::Passed, "{package:#?}");
        let expected = format!("needs {needs}, which the embedded registry does not hold (run without --offline)");
        let told = [&package.resolvable, &package.installable].into_iter().find(|check| **check != Check::Passed);
        assert_eq!(told, Some(&Check::Skipped { why: expected }), "{package:#?}");
        assert_eq!(Some(&package.runnable), told, "one reason for all that was not tried");
    }
    assert_eq!(real.sandbox.requests().len(), before, "offline, nothing is asked of the real registries");

    let stage = Stage::of(project()).await;
    let rehearsal = rehearsed(&stage.session().0, ONLINE).await;
    rehearsal.packages.iter().for_each(assert_passed);
    assert_eq!(rehearsal.packages.len(), 3);
    let asked = stage.sandbox.requests();
    for path in
        ["npm/@pak-needy%2finner", "pypi/simple/pak-inner/", "pypi/simple/flit-core/", "cargo/index/pa/k-/pak-inner"]
    {
        assert!(asked.iter().any(|line| line == &format!("GET /{path} -> 307")), "{path}: {asked:#?}");
    }
    assert!(real.writes().iter().all(|write| !write.contains("outer")), "{:#?}", real.writes());
}

#[tokio::test]
async fn a_driver_reaches_the_embedded_registries_and_no_other() {
    let elsewhere = Stage::greeter().await;
    let stage = Stage::greeter().await;
    let (mut session, _) = stage.session();
    session.only = Some(vec!["npm".to_owned()]);
    // The registry leads the driver to another origin, as a mirror or a file host does.
    let index = pak_platforms::endpoint::parse_url(&format!("{}/npm/", elsewhere.sandbox.base())).unwrap();
    stage.sandbox.upstreams().set("npm", pak_sandbox::Upstream { index, download: None });
    let problem = rehearse(&session, Wish::default(), Folder::new().path()).await.unwrap_err();
    assert_eq!(problem.code(), code::http::ORIGIN_REFUSED, "{problem:?}");
    assert_eq!(elsewhere.sandbox.requests(), [""; 0]);
    assert!(stage.writes().is_empty(), "{:?}", stage.writes());
}

#[cfg(unix)]
#[tokio::test]
async fn uv_takes_the_place_of_pip() {
    let (Some(uv), Some(python)) = (Tool::Uv.require_or_skip(), Tool::Python.require_or_skip()) else { return };
    let stage = Stage::greeter().await;
    let (mut session, _) = stage.session();
    session.only = Some(vec!["pypi".to_owned()]);
    let folder = Folder::new();
    let bare = folder.join("python");
    let made =
        std::process::Command::new(python).args(["-m", "venv", "--without-pip", bare.as_str()]).status().unwrap();
    assert!(made.success());
    std::os::unix::fs::symlink(uv, bare.join("bin/uv")).unwrap();
    let path = format!("{}:{}", bare.join("bin"), session.env.get("PATH").unwrap());
    session.env = with(&session.env, &[("PATH", &path)]);
    let rehearsal = rehearsed(&session, OFFLINE).await;
    let python = of(&rehearsal, "pypi/python");
    assert!(python.client.as_deref().is_some_and(|client| client.starts_with("uv ")), "{python:#?}");
    assert_passed(python);
}

#[tokio::test]
async fn a_client_that_is_not_here_is_not_counted_as_passed() {
    let stage = Stage::greeter().await;
    let (mut session, _) = stage.session();
    session.only = Some(vec!["npm".to_owned()]);
    session.env = with(&session.env, &[("PATH", Utf8Path::new("/nowhere").as_str())]);
    let rehearsal = rehearsed(&session, OFFLINE).await;
    let npm = of(&rehearsal, "npm/js");
    assert_eq!(npm.published, Check::Passed);
    assert_eq!(npm.installable, Check::Skipped { why: "npm is not on this machine".to_owned() });
}

#[tokio::test]
async fn a_component_is_resolved_by_maven_and_a_dependency_that_nobody_has_is_named() {
    if !clients(&[Tool::Mvn]) {
        return;
    }
    let whole = pak_testing::component::project();
    let settings = whole.read("pak.toml") + "\n[environments.production.maven]\nregistry = \"http://127.0.0.1:9/\"\n";
    whole.write("pak.toml", &settings);
    let stage = Stage::of(whole).await;
    let (session, _) = stage.session();
    let rehearsal = rehearsed(&session, OFFLINE).await;
    let found = of(&rehearsal, "maven/hello");
    for check in [&found.published, &found.resolvable, &found.installable] {
        assert_eq!(*check, Check::Passed, "{found:#?}");
    }

    let broken = pak_testing::component::project();
    let dependency = "<dependencies><dependency><groupId>dev.sample</groupId><artifactId>nowhere</artifactId>\
                      <version>9</version></dependency></dependencies></project>";
    let pom = broken.read("pom.xml").replace("</project>", dependency);
    broken.write("pom.xml", &pom).write("dist/hello-1.0.0.pom", &pom).write("pak.toml", &settings);
    let stage = Stage::of(broken).await;
    let (session, _) = stage.session();
    let rehearsal = rehearsed(&session, OFFLINE).await;
    let why = words(&of(&rehearsal, "maven/hello").resolvable);
    assert!(why.contains("dev.sample:nowhere"), "{why}");
}
