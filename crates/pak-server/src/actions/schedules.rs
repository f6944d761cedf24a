//! Releases at set times.

use std::str::FromStr as _;

use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use pak_model::{Problem, Result};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::json;

use super::names;
use crate::access::{In, Manage};
use crate::audit::{self, Actor, Deed};
use crate::error::{invalid, not_found};
use crate::state::App;
use crate::store::entity::schedule;
use crate::store::unusable;

/// A schedule to be made.
#[derive(Debug, Clone)]
pub struct NewSchedule {
    /// Where it releases to.
    pub environment: String,
    /// When: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// The time zone of these.
    pub timezone: String,
}

/// The next time after one; none where it never comes.
pub fn next(cron: &str, timezone: &str, after: i64) -> Result<Option<i64>> {
    let zone = TimeZone::get(timezone)
        .map_err(|_| invalid("timezone", "is not a time zone such as `UTC` or `Europe/Berlin`"))?;
    let pattern = parse(cron)?;
    let now = Timestamp::from_millisecond(after).map_err(|_| invalid("cron", "has no next time"))?;
    let next: std::result::Result<Zoned, _> = pattern.find_next_occurrence(&now.to_zoned(zone), false);
    Ok(next.ok().map(|at| at.timestamp().as_millisecond()))
}

fn parse(cron: &str) -> Result<Cron, Problem> {
    // Five fields: a release every second is a mistake, not a schedule.
    if cron.split_whitespace().count() != 5 || cron.len() > 100 {
        return Err(invalid("cron", "must have five fields: minute, hour, day of the month, month, day of the week"));
    }
    Cron::from_str(cron).map_err(|error| invalid("cron", format!("cannot be read: {error}")))
}

/// A project's schedules.
pub async fn list(app: &App, project: i64) -> Result<Vec<schedule::Model>> {
    schedule::Entity::find()
        .filter(schedule::Column::ProjectId.eq(project))
        .order_by_asc(schedule::Column::Id)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// Makes a schedule. Its releases are asked for in the name of whoever makes it, for as long as they may.
pub async fn create(app: &App, place: &In<Manage>, new: NewSchedule) -> Result<schedule::Model> {
    names::environment(&new.environment)?;
    let now = app.now();
    let next_at = next(&new.cron, &new.timezone, now)?;
    if next_at.is_none() {
        return Err(invalid("cron", "never comes"));
    }
    let (actor, project, user) = (Actor::of(&place.caller), place.project.id, place.caller.user_id());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let deed = json!({ "environment": new.environment, "cron": new.cron, "timezone": new.timezone });
                let row = schedule::ActiveModel {
                    id: ActiveValue::NotSet,
                    project_id: ActiveValue::Set(project),
                    environment: ActiveValue::Set(new.environment),
                    cron: ActiveValue::Set(new.cron),
                    timezone: ActiveValue::Set(new.timezone),
                    enabled: ActiveValue::Set(true),
                    next_at: ActiveValue::Set(next_at),
                    last_at: ActiveValue::Set(None),
                    last_deployment_id: ActiveValue::Set(None),
                    created_by: ActiveValue::Set(user),
                    created_at: ActiveValue::Set(now),
                };
                let row = row.insert(transaction).await.map_err(unusable)?;
                let deed = Deed::new("schedule.create", "schedule", row.id).project(project).details(deed);
                audit::append(transaction, now, &actor, deed).await?;
                Ok(row)
            })
        })
        .await
}

/// Turns a schedule on or off.
pub async fn enable(app: &App, place: &In<Manage>, id: i64, enabled: bool) -> Result<schedule::Model> {
    let (actor, now, project) = (Actor::of(&place.caller), app.now(), place.project.id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let row = find(transaction, project, id).await?;
                let next_at = next(&row.cron, &row.timezone, now)?;
                let mut row: schedule::ActiveModel = row.into();
                row.enabled = ActiveValue::Set(enabled);
                row.next_at = ActiveValue::Set(next_at);
                let row = row.update(transaction).await.map_err(unusable)?;
                let deed = Deed::new("schedule.change", "schedule", id)
                    .project(project)
                    .details(json!({ "enabled": enabled }));
                audit::append(transaction, now, &actor, deed).await?;
                Ok(row)
            })
        })
        .await
}

/// Removes a schedule.
pub async fn remove(app: &App, place: &In<Manage>, id: i64) -> Result<()> {
    let (actor, now, project) = (Actor::of(&place.caller), app.now(), place.project.id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                find(transaction, project, id).await?;
                schedule::Entity::delete_by_id(id).exec(transaction).await.map_err(unusable)?;
                let deed = Deed::new("schedule.remove", "schedule", id).project(project);
                audit::append(transaction, now, &actor, deed).await
            })
        })
        .await
}

async fn find(transaction: &sea_orm::DatabaseTransaction, project: i64, id: i64) -> Result<schedule::Model> {
    let found = schedule::Entity::find_by_id(id).filter(schedule::Column::ProjectId.eq(project)).one(transaction).await;
    found.map_err(unusable)?.ok_or_else(|| not_found("such schedule"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    #[test]
    fn times_are_those_of_the_zone() {
        // 2026-03-28 12:00 UTC: the clocks of Berlin go forward the night after.
        let saturday = 1_774_699_200_000;
        let at = |cron: &str, zone: &str| Time(next(cron, zone, saturday).unwrap().unwrap()).to_string();
        assert_eq!(at("30 9 * * *", "UTC"), "2026-03-29T09:30:00Z");
        assert_eq!(at("30 9 * * *", "Europe/Berlin"), "2026-03-29T07:30:00Z");
        assert_eq!(at("0 0 * * MON", "UTC"), "2026-03-30T00:00:00Z");
        for wrong in ["", "* * * *", "* * * * * *", "61 * * * *", "a b c d e"] {
            assert!(next(wrong, "UTC", saturday).is_err(), "{wrong}");
        }
        assert!(next("0 0 * * *", "Middle/Earth", saturday).is_err());
        assert_eq!(next("0 0 30 2 *", "UTC", saturday).unwrap(), None);
    }
}
