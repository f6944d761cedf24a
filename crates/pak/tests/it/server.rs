//! `pak serve` from outside: an instance with people, projects and deployments, for the tests of the server.

use std::thread::sleep;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use pak_testing::http::{Answer, Http};
use pak_testing::project::Folder;
use pak_testing::servers::serve::{self, Options, Served};
use serde_json::{Value, json};

/// A small project whose releases need no other programs.
pub(crate) const PROJECT: &str = "
-- pak.toml --
[project]
name = \"my-package\"
-- package.json --
{\"name\": \"my-package\", \"version\": \"1.2.3\", \"license\": \"MIT\", \"description\": \"Greets.\", \"files\": [\"index.js\"]}
-- index.js --
module.exports = () => 'hello';
-- README.md --
Greets.
";

/// Everyone's password here; made of words, so that no scanner takes it for a real one.
pub(crate) const PASSWORD: &str = "a horse in the rain, at noon";

/// A server with what its tests need around it.
pub(crate) struct Instance {
    pub(crate) served: Served,
}

impl Instance {
    pub(crate) fn start() -> Self {
        Self::with(&Options::default())
    }

    pub(crate) fn with(options: &Options) -> Self {
        Self { served: serve::start(Utf8Path::new(env!("CARGO_BIN_EXE_pak")), options) }
    }

    /// A client whose person has just made an account and is signed in.
    pub(crate) fn person(&self, name: &str) -> Http {
        let http = self.served.http();
        let email = address(name);
        let account = json!({"email": email, "password": PASSWORD, "name": name, "action": "register"});
        expect(http.json("POST", "/auth", &account).unwrap(), 201);
        sign_in(&http, name);
        http
    }

    /// The administrator, made by the link that the server printed, signed in.
    pub(crate) fn administrator(&self, name: &str) -> Http {
        let http = self.served.http();
        let path = setup_path(self);
        let token = path.split_once("token=").unwrap().1;
        let made = json!({"token": token, "email": address(name), "password": PASSWORD, "name": name});
        expect(http.json("POST", "/setup", &made).unwrap(), 201);
        sign_in(&http, name);
        http
    }
}

/// The path of the link that a server without an administrator prints.
pub(crate) fn setup_path(instance: &Instance) -> String {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(20) {
        let log = instance.served.log();
        if let Some((_, rest)) = log.split_once("/setup?token=") {
            let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
            return format!("/setup?token={token}");
        }
        sleep(Duration::from_millis(50));
    }
    panic!("no link for the first administrator:\n{}", instance.served.log());
}

/// A person's mail address.
pub(crate) fn address(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

/// Signs a person in.
pub(crate) fn sign_in(http: &Http, name: &str) -> Value {
    let login = json!({"email": address(name), "password": PASSWORD, "action": "login"});
    expect(http.json("POST", "/auth", &login).unwrap(), 200)
}

/// The answer's JSON; its status must be this one.
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "an answer is looked at once")]
pub(crate) fn expect(answer: Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}

/// Makes a project and uploads its source.
pub(crate) fn project(http: &Http, name: &str, tree: &str) {
    expect(http.json("POST", "/projects", &json!({"name": name, "description": "My awesome package"})).unwrap(), 201);
    upload(http, name, tree);
}

/// Uploads a source.
pub(crate) fn upload(http: &Http, name: &str, tree: &str) {
    let archive = Folder::from_text(tree).archive();
    let path = format!("/projects/{name}/source");
    let answer = http.send("PUT", &path, &[("Content-Type", "application/gzip")], &archive).unwrap();
    assert!(answer.status < 300, "{}: {}", answer.status, answer.text());
}

/// Asks for a deployment; gives its id.
pub(crate) fn deploy(http: &Http, name: &str, environment: &str) -> String {
    deploy_version(http, name, environment, "1.2.3")
}

/// Asks for a deployment of a version; gives its id.
pub(crate) fn deploy_version(http: &Http, name: &str, environment: &str, version: &str) -> String {
    let asked = json!({"environment": environment, "version": version});
    let answer = expect(http.json("POST", &format!("/deploy/{name}"), &asked).unwrap(), 202);
    answer["deployment_id"].as_str().unwrap().to_owned()
}

/// Waits until a deployment has come to an end; gives its detail.
pub(crate) fn ended(http: &Http, id: &str, patience: Duration) -> Value {
    let begun = Instant::now();
    loop {
        let mut answer = expect(http.get(&format!("/deployments/{id}")).unwrap(), 200);
        let status = answer["deployment"]["status"].as_str().unwrap();
        if !["pending", "running"].contains(&status) {
            return answer["deployment"].take();
        }
        assert!(begun.elapsed() < patience, "{id} does not end: {answer}");
        sleep(Duration::from_millis(50));
    }
}
