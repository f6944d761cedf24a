//! Looks at pages as four screens show them: writes pictures, prints what a reader would complain about. For trying something by
//! hand: `cargo run -p pak-testing --example look -- http://127.0.0.1:5000 target/pictures /projects /platforms`
//! A cookie in the variable `COOKIE` (`name=value`) signs in.

use std::io::Write as _;

use camino::Utf8Path;
use pak_testing::browser::{Browser, SCREENS};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout();
    let [origin, folder, paths @ ..] = &arguments[..] else { return Err("ORIGIN FOLDER PATH…".to_owned()) };
    let browser = Browser::start(origin).ok_or("no browser: scripts/setup-tests debian")?;
    #[expect(clippy::disallowed_methods, reason = "a program by itself")]
    if let Some((name, value)) = std::env::var("COOKIE").ok().as_deref().and_then(|pair| pair.split_once('=')) {
        browser.go(paths.first().map_or("/", String::as_str));
        browser.keep_cookie(name, value);
    }
    for path in paths {
        let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let mut said = Vec::new();
        browser.go(path);
        for screen in SCREENS {
            browser.screen(screen);
            browser.picture(&Utf8Path::new(folder).join(format!("{}.{}.png", name.trim_matches('-'), screen.name)));
            let complaints = browser.complaints().into_iter().chain(browser.focus_complaints());
            said.extend(complaints.map(|complaint| format!("{path} ({}): {complaint}", screen.name)));
        }
        said.extend(browser.console().iter().map(|line| format!("{path}: console: {line}")));
        said.extend(browser.foreign_requests().iter().map(|url| format!("{path}: asks {url}")));
        said.iter().try_for_each(|line| writeln!(out, "{line}")).map_err(|error| error.to_string())?;
    }
    Ok(())
}
