//! How a page looks: screens to look at it on, pictures of it, what the browser complained about, and checks of what everyone
//! needs from a page, whoever they are (names, labels, landmarks, contrast, focus).

use base64::Engine;
use camino::Utf8Path;
use serde_json::{Value, json};

use super::{Browser, Key};

/// What a page is looked at on.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    /// Its name in file names.
    pub name: &'static str,
    /// In the units of style sheets.
    pub width: u32,
    /// The same.
    pub height: u32,
    /// Whether it wants dark colours.
    pub dark: bool,
}

/// A desktop in light and dark, a phone in both.
pub const SCREENS: [Screen; 4] = [
    Screen { name: "light", width: 1280, height: 800, dark: false },
    Screen { name: "dark", width: 1280, height: 800, dark: true },
    Screen { name: "phone", width: 390, height: 844, dark: false },
    Screen { name: "phone-dark", width: 390, height: 844, dark: true },
];

/// The checks, as a script that returns a list of sentences.
const CHECKS: &str = include_str!("checks.js");

impl Browser {
    /// Shows everything on this screen from now on.
    pub fn screen(&self, screen: Screen) {
        let phone = screen.width < 600;
        let size = json!({"width": screen.width, "height": screen.height, "deviceScaleFactor": 1, "mobile": phone});
        self.cdp("Emulation.setDeviceMetricsOverride", &size);
        let features = [
            json!({"name": "prefers-color-scheme", "value": if screen.dark { "dark" } else { "light" }}),
            // Pictures and measured colours must not depend on how far an animation is.
            json!({"name": "prefers-reduced-motion", "value": "reduce"}),
        ];
        self.cdp("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Writes a picture of the whole page, as a PNG.
    ///
    /// # Panics
    /// Where there is no picture, or it cannot be written.
    pub fn picture(&self, file: &Utf8Path) {
        let answer = self.cdp("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        let picture = base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap_or_default());
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).expect("a folder for pictures");
        }
        std::fs::write(file, picture.expect("a picture")).expect("the picture is written");
    }

    /// What the browser's console said since it was asked last: errors of scripts, policies that were broken, failed requests.
    pub fn console(&self) -> Vec<String> {
        let lines = self.log("browser");
        lines.iter().filter_map(|line| line["message"].as_str()).map(str::to_owned).collect()
    }

    /// The addresses asked for since it was asked last that are not at the server's origin.
    pub fn foreign_requests(&self) -> Vec<String> {
        let lines = self.log("performance");
        let messages = lines.iter().filter_map(|line| serde_json::from_str::<Value>(line["message"].as_str()?).ok());
        let sent = messages.filter(|message| message["message"]["method"] == "Network.requestWillBeSent");
        let urls = sent.filter_map(|message| Some(message["message"]["params"]["request"]["url"].as_str()?.to_owned()));
        // The browser's own pages are none of ours.
        let outside = |url: &String| ["http:", "https:", "ws:", "wss:"].iter().any(|scheme| url.starts_with(scheme));
        urls.filter(|url| outside(url) && !url.starts_with(&self.origin)).collect()
    }

    fn log(&self, kind: &str) -> Vec<Value> {
        let lines = self.ask("POST", "/se/log", &json!({"type": kind}));
        lines.as_array().cloned().unwrap_or_default()
    }

    /// What is wrong with the page for someone who reads it with a keyboard, a screen reader or weak eyes; empty where nothing is.
    pub fn complaints(&self) -> Vec<String> {
        let said = self.run(CHECKS, &json!([]));
        said.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// Walks through the page with the Tab key: what takes the focus in another order than it is written in, or does not show
    /// that it has it.
    pub fn focus_complaints(&self) -> Vec<String> {
        const HERE: &str = "const e = document.activeElement; if (!e || e === document.body) return null;\
             const all = [...document.querySelectorAll('*')]; const s = getComputedStyle(e);\
             const r = e.getBoundingClientRect();\
             return {at: all.indexOf(e), what: e.tagName.toLowerCase() + ' ' + (e.id || e.innerText || e.name || '').trim().slice(0, 40),\
             seen: (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none',\
             shown: r.width > 0 && r.height > 0 && r.right > 0 && r.bottom > 0 && r.left < innerWidth && r.top < innerHeight}";
        // Giving up the focus is not enough: the next Tab would go on from where it was.
        let begin = "const root = document.documentElement; root.tabIndex = -1; root.focus(); root.blur();\
             root.removeAttribute('tabindex'); getSelection().collapse(document.body, 0); window.scrollTo(0, 0)";
        self.run(begin, &json!([]));
        let (mut complaints, mut stops): (Vec<String>, Vec<i64>) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            self.press(Key::Tab);
            let here = self.run(HERE, &json!([]));
            let (Some(at), what) = (here["at"].as_i64(), here["what"].as_str().unwrap_or_default()) else { break };
            // A field of dates has places of its own inside.
            if stops.last() == Some(&at) {
                continue;
            }
            if stops.contains(&at) {
                break;
            }
            if stops.last().is_some_and(|last| at < *last) {
                complaints.push(format!("focus goes back: {what}"));
            }
            stops.push(at);
            if here["seen"] != true {
                complaints.push(format!("focus cannot be seen: {what}"));
            }
            if here["shown"] != true {
                complaints.push(format!("focus is outside of what is shown: {what}"));
            }
        }
        let count = self.run("return [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]\
            .filter(e => e.type !== 'hidden' && !e.disabled && e.tabIndex >= 0 && e.checkVisibility({visibilityProperty: true}) && !(e.type === 'radio' && !e.checked)).length", &json!([]));
        if stops.len() < count.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or_default().min(200) {
            complaints.push(format!("focus reaches {} of {count} elements", stops.len()));
        }
        complaints
    }
}
