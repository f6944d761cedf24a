//! The page for people: nothing on it comes from elsewhere or has a meaning it should not have, and it can be read.

use camino::Utf8Path;
use pak_security::report::{Kind, Report, Ruling};
use pak_security::write;
use pak_testing::browser::{Browser, SCREENS};

use super::fixture;
use super::valid::written;

fn page(report: &Report) -> String {
    String::from_utf8(written(report, write::html::write)).unwrap()
}

#[test]
fn what_strangers_wrote_has_no_meaning_on_the_page() {
    let page = page(&fixture::rich());
    assert!(!page.contains("<script") && !page.contains("href=\"javascript") && !page.contains('\u{202e}'));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    // Only links lead elsewhere; nothing is loaded.
    for loaded in ["src=", "url(", "@import", "<link"] {
        assert!(!page.contains(loaded), "{loaded}");
    }
}

#[test]
fn the_verdict_is_the_first_thing() {
    let rich = page(&fixture::rich());
    assert!(rich.contains("<h1>2 findings stop this release</h1>"));
    let (verdict, denied) = (rich.find("<h1>").unwrap(), rich.find("Stops the release").unwrap());
    assert!(verdict < denied && denied < rich.find("To look at").unwrap());
    assert!(page(&fixture::empty()).contains("<h1>Nothing stops this release</h1>"));
    let mut waiting = fixture::empty();
    let decision = Some(fixture::decided(Ruling::Approve, "pak", None));
    waiting.findings = vec![pak_security::Finding { decision, ..fixture::finding(Kind::Artifact, "new-binary", "a") }];
    assert!(page(&waiting).contains("<h1>1 finding waits for a person</h1>"));
    waiting.findings[0].decision = None;
    assert!(page(&waiting).contains("<h1>1 finding, not judged yet</h1>"));
}

#[test]
fn a_browser_shows_it_without_complaints() {
    let folder = tempfile::tempdir().unwrap();
    let file = Utf8Path::from_path(folder.path()).unwrap().join("report.html");
    std::fs::write(&file, page(&fixture::rich())).unwrap();
    let Some(browser) = Browser::start("file://") else { return };
    browser.go(file.as_str());
    for screen in SCREENS {
        browser.screen(screen);
        // There is no navigation that a link could lead past.
        let complaints = browser.complaints().into_iter().filter(|one| one != "no link leads past the navigation");
        assert_eq!(complaints.collect::<Vec<_>>(), [""; 0], "{}", screen.name);
    }
    assert_eq!(browser.console(), [""; 0]);
    assert_eq!(browser.foreign_requests(), [""; 0]);
}
