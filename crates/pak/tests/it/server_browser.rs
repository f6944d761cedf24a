//! A person walks through the pages in a real browser, from the first start to signing out; every page is looked at on four
//! screens, held to what every reader needs, and kept as a picture below `target/pictures/`.

use std::collections::{BTreeSet, VecDeque};

use camino::{Utf8Path, Utf8PathBuf};
use pak_testing::Browser;
use pak_testing::browser::SCREENS;
use pak_testing::project::Folder;
use pak_testing::servers::flask;
use pak_testing::servers::serve::Options;
use serde_json::{Value, json};

use crate::server::{Instance, PASSWORD, PROJECT, address, expect, setup_path};

/// Looks at the page that is shown, on every screen; what is wrong is collected, so that one run tells everything.
struct Looker<'a> {
    browser: &'a Browser,
    folder: Utf8PathBuf,
    complaints: Vec<String>,
}

impl<'a> Looker<'a> {
    fn new(browser: &'a Browser) -> Self {
        let target = Utf8Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        Self { browser, folder: target.join("pictures"), complaints: Vec::new() }
    }

    fn look(&mut self, name: &str) {
        for screen in SCREENS {
            self.browser.screen(screen);
            self.browser.run("window.scrollTo(0, 0)", &serde_json::json!([]));
            self.browser.picture(&self.folder.join(format!("{name}.{}.png", screen.name)));
            let complaints = self.browser.complaints().into_iter().chain(self.browser.focus_complaints());
            self.complaints.extend(complaints.map(|complaint| format!("{name} ({}): {complaint}", screen.name)));
        }
        self.browser.screen(SCREENS[0]);
        // `[DOM]` begins advice for password managers; a page that is not there answers 404, as it should.
        let console = self.browser.console();
        let meant = |line: &&String| line.contains("[DOM]") || (line.contains("/nothing-here") && line.contains("404"));
        let console = console.iter().filter(|line| !meant(line));
        self.complaints.extend(console.map(|line| format!("{name}: console: {line}")));
        self.complaints.extend(self.browser.foreign_requests().iter().map(|url| format!("{name}: asks {url}")));
    }
}

/// A receiver whose secret is written to a file once it is known: the page shows it when the webhook is made.
const RECEIVER: &str = r#"
import hashlib, hmac, os, pathlib
from flask import Flask, jsonify, request
app = Flask(__name__)

