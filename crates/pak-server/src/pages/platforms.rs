//! Platforms: what this server can release to, how the registries stand, and each one's facts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_platforms::Platform;

use super::chip::Chip;
use super::form::Field;
use super::frame::{Link, Place, page};
use super::icon::Icon;
use super::section::{Button, Cell, Rows, Section, Sections};
use super::show::plain;
use super::visit::{Asked, Fields, Visit, see};
use crate::actions::platforms as actions;
use crate::api::platforms::card;
use crate::charts::scale;
use crate::error::ApiResult;
use crate::state::App;
use crate::store::entity::platform_health;

fn chip(health: Option<&platform_health::Model>) -> Chip {
    match health.map(|health| health.reachable) {
        Some(true) => Chip::REACHABLE,
        Some(false) => Chip::UNREACHABLE,
        None => Chip::UNCHECKED,
    }
}

/// `GET /platforms`.
pub async fn list(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    visit.caller()?;
    let wanted = asked.text("q").to_lowercase();
    let fits = |platform: &&Arc<dyn Platform>| {
        let definition = platform.definition();
        let words = [&definition.id, &definition.title, &definition.kind];
        words.into_iter().chain(&definition.aliases).any(|word| word.to_lowercase().contains(&wanted))
    };
    let (known, seen) = (actions::known()?, actions::health(&app).await?);
    let row = |platform: &Arc<dyn Platform>| {
        let definition = platform.definition();
        let path = format!("/platforms/{}", definition.id);
        let health = seen.iter().find(|row| row.platform == definition.id);
        vec![
            Cell::LinkWith(Link::new(path, definition.id.clone()), definition.title.clone()),
            Cell::Text(definition.kind.clone()),
            Cell::Chip(chip(health)),
            health.map_or_else(
                || Cell::Muted("–".to_owned()),
                |health| Cell::Text(format!("{} ms", health.milliseconds)),
            ),
            Cell::time_or(health.map(|health| health.checked_at), "–"),
            Cell::Text(definition.undo.how.label().to_owned()),
        ]
    };
    let count = known.iter().len();
    let rows = Rows::new("platforms", "Platforms", &["Platform", "Type", "Health", "Answer in", "Looked at", "Undo"])
        .rows(known.iter().filter(fits).map(row))
        .note(format!("{count} in all; `pak.toml` can define more"))
        .empty(Icon::Globe, "No platform has this word in its name. A project defines its own in pak.toml:")
        .example("[platforms.our-npm]\nfrom = \"npm\"\nregistry = \"https://npm.example.org\"");
    let field = Field::typed("q", "Name or type", "search").value(asked.text("q"));
    let view = Sections {
        frame: visit.frame("Platforms", Place::Platforms),
        main: None,
        lead: "pak speaks each registry's own protocol. Nothing of an ecosystem's tools needs to be installed."
            .to_owned(),
        sections: vec![Section::Filters("/platforms".to_owned(), vec![field]), Section::Rows(rows)],
    };
    Ok(page(StatusCode::OK, &view))
}

/// `GET /platforms/{platform}`.
pub async fn show(State(app): State<App>, visit: Visit, Path(name): Path<String>) -> ApiResult<Response> {
    visit.caller()?;
    let platform = actions::named(&name)?;
    let definition = platform.definition();
    let seen = actions::health(&app).await?;
    let health = seen.iter().find(|row| row.platform == definition.id);
    let mut facts = vec![("State", Cell::Chip(chip(health)))];
    if let Some(health) = health {
        facts.push(("Looked at", Cell::time(health.checked_at)));
        facts.push(("Answer in", Cell::Text(format!("{} ms", health.milliseconds))));
        facts.push(("It said", Cell::text(&health.message)));
    }
    facts.push(("Type", Cell::Text(definition.kind.clone())));
    facts.push(("Registry", Cell::Code(definition.shown_root())));
    if !definition.aliases.is_empty() {
        facts.push(("Other names", Cell::Text(definition.aliases.join(", "))));
    }
    facts.extend(definition.max_bytes.map(|bytes| ("Largest file", Cell::Text(scale::bytes(bytes as f64)))));
    facts.push(("Versions", Cell::Text(definition.version_scheme.clone())));
    let undo = format!("{}: {}", definition.undo.how.label(), definition.undo.note);
    let variables = pak_deploy::platforms::variables(definition).join(", ");
    let mut credentials = vec![format!(
        "A project's credentials for it are set on the project's page, or as one of these variables for the command line: {variables}."
    )];
    if let Some(token_page) = &definition.token_page {
        credentials.push(format!("Tokens are made at {}.", definition.shown(token_page)));
    }
    let doubts: Vec<String> = definition.uncertain.iter().map(|doubt| plain(doubt)).collect();
    let (title, publish, info) =
        (definition.title.clone(), definition.commands.publish.clone(), definition.commands.info.clone());
    let own = [publish, info].into_iter().filter(|command| !command.is_empty()).collect::<Vec<_>>().join("\n");
    let id = definition.id.clone();
    let json = serde_json::to_string_pretty(&card(definition, health)).unwrap_or_default();
    let mut sections = vec![
        Section::Facts("How it stands", facts),
        Section::Buttons(vec![Button::post(format!("/platforms/{id}/check"), visit.csrf(), "Look at it now", "")]),
        Section::Text("What can be taken back", vec![undo]),
        Section::Text("Credentials", credentials),
    ];
    if !own.is_empty() {
        sections.push(Section::Code("The ecosystem's own commands".to_owned(), "pak needs none of them", own));
    }
    if !doubts.is_empty() {
        sections.push(Section::Text("Not tried yet", doubts));
    }
    sections.push(Section::Code(format!("GET /api/platforms/{id}"), "The same for programs", json));
    let view = Sections {
        frame: visit.frame(title, Place::Platforms).under("/platforms", "Platforms"),
        main: None,
        lead: String::new(),
        sections,
    };
    Ok(page(StatusCode::OK, &view))
}

/// `POST /platforms/{platform}/check`: looks at the registry now.
pub async fn check(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    let row = actions::check(&app, visit.caller()?, &name).await?;
    Ok(see(&format!("/platforms/{}", row.platform), "looked"))
}
