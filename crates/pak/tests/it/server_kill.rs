//! A stream of releases through servers and workers that are killed at random moments, again and again. None is lost, none runs
//! twice in effect, none stays "running": the registries, which outlive every process, and the recorded facts say so.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use camino::Utf8Path;
use pak_sandbox::{Fault, Kind, Options, Sandbox};
use pak_testing::project::Folder;
use pak_testing::servers::postgres::{self, Postgres};
use pak_testing::servers::serve::{self, Served};
use pak_testing::{Http, Tool};
use serde_json::{Value, json};

/// How many projects are released.
const PROJECTS: usize = 12;
/// How many processes are killed.
const KILLS: usize = 24;
/// How long everything may take: machines are slow and shared.
const PATIENCE: Duration = Duration::from_mins(6);
const KEY: &str = "a-machine-key-of-this-test-alone";

/// One process of the server.
enum Node {
    Server(Box<Served>),
    Worker(Box<Worker>),
    Database(Box<Postgres>),
}

/// A `pak worker`.
struct Worker {
    command: Command,
    child: Child,
}

impl Worker {
    fn start(data: &Utf8Path, database: Option<&str>, variables: &[(&'static str, String)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pak"));
        command.args(["worker", "--workers", "2", "--data", data.as_str()]);
        command.args(database.iter().flat_map(|url| ["--database", url]));
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn().unwrap();
        Self { command, child }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Node {
    fn kill_and_start_again(&mut self) {
        match self {
            Self::Server(server) => {
                server.kill();
                server.restart();
            }
            Self::Database(database) => {
                database.kill();
                database.restart();
            }
            Self::Worker(worker) => {
                worker.kill();
                worker.child = worker.command.spawn().unwrap();
            }
        }
    }
}

/// Registries, sources and the processes that release from one to the other.
struct Site {
    sandbox: Sandbox,
    nodes: Vec<Node>,
    _folders: [Folder; 3],
}

impl Site {
    async fn start(database: Option<&str>, servers: usize, workers: usize) -> Self {
        let [registries, sources, data] = [Folder::new(), Folder::new(), Folder::new()];
        let sandbox = Sandbox::start(Options { data: registries.path().to_owned(), port: 0 }).await.unwrap();
        // Every answer takes a while, so that there is something to be killed in the middle of.
        let slow = Kind::Slow { ms: 120 };
        sandbox.faults().add(Fault { method: None, path: None, skip: 0, times: 0, kind: slow });
        for number in 0..PROJECTS {
            write_project(&sources, &sandbox, number);
        }
        let variables: Vec<(&'static str, String)> = vec![
            ("PAK_API_KEY", KEY.to_owned()),
            ("PAK_PROJECTS_ROOT", sources.path().to_string()),
            ("PAK_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8".to_owned()),
            ("PAK_LEASE_SECONDS", "3".to_owned()),
            ("PAK_API_RATE_LIMIT", "0".to_owned()),
        ];
        let options = serve::Options {
            data: Some(data.path().to_owned()),
            database: database.map(str::to_owned),
            // The processes that answer requests carry nothing out where there are workers.
            arguments: ["--workers", if workers == 0 { "2" } else { "0" }].map(str::to_owned).to_vec(),
            variables: variables.clone(),
        };
        let program = Utf8Path::new(env!("CARGO_BIN_EXE_pak"));
        let mut nodes: Vec<Node> =
            (0..servers).map(|_| Node::Server(Box::new(serve::start(program, &options)))).collect();
        nodes.extend((0..workers).map(|_| Node::Worker(Box::new(Worker::start(data.path(), database, &variables)))));
        Self { sandbox, nodes, _folders: [registries, sources, data] }
    }

    /// Asks any server, again while it is being killed.
    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Value {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let mut last = String::new();
        let ports: Vec<u16> = self
            .nodes
            .iter()
            .filter_map(|node| if let Node::Server(one) = node { Some(one.port()) } else { None })
            .collect();
        for attempt in 0..300 {
            let http = Http::new(ports[attempt % ports.len()]).header("X-API-Key", KEY);
            let mut headers = headers.to_vec();
            headers.push(("Content-Type", "application/json"));
            match http.send(method, path, &headers, text.as_bytes()) {
                Ok(answer) if answer.status < 300 => return answer.json(),
                // Made by the request before, whose answer was lost.
                Ok(answer) if answer.status == 409 => return answer.json(),
                Ok(answer) => last = format!("{}: {}", answer.status, answer.text()),
                Err(error) => last = error.to_string(),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{method} {path}: {last}");
    }

    fn deployment(&self, id: &str) -> Value {
        self.ask("GET", &format!("/deployments/{id}"), &[], &Value::Null)["deployment"].clone()
    }

    /// The facts of a deployment's run, as they were recorded.
    fn facts(&self, id: &str) -> Vec<Value> {
        let log = self.ask("GET", &format!("/deployments/{id}/log"), &[], &Value::Null);
        let events = log["events"].as_array().unwrap().clone();
        events.into_iter().filter(|event| event["kind"] == "fact").map(|event| event["body"].clone()).collect()
    }

    /// Requests that made something public, each with how often it was accepted.
    fn accepted(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for line in self.sandbox.requests() {
            let (request, status) = line.split_once(" -> ").unwrap();
            if status.starts_with('2') && (request.starts_with("PUT /npm/") || request.starts_with("PUT /files/")) {
                *counts.entry(request.to_owned()).or_insert(0) += 1;
            }
        }
        counts
    }
}

/// A tarball and two files, to registries of this test.
fn write_project(sources: &Folder, sandbox: &Sandbox, number: usize) {
    let mut settings = format!(
        "[project]\nname = \"kill-{number}\"\n[packages.js]\npath = \"js\"\n\
         [packages.tool]\necosystem = \"generic\"\nname = \"tool-{number}\"\nversion = \"1.0.0\"\nartifacts = [\"dist/*\"]\n"
    );
    for platform in ["npm", "generic"] {
        let (root, ..) = pak_sandbox::serve::addresses(&sandbox.base(), platform).unwrap();
        settings.extend(Some(format!("[environments.crash.{platform}]\nregistry = \"{root}\"\n")));
    }
    let manifest = format!("{{\"name\": \"kill-{number}\", \"version\": \"1.0.0\", \"license\": \"MIT\"}}");
    sources.write(&format!("p{number}/pak.toml"), settings);
    sources.write(&format!("p{number}/js/package.json"), manifest);
    sources.write(&format!("p{number}/js/index.js"), "exports.hi = 1;\n");
    sources.write(&format!("p{number}/dist/tool-{number}-linux-amd64"), "#!/bin/sh\necho hi\n");
    sources.write(&format!("p{number}/dist/tool-{number}-darwin-arm64"), "#!/bin/sh\necho hello\n");
}

/// Numbers that look random; the seed is printed, so that a failure can be had again.
struct Dice(u64);

impl Dice {
    fn new() -> Self {
        let nanoseconds = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        let seed = u64::try_from(nanoseconds).unwrap() | 1;
        tell(&format!("seed {seed}"));
        Self(seed)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[expect(clippy::print_stdout, reason = "whoever runs the test sees how hard it was")]
fn tell(text: &str) {
    println!("{text}");
}

fn is_over(status: &str) -> bool {
    !matches!(status, "pending" | "running")
}

/// Releases every project while processes die, and looks at what came of it.
fn survive(mut site: Site) {
    let (mut dice, begun) = (Dice::new(), Instant::now());
    let token = site.sandbox.token().to_owned();
    let mut ids: Vec<String> = Vec::new();
    for number in 0..PROJECTS {
        let name = format!("kill-{number}");
        let source = json!({ "kind": "directory", "path": format!("p{number}") });
        site.ask("POST", "/projects", &[], &json!({ "name": name, "source": source }));
        for target in ["npm", "generic"] {
            let credential = json!({ "target": target, "token": token });
            site.ask("PUT", &format!("/projects/{name}/credentials"), &[], &credential);
        }
    }
    let mut killed = 0;
    // Asked for while processes die; a request whose answer is lost is sent again and asks for nothing new.
    for number in 0..PROJECTS {
        let key = format!("release-{number}");
        let path = format!("/deploy/kill-{number}");
        let asked = site.ask("POST", &path, &[("Idempotency-Key", &key)], &json!({ "environment": "crash" }));
        ids.push(asked["deployment_id"].as_str().unwrap().to_owned());
        if dice.below(3) == 0 {
            kill_one(&mut site, &mut dice, &mut killed);
        }
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), PROJECTS, "{ids:?}");
    let over = |site: &Site| ids.iter().filter(|id| is_over(site.deployment(id)["status"].as_str().unwrap())).count();
    while over(&site) < PROJECTS {
        assert!(begun.elapsed() < PATIENCE, "{} of {PROJECTS} are over: {:#?}", over(&site), states(&site, &ids));
        std::thread::sleep(Duration::from_millis(50 + dice.below(700)));
        if killed < KILLS {
            kill_one(&mut site, &mut dice, &mut killed);
        }
    }
    assert!(killed >= 4, "only {killed} processes were killed");
    let mut resumed = 0;
    for id in &ids {
        let deployment = site.deployment(id);
        assert_eq!(deployment["status"], "success", "{deployment:#}");
        let facts = site.facts(id);
        check_facts(id, &facts);
        resumed += facts.iter().filter(|fact| fact["body"]["fact"].get("run-resumed").is_some()).count();
    }
    tell(&format!("{killed} processes were killed, and runs taken up {resumed} times, in {:?}", begun.elapsed()));
    assert!(resumed > 0, "nothing was killed in the middle");
    let accepted = site.accepted();
    assert_eq!(accepted.len(), PROJECTS * 3, "{accepted:#?}");
    let twice: Vec<_> = accepted.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "accepted more than once: {twice:?}");
    let all = site.ask("GET", "/deployments?limit=100", &[], &Value::Null);
    assert_eq!(
        all["deployments"].as_array().unwrap().len(),
        PROJECTS,
        "a request that was sent again asks for nothing new"
    );
}

fn kill_one(site: &mut Site, dice: &mut Dice, killed: &mut usize) {
    let number = usize::try_from(dice.below(site.nodes.len() as u64)).unwrap();
    site.nodes[number].kill_and_start_again();
    *killed += 1;
}

fn states(site: &Site, ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| format!("{id}: {}", site.deployment(id))).collect()
}

/// One run, its facts numbered without a gap, each upload done once and read back.
fn check_facts(id: &str, facts: &[Value]) {
    let runs: BTreeSet<&str> = facts.iter().filter_map(|fact| fact["run"].as_str()).collect();
    assert_eq!(runs.len(), 1, "{id}");
    let numbers: Vec<u64> = facts.iter().filter_map(|fact| fact["seq"].as_u64()).collect();
    assert_eq!(numbers, (1..=facts.len() as u64).collect::<Vec<_>>(), "{id}");
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    let mut intended: BTreeSet<String> = BTreeSet::new();
    for fact in facts {
        let key = |body: &Value| format!("{} {}", body["step"], body["key"]);
        if let Some(body) = fact["body"]["fact"].get("upload-intended") {
            assert!(!done.contains_key(&key(body)), "{id}: sent again after it was done: {body}");
            intended.insert(key(body));
        }
        if let Some(body) = fact["body"]["fact"].get("upload-done") {
            assert!(intended.contains(&key(body)), "{id}: done without an intent: {body}");
            *done.entry(key(body)).or_default() += 1;
        }
    }
    assert_eq!(done.len(), 3, "{id}: {done:?}");
    assert!(done.values().all(|count| *count == 1), "{id}: {done:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_survive_a_server_that_is_killed_again_and_again() {
    let site = Site::start(None, 1, 0).await;
    tokio::task::spawn_blocking(move || survive(site)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_survive_a_server_and_a_worker_on_one_sqlite_file() {
    let site = Site::start(None, 1, 1).await;
    tokio::task::spawn_blocking(move || survive(site)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_survive_two_servers_and_two_workers_on_postgresql() {
    if Tool::Postgres.require_or_skip().is_none() {
        return;
    }
    let database = tokio::task::spawn_blocking(postgres::database).await.unwrap().unwrap();
    let url = database.url().to_owned();
    let site = Site::start(Some(&url), 2, 2).await;
    tokio::task::spawn_blocking(move || survive(site)).await.unwrap();
    drop(database);
}

#[tokio::test(flavor = "multi_thread")]
async fn releases_survive_a_database_that_is_killed_too() {
    if Tool::Postgres.require_or_skip().is_none() {
        return;
    }
    let database = tokio::task::spawn_blocking(postgres::durable).await.unwrap().unwrap();
    let url = database.database();
    let mut site = Site::start(Some(&url), 1, 1).await;
    site.nodes.push(Node::Database(Box::new(database)));
    tokio::task::spawn_blocking(move || survive(site)).await.unwrap();
}
