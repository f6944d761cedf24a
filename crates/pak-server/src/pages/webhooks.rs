//! Webhooks of a project and of the instance: where events are sent, what became of each, sending again. The same pages serve
//! both kinds of owner: a path with a project's name in it is the project's.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, Path, RawPathParams, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use pak_model::Problem;

use super::chip::Chip;
use super::form::{Choice, Field, Form};
use super::frame::{Link, Place, page};
use super::icon::Icon;
use super::project::{Project, Tab};
use super::projects::base;
use super::section::{Button, Cell, ProjectSections, Rows, Section, Sections};
use super::show::plain;
use super::view::Confirm;
use super::visit::{Asked, Fields, Visit, see};
use crate::access::{Admin, In, Manage};
use crate::actions::webhooks::{self as actions, Owner, Wanted};
use crate::error::{ApiError, ApiResult, not_found, status};
use crate::state::App;
use crate::store::entity::{delivery, webhook};
use crate::webhooks::queue::EVENTS;

/// Whose webhooks a page is about.
pub struct Keeper {
    owner: Owner,
    project: Option<Project>,
    path: String,
}

impl FromRequestParts<App> for Keeper {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let parameters = RawPathParams::from_request_parts(parts, app).await.ok();
        let is_project = parameters.is_some_and(|parameters| parameters.iter().any(|(name, _)| name == "name"));
        if !is_project {
            let admin = Admin::from_request_parts(parts, app).await?;
            return Ok(Self { owner: admin.into(), project: None, path: "/webhooks".to_owned() });
        }
        let place: In<Manage> = In::from_request_parts(parts, app).await?;
        let project = Project::of(&place, Tab::Webhooks);
        Ok(Self { path: format!("{}/webhooks", project.path()), owner: place.into(), project: Some(project) })
    }
}

impl Keeper {
    fn page(&self, code: StatusCode, visit: &Visit, title: &str, lead: &str, sections: Vec<Section>) -> Response {
        match &self.project {
            Some(project) => {
                let mut frame = project.frame(visit);
                if title != "Webhooks" {
                    frame.title = format!("{}: {title}", project.name);
                }
                page(code, &ProjectSections { frame, project: project.clone(), sections })
            }
            None => {
                let mut frame = visit.frame(title, Place::Webhooks);
                if title != "Webhooks" {
                    frame = frame.under(self.path.clone(), "Webhooks");
                }
                page(code, &Sections { frame, main: None, lead: lead.to_owned(), sections })
            }
        }
    }
}

/// The numbers in a path.
type Numbers = Path<BTreeMap<String, String>>;

fn number(numbers: &BTreeMap<String, String>, name: &str) -> Result<i64, Problem> {
    let text = numbers.get(name).map_or("", String::as_str);
    text.parse().map_err(|_| not_found(format!("{name} `{}`", plain(text))))
}

/// `GET …/webhooks`.
pub async fn list(State(app): State<App>, visit: Visit, keeper: Keeper) -> ApiResult<Response> {
    let sections = overview(&app, &visit, &keeper, &Fields::default(), None).await?;
    Ok(keeper.page(StatusCode::OK, &visit, "Webhooks", LEAD, sections))
}

const LEAD: &str = "Events of every project on this server. A project's own webhooks are on its page.";

