//! Reads what was reported: single events, newest first, and what they add up to. Sums come from the rollups alone, so that charts
//! cost the same over a thousand events and over ten million.

mod events;
mod sums;

pub use events::{Cursor, Listed, list};
pub use sums::{Bucket, Counted, Point, Statistics, Totals, statistics};

use pak_model::Result;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QuerySelect as _, Value};

use crate::access::{Caller, Identity, Scope};
use crate::error::invalid;
use crate::state::App;
use crate::store::entity::{member, project};
use crate::store::unusable;

/// What is looked for. Empty texts and none mean everything.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The event's name.
    pub event: Option<String>,
    /// The package.
    pub package: Option<String>,
    /// The package's version; single events only.
    pub version: Option<String>,
    /// The platform.
    pub platform: Option<String>,
    /// `api`, `pak` or a webhook's source.
    pub source: Option<String>,
    /// The project's name.
    pub project: Option<String>,
    /// Not before this, in milliseconds.
    pub from: Option<i64>,
    /// Before this.
    pub to: Option<i64>,
}

/// Whose events are seen: projects by their id, a person's own by minus the person's; none: everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Audience(Option<Vec<i64>>);

/// What the caller may see of what the filter asks for: the projects one is a member of, and what one reported oneself without a project.
pub(super) async fn audience(app: &App, caller: &Caller, filter: &Filter) -> Result<Audience> {
    caller.needs(Scope::TelemetryRead)?;
    let bound = match &caller.identity {
        Identity::Key { project, .. } => *project,
        _ => None,
    };
    let mut scopes = match (bound, caller.user_id()) {
        (Some(project), _) => Some(vec![project]),
        (None, _) if caller.sees_everything() => None,
        (None, user) => Some(of_person(app, user.unwrap_or(0)).await?),
    };
    if let Some(name) = filter.project.as_deref().filter(|name| !name.is_empty()) {
        let found: Option<i64> = project::Entity::find()
            .select_only()
            .column(project::Column::Id)
            .filter(project::Column::Name.eq(name))
            .into_tuple()
            .one(app.store.read())
            .await
            .map_err(unusable)?;
        let seen = found.filter(|id| scopes.as_ref().is_none_or(|scopes| scopes.contains(id)));
        scopes = Some(seen.into_iter().collect());
    }
    Ok(Audience(scopes))
}

async fn of_person(app: &App, user: i64) -> Result<Vec<i64>> {
    let mut scopes: Vec<i64> = member::Entity::find()
        .select_only()
        .column(member::Column::ProjectId)
        .filter(member::Column::UserId.eq(user))
        .into_tuple()
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    scopes.push(-user);
    Ok(scopes)
}

/// A moment in a query: RFC 3339, or a day.
pub fn moment(field: &'static str, text: Option<&str>) -> Result<Option<i64>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let day = || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp());
    let at = text.parse::<jiff::Timestamp>().ok().or_else(day);
    let at = at
        .ok_or_else(|| invalid(field, "is neither a time such as 2024-01-01T00:00:00Z nor a day such as 2024-01-01"))?;
    Ok(Some(at.as_millisecond()))
}

/// A statement that is put together: values never become part of its text.
#[derive(Debug, Default)]
struct Words {
    text: String,
    values: Vec<Value>,
}

impl Words {
    fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a value where the text stands.
    fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        let number = self.values.len();
        self.push(&format!("${number}"))
    }

    /// `AND scope IN (…)`, where not everything is seen.
    fn within(&mut self, scopes: Option<&[i64]>) -> &mut Self {
        let Some(scopes) = scopes else { return self };
        // An empty list is none in SQL, but it is what whoever sees nothing has.
        self.push(" AND scope IN (NULL");
        for scope in scopes {
            self.push(", ").bind(*scope);
        }
        self.push(")")
    }

    /// `AND column = value` for each that is asked for.
    fn matching(&mut self, columns: &[(&str, &Option<String>)]) -> &mut Self {
        for (column, value) in columns {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                self.push(" AND ").push(column).push(" = ").bind(value);
            }
        }
        self
    }

    fn statement(self, app: &App) -> sea_orm::Statement {
        sea_orm::Statement::from_sql_and_values(app.store.backend(), self.text, self.values)
    }
}
