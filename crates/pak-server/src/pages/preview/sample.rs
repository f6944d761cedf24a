//! Sample data for every page: ordinary, hostile, empty.

use pak_model::event::{Body, Event, Fact, How, StepOutcome, Tick};
use pak_model::plan::Plan;
use pak_model::{Problem, Receipt, code};

use crate::pages::board::Board;
use crate::pages::chip::{Chip, Tone};
use crate::pages::deployment::{Action, Approval, Attention, DeploymentView, Fact as PageFact, Value};
use crate::pages::form::{Choice, Field, Form};
use crate::pages::frame::{Frame, Link, Place, Who};
use crate::pages::icon::Icon;
use crate::pages::log::Line;
use crate::pages::project::{DeploymentRow, Deployments, EnvironmentNote, Health, Overview, PackageRow, Project, Tab};
use crate::pages::projects::{Item, Latest, ProjectList};
use crate::pages::show::When;
use crate::pages::view::{Confirm, Door, ErrorPage, FormPage};

pub(super) fn when(seconds: i64) -> When {
    let now = jiff::Timestamp::from_second(1_795_444_200).unwrap();
    When::seen_from((1_795_444_200 - seconds) * 1000, now)
}

pub(super) fn frame(title: &str, place: Place) -> Frame {
    let who = Who { name: "Ada Example".to_owned(), email: "ada@example.org".to_owned(), is_admin: true };
    Frame { who: Some(who), csrf: "sample".to_owned(), ..Frame::new(title, place) }
}

pub(super) fn hostile() -> String {
    "<script>alert(1)</script> \u{1b}[31m\"'".to_owned()
}

pub(super) fn project(tab: Tab) -> Project {
    Project {
        name: "greeter".to_owned(),
        description: "Says hello in twelve languages, from every registry.".to_owned(),
        is_archived: false,
        tab,
        rights: vec!["read", "audit", "deploy", "approve", "manage", "own"],
    }
}

pub(super) fn project_frame() -> Frame {
    frame("greeter", Place::Projects).under("/projects", "Projects")
}

pub(super) fn deployments() -> Deployments {
    let row = |id, status, version: &str, seconds, took: &str| DeploymentRow {
        id,
        project: "greeter".to_owned(),
        chip: Chip::deployment(status),
        environment: if id % 2 == 0 { "production" } else { "staging" }.to_owned(),
        version: version.to_owned(),
        by: "Ada Example".to_owned(),
        at: when(seconds),
        took: took.to_owned(),
    };
    Deployments {
        caption: "Latest deployments of greeter".to_owned(),
        with_project: false,
        is_short: true,
        rows: vec![
            row(48, "running", "2.1.0", 40, ""),
            row(47, "success", "2.1.0", 400, "42 s"),
            row(46, "partially_published", "2.0.0", 90_000, "3 min"),
            row(44, "waiting", "1.9.0", 190_000, "12 s"),
            row(42, "rolled_back", "1.8.1", 290_000, "12 s"),
            row(40, "cancelled", "1.8.0", 990_000, "5 s"),
            row(38, "failed", "1.8.0", 3_990_000, "5 s"),
            row(36, "pending", "1.7.0", 5_990_000, ""),
        ],
    }
}

pub(super) fn packages() -> Vec<PackageRow> {
    let package = |file: &str, ecosystem: &str, size: i64| PackageRow {
        path: "/packages/1/file".to_owned(),
        file: file.to_owned(),
        name: "greeter".to_owned(),
        version: "2.1.0".to_owned(),
        ecosystem: ecosystem.to_owned(),
        size: crate::pages::show::size(size),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
        at: when(400),
    };
    vec![
        package("greeter-2.1.0.tgz", "npm", 24_311),
        package("greeter-2.1.0-py3-none-any.whl", "python", 61_000),
        package("greeter-2.1.0.crate", "cargo", 18_224),
    ]
}

pub(super) fn plan() -> Plan {
    let step = |target: &str, name: &str, size: u64| {
        serde_json::json!({
            "id": format!("{target}/{name}"), "target": target, "platform": target, "package": name, "name": name,
            "version": "2.1.0", "after": [], "undo": {"action": "nothing", "note": ""}, "state": "new",
            "uploads": [{
                "key": "file", "coordinates": {"name": name, "version": "2.1.0"}, "digests": {}, "size": size, "artifact": name,
                "on_conflict": "stop", "role": "front",
            }],
        })
    };
    let steps: Vec<_> = [
        ("npm", "greeter", 24_311),
        ("npm", "greeter-cli", 9_311),
        ("pypi", "greeter", 61_000),
        ("cargo", "greeter", 18_224),
        ("docker", "greeter", 48_224_000),
    ]
    .into_iter()
    .map(|(target, name, size)| step(target, name, size))
    .collect();
    let targets: Vec<_> = ["npm", "pypi", "cargo", "docker"]
        .map(|name| serde_json::json!({"name": name, "platform": name, "registry": format!("https://{name}.registry.example")}))
        .to_vec();
    serde_json::from_value(serde_json::json!({
        "schema": 1, "project": "greeter", "environment": "production", "digest": "sha256:8d1c2ab3c4d5e6f7", "withheld": [],
        "targets": targets, "steps": steps,
    }))
    .unwrap()
}

