//! What events add up to, by hour or day, and by what they are about.

use pak_model::{Problem, Result, code};
use sea_orm::{ConnectionTrait as _, FromQueryResult};
use serde::{Deserialize, Serialize};

use super::{Audience, Filter, Words, audience};
use crate::access::Caller;
use crate::state::App;
use crate::store::unusable;
use crate::telemetry::record::{DAY, HOUR};

/// How many names of a kind are counted one by one.
const NAMES: i64 = 50;
/// The most points of a line.
const POINTS: i64 = 2000;

/// How long a point of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Bucket {
    /// An hour.
    Hour,
    /// A day of UTC.
    Day,
}

impl Bucket {
    /// In milliseconds.
    pub fn span(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::Day => DAY,
        }
    }
}

/// Events added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, FromQueryResult)]
pub struct Totals {
    /// How many.
    pub count: i64,
    /// The sum of `deployment_time`, in seconds.
    pub seconds: f64,
    /// How many had one.
    pub timed: i64,
    /// The sum of `file_size`.
    pub bytes: f64,
    /// How many had one.
    pub sized: i64,
}

impl Totals {
    /// The mean `deployment_time`.
    pub fn mean_seconds(&self) -> Option<f64> {
        (self.timed > 0).then(|| self.seconds / self.timed as f64)
    }

    /// The mean `file_size`.
    pub fn mean_bytes(&self) -> Option<f64> {
        (self.sized > 0).then(|| self.bytes / self.sized as f64)
    }
}

/// A point of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Its beginning, in milliseconds.
    pub start: i64,
    /// What happened in it.
    pub totals: Totals,
}

/// One name with what happened under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The event, platform, package or source.
    pub name: String,
    /// What happened.
    pub totals: Totals,
}

/// What events add up to.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// The first point's beginning.
    pub from: i64,
    /// The last point's end.
    pub to: i64,
    /// How long a point is.
    pub bucket: Bucket,
    /// All together.
    pub total: Totals,
    /// A point for each hour or day, also where nothing happened.
    pub series: Vec<Point>,
    /// By name, the most frequent first.
    pub events: Vec<Counted>,
    /// By platform.
    pub platforms: Vec<Counted>,
    /// By package.
    pub packages: Vec<Counted>,
    /// By source.
    pub sources: Vec<Counted>,
}

/// Adds up what the caller may see. Without times: the last 30 days.
pub async fn statistics(app: &App, caller: &Caller, filter: &Filter, bucket: Option<Bucket>) -> Result<Statistics> {
    let whose = audience(app, caller, filter).await?;
    let to = filter.to.unwrap_or_else(|| app.now() + 1);
    let from = filter.from.unwrap_or(to - 30 * DAY);
    let bucket = bucket.unwrap_or(if to - from <= 3 * DAY { Bucket::Hour } else { Bucket::Day });
    let span = bucket.span();
    // Whole points only: what is shown at the edges is not less than happened in them.
    let from = from.div_euclid(span) * span;
    let to = (to - 1).div_euclid(span) * span + span;
    if to <= from || (to - from) / span > POINTS {
        return Err(Problem::new(
            code::server::INPUT,
            format!("`from` and `to` must be in order and at most {POINTS} points apart."),
        )
        .about("field", "from"));
    }
    let ask = Ask { app, filter, whose: &whose, span, from, to };
    let mut series: Vec<Point> = (from..to)
        .step_by(usize::try_from(span).unwrap_or(1))
        .map(|start| Point { start, totals: Totals::default() })
        .collect();
    let mut total = Totals::default();
    for (start, totals) in ask.by::<i64>("start", None).await? {
        let index = usize::try_from((start - from) / span).unwrap_or(usize::MAX);
        if let Some(point) = series.get_mut(index) {
            point.totals = totals;
        }
        total.count += totals.count;
        total.seconds += totals.seconds;
        total.timed += totals.timed;
        total.bytes += totals.bytes;
        total.sized += totals.sized;
    }
    Ok(Statistics {
        from,
        to,
        bucket,
        total,
        series,
        events: ask.names("event").await?,
        platforms: ask.names("platform").await?,
        packages: ask.names("package").await?,
        sources: ask.names("source").await?,
    })
}

struct Ask<'a> {
    app: &'a App,
    filter: &'a Filter,
    whose: &'a Audience,
    span: i64,
    from: i64,
    to: i64,
}

impl Ask<'_> {
    /// The most frequent names of a kind; events without one are left out.
    async fn names(&self, column: &str) -> Result<Vec<Counted>> {
        let rows = self.by::<String>(column, Some(NAMES)).await?;
        Ok(rows.into_iter().map(|(name, totals)| Counted { name, totals }).collect())
    }

    async fn by<K: sea_orm::TryGetable>(&self, column: &str, most: Option<i64>) -> Result<Vec<(K, Totals)>> {
        let Audience(scopes) = self.whose;
        let mut words = Words::default();
        words.push("SELECT ").push(column).push(
            " AS name, CAST(SUM(count) AS BIGINT) AS count, SUM(seconds) AS seconds, \
             CAST(SUM(timed) AS BIGINT) AS timed, SUM(bytes) AS bytes, CAST(SUM(sized) AS BIGINT) AS sized \
             FROM telemetry_rollups WHERE span = ",
        );
        words.bind(self.span).push(" AND start >= ").bind(self.from).push(" AND start < ").bind(self.to);
        words.within(scopes.as_deref()).matching(&[
            ("event", &self.filter.event),
            ("package", &self.filter.package),
            ("platform", &self.filter.platform),
            ("source", &self.filter.source),
        ]);
        if let Some(most) = most {
            words.push(" AND ").push(column).push(" <> ''");
            words.push(" GROUP BY ").push(column).push(" ORDER BY SUM(count) DESC, name LIMIT ").bind(most);
        } else {
            words.push(" GROUP BY ").push(column).push(" ORDER BY name");
        }
        let rows = self.app.store.read().query_all_raw(words.statement(self.app)).await.map_err(unusable)?;
        rows.iter()
            .map(|row| Ok((row.try_get("", "name")?, Totals::from_query_result(row, "")?)))
            .collect::<Result<_, sea_orm::DbErr>>()
            .map_err(unusable)
    }
}
