//! Telemetry: what was reported, as charts with their numbers, and the single events.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::form::{Choice, Field};
use super::frame::{Place, page};
use super::icon::Icon;
use super::projects::base;
use super::section::{Cell, Rows, Section, Sections};
use super::show::{When, plain};
use super::visit::{Asked, Visit};
use crate::charts::{Data, Series, Unit, bar, line, scale, spark};
use crate::error::ApiResult;
use crate::state::App;
use crate::telemetry::query::{Bucket, Counted, Cursor, Filter, Listed, Statistics, list, moment, statistics};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// How many bars a chart of names has.
const BARS: usize = 12;

/// `GET /telemetry`.
pub async fn show(State(app): State<App>, visit: Visit, asked: Asked) -> ApiResult<Response> {
    let caller = visit.caller()?;
    let (from, to) = (moment("from", asked.some("from").as_deref())?, moment("to", asked.some("to").as_deref())?);
    let days: i64 = asked.text("days").parse().unwrap_or(30).clamp(1, 400);
    let filter = Filter {
        event: asked.some("event"),
        package: asked.some("package"),
        version: asked.some("version"),
        platform: asked.some("platform"),
        source: asked.some("source"),
        project: asked.some("project"),
        from: from.or_else(|| Some(to.unwrap_or_else(|| app.now()) - days * DAY)),
        // The day that is named belongs to it.
        to: to.map(|to| to + if asked.text("to").len() == 10 { DAY } else { 0 }),
    };
    let sums = statistics(&app, caller, &filter, None).await?;
    let cursor = asked.some("cursor").map(|text| Cursor::parse(&text)).transpose()?;
    let (events, next) = list(&app, caller, &filter, cursor, 50).await?;
    let mut sections = vec![Section::Filters("/telemetry".to_owned(), filters(&asked))];
    if sums.total.count > 0 {
        sections.push(Section::Facts("In this time", totals(&sums)));
        sections.extend(charts(&sums));
    }
    let next = next.map(|cursor| {
        let kept = ["event", "package", "version", "platform", "source", "project", "from", "to", "days"];
        let kept = kept.into_iter().filter_map(|name| Some((name, asked.some(name)?)));
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("cursor", &cursor.to_string())
            .finish();
        format!("/telemetry?{query}")
    });
    sections.push(Section::Rows(rows(&app, events, next)));
    let view = Sections {
        frame: visit.frame("Telemetry", Place::Telemetry),
        main: None,
        lead: "What programs, webhooks and this server's own deployments reported.".to_owned(),
        sections,
    };
    Ok(page(StatusCode::OK, &view))
}

fn filters(asked: &Asked) -> Vec<Field> {
    let days = [
        (1, "The last day"),
        (7, "The last 7 days"),
        (30, "The last 30 days"),
        (90, "The last 90 days"),
        (365, "The last year"),
    ];
    let days = days.map(|(days, words)| Choice::new(days.to_string(), words));
    let search = |name, label| Field::typed(name, label, "search").value(asked.text(name));
    vec![
        Field::choice("days", "Time", days).value(asked.some("days").unwrap_or_else(|| "30".to_owned())),
        Field::typed("from", "From", "date").value(asked.text("from")),
        Field::typed("to", "To", "date").value(asked.text("to")),
        search("event", "Event"),
        search("package", "Package"),
        search("platform", "Platform"),
        search("project", "Project"),
        search("source", "Source"),
    ]
}

fn totals(sums: &Statistics) -> Vec<(&'static str, Cell)> {
    let number = |name, text: String| (name, Cell::Number(text));
    let mut facts = vec![number("Events", scale::count(sums.total.count as f64))];
    facts.extend(sums.total.mean_seconds().map(|mean| number("Mean deployment time", scale::seconds(mean))));
    facts.extend(sums.total.mean_bytes().map(|mean| number("Mean file size", scale::bytes(mean))));
    facts.push(number("Packages", scale::count(sums.packages.len() as f64)));
    facts.push(number(
        "Platforms",
        scale::count(sums.platforms.iter().filter(|one| !one.name.is_empty()).count() as f64),
    ));
    facts
}