@app.post("/hook")
def hook():
    secret = pathlib.Path("secret.txt").read_bytes()
    expected = "sha256=" + hmac.new(secret, request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(request.headers.get("X-PAK-Signature", ""), expected):
        return jsonify({"status": "refused"}), 401
    with open(os.environ["RECEIVED"], "a") as file:
        file.write(request.get_data(as_text=True) + "\n")
    return jsonify({"status": "success"})
"#;

#[test]
fn a_person_walks_from_the_first_start_to_signing_out() {
    let Some(receiver) = flask::start(RECEIVER, "") else { return };
    let variables = vec![("PAK_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8".to_owned())];
    let instance = Instance::with(&Options { variables, ..Options::default() });
    let Some(browser) = Browser::start(&instance.served.url()) else { return };
    let mut looker = Looker::new(&browser);
    browser.screen(SCREENS[0]);

    // First start: the link that the server printed makes the administrator.
    browser.go(&setup_path(&instance));
    looker.look("setup");
    browser.fill("E-mail", &address("Ada"));
    browser.fill("Name", "Ada Lovelace");
    browser.fill("Password", PASSWORD);
    browser.named("Create the administrator").click();
    browser.until("the projects", || browser.path().starts_with("/projects").then_some(()));
    looker.look("projects-empty");

    // A project from an upload.
    browser.go("/projects/new");
    looker.look("project-new");
    browser.fill("Name", "my-package");
    browser.choose("Source", "An archive that is uploaded");
    browser.named("Create project").click();
    browser.until("the project", || browser.path().starts_with("/projects/my-package").then_some(()));
    looker.look("project-without-source");
    let files = Folder::new();
    upload(&browser, &files, PROJECT);

    // A deployment, watched as it happens.
    browser.go("/deploy/my-package");
    looker.look("deploy");
    browser.fill("Environment", "sandbox");
    browser.named("Deploy").click();
    let watched =
        browser.until("the deployment", || Some(browser.path()).filter(|path| path.starts_with("/deployments/")));
    browser.run("window.stillThisPage = true", &json!([]));
    browser.until("its end", || browser.text().contains("success").then_some(()));
    browser.shows("published and verified");
    assert_eq!(browser.run("return window.stillThisPage", &json!([])), true, "it was watched live, not loaded again");
    looker.look("deployment-done");

    // One that fails, is mended and tried again.
    browser.go("/deploy/my-package");
    browser.fill("Environment", "sandbox");
    browser.fill("Version (optional)", "1.2.4");
    browser.named("Deploy").click();
    browser.until("its failure", || browser.text().contains("failed").then_some(()));
    looker.look("deployment-failed");
    let failed = browser.path();
    upload(&browser, &files, &PROJECT.replace("1.2.3", "1.2.4"));
    browser.go(&failed);
    browser.named("Retry as a new deployment").click();
    browser.until("another deployment", || (browser.path() != failed).then_some(()));
    browser.until("its success", || browser.text().contains("success").then_some(()));

    // A webhook that a real receiver takes.
    browser.go("/projects/my-package/webhooks");
    looker.look("webhooks-empty");
    browser.fill("Address of the receiver", &format!("{}/hook", receiver.url()));
    browser.named("Add the webhook").click();
    browser.shows("shown this once");
    looker.look("webhook-secret");
    let secret = once(&browser);
    receiver.write("secret.txt", &secret);
    browser.named("Go on to the webhook").click();
    browser.named("Send a test").click();
    browser.until("a delivery", || (!receiver.received().is_empty()).then_some(()));
    browser.until("that it arrived", || {
        browser.go(&browser.path());
        browser.text().contains("delivered").then_some(())
    });
    looker.look("webhook-delivered");

    // A key that a program uses.
    browser.go("/account/keys/new");
    looker.look("key-new");
    browser.fill("Name", "a release job");
    browser.labelled("See projects").click();
    browser.named("Create the key").click();
    browser.shows("Copy it now");
    let key = once(&browser);
    looker.look("key-made");
    let program = instance.served.http().header("Authorization", &format!("Bearer {key}"));
    assert_eq!(expect(program.get("/projects").unwrap(), 200)["projects"][0]["name"], "my-package");

    // The audit log tells all of it.
    browser.go("/audit");
    for deed in ["instance.setup", "project.create", "deployment.request", "webhook.create", "key.create"] {
        browser.shows(deed);
    }

    // Every other page that a link leads to.
    let pages = looker.every_page(&["/projects/my-package", &watched, "/projects", "/account"]);
    assert!(pages >= 25, "only {pages} pages");

    // Signing out is the end of the session.
    let session = browser.cookies();
    browser.go("/account");
    browser.named("Sign out").click();
    browser.shows("Sign out?");
    looker.look("sign-out");
    browser.named("Sign out").click();
    browser.until("the door", || browser.path().starts_with("/auth").then_some(()));
    looker.look("sign-in");
    let old = instance.served.http();
    for (name, value) in &session {
        old.keep_cookie(name, value);
    }
    expect(old.get("/projects").unwrap(), 401);
    for (name, path) in [("register", "/register"), ("reset", "/reset"), ("not-found", "/nothing-here")] {
        browser.go(path);
        looker.look(name);
    }
    assert!(looker.complaints.is_empty(), "{}", looker.complaints.join("\n"));
}

/// The text that a page shows once.
fn once(browser: &Browser) -> String {
    browser.find(".once, [data-once], code.secret, pre code, pre").text().trim().to_owned()
}

/// Uploads a source by the page's form.
fn upload(browser: &Browser, files: &Folder, tree: &str) {
    let file = files.join("source.tar.gz");
    std::fs::write(&file, Folder::from_text(tree).archive()).unwrap();
    browser.go("/projects/my-package/settings");
    browser.find("input[type=file]").type_in(file.as_str());
    browser.named("Upload").click();
    browser.until("that it was taken", || (!browser.all("[role=status]").is_empty()).then_some(()));
}

impl Looker<'_> {
    /// Looks at every page that links lead to, one of each kind; gives how many.
    fn every_page(&mut self, from: &[&str]) -> usize {
        const LINKS: &str = "return [...document.querySelectorAll('a[href]')].map(a => new URL(a.href)).filter(u => u.origin === location.origin)\
             .map(u => u.pathname + (u.search.includes('from=') ? u.search : ''))";
        let kind = |path: &str| -> String {
            let path = path.split('?').next().unwrap_or_default();
            path.split('/')
                .map(|part| if part.parse::<u64>().is_ok() { "N" } else { part })
                .collect::<Vec<_>>()
                .join("/")
        };
        let mut seen = BTreeSet::new();
        let mut waiting: VecDeque<String> = from.iter().map(|path| (*path).to_owned()).collect();
        while let Some(path) = waiting.pop_front() {
            let shape = kind(&path);
            // Files and streams are no pages; one platform stands for all.
            let platform =
                shape.starts_with("/platforms/") && seen.iter().any(|seen: &String| seen.starts_with("/platforms/"));
            let file =
                [".json", "/log", "/download", "/health", "/ready", "/metrics"].iter().any(|end| shape.ends_with(end))
                    || shape.contains("/files/")
                    || shape.contains("/packages/");
            if platform || file || shape.starts_with("/assets/") || seen.len() >= 60 || !seen.insert(shape.clone()) {
                continue;
            }
            self.browser.go(&path);
            let broken = self.browser.text();
            if broken.contains("Something broke") || broken.contains("There is no such page") {
                self.complaints.push(format!("{path} leads nowhere"));
            }
            self.look(&format!("page{}", shape.replace('/', "-")));
            let links = self.browser.run(LINKS, &json!([]));
            waiting.extend(links.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned));
        }
        seen.len()
    }
}
