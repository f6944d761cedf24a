//! Writes events and what they add up to, in the transaction of whoever calls: the batching writer for reports, a worker for its
//! own deployments. Events and sums cannot come apart.

use std::collections::BTreeMap;

use pak_model::Result;
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{ActiveValue::NotSet, EntityTrait as _, Iterable as _, Set};

use super::event::Event;
use crate::store::entity::{telemetry_event, telemetry_rollup};
use crate::store::unusable;

/// The source of what clients report.
pub const API: &str = "api";
/// The source of this server's own deployments.
pub const OWN: &str = "pak";

/// An hour in milliseconds.
pub const HOUR: i64 = 3600 * 1000;
/// A day in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// Rows of one statement: far below what either database takes as parameters (11 a row).
const ROWS: usize = 200;

/// An event with who reported it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What happened.
    pub event: Event,
    /// Where it comes from: [`API`], [`OWN`] or a webhook's source.
    pub source: String,
    /// The project it belongs to.
    pub project_id: Option<i64>,
    /// Who reported it.
    pub user_id: Option<i64>,
}

impl Row {
    /// What it counts for: its project, else (negative) the person who reported it, else nobody in particular.
    fn scope(&self) -> i64 {
        self.project_id.or_else(|| self.user_id.map(i64::wrapping_neg)).unwrap_or(0)
    }
}

/// What events are added up by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'a> {
    span: i64,
    start: i64,
    scope: i64,
    event: &'a str,
    platform: &'a str,
    package: &'a str,
    source: &'a str,
}

#[derive(Default)]
struct Sum {
    count: i64,
    seconds: f64,
    timed: i64,
    bytes: f64,
    sized: i64,
}

/// Inserts events and adds them to the sums of their hour and day. `now` is when they arrived.
pub async fn record(transaction: &DatabaseTransaction, rows: &[Row], now: i64) -> Result<()> {
    for some in rows.chunks(ROWS) {
        telemetry_event::Entity::insert_many(some.iter().map(|row| model(row, now)))
            .exec_without_returning(transaction)
            .await
            .map_err(unusable)?;
    }
    let mut sums: BTreeMap<Key<'_>, Sum> = BTreeMap::new();
    for row in rows {
        for span in [HOUR, DAY] {
            let sum = sums.entry(key(row, span)).or_default();
            sum.count += 1;
            if let Some(seconds) = row.event.seconds {
                sum.seconds += seconds;
                sum.timed += 1;
            }
            if let Some(bytes) = row.event.bytes {
                sum.bytes += bytes;
                sum.sized += 1;
            }
        }
    }
    // In the order of their key, so that two nodes that add to the same rows wait for each other instead of for ever.
    let sums: Vec<_> = sums.iter().map(|(key, sum)| rollup(key, sum)).collect();
    for some in sums.chunks(ROWS) {
        telemetry_rollup::Entity::insert_many(some.iter().cloned())
            .on_conflict(adding())
            .exec_without_returning(transaction)
            .await
            .map_err(unusable)?;
    }
    Ok(())
}

fn key(row: &Row, span: i64) -> Key<'_> {
    Key {
        span,
        start: row.event.at - row.event.at.rem_euclid(span),
        scope: row.scope(),
        event: &row.event.event,
        platform: &row.event.platform,
        package: &row.event.package,
        source: &row.source,
    }
}

fn model(row: &Row, now: i64) -> telemetry_event::ActiveModel {
    let Row { event, source, project_id, user_id } = row.clone();
    telemetry_event::ActiveModel {
        id: NotSet,
        at: Set(event.at),
        received_at: Set(now),
        event: Set(event.event),
        package: Set(event.package),
        version: Set(event.version),
        platform: Set(event.platform),
        source: Set(source),
        project_id: Set(project_id),
        user_id: Set(user_id),
        metadata: Set(event.metadata),
    }
}

fn rollup(key: &Key<'_>, sum: &Sum) -> telemetry_rollup::ActiveModel {
    telemetry_rollup::ActiveModel {
        span: Set(key.span),
        start: Set(key.start),
        scope: Set(key.scope),
        event: Set(key.event.to_owned()),
        platform: Set(key.platform.to_owned()),
        package: Set(key.package.to_owned()),
        source: Set(key.source.to_owned()),
        count: Set(sum.count),
        seconds: Set(sum.seconds),
        timed: Set(sum.timed),
        bytes: Set(sum.bytes),
        sized: Set(sum.sized),
    }
}

/// Adds to what is there.
fn adding() -> OnConflict {
    use sea_orm::PrimaryKeyToColumn as _;
    use telemetry_rollup::{Column, Entity, PrimaryKey};
    let mut conflict = OnConflict::columns(PrimaryKey::iter().map(PrimaryKey::into_column));
    for column in [Column::Count, Column::Seconds, Column::Timed, Column::Bytes, Column::Sized] {
        conflict.value(column, Expr::col((Entity, column)).add(Expr::col(("excluded", column))));
    }
    conflict
}
