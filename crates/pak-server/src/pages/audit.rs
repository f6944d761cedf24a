//! The audit log: who did what, filtered, with the state of its chain.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::chip::Chip;
use super::form::Field;
use super::frame::{Link, Place, page};
use super::icon::Icon;
use super::project::{Project, Tab};
use super::section::{Cell, ProjectSections, Rows, Section, Sections};
use super::show::plain;
use super::visit::{Asked, Visit};
use crate::access::{Admin, Audit, In};
use crate::actions::audit::{self as actions, Filter};
use crate::error::ApiResult;
use crate::state::App;
use crate::store::entity::audit_entry;
use crate::telemetry::query::moment;

/// `GET /audit`.
pub async fn show(State(app): State<App>, visit: Visit, _admin: Admin, asked: Asked) -> ApiResult<Response> {
    let filter = filter(&asked, None)?;
    let (rows, next) = actions::list(&app, &filter, asked.page()).await?;
    let mut sections = Vec::new();
    if asked.is_on("verify") {
        let verdict = actions::verify(&app).await?;
        sections.push(if verdict.intact {
            let text = format!(
                "The chain is whole: {} and {} were checked. The last hash is {}.",
                super::show::count(usize::try_from(verdict.entries).unwrap_or(0), "entry").replace("entrys", "entries"),
                super::show::count(usize::try_from(verdict.heads).unwrap_or(0), "signed head"),
                verdict.last_hash
            );
            Section::Notice(Chip::WHOLE, text)
        } else {
            let breaks: Vec<String> =
                verdict.breaks.iter().take(5).map(|one| format!("entry {}: {}", one.entry, plain(&one.what))).collect();
            Section::Notice(Chip::BROKEN, format!("The log was changed from outside: {}.", breaks.join("; ")))
        });
    }
    sections.push(Section::Filters("/audit".to_owned(), filters(&asked)));
    sections.push(Section::Rows(table(rows, asked.with_cursor("/audit", next))));
    let view = Sections {
        frame: visit.frame("Audit log", Place::Audit),
        main: Some(Link::new("/audit?verify=true", "Verify the chain")),
        lead: "Each entry is bound to the one before by its hash, and each day's last is signed. `pak audit verify` checks an export without this server.".to_owned(),
        sections,
    };
    Ok(page(StatusCode::OK, &view))
}

/// `GET /projects/{name}/audit`.
pub async fn of_project(State(app): State<App>, visit: Visit, place: In<Audit>, asked: Asked) -> ApiResult<Response> {
    let project = Project::of(&place, Tab::Audit);
    let path = format!("{}/audit", project.path());
    let (rows, next) = actions::list(&app, &filter(&asked, Some(place.project.id))?, asked.page()).await?;
    let sections = vec![
        Section::Filters(path.clone(), filters(&asked)),
        Section::Rows(table(rows, asked.with_cursor(&path, next))),
    ];
    Ok(page(StatusCode::OK, &ProjectSections { frame: project.frame(&visit), project, sections }))
}

fn filter(asked: &Asked, project: Option<i64>) -> Result<Filter, Problem> {
    Ok(Filter {
        project,
        actor: asked.some("actor"),
        action: asked.some("action"),
        subject: asked.some("subject"),
        since: moment("since", asked.some("since").as_deref())?,
        until: moment("until", asked.some("until").as_deref())?,
    })
}

fn filters(asked: &Asked) -> Vec<Field> {
    let search = |name, label| Field::typed(name, label, "search").value(asked.text(name));
    vec![
        search("actor", "Who"),
        search("action", "What begins with"),
        search("subject", "Kind of subject"),
        Field::typed("since", "Since", "date").value(asked.text("since")),
        Field::typed("until", "Before", "date").value(asked.text("until")),
    ]
}

fn table(rows: Vec<audit_entry::Model>, next: Option<String>) -> Rows {
    let row = |entry: audit_entry::Model| {
        let details = if entry.details == "{}" { String::new() } else { plain(&entry.details) };
        vec![
            Cell::Text(format!("#{}", entry.id)),
            Cell::time(entry.at),
            Cell::Both(plain(&entry.actor_name), plain(&format!("{} {}", entry.actor_kind, entry.address))),
            Cell::text(&entry.action),
            Cell::Both(plain(&entry.subject_id), plain(&entry.subject_kind)),
            Cell::Code(details.chars().take(300).collect()),
            Cell::Digest(entry.hash.clone()),
        ]
    };
    Rows::new("entries", "Entries", &["Entry", "When", "Who", "What", "To what", "Details", "Hash"])
        .rows(rows.into_iter().map(row))
        .empty(
            Icon::Scroll,
            "No entry fits. Everything that changes something is noted here, and nothing is ever taken out.",
        )
        .next(next)
}
