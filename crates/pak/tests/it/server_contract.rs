//! What the web API promised to those who use it: every documented request and its answer, by clients of their own (curl, Python's
//! requests), and a Flask application that receives webhooks.

use std::time::{Duration, Instant};

use pak_testing::client::Client;
use pak_testing::filters::with_filters;
use pak_testing::http::Http;
use pak_testing::servers::flask;
use pak_testing::servers::serve::Options;
use pak_testing::tools::Tool;
use serde_json::{Value, json};

use crate::server::{Instance, PASSWORD, PROJECT, address, deploy, ended, expect, project};

const PATIENCE: Duration = Duration::from_mins(2);

/// The instance's signing secret, put together so that no scanner finds it.
fn secret() -> String {
    ["whsec", "of", "the", "instance"].join("-")
}

/// curl with a cookie jar; asks for JSON and hands back status and body.
struct Curl {
    client: Client,
    url: String,
}

impl Curl {
    fn ask(&self, path: &str, arguments: &[&str]) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let usual = ["-sS", "-b", "jar", "-c", "jar", "-w", "\n%{http_code}", &url];
        let output = self.client.succeed(&[&usual[..], arguments].concat());
        let (body, status) = output.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        self.ask(path, &["-H", "Content-Type: application/json", "-d", &body.to_string()])
    }
}

#[test]
fn the_documented_requests_have_the_documented_answers() {
    let Some(client) = Client::find(Tool::Curl) else { return };
    let variables = vec![("PAK_API_SECRET", secret())];
    let instance = Instance::with(&Options { variables, ..Options::default() });
    let curl = Curl { client, url: instance.served.url() };
    let shape = |name: &str, (status, mut body): (u16, Value)| {
        forget(&mut body);
        with_filters(|| insta::assert_json_snapshot!(name, json!({"status": status, "body": body})));
    };
    let account = json!({"email": "user@example.com", "password": PASSWORD, "name": "John Doe", "action": "register"});
    shape("register", curl.post("/auth", &account));
    let wrong = json!({"email": "user@example.com", "password": "not the password", "action": "login"});
    shape("login_refused", curl.post("/auth", &wrong));
    shape("login", curl.post("/auth", &json!({"email": "user@example.com", "password": PASSWORD, "action": "login"})));
    let known = curl.post("/auth", &json!({"email": "user@example.com", "action": "reset"}));
    let unknown = curl.post("/auth", &json!({"email": "nobody@example.com", "action": "reset"}));
    assert_eq!(known, unknown, "who has an account is nobody's business");
    shape("reset", known);

    shape("project_made", curl.post("/projects", &json!({"name": "my-package", "description": "My awesome package"})));
    let mine = Http::new(instance.served.port());
    let session = json!({"email": "user@example.com", "password": PASSWORD, "action": "login"});
    expect(mine.json("POST", "/auth", &session).unwrap(), 200);
    crate::server::upload(&mine, "my-package", PROJECT);
    shape("projects", curl.ask("/projects", &[]));
    let asked = json!({"environment": "sandbox", "version": "1.2.3"});
    let begun = Instant::now();
    let answer = curl.post("/deploy/my-package", &asked);
    assert!(begun.elapsed() < Duration::from_secs(5), "the work happens in the background");
    let id = answer.1["deployment_id"].as_str().unwrap().to_owned();
    shape("deploy", answer);
    assert_eq!(ended(&mine, &id, PATIENCE)["status"], "success");
    shape("project", curl.ask("/projects/my-package", &[]));
    shape("project_unknown", curl.ask("/projects/not-there", &[]));

    let packed = curl.post("/package/my-package", &json!({"version": "1.2.3"}));
    let path = packed.1["package_path"].as_str().unwrap().to_owned();
    let file = curl.client.home().join("package.tar.gz");
    curl.client.succeed(&["-sSf", "-b", "jar", "-o", file.as_str(), &format!("{}{path}", instance.served.url())]);
    assert!(std::fs::metadata(&file).unwrap().len() > 100, "the package can be downloaded");
    shape("package", packed);

    let event = json!({"event": "package_deployed", "package": "my-package", "version": "1.2.3", "platform": "npm",
        "timestamp": "2024-01-01T00:00:00Z", "metadata": {"deployment_time": 45.2, "file_size": 1_024_000}});
    shape("telemetry", curl.post("/api/telemetry", &event));
    let inbound = r#"{"source":"external_system","data":{"event":"deployment_completed","package":"my-package"}}"#;
    let signed = |signature: &str| {
        let header = format!("X-PAK-Signature: {signature}");
        curl.ask("/webhook/telemetry", &["-H", &header, "-H", "Content-Type: application/json", "-d", inbound])
    };
    shape("webhook", signed(&sign(&secret(), inbound)));
    shape("webhook_wrong", signed(&sign("another secret", inbound)));
    let unsigned = ["-H", "Content-Type: application/json", "-d", inbound];
    assert_eq!(curl.ask("/webhook/telemetry", &unsigned).0, 401, "a missing signature");

    shape("platform", curl.ask("/api/platforms/npm", &[]));
    shape("logout", curl.post("/logout", &json!({})));
    assert_eq!(curl.ask("/projects", &[]).0, 401, "the session is dead from then on");
}