fn charts(sums: &Statistics) -> Vec<Section> {
    let is_hourly = sums.bucket == Bucket::Hour;
    let label = |start: i64| {
        let when = When::of(start);
        if is_hourly {
            format!("{} {}", when.date().get(5..).unwrap_or_default(), when.clock().get(..5).unwrap_or_default())
        } else {
            when.date()
        }
    };
    let labels: Vec<String> = sums.series.iter().map(|point| label(point.start)).collect();
    let (place, each) = if is_hourly { ("Hour (UTC)", "hour") } else { ("Day (UTC)", "day") };
    let over_time = |title: &str, description: &str, unit, values: Vec<Option<f64>>| Data {
        title: title.to_owned(),
        description: description.to_owned(),
        places: place.to_owned(),
        labels: labels.clone(),
        series: vec![Series { name: title.to_owned(), values }],
        unit,
    };
    let counts = sums.series.iter().map(|point| Some(point.totals.count as f64)).collect();
    let data = over_time("Events", &format!("How many events were reported each {each}."), Unit::Count, counts);
    let mut sections = vec![Section::Chart(bar::chart("events-over-time", &data))];
    if sums.total.timed > 0 {
        let times = sums.series.iter().map(|point| point.totals.mean_seconds()).collect();
        let data = over_time(
            "Deployment time",
            &format!("The mean of what deployments took each {each}."),
            Unit::Seconds,
            times,
        );
        sections.push(Section::Chart(line::chart("deployment-time", &data)));
    }
    let downloads = |named: &Counted| named.name.contains("download");
    if sums.events.iter().any(downloads) && sums.events.len() == 1 {
        // One kind of event was asked for: then each package's share says more than the kinds.
        sections.push(Section::Chart(names("downloads", "Downloads by package", "Package", &sums.packages)));
    } else {
        sections.push(Section::Chart(names("by-event", "By event", "Event", &sums.events)));
        sections.push(Section::Chart(names("by-package", "By package", "Package", &sums.packages)));
    }
    sections.push(Section::Chart(names("by-platform", "By platform", "Platform", &sums.platforms)));
    sections
}

fn names(id: &str, title: &str, place: &str, counted: &[Counted]) -> crate::charts::Chart {
    let (shown, rest) = counted.split_at(counted.len().min(BARS));
    let word = |name: &str| if name.is_empty() { "not named".to_owned() } else { plain(name) };
    let mut labels: Vec<String> = shown.iter().map(|one| word(&one.name)).collect();
    let mut values: Vec<f64> = shown.iter().map(|one| one.totals.count as f64).collect();
    if !rest.is_empty() {
        labels.push("all others".to_owned());
        values.push(rest.iter().map(|one| one.totals.count as f64).sum());
    }
    let data = Data {
        title: title.to_owned(),
        description: "The most frequent first.".to_owned(),
        places: place.to_owned(),
        labels,
        series: vec![Series::new("Events", values)],
        unit: Unit::Count,
    };
    bar::chart(id, &data)
}

fn rows(app: &App, events: Vec<Listed>, next: Option<String>) -> Rows {
    let row = |event: Listed| {
        vec![
            Cell::text(&event.event),
            Cell::Both(plain(&event.package), plain(&event.version)),
            Cell::text(&event.platform),
            Cell::Both(plain(&event.source), event.project.as_deref().map(plain).unwrap_or_default()),
            Cell::time(event.at),
            Cell::Code(event.metadata.as_deref().map(plain).unwrap_or_default().chars().take(200).collect()),
        ]
    };
    Rows::new("events", "Events", &["Event", "Package", "Platform", "From", "When", "More"])
        .rows(events.into_iter().map(row))
        .empty(Icon::Chart, "Nothing was reported in this time. Deployments of this server report themselves; programs report with one request:")
        .example(format!(
            "curl -X POST {}/api/telemetry \\\n  -H \"Authorization: Bearer $PAK_API_KEY\" -H \"Content-Type: application/json\" \\\n  -d '{{\"event\": \"package_deployed\", \"package\": \"my-package\", \"version\": \"1.2.3\", \"platform\": \"npm\"}}'",
            base(app)
        ))
        .next(next)
}

/// A small line of a project's or package's last days.
pub fn small(values: &[f64], what: &str) -> Cell {
    let last = values.last().copied().unwrap_or_default();
    Cell::Picture(spark::svg(values, &format!("{what}: {} on the last day", scale::count(last))))
}