pub(super) fn events() -> Vec<Event> {
    let step = |name: &str| name.to_owned();
    let report =
        Problem::new(code::http::UNREACHABLE, "crates.io answered 503 to the upload of greeter 2.1.0.").report();
    let receipt =
        Receipt { url: Some("https://npm.registry.example/package/greeter".to_owned()), ..Receipt::default() };
    let bodies = vec![
        Body::Tick(Tick::Stage { stage: "build".to_owned(), note: "3 artifacts".to_owned() }),
        Body::Fact(Fact::RunPlanned {
            schema: 1,
            pak: "0.1.0".to_owned(),
            project: "greeter".to_owned(),
            environment: "production".to_owned(),
            plan_digest: "sha256:8d1c2ab3c4d5e6f7".to_owned(),
        }),
        Body::Fact(Fact::StepStarted { step: step("npm/greeter") }),
        Body::Tick(Tick::Line { text: hostile() }),
        Body::Fact(Fact::UploadDone { step: step("npm/greeter"), key: "file".to_owned(), how: How::Sent, receipt }),
        Body::Fact(Fact::StepFinished { step: step("npm/greeter"), outcome: StepOutcome::Published, problem: None }),
        Body::Fact(Fact::StepStarted { step: step("npm/greeter-cli") }),
        Body::Fact(Fact::StepFinished {
            step: step("npm/greeter-cli"),
            outcome: StepOutcome::Published,
            problem: None,
        }),
        Body::Fact(Fact::StepStarted { step: step("pypi/greeter") }),
        Body::Tick(Tick::Progress { step: step("pypi/greeter"), done: 30_000, total: 61_000 }),
        Body::Tick(Tick::Waiting {
            step: step("pypi/greeter"),
            why: "rate limit (Retry-After)".to_owned(),
            ms: 20_000,
        }),
        Body::Fact(Fact::StepStarted { step: step("cargo/greeter") }),
        Body::Fact(Fact::StepFinished {
            step: step("cargo/greeter"),
            outcome: StepOutcome::Failed,
            problem: Some(report),
        }),
    ];
    let event = |(seq, body): (u32, Body)| Event {
        run: uuid::Uuid::nil(),
        seq: u64::from(seq),
        at: jiff::Timestamp::from_second(1_795_444_200 + i64::from(seq)).unwrap(),
        body,
    };
    (0..).zip(bodies).map(event).collect()
}

pub(super) fn deployment() -> DeploymentView {
    let mut board = Board::of(&plan());
    let events = events();
    for event in &events {
        board.take(event);
    }
    let action = |name, word, asks, is_main, is_danger| Action { name, word, asks, is_main, is_danger };
    let fact = |name, value| PageFact { name, value };
    DeploymentView {
        frame: Frame {
            live: Some("/deployments/48/events".to_owned()),
            ..frame("greeter 2.1.0 to production: running", Place::Deployments)
                .under("/projects", "Projects")
                .under("/projects/greeter", "greeter")
        },
        id: 48,
        project: "greeter".to_owned(),
        environment: "production".to_owned(),
        version: "2.1.0".to_owned(),
        chip: Chip::deployment("running"),
        is_live: true,
        words: "running: 3 of 5 packages done, 1 failed".to_owned(),
        stage: "Waits for a worker.".to_owned(),
        trouble: Some(Attention {
            tone: Tone::Warn,
            icon: Icon::Mark,
            message: "One registry did not take its package.".to_owned(),
            advice: "The others go on. Resume sends what is missing once the run has ended.".to_owned(),
            code: String::new(),
        }),
        actions: vec![
            action("approve", "Approve", true, true, false),
            action("resume", "Resume", false, false, false),
            action("retry", "Retry", false, false, false),
            action("cancel", "Cancel", true, false, true),
            action("rollback", "Roll back", true, false, true),
        ],
        board,
        log: events.iter().filter_map(Line::of).collect(),
        facts: vec![
            fact("Asked for", Value::Time(when(40))),
            fact("By", Value::Text("Ada Example".to_owned())),
            fact("Source", Value::Code("git 4f2a91c03d11".to_owned())),
            fact("Plan", Value::Code("8d1c2ab3c4d5".to_owned())),
            fact("Repeats", Value::Link(Link::new("/deployments/47", "#47"))),
        ],
        approvals_needed: 2,
        approvals_given: 1,
        approvals: vec![Approval {
            name: "Grace Sample".to_owned(),
            chip: Chip::APPROVED,
            note: "Change log read.".to_owned(),
            at: when(20),
        }],
        files: packages(),
    }
}

