//! Hosts that are definitions alone: real registries behind a gateway with a path of its own, another port and another way of
//! showing who one is, reached without a line of Rust; and real clients that install what was published.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use pak_http::{Client as Http, Policy};
use pak_model::env::Env;
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Recovery, Secret};
use pak_platforms::{Call, Filling, Own, Platform, Platforms};
use pak_testing::project::Folder;
use pak_testing::servers::{self, Running, USER, nginx};
use pak_testing::{Client, Tool};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use toml::Table;

use crate::conformance::publish;
use crate::fixtures::oci::Image;
use crate::fixtures::{npm, pypi};
use crate::pypi_real::pip_installs;

/// How the gateway wants its token.
const HEADER: &str = "Private-Token";

/// A platform made from another one, and the door to it: what the engine does with settings.
fn host(from: &str, with: &[(&str, &str)], differs: &str, credential: Credential) -> (Arc<dyn Platform>, Call) {
    let pairs = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let differs: Table = toml::from_str(differs).unwrap();
    let own = Own { id: "mine".into(), origin: "a test".into(), from: from.into(), differs, with: pairs(with) };
    let platform = Platforms::built_in().unwrap().with(vec![own]).unwrap().named("mine").unwrap();
    let definition = platform.definition();
    let (with, env) = (BTreeMap::new(), Env::default());
    let filling = Filling { target: "mine", with: &with, env: &env };
    let mut endpoint = definition.addresses(&filling).unwrap();
    endpoint.repository = definition.images(&filling).unwrap();
    let call = Call::new(
        Http::new(Policy::default(), FaultPlan::none()),
        endpoint,
        Some(credential),
        CancellationToken::new(),
    );
    let call = call.with_quirks(&definition.quirks);
    (platform, call)
}

fn token(running: &Running) -> Credential {
    Credential::Token(Secret::new(running.token.as_ref().unwrap().expose()))
}

fn made(folder: &Folder, greeting: &str) -> pak_model::Release {
    let manifest = json!({"name": npm::NAME, "version": "1.0.0", "main": "index.js"});
    npm::release(folder.path(), &manifest, &format!("module.exports = '{greeting}';\n"))
}

fn npm_installs(registry: &str, greeting: &str) {
    let (Some(npm), Some(node)) = (Client::find(Tool::Npm), Client::find(Tool::Node)) else { return };
    let project = Folder::new();
    npm.directory(project.path()).succeed(&["install", "--registry", registry, crate::fixtures::npm::NAME]);
    let node = node.directory(project.path());
    assert_eq!(node.succeed(&["-p", &format!("require('{}')", crate::fixtures::npm::NAME)]).trim(), greeting);
}

/// GitLab's form of an address, filled in, before verdaccio; the token in GitLab's header.
#[tokio::test(flavor = "multi_thread")]
async fn npm_below_a_path_with_a_header_of_its_own() {
    let Some(verdaccio) = servers::verdaccio::start() else { return };
    let Some(gateway) = nginx::gateway("/api/v4/projects/42/packages/npm/", HEADER, &verdaccio) else { return };
    let (folder, address) = (Folder::new(), gateway.server.url());
    let with = [("host", address.as_str()), ("project", "42")];
    let (npm, call) = host("gitlab-npm", &with, "quirks = { auth = 'header:Private-Token' }", token(&gateway));
    assert_eq!(call.endpoint().root.as_str(), format!("{address}/api/v4/projects/42/packages/npm/"));
    let release = made(&folder, "through");

    let (bearer, shown) = host("gitlab-npm", &with, "quirks = { auth = 'bearer' }", token(&gateway));
    let problem = publish(&*bearer, &shown, &release).await.unwrap_err();
    assert_eq!(problem.recovery_of(), Recovery::AskUser, "the gateway looks at its own header alone: {problem:?}");

    assert_eq!(publish(&*npm, &call, &release).await.unwrap(), 1);
    assert_eq!(publish(&*npm, &call, &release).await.unwrap(), 0, "it is there already");
    npm_installs(call.endpoint().root.as_str(), "through");
}

/// A registry that takes Basic alone, and a token that is a password to it.
#[tokio::test(flavor = "multi_thread")]
async fn npm_with_basic() {
    let Some(verdaccio) = servers::verdaccio::start() else { return };
    let differs = format!("endpoint = '{}'\nquirks = {{ auth = 'basic:{USER}' }}", verdaccio.url);
    let (npm, call) = host("npm", &[], &differs, Credential::Token(verdaccio.password.clone()));
    let account = npm.credentials().check(&call, None).await.unwrap();
    assert_eq!(account.name.as_deref(), Some(USER));
    let folder = Folder::new();
    assert_eq!(publish(&*npm, &call, &made(&folder, "basic")).await.unwrap(), 1);
    npm_installs(&verdaccio.url, "basic");
}

#[tokio::test(flavor = "multi_thread")]
async fn pypi_below_a_path_with_a_header_of_its_own() {
    let Some(devpi) = servers::devpi::start() else { return };
    let Some(gateway) = nginx::gateway("/team/python/", HEADER, &devpi) else { return };
    let differs = format!(
        "endpoint = '{}'\nupload = '{}'\nindex = '{}'\nquirks = {{ auth = 'header:{HEADER}' }}",
        gateway.url, gateway.upload, gateway.index
    );
    let (pypi, call) = host("pypi", &[], &differs, token(&gateway));
    assert!(call.endpoint().root.path().starts_with("/team/python/"), "{:?}", call.endpoint());
    let folder = Folder::new();
    let release = pypi::release(&folder.join("a"), "1.0.0", "def hello():\n    return 'through'\n");
    assert_eq!(publish(&*pypi, &call, &release).await.unwrap(), 2);
    assert_eq!(publish(&*pypi, &call, &release).await.unwrap(), 0, "it is there already");
    assert_eq!(pip_installs(&gateway.index, "1.0.0", false), "through");
}

/// Images below a path of the registry, as GitLab and Harbor have them: the definition says where, the package only its name.
#[tokio::test(flavor = "multi_thread")]
async fn images_below_a_path_with_a_header_of_its_own() {
    let Some(registry) = servers::docker_registry::start() else { return };
    let Some(gateway) = nginx::gateway("/", HEADER, &registry) else { return };
    let Some(skopeo) = Client::find(Tool::Skopeo) else { return };
    let address = gateway.server.url();
    let with = [("registry", address.as_str()), ("project", "Team/App")];
    let (oci, call) = host("gitlab-oci", &with, "quirks = { auth = 'header:Private-Token' }", token(&gateway));
    let folder = Folder::new();
    let release =
        Image::new(Utf8Path::new(folder.path()), b"hello", &["amd64"]).release("server", "1.0.0", &["latest"]);
    publish(&*oci, &call, &release).await.unwrap();
    assert_eq!(publish(&*oci, &call, &release).await.unwrap(), 0, "it is there already");
    assert_eq!(oci.lookup().versions(&call, "server").await.unwrap(), ["latest", "1.0.0"]);
    let reference = format!("docker://{}/team/app/server:1.0.0", address.replace("http://", ""));
    let pulled = format!("dir:{}", folder.join("pulled"));
    skopeo.succeed(&["--insecure-policy", "copy", "--src-tls-verify=false", &reference, &pulled]);
    assert!(folder.join("pulled/manifest.json").is_file());
}
