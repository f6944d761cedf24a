//! Headless Chromium, driven through chromedriver by the W3C WebDriver protocol: what a person does with a page, in tests.
//!
//! Every wait is bounded, every failure shows the address and what the page said. It talks to loopback only.

mod look;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

pub use look::{SCREENS, Screen};

use crate::http::Http;
use crate::servers::Server;
use crate::tools::Tool;

/// How long a page may take to show what a test waits for. Generous: other work may hold the processors.
const PATIENCE: Duration = Duration::from_secs(30);

/// The key that WebDriver names an element by.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A browser with a profile of its own, ended on drop.
pub struct Browser {
    http: Http,
    session: String,
    origin: String,
    _driver: Server,
}

/// An element of a page.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Browser {
    /// Starts one that looks at a server; paths are below its origin.
    ///
    /// # Panics
    /// Where it is installed and does not start.
    pub fn start(origin: &str) -> Option<Self> {
        let chromium = Tool::Chromium.require_or_skip()?;
        let driver = Server::chromedriver(&Tool::Chromedriver.require_or_skip()?);
        let profile = driver.folder().join("profile");
        // No sandbox and no background connections: tests run as root in containers, and contact nothing outside.
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
            "--disable-features=OptimizationHints,MediaRouter,Translate",
        ]
        .map(str::to_owned);
        let flags: Vec<String> = flags.into_iter().chain([format!("--user-data-dir={profile}")]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": chromium.as_str(), "args": flags},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let http = Http::new(driver.port()).patience(Duration::from_mins(1));
        let answer = http.json("POST", "/session", &wanted).expect("chromedriver answers").json();
        let session = answer["value"]["sessionId"].as_str();
        let session = session.unwrap_or_else(|| panic!("no browser: {answer}")).to_owned();
        Some(Self { http, session, origin: origin.trim_end_matches('/').to_owned(), _driver: driver })
    }

    /// Goes to a path, and waits until it is loaded.
    ///
    /// # Panics
    /// Where it cannot be loaded.
    pub fn go(&self, path: &str) {
        self.ask("POST", "/url", &json!({"url": format!("{}{path}", self.origin)}));
    }

    /// The path it is at, with the query.
    ///
    /// # Panics
    /// Where it is at another origin.
    pub fn path(&self) -> String {
        let url = self.ask("GET", "/url", &Value::Null);
        let url = url.as_str().unwrap_or_default();
        let path = url.strip_prefix(&self.origin).unwrap_or_else(|| panic!("{url} is not below {}", self.origin));
        path.to_owned()
    }

    /// Takes a cookie for the server it is at.
    pub fn keep_cookie(&self, name: &str, value: &str) {
        self.ask("POST", "/cookie", &json!({"cookie": {"name": name, "value": value, "path": "/"}}));
    }

    /// The names and values of the page's cookies.
    pub fn cookies(&self) -> Vec<(String, String)> {
        let cookies = self.ask("GET", "/cookie", &Value::Null);
        let text = |cookie: &Value, field: &str| cookie[field].as_str().unwrap_or_default().to_owned();
        cookies.as_array().into_iter().flatten().map(|cookie| (text(cookie, "name"), text(cookie, "value"))).collect()
    }

    /// The page's title.
    pub fn title(&self) -> String {
        self.ask("GET", "/title", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// The first element that fits, waited for.
    ///
    /// # Panics
    /// Where none comes.
    pub fn find(&self, css: &str) -> Element<'_> {
        self.until(css, || self.all(css).into_iter().next())
    }

    /// Every element that fits now.
    pub fn all(&self, css: &str) -> Vec<Element<'_>> {
        let found = self.ask("POST", "/elements", &json!({"using": "css selector", "value": css}));
        let ids = found.as_array().into_iter().flatten().filter_map(|element| element[ELEMENT].as_str());
        ids.map(|id| Element { browser: self, id: id.to_owned() }).collect()
    }

    /// The button or link with this name, waited for.
    ///
    /// # Panics
    /// Where none comes.
    pub fn named(&self, name: &str) -> Element<'_> {
        let script = "return [...document.querySelectorAll('a, button, summary, input[type=submit]')].find(e => \
                      (e.getAttribute('aria-label') || e.innerText || e.value || '').trim() === arguments[0] && e.checkVisibility())";
        self.until(format!("`{name}`"), || {
            let found = self.run(script, &json!([name]));
            Some(Element { browser: self, id: found[ELEMENT].as_str()?.to_owned() })
        })
    }

    /// Fills in the field with this label.
    ///
    /// # Panics
    /// Where there is none.
    pub fn fill(&self, label: &str, text: &str) {
        let field = self.labelled(label);
        self.ask("POST", &format!("/element/{}/clear", field.id), &json!({}));
        field.type_in(text);
    }

    /// The field with this label.
    ///
    /// # Panics
    /// Where there is none.
    pub fn labelled(&self, label: &str) -> Element<'_> {
        let script = "const said = e => [...(e.labels || [])].map(l => l.innerText).join(' ') || e.getAttribute('aria-label') || '';\
                      const all = [...document.querySelectorAll('input, select, textarea')].filter(e => e.type !== 'hidden');\
                      return all.find(e => said(e).trim() === arguments[0]) || all.find(e => said(e).trim().startsWith(arguments[0]))";
        self.until(format!("the field `{label}`"), || {
            let found = self.run(script, &json!([label]));
            Some(Element { browser: self, id: found[ELEMENT].as_str()?.to_owned() })
        })
    }

    /// Chooses from the list with this label by what is shown.
    ///
    /// # Panics
    /// Where there is no such list or entry.
    pub fn choose(&self, label: &str, shown: &str) {
        let script = "const option = [...arguments[0].options].find(o => o.text.trim() === arguments[1] || o.value === arguments[1]);\
                      if (!option) return false; arguments[0].value = option.value;\
                      arguments[0].dispatchEvent(new Event('change', {bubbles: true})); return true";
        let list = self.labelled(label);
        let done = self.run(script, &json!([list.value(), shown]));
        assert_eq!(done, true, "`{label}` has no `{shown}`");
    }

    /// Waits until the page shows this text somewhere.
    ///
    /// # Panics
    /// Where it does not.
    pub fn shows(&self, text: &str) {
        self.until(format!("the text `{text}`"), || self.text().contains(text).then_some(()));
    }

    /// Everything that the page shows.
    pub fn text(&self) -> String {
        self.run("return document.body ? document.body.innerText : ''", &json!([]))
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Presses a key, as `Tab`, with what has the focus.
    pub fn press(&self, key: Key) {
        let value = char::from_u32(key as u32).map(String::from);
        let actions = ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": value}));
        self.ask("POST", "/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Runs a script in the page and hands back what it returns.
    ///
    /// # Panics
    /// Where the script fails.
    pub fn run(&self, script: &str, arguments: &Value) -> Value {
        self.ask("POST", "/execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// Waits for something, at most half a minute.
    ///
    /// # Panics
    /// Where it does not come; the page's text is shown.
    pub fn until<T>(&self, what: impl Display, mut found: impl FnMut() -> Option<T>) -> T {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(found) = found() {
                return found;
            }
            sleep(Duration::from_millis(50));
        }
        panic!("{what} does not come at {}:\n{}", self.path(), self.text());
    }

    /// The browser's own protocol, where WebDriver has no word for something.
    fn cdp(&self, command: &str, parameters: &Value) -> Value {
        self.ask("POST", "/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// A command of this session. A page that is being left answers some with errors that the next try does not meet.
    fn ask(&self, method: &str, command: &str, body: &Value) -> Value {
        let path = format!("/session/{}{command}", self.session);
        let mut said = Value::Null;
        for _ in 0..20 {
            let answer = match method {
                "GET" => self.http.get(&path),
                _ => self.http.json(method, &path, body),
            };
            let answer = answer.unwrap_or_else(|error| panic!("chromedriver does not answer {command}: {error}"));
            let mut value = answer.json();
            if answer.status == 200 {
                return value["value"].take();
            }
            said = value["value"].take();
            let passing = ["stale element reference", "element click intercepted", "unknown error", "javascript error"];
            if !passing.contains(&said["error"].as_str().unwrap_or_default()) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        panic!("the browser refuses {command} {body}: {} ({})", said["message"], said["error"]);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends the browser with the session; without that it would outlive the driver.
        let _ = self.http.send("DELETE", &format!("/session/{}", self.session), &[], b"");
    }
}

impl Element<'_> {
    /// Clicks it.
    pub fn click(&self) {
        self.ask("POST", "click", &json!({}));
    }

    /// Types into it.
    pub fn type_in(&self, text: &str) {
        self.ask("POST", "value", &json!({"text": text}));
    }

    /// What it shows.
    pub fn text(&self) -> String {
        self.ask("GET", "text", &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// An attribute as it was written.
    pub fn attribute(&self, name: &str) -> Option<String> {
        self.ask("GET", &format!("attribute/{name}"), &Value::Null).as_str().map(str::to_owned)
    }

    /// A style as it is applied.
    pub fn style(&self, property: &str) -> String {
        self.ask("GET", &format!("css/{property}"), &Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// As an argument of a script.
    pub fn value(&self) -> Value {
        json!({ELEMENT: self.id})
    }

    fn ask(&self, method: &str, what: &str, body: &Value) -> Value {
        self.browser.ask(method, &format!("/element/{}/{what}", self.id), body)
    }
}

/// Keys that pages answer to, as WebDriver writes them.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    /// On to the next element.
    Tab = 0xE004,
    /// Activates what has the focus.
    Enter = 0xE007,
    /// Closes what is open.
    Escape = 0xE00C,
}
