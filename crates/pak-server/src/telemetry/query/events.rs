//! Single events, newest first, page by page.

use pak_model::Result;
use sea_orm::FromQueryResult;

use super::{Audience, Filter, Words, audience};
use crate::access::Caller;
use crate::error::invalid;
use crate::state::App;
use crate::store::unusable;
use crate::telemetry::record::DAY;

/// Up to so many projects are each read by their own index; more than that are found along the time.
const BY_INDEX: usize = 100;

/// An event in a list.
#[derive(Debug, Clone, PartialEq, FromQueryResult)]
pub struct Listed {
    /// The event.
    pub id: i64,
    /// When it happened.
    pub at: i64,
    /// When it arrived.
    pub received_at: i64,
    /// Its name.
    pub event: String,
    /// The package, or nothing.
    pub package: String,
    /// The version, or nothing.
    pub version: String,
    /// The platform, or nothing.
    pub platform: String,
    /// Where it comes from.
    pub source: String,
    /// The project it belongs to.
    pub project: Option<String>,
    /// What else was said, as JSON.
    pub metadata: Option<String>,
}

/// The last event of a page: the next page begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    at: i64,
    id: i64,
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.at, self.id)
    }
}

impl Cursor {
    /// What [`Cursor`] was shown as.
    pub fn parse(text: &str) -> Result<Self> {
        let parsed =
            text.split_once('-').and_then(|(at, id)| Some(Self { at: at.parse().ok()?, id: id.parse().ok()? }));
        parsed.ok_or_else(|| invalid("cursor", "is none that this server gave"))
    }
}

/// A page of events that the caller may see, and where the next one begins.
pub async fn list(
    app: &App,
    caller: &Caller,
    filter: &Filter,
    cursor: Option<Cursor>,
    limit: u64,
) -> Result<(Vec<Listed>, Option<Cursor>)> {
    let Audience(scopes) = audience(app, caller, filter).await?;
    let limit = limit.clamp(1, 500);
    let Some(filter) = &narrowed(app, scopes.as_deref(), filter).await? else { return Ok((Vec::new(), None)) };
    let mut words = Words::default();
    words.push("SELECT e.*, p.name AS project FROM (");
    match &scopes {
        None => part(&mut words, "", &[], filter, cursor, limit),
        Some(scopes) if scopes.is_empty() => return Ok((Vec::new(), None)),
        Some(scopes) if scopes.len() <= BY_INDEX => {
            for (n, scope) in scopes.iter().enumerate() {
                words.push(if n == 0 { "" } else { " UNION ALL " });
                let (owner, id) = if *scope < 0 { ("user_id", -scope) } else { ("project_id", *scope) };
                let alone = if *scope < 0 { " AND project_id IS NULL" } else { "" };
                part(&mut words, &format!(" AND {owner} IN (#){alone}"), &[id], filter, cursor, limit);
            }
        }
        Some(scopes) => {
            let (own, projects): (Vec<i64>, Vec<i64>) = scopes.iter().partition(|scope| **scope < 0);
            let own = own.first().map_or(0, |own| -own);
            let whose = format!(" AND (project_id IN (#) OR (project_id IS NULL AND user_id = {own}))");
            part(&mut words, &whose, &projects, filter, cursor, limit);
        }
    }
    words.push(") e LEFT JOIN projects p ON p.id = e.project_id ORDER BY e.at DESC, e.id DESC LIMIT ");
    words.bind(i64::try_from(limit + 1).unwrap_or(i64::MAX));
    let mut rows = Listed::find_by_statement(words.statement(app)).all(app.store.read()).await.map_err(unusable)?;
    let size = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > size;
    rows.truncate(size);
    let next = rows.last().filter(|_| more).map(|row| Cursor { at: row.at, id: row.id });
    Ok((rows, next))
}

/// The newest events of some owners. `#` in `whose` stands for the ids.
fn part(words: &mut Words, whose: &str, ids: &[i64], filter: &Filter, cursor: Option<Cursor>, limit: u64) {
    words.push(
        "SELECT * FROM (SELECT id, at, received_at, event, package, version, platform, source, project_id, metadata \
         FROM telemetry_events WHERE 1 = 1",
    );
    let (before, after) = whose.split_once('#').unwrap_or((whose, ""));
    words.push(before);
    for (n, id) in ids.iter().enumerate() {
        words.push(if n == 0 { "" } else { ", " }).bind(*id);
    }
    words.push(after).matching(&[
        ("event", &filter.event),
        ("package", &filter.package),
        ("version", &filter.version),
        ("platform", &filter.platform),
        ("source", &filter.source),
    ]);
    if let Some(from) = filter.from {
        words.push(" AND at >= ").bind(from);
    }
    if let Some(to) = filter.to {
        words.push(" AND at < ").bind(to);
    }
    if let Some(Cursor { at, id }) = cursor {
        words.push(" AND at <= ").bind(at).push(" AND (at < ").bind(at).push(" OR id < ").bind(id).push(")");
    }
    words.push(" ORDER BY at DESC, id DESC LIMIT ").bind(i64::try_from(limit + 1).unwrap_or(i64::MAX)).push(") one");
}

/// The filter within the days on which anything fits at all, as the sums know: what is rare is then not looked for among millions.
async fn narrowed(app: &App, scopes: Option<&[i64]>, filter: &Filter) -> Result<Option<Filter>> {
    let fields = [
        ("event", &filter.event),
        ("package", &filter.package),
        ("platform", &filter.platform),
        ("source", &filter.source),
    ];
    if fields.iter().all(|(_, value)| value.as_deref().is_none_or(str::is_empty)) {
        return Ok(Some(filter.clone()));
    }
    let mut words = Words::default();
    words.push("SELECT MIN(start) AS first, MAX(start) AS last FROM telemetry_rollups WHERE span = ").bind(DAY);
    words.within(scopes).matching(&fields);
    let days = Days::find_by_statement(words.statement(app)).one(app.store.read()).await.map_err(unusable)?;
    let Some(Days { first: Some(first), last: Some(last) }) = days else { return Ok(None) };
    let (from, to) = (filter.from.map_or(first, |from| from.max(first)), filter.to.unwrap_or(i64::MAX).min(last + DAY));
    Ok(Some(Filter { from: Some(from), to: Some(to), ..filter.clone() }))
}

#[derive(FromQueryResult)]
struct Days {
    first: Option<i64>,
    last: Option<i64>,
}