pub(super) fn project_list() -> ProjectList {
    let latest = |id, status| Latest {
        id,
        chip: Chip::deployment(status),
        environment: "production".to_owned(),
        version: "2.1.0".to_owned(),
        at: when(id * 100),
    };
    let item = |name: &str, description: String, latest| Item {
        name: name.to_owned(),
        description,
        is_archived: false,
        latest,
    };
    ProjectList {
        frame: Frame { here: "/projects".to_owned(), ..frame("Projects", Place::Projects) },
        base: "http://localhost:5000".to_owned(),
        all: Some(false),
        projects: vec![
            item("greeter", "Says hello in twelve languages.".to_owned(), Some(latest(48, "running"))),
            item("hostile", hostile(), Some(latest(12, "partially_published"))),
            item("my-package", "My awesome package".to_owned(), Some(latest(3, "success"))),
            item("new-one", String::new(), None),
        ],
        next: Some("/projects?after=4".to_owned()),
    }
}

pub(super) fn overview() -> Overview {
    let health = |name: &str, chip| Health { name: name.to_owned(), chip };
    let environment =
        |name: &str, approvals: &str| EnvironmentNote { name: name.to_owned(), approvals: approvals.to_owned() };
    Overview {
        frame: project_frame(),
        base: "http://localhost:5000".to_owned(),
        project: project(Tab::Overview),
        deployments: deployments(),
        packages: packages(),
        health: vec![
            health("npm", Chip::REACHABLE),
            health("pypi", Chip::UNREACHABLE),
            health("cargo", Chip::UNCHECKED),
        ],
        success_rate: Some("41 of the last 48 deployments succeeded.".to_owned()),
        environments: vec![environment("production", "2 approvals"), environment("staging", "no approval")],
        facts: vec![
            ("From", "git https://git.example/greeter.git".to_owned()),
            ("Ref", "main".to_owned()),
            ("Configuration", "pak.toml".to_owned()),
            ("Created", "2026-01-04".to_owned()),
        ],
    }
}

pub(super) fn sign_in() -> Door {
    let problem = Problem::new(code::http::UNREACHABLE, "Address and password do not belong together.");
    Door {
        frame: Frame::new("Sign in", Place::Nowhere),
        intro: Vec::new(),
        form: Some(
            Form::new("/auth", "sample", "Sign in")
                .hidden("action", "login")
                .field(
                    Field::typed("email", "E-mail", "email").complete("username").required().value("ada@example.org"),
                )
                .field(Field::password("password", "Password", "current-password").required())
                .refused(Some(&problem)),
        ),
        links: vec![
            Link::new("/auth?action=register", "Create an account"),
            Link::new("/auth?action=reset", "Forgot the password"),
        ],
    }
}

pub(super) fn new_project() -> FormPage {
    let problem = Problem::new(code::http::UNREACHABLE, "`my project` is not a name.").about("field", "name");
    let kinds = [Choice::new("git", "A git repository"), Choice::new("archive", "An archive that you upload")];
    FormPage {
        frame: frame("New project", Place::Projects).under("/projects", "Projects"),
        intro: vec!["The source is fetched afresh for every deployment.".to_owned()],
        form: Form::new("/projects", "sample", "Create project")
            .field(
                Field::line("name", "Name")
                    .required()
                    .value("my project")
                    .hint("Letters, digits, dots and dashes. It is part of the address."),
            )
            .field(Field::text("description", "Description (optional)", 3))
            .field(Field::choice("source", "Source", kinds))
            .field(Field::typed("archive", "Archive", "file").hint("A .tar.gz or .zip of the source."))
            .field(Field::check("builds", "Allow builds that start programs").hint("Only for sources you trust."))
            .cancel("/projects")
            .refused(Some(&problem)),
    }
}

pub(super) fn confirm() -> Confirm {
    Confirm {
        frame: frame("Roll back greeter 2.1.0", Place::Deployments).under("/deployments/48", "Deployment #48"),
        lines: vec![
            "npm: unpublish, within 72 hours. The version number stays used.".to_owned(),
            "crates.io: yank. The files stay downloadable.".to_owned(),
        ],
        form: Form::new("/deployments/48/rollback", "sample", "Roll back").danger().cancel("/deployments/48"),
        is_danger: true,
    }
}

pub(super) fn not_found() -> ErrorPage {
    ErrorPage {
        frame: frame("There is no such page", Place::Nowhere),
        status: 404,
        message: "Nothing is at /projects/gone, or it is not yours to see.".to_owned(),
        advice: "Ask an owner of the project to add you as a member.".to_owned(),
        code: "pak::server::not_found".to_owned(),
        request: "01jd".to_owned(),
        links: vec![Link::new("/projects", "Your projects")],
    }
}