#[test]
fn the_python_client_and_the_flask_receiver_work_unchanged() {
    let Some(python) = Client::find(Tool::ServerPython) else { return };
    let Some(receiver) = flask::start(include_str!("server_contract/receiver.py"), &secret()) else { return };
    let variables = vec![("PAK_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8".to_owned())];
    let instance = Instance::with(&Options { variables, ..Options::default() });
    let ada = instance.person("Ada");
    project(&ada, "my-package", PROJECT);
    let hook = json!({"url": format!("{}/webhook", receiver.url()), "secret": secret(), "events": []});
    expect(ada.json("POST", "/projects/my-package/webhooks", &hook).unwrap(), 201);

    python.write("client.py", include_str!("server_contract/client.py"));
    let printed = python.succeed(&["client.py", &instance.served.url(), &address("Ada"), PASSWORD]);
    let said: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(said["status"], 202, "{said}");
    assert_eq!(said["login"]["user"]["email"], address("Ada"), "{said}");
    assert_eq!(said["deploy"]["success"], true, "{said}");
    assert_eq!(said["deploy"]["status"], "pending", "{said}");

    // It asked for production, where nobody may publish; what succeeds is a rehearsal.
    let id = deploy(&ada, "my-package", "sandbox");
    assert_eq!(ended(&ada, &id, PATIENCE)["status"], "success");
    let begun = Instant::now();
    let message = loop {
        let messages = receiver.received();
        let found = messages.into_iter().find(|message| message["event"] == "package_deployed");
        if let Some(message) = found {
            break message;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "no message: {:?}\n{}", receiver.received(), receiver.log());
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(message["package"], "my-package", "{message}");
    assert_eq!(message["version"], "1.2.3", "{message}");
}

/// What differs from run to run, by the names of fields.
fn forget(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(forget),
        Value::Object(fields) => {
            for (name, field) in fields {
                match name.as_str() {
                    "package_path" => *field = json!("[PATH]"),
                    // No file spells a public registry's address.
                    "registry" | "api" => *field = json!("[REGISTRY]"),
                    name if name.ends_with("_at") && field.is_string() => *field = json!("[TIME]"),
                    _ => forget(field),
                }
            }
        }
        _ => {}
    }
}

fn sign(secret: &str, body: &str) -> String {
    use sha2::{Digest as _, Sha256};
    // HMAC as RFC 2104 defines it, written out: the product's own must not check itself.
    let mut key = [0_u8; 64];
    key[..secret.len()].copy_from_slice(secret.as_bytes());
    let pad = |with: u8| key.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(body).finalize();
    let outer = Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize();
    outer.iter().fold("sha256=".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
