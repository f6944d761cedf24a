//! Every page with sample data: written to files to be looked at (`cargo test -p pak-server preview -- --ignored`, then serve
//! the folder), and checked for what every page must have.

mod parts;
mod sample;

use askama::Template;

use super::assets;
use super::frame::Theme;

fn html(page: &impl Template) -> String {
    crate::pages::show::printable(page.render().unwrap())
}

/// Every page, by the name of its file.
fn pages() -> Vec<(&'static str, String)> {
    let mut empty = sample::project_list();
    empty.projects.clear();
    empty.next = None;
    let mut dark = sample::deployment();
    dark.frame.theme = Theme::Dark;
    vec![
        ("projects", html(&sample::project_list())),
        ("projects-empty", html(&empty)),
        ("project", html(&sample::overview())),
        ("deployment", html(&sample::deployment())),
        ("deployment-dark", html(&dark)),
        ("sign-in", html(&sample::sign_in())),
        ("project-new", html(&sample::new_project())),
        ("confirm", html(&sample::confirm())),
        ("telemetry", html(&parts::telemetry())),
        ("secret", html(&parts::secret())),
        ("webhooks", html(&parts::webhooks())),
        ("releases", html(&parts::releases())),
        ("diff", html(&parts::diff())),
        (
            "docs",
            html(&super::docs::docs(
                sample::frame("API", super::frame::Place::Docs),
                "http://localhost:5000".to_owned(),
            )),
        ),
        ("not-found", html(&sample::not_found())),
    ]
}

#[test]
#[ignore = "writes files to be looked at"]
fn preview() {
    let folder = std::env::temp_dir().join("pak-preview");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for name in ["pak.css", "pak.js", "pak.svg"] {
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(name);
        std::fs::copy(source, folder.join(assets::path(name).trim_start_matches('/'))).unwrap();
    }
    for (name, html) in pages() {
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}

/// The values of an attribute in all elements of a kind.
fn attributes<'a>(html: &'a str, element: &str, attribute: &str) -> Vec<&'a str> {
    let open = format!("<{element} ");
    let name = format!(" {attribute}=\"");
    html.split(&open)
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .filter_map(|tag| tag.split_once(name.trim_start())?.1.split('"').next())
        .collect()
}

#[test]
fn every_page_keeps_the_rules_of_the_house() {
    for (name, html) in pages() {
        let count = |what: &str| html.matches(what).count();
        assert_eq!(count("<h1"), 1, "{name}: one heading names the page");
        assert_eq!(count("<main"), 1, "{name}: one main landmark");
        assert_eq!(count("class=\"skip\""), 1, "{name}: a way past the navigation");
        assert_eq!(count("<table"), count("<caption"), "{name}: every table has a caption");
        assert!(!html.contains(" style=") && !html.contains(" onclick"), "{name}: nothing inline");
        assert_eq!(count("<script"), count("<script src=\"/assets/"), "{name}: scripts of our own files only");
        assert!(!html.contains("alert(1)</script>") && !html.contains('\u{1b}'), "{name}: strangers' text is text");
        for address in ["href=\"//", "src=\"http", "href=\"javascript"] {
            assert!(!html.contains(address), "{name}: {address}");
        }

        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}: ids are unique");

        let labels = attributes(&html, "label", "for");
        for element in ["input", "select", "textarea"] {
            for tag in html.split(&format!("<{element} ")).skip(1).filter_map(|rest| rest.split('>').next()) {
                if tag.contains("type=\"hidden\"") {
                    continue;
                }
                let id = tag.split("id=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
                assert!(labels.contains(&id) || tag.contains("aria-label"), "{name}: <{element} {tag}> has no label");
            }
        }
        for form in html.split("<form ").skip(1).filter_map(|rest| rest.split("</form>").next()) {
            assert!(
                form.contains("method=\"get\"") || form.contains("name=\"csrf\""),
                "{name}: a form without its token: {form}"
            );
        }
    }
}
