//! A good page has no complaints, and each fault of a bad one is named. Pages come from a thread of the test.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::{Browser, Key, SCREENS};
use crate::project::Folder;

const GOOD: &str = "<!doctype html><html lang=en><title>Good</title><link rel=stylesheet href=/style.css>\
    <a href=#main>To the content</a><nav><a href=/bad>Elsewhere</a></nav><main id=main><h1>Good</h1>\
    <form action=/good><label>Name <input name=name></label><label>Kind <select name=kind><option>one<option>two</select></label>\
    <button>Save</button></form></main>";

const BAD: &str = "<!doctype html><html><title>Bad</title><link rel=stylesheet href=/style.css><main><h1>Bad</h1><h3>Deep</h3>\
    <input name=name class=quiet><a href=/good class=weak>Weak words</a><button tabindex=2></button><img src=/none.png>\
    <script>1</script><img src='http://localhost:9/foreign.png' alt=x></main>";

const STYLE: &str = "body { background: #fff; color: #222 } a { color: #004 } .weak { color: #999 } .quiet:focus { outline: none }\
    @media (prefers-color-scheme: dark) { body { background: #111; color: #eee } a { color: #cdf } input, select, button { background: #222; color: #eee } }";

/// Serves the pages for as long as the test runs; hands back the origin.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(100) {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap_or_default();
            let request = String::from_utf8_lossy(&request[..count]).into_owned();
            let (kind, body) = match request.split(' ').nth(1).unwrap_or_default() {
                "/style.css" => ("text/css", STYLE),
                path if path.starts_with("/good") => ("text/html", GOOD),
                "/bad" => ("text/html", BAD),
                _ => ("text/plain", ""),
            };
            let policy = "default-src 'none'; style-src 'self'; img-src *; form-action 'self'";
            let head =
                format!("Content-Type: {kind}\r\nContent-Length: {}\r\nContent-Security-Policy: {policy}", body.len());
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\nConnection: close\r\n\r\n{body}");
        }
    });
    origin
}

#[test]
fn a_person_walks_through_pages() {
    let Some(browser) = Browser::start(&serve()) else { return };
    let folder = Folder::new();
    browser.go("/good");
    for screen in SCREENS {
        browser.screen(screen);
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{}", screen.name);
        assert_eq!(browser.focus_complaints(), Vec::<String>::new(), "{}", screen.name);
        browser.picture(&folder.join(&format!("{}.png", screen.name)));
    }
    assert_eq!(browser.find("body").style("color"), "rgba(238, 238, 238, 1)", "the last screen is dark");
    assert!(browser.console().iter().all(|line| line.contains("favicon")), "nothing to complain about");
    browser.fill("Name", "Ada");
    browser.choose("Kind", "two");
    browser.named("Save").click();
    browser.until("the answer", || (browser.path() == "/good?name=Ada&kind=two").then_some(()));

    browser.named("Elsewhere").click();
    browser.shows("Weak words");
    browser.screen(SCREENS[0]);
    let complaints = browser.complaints().join("\n");
    for expected in [
        "its language",
        "leaves out a level",
        "no label",
        "no name",
        "no text",
        "tabindex",
        "inside the page",
        "contrast",
    ] {
        assert!(complaints.contains(expected), "{expected} in\n{complaints}");
    }
    let focus = browser.focus_complaints().join("\n");
    assert!(focus.contains("cannot be seen") && focus.contains("reaches 2 of 3"), "{focus}");
    assert!(browser.console().iter().any(|line| line.contains("Content Security Policy")), "the script was refused");
    assert!(browser.foreign_requests().iter().any(|url| url.contains("localhost:9")), "the picture is elsewhere");
    browser.press(Key::Escape);
}
