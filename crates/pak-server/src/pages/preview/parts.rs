//! Sample pages that are made of sections: every kind of section and cell is on one of them.

use crate::charts::{Data, Series, Unit, bar, line, spark};
use crate::pages::chip::{Chip, Tone};
use crate::pages::diff::{Contents, Diff, FilePair, Pair, Side};
use crate::pages::form::{Choice, Field, Form};
use crate::pages::frame::{Link, Place};
use crate::pages::icon::Icon;
use crate::pages::preview::sample::{deployments, frame, hostile, project, project_frame, when};
use crate::pages::project::{Releases, Tab};
use crate::pages::section::{Button, Cell, ProjectSections, Rows, Section, Sections};

fn data(title: &str, unit: Unit, series: Vec<Series>) -> Data {
    Data {
        title: title.to_owned(),
        description: "How many were reported each day.".to_owned(),
        places: "Day (UTC)".to_owned(),
        labels: (1..=30).map(|day| format!("2026-11-{day:02}")).collect(),
        series,
        unit,
    }
}

pub(super) fn telemetry() -> Sections {
    let wave = |height: f64, shift: f64| {
        (0..30).map(move |day| (height * (1.2 + (f64::from(day) / 4.0 + shift).sin())).round())
    };
    let mut gaps = Series::new("mean", wave(20.0, 0.0));
    gaps.values[7] = None;
    gaps.values[8] = None;
    let two = vec![Series::new("succeeded", wave(40.0, 0.0)), Series::new("failed", wave(6.0, 2.0))];
    let sections = vec![
        Section::Notice(Chip::WHOLE, "The chain is whole: 4,812 entries were checked.".to_owned()),
        Section::Filters(
            "/telemetry".to_owned(),
            vec![
                Field::choice("days", "Time", [Choice::new("30", "The last 30 days")]),
                Field::typed("from", "From", "date"),
                Field::typed("package", "Package", "search"),
            ],
        ),
        Section::Facts(
            "In this time",
            vec![
                ("Events", Cell::Number("12,430".to_owned())),
                ("Mean deployment time", Cell::Number("45 s".to_owned())),
            ],
        ),
        Section::Chart(bar::chart("a", &data("Deployments", Unit::Count, two.clone()))),
        Section::Chart(line::chart("b", &data("Deployment time", Unit::Seconds, vec![gaps]))),
        Section::Chart(line::chart("c", &data("Both", Unit::Count, two))),
        Section::Rows(
            Rows::new("events", "Events", &["Event", "Package", "Trend", "State", "When", "Details", ""])
                .rows([
                    vec![
                        Cell::link("/x", "package_deployed"),
                        Cell::Both("greeter".to_owned(), hostile()),
                        Cell::Picture(spark::svg(&[1.0, 5.0, 3.0, 8.0], "Downloads: 8")),
                        Cell::Chips(vec![Chip::ACTIVE, Chip::ADMINISTRATOR]),
                        Cell::Time(when(500)),
                        Cell::Long("Several\nlines".to_owned()),
                        Cell::Actions(vec![
                            Button::link("/x", "Open", "row"),
                            Button::post("/x", "sample", "Delete", "row").danger(),
                        ]),
                    ],
                    vec![
                        Cell::LinkWith(Link::new("/x", "download"), "note".to_owned()),
                        Cell::Text("greeter".to_owned()),
                        Cell::Muted("–".to_owned()),
                        Cell::Chip(Chip::EXPIRED),
                        Cell::time_or(None, "never"),
                        Cell::Code("{\"deployment_time\": 45.2}".to_owned()),
                        Cell::Digest("9f86d081884c7d659a2feaa0c55ad015".to_owned()),
                    ],
                ])
                .next(Some("/x?cursor=1".to_owned())),
        ),
    ];
    Sections { frame: frame("Telemetry", Place::Telemetry), main: None, lead: String::new(), sections }
}

pub(super) fn secret() -> Sections {
    let sections = vec![
        Section::Once(
            "Copy it now",
            "It is shown this once.",
            ["pak", "_sample_", "of_a_key_that_does_not_work"].concat(),
        ),
        Section::Code("How it is used".to_owned(), "From a variable", "curl http://localhost:5000/projects".to_owned()),
        Section::Text("More", vec![hostile()]),
        Section::Buttons(vec![Button::link("/x", "Back", "")]),
    ];
    let lead = String::new();
    Sections { frame: frame("Your new key", Place::ApiKeys), main: Some(Link::new("/x", "Done")), lead, sections }
}

pub(super) fn webhooks() -> ProjectSections {
    let form = Form::new("/projects/greeter/webhooks", "sample", "Add the webhook")
        .field(Field::typed("url", "Address of the receiver", "url").required())
        .field(Field::check("package_deployed", "A package was published").hint("package_deployed"));
    let rows = Rows::new("webhooks", "Webhooks", &["Receiver", "Events", "State", ""])
        .empty(Icon::Hook, "pak can tell other systems what happens.")
        .example("curl …");
    let sections = vec![Section::Rows(rows), Section::Form("New webhook", "Its secret is shown once", form)];
    ProjectSections { frame: project_frame(), project: project(Tab::Webhooks), sections }
}

pub(super) fn releases() -> Releases {
    let choices = || [Choice::new("48", "#48 2.1.0"), Choice::new("47", "#47 2.0.0")];
    let mut list = deployments();
    list.is_short = false;
    Releases {
        frame: project_frame(),
        project: project(Tab::Releases),
        filters: vec![Field::typed("environment", "Environment", "search")],
        list,
        choices: vec![Field::choice("from", "From", choices()).value("47"), Field::choice("to", "To", choices())],
        next: Some("/projects/greeter/releases?cursor=36".to_owned()),
    }
}

pub(super) fn diff() -> Diff {
    let pair =
        |name: &str, from: &str, to: &str| Pair { name: name.to_owned(), from: from.to_owned(), to: to.to_owned() };
    let file = |name: &str, tone, word, from: &str, to: &str| FilePair {
        name: name.to_owned(),
        chip: Chip { tone, icon: Icon::Mark, word },
        from_size: "23.7 KiB".to_owned(),
        to_size: "24.1 KiB".to_owned(),
        from_digest: from.repeat(16),
        to_digest: to.repeat(16),
    };
    Diff {
        frame: project_frame(),
        project: project(Tab::Releases),
        from: Side { id: 47, version: "2.0.0".to_owned() },
        to: Side { id: 48, version: "2.1.0".to_owned() },
        releases: vec![pair("Version", "2.0.0", "2.1.0"), pair("Environment", "production", "production")],
        targets: vec![
            pair("npm: greeter", "2.0.0, published", "2.1.0, published"),
            pair("cargo: greeter", "", "2.1.0, failed"),
            pair("pypi: greeter", "2.0.0, published", ""),
        ],
        files: vec![
            file("greeter-{version}.tgz", Tone::Warn, "changed", "9f86", "07b2"),
            file("greeter-{version}.crate", Tone::Calm, "the same", "9f86", "9f86"),
        ],
        words: "1 of 2 artifacts differ".to_owned(),
        contents: Some(Contents {
            components: vec![
                Pair { name: "left-pad (npm)".to_owned(), from: String::new(), to: "1.3.0".to_owned() },
                Pair { name: "semver (npm)".to_owned(), from: "7.5.1".to_owned(), to: "7.5.2".to_owned() },
            ],
            licences: vec![Pair { name: "WTFPL".to_owned(), from: String::new(), to: "1 +left-pad".to_owned() }],
            findings: Vec::new(),
            words: "12 components the same".to_owned(),
        }),
    }
}