async fn overview(
    app: &App,
    visit: &Visit,
    keeper: &Keeper,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Result<Vec<Section>, Problem> {
    let row = |row: webhook::Model| {
        let path = format!("{}/{}", keeper.path, row.id);
        vec![
            Cell::LinkWith(Link::new(path.clone(), plain(&row.url)), plain(&row.description)),
            Cell::Text(words(&row)),
            Cell::Chip(if row.enabled { Chip::ON } else { Chip::OFF }),
            Cell::time(row.created_at),
            Cell::Actions(vec![Button::link(path, "Open", plain(&row.url))]),
        ]
    };
    let rows = Rows::new("webhooks", "Webhooks", &["Receiver", "Events", "State", "Since", ""])
        .rows(actions::list(app, &keeper.owner).await?.into_iter().map(row))
        .empty(Icon::Hook, "pak can tell other systems what happens: each event is a signed POST request, tried again for hours until it arrives.");
    let form = fields_of(Form::new(keeper.path.clone(), visit.csrf(), "Add the webhook"), fields).refused(problem);
    Ok(vec![Section::Rows(rows), Section::Form("New webhook", "Its secret is shown once, when it is made", form)])
}

fn words(row: &webhook::Model) -> String {
    let events: Vec<String> = serde_json::from_str(&row.events).unwrap_or_default();
    if events.is_empty() { "all".to_owned() } else { plain(&events.join(", ")) }
}

fn fields_of(form: Form, fields: &Fields) -> Form {
    let form = form
        .field(
            Field::typed("url", "Address of the receiver", "url")
                .required()
                .value(fields.text("url"))
                .hint("https, on the public internet or in a network that the administrator allows."),
        )
        .field(Field::line("description", "What it is for (optional)").value(fields.text("description")));
    EVENTS
        .iter()
        .fold(form, |form, (name, what)| form.field(Field::check(name, what).value(fields.raw(name)).hint(name)))
}

/// What a form asks for. No event checked means all of them.
fn wanted(fields: &Fields) -> Wanted {
    let events = EVENTS.iter().filter(|(name, _)| fields.is_on(name)).map(|(name, _)| (*name).to_owned());
    Wanted {
        url: Some(fields.text("url").to_owned()),
        events: Some(events.collect()),
        enabled: None,
        description: Some(fields.text("description").to_owned()),
    }
}

/// `POST …/webhooks`: makes one and shows its secret, this once.
pub async fn create(State(app): State<App>, visit: Visit, keeper: Keeper, fields: Fields) -> ApiResult<Response> {
    match actions::create(&app, keeper.owner.clone(), wanted(&fields), None).await {
        Ok((row, secret)) => Ok(once(&app, &visit, &keeper, row.id, secret.expose())),
        Err(problem) => {
            let sections = overview(&app, &visit, &keeper, &fields, Some(&problem)).await?;
            Ok(keeper.page(status(problem.code()), &visit, "Webhooks", LEAD, sections))
        }
    }
}

/// The page of a secret.
fn once(app: &App, visit: &Visit, keeper: &Keeper, id: i64, secret: &str) -> Response {
    let check = "import hashlib, hmac\n\ndef is_from_pak(secret: bytes, body: bytes, header: str) -> bool:\n    wanted = \"sha256=\" + hmac.new(secret, body, hashlib.sha256).hexdigest()\n    return hmac.compare_digest(wanted, header)\n";
    let sections = vec![
        Section::Once(
            "Copy it now",
            "The secret is shown this once. The receiver checks each message with it.",
            secret.to_owned(),
        ),
        Section::Code(
            "How a receiver checks a message".to_owned(),
            "Over the exact bytes of the body",
            format!("# header X-PAK-Signature, sent by {}\n{check}", base(app)),
        ),
        Section::Buttons(vec![Button::link(format!("{}/{id}", keeper.path), "Go on to the webhook", "")]),
    ];
    keeper.page(StatusCode::CREATED, visit, "The webhook's secret", "", sections)
}

/// `GET …/webhooks/{webhook}`.
pub async fn show(
    State(app): State<App>,
    visit: Visit,
    keeper: Keeper,
    Path(numbers): Numbers,
    asked: Asked,
) -> ApiResult<Response> {
    let row = actions::find(&app, &keeper.owner, number(&numbers, "webhook")?).await?;
    let sections = one(&app, &visit, &keeper, &row, &asked, None).await?;
    Ok(keeper.page(StatusCode::OK, &visit, "Webhook", "", sections))
}

async fn one(
    app: &App,
    visit: &Visit,
    keeper: &Keeper,
    row: &webhook::Model,
    asked: &Asked,
    refused: Option<(&Fields, &Problem)>,
) -> Result<Vec<Section>, Problem> {
    let path = format!("{}/{}", keeper.path, row.id);
    let wish = asked.some("status");
    let (deliveries, next) = actions::deliveries(app, &keeper.owner, row.id, wish.as_deref(), asked.page()).await?;
    let line = |delivery: delivery::Model| {
        let at = format!("{path}/deliveries/{}", delivery.id);
        let answer = delivery.last_status.map(|status| format!("answered {status}"));
        let mut buttons = vec![Button::link(at.clone(), "Open", format!("delivery {}", delivery.id))];
        if delivery.status != "pending" {
            buttons.push(Button::post(
                format!("{at}/redeliver"),
                visit.csrf(),
                "Send again",
                format!("delivery {}", delivery.id),
            ));
        }
        vec![
            Cell::LinkWith(Link::new(at, format!("#{}", delivery.id)), plain(&delivery.event)),
            Cell::Chip(Chip::delivery(&delivery.status)),
            Cell::Both(
                super::show::count(usize::try_from(delivery.attempts).unwrap_or(0), "try").replace("trys", "tries"),
                answer.or_else(|| delivery.last_error.as_deref().map(plain)).unwrap_or_default(),
            ),
            Cell::time(delivery.created_at),
            Cell::time_or(delivery.delivered_at, "not yet"),
            Cell::Actions(buttons),
        ]
    };
    let list = Rows::new("deliveries", "Deliveries", &["Delivery", "State", "Tries", "Event", "Arrived", ""])
        .rows(deliveries.into_iter().map(line))
        .empty(Icon::Hook, "Nothing was sent yet. Send a test to see whether the receiver understands it.")
        .next(asked.with_cursor(&path, next));
    let kept = stored(row);
    let (fields, problem) = refused.map_or((&kept, None), |(fields, problem)| (fields, Some(problem)));
    let form = fields_of(Form::new(path.clone(), visit.csrf(), "Save"), fields)
        .field(
            Field::check("enabled", "It is on")
                .value(fields.raw("enabled"))
                .hint("While it is off, what happens waits."),
        )
        .refused(problem);
    let buttons = vec![
        Button::post(format!("{path}/ping"), visit.csrf(), "Send a test", ""),
        Button::link(format!("{path}/rotate"), "New secret", ""),
        Button::link(format!("{path}/delete"), "Delete", "the webhook").danger(),
    ];
    let states = [("", "Any"), ("pending", "pending"), ("delivered", "delivered"), ("dead", "given up")];
    let states = states.map(|(value, word)| Choice::new(value, word));
    let filter = vec![Field::choice("status", "Deliveries that are", states).value(asked.text("status"))];
    Ok(vec![
        Section::Buttons(buttons),
        Section::Filters(path, filter),
        Section::Rows(list),
        Section::Form("Change it", "No event checked: all of them", form),
    ])
}

fn stored(row: &webhook::Model) -> Fields {
    let events: Vec<String> = serde_json::from_str(&row.events).unwrap_or_default();
    let kept =
        [("url", row.url.clone()), ("description", row.description.clone()), ("enabled", row.enabled.to_string())];
    let checked = EVENTS.iter().filter(|(name, _)| events.iter().any(|event| event == name));
    kept.into_iter().chain(checked.map(|(name, _)| (*name, "true".to_owned()))).collect()
}

/// `POST …/webhooks/{webhook}`.
pub async fn change(
    State(app): State<App>,
    visit: Visit,
    keeper: Keeper,
    Path(numbers): Numbers,
    fields: Fields,
) -> ApiResult<Response> {
    let id = number(&numbers, "webhook")?;
    let changes = Wanted { enabled: Some(fields.is_on("enabled")), ..wanted(&fields) };
    match actions::change(&app, keeper.owner.clone(), id, changes).await {
        Ok(_) => Ok(see(&format!("{}/{id}", keeper.path), "saved")),
        Err(problem) => {
            let row = actions::find(&app, &keeper.owner, id).await?;
            let sections = one(&app, &visit, &keeper, &row, &Asked::default(), Some((&fields, &problem))).await?;
            Ok(keeper.page(status(problem.code()), &visit, "Webhook", "", sections))
        }
    }
}

/// `GET …/webhooks/{webhook}/{what}`: asks before a secret is changed or a webhook deleted.
pub async fn ask(State(app): State<App>, visit: Visit, keeper: Keeper, Path(numbers): Numbers) -> ApiResult<Response> {
    let row = actions::find(&app, &keeper.owner, number(&numbers, "webhook")?).await?;
    let path = format!("{}/{}", keeper.path, row.id);
    let (title, word, line) = match numbers.get("what").map(String::as_str) {
        Some("rotate") => (
            "A new secret?",
            "Make a new secret",
            "For a day both secrets sign, so that receivers can change over. The new one is shown once.",
        ),
        Some("delete") => {
            ("Delete the webhook?", "Delete", "Its deliveries are deleted with it, also those that did not arrive yet.")
        }
        _ => return Err(not_found(format!("page `{}`", plain(&visit.here))).into()),
    };
    let is_danger = word == "Delete";
    let form = Form::new(visit.here.clone(), visit.csrf(), word).cancel(path.clone());
    let view = Confirm {
        frame: visit
            .frame(title, if keeper.project.is_some() { Place::Projects } else { Place::Webhooks })
            .under(path, plain(&row.url)),
        lines: vec![line.to_owned()],
        form: if is_danger { form.danger() } else { form },
        is_danger,
    };
    Ok(page(StatusCode::OK, &view))
}

/// `POST …/webhooks/{webhook}/{what}`: a test, a new secret, deletion.
pub async fn act(
    State(app): State<App>,
    visit: Visit,
    keeper: Keeper,
    Path(numbers): Numbers,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    let id = number(&numbers, "webhook")?;
    let home = format!("{}/{id}", keeper.path);
    match numbers.get("what").map(String::as_str) {
        Some("ping") => {
            actions::ping(&app, keeper.owner, id).await?;
            Ok(see(&home, "sent"))
        }
        Some("rotate") => {
            let secret = actions::rotate(&app, keeper.owner.clone(), id, None).await?;
            Ok(once(&app, &visit, &keeper, id, secret.expose()))
        }
        Some("delete") => {
            actions::delete(&app, keeper.owner, id).await?;
            Ok(see(&keeper.path, "deleted"))
        }
        _ => Err(not_found(format!("page `{}`", plain(&visit.here))).into()),
    }
}

/// `GET …/webhooks/{webhook}/deliveries/{delivery}`.
pub async fn delivery(
    State(app): State<App>,
    visit: Visit,
    keeper: Keeper,
    Path(numbers): Numbers,
) -> ApiResult<Response> {
    let (id, number) = (number(&numbers, "webhook")?, number(&numbers, "delivery")?);
    let row = actions::delivery(&app, &keeper.owner, id, number).await?;
    let path = format!("{}/{id}", keeper.path);
    let mut facts = vec![
        ("State", Cell::Chip(Chip::delivery(&row.status))),
        ("Event", Cell::Code(plain(&row.event))),
        ("Message", Cell::Code(plain(&row.message_id))),
        ("Happened", Cell::time(row.created_at)),
        ("Tries", Cell::Text(row.attempts.to_string())),
        ("Arrived", Cell::time_or(row.delivered_at, "not yet")),
    ];
    if row.status == "pending" {
        facts.push(("Next try", Cell::time(row.next_at)));
    }
    facts.extend(row.last_status.map(|status| ("Last answer", Cell::Text(status.to_string()))));
    facts.extend(row.last_error.as_deref().map(|error| ("Last trouble", Cell::text(error))));
    facts
        .extend(row.deployment_id.map(|id| ("Deployment", Cell::link(format!("/deployments/{id}"), format!("#{id}")))));
    let body = serde_json::from_str::<serde_json::Value>(&row.body)
        .ok()
        .and_then(|body| serde_json::to_string_pretty(&body).ok());
    let mut sections = vec![
        Section::Facts("Delivery", facts),
        Section::Code(
            "What was sent".to_owned(),
            "Shown with line breaks; the signature is over the bytes as they were sent",
            plain(&body.unwrap_or_else(|| row.body.clone())),
        ),
    ];
    if let Some(answer) = &row.last_answer {
        sections.push(Section::Code("What the receiver answered".to_owned(), "The beginning of it", plain(answer)));
    }
    let mut buttons = vec![Button::link(path.clone(), "Back to the webhook", "")];
    if row.status != "pending" {
        buttons.push(Button::post(format!("{path}/deliveries/{number}/redeliver"), visit.csrf(), "Send again", ""));
    }
    sections.push(Section::Buttons(buttons));
    Ok(keeper.page(StatusCode::OK, &visit, &format!("Delivery #{number}"), "", sections))
}

/// `POST …/webhooks/{webhook}/deliveries/{delivery}/redeliver`.
pub async fn redeliver(
    State(app): State<App>,
    keeper: Keeper,
    Path(numbers): Numbers,
    fields: Fields,
) -> ApiResult<Response> {
    // The form's token was checked; it has no other field.
    drop(fields);
    let (id, delivery) = (number(&numbers, "webhook")?, number(&numbers, "delivery")?);
    actions::redeliver(&app, keeper.owner, id, delivery).await?;
    Ok(see(&format!("{}/{id}", keeper.path), "redelivered"))
}
