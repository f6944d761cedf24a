//! Asks for releases when their time has come. Whichever node sees it first moves the schedule on and asks, in one transaction: no time is used twice.

use std::time::Duration;

use pak_model::Result;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Statement,
};
use serde_json::json;

use crate::access::{Right, Role};
use crate::actions::deployments::{add, pinned_source, shown_id};
use crate::actions::{environments, schedules};
use crate::audit::{self, Actor, Deed};
use crate::state::App;
use crate::store::entity::{deployment, member, project, schedule, user};
use crate::store::unusable;

const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Asks until the process is to stop.
pub(crate) async fn run(app: App) {
    loop {
        if let Err(problem) = once(&app).await {
            tracing::warn!(causes = ?problem.causes(), "schedules were not looked at: {}", problem.message());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.stop.cancelled() => return,
        }
    }
}

/// Asks for everything that is due.
pub async fn once(app: &App) -> Result<()> {
    let now = app.now();
    let due = schedule::Entity::find()
        .filter(schedule::Column::Enabled.eq(true))
        .filter(schedule::Column::NextAt.lte(now))
        .limit(100)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    for row in due {
        app.store.write(move |transaction| Box::pin(async move { fire(transaction, &row, now).await })).await?;
        app.hub.wake_workers();
    }
    Ok(())
}

async fn fire(transaction: &DatabaseTransaction, row: &schedule::Model, now: i64) -> Result<()> {
    let next = schedules::next(&row.cron, &row.timezone, now)?;
    let sql = "UPDATE schedules SET next_at = $1, last_at = $2 WHERE id = $3 AND next_at = $4 AND enabled";
    let values = [next.into(), now.into(), row.id.into(), row.next_at.into()];
    let statement = Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    if transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() == 0 {
        // Another node was first.
        return Ok(());
    }
    let found = project::Entity::find_by_id(row.project_id).one(transaction).await.map_err(unusable)?;
    let Some(project) = found.filter(|project| project.status == "active") else { return Ok(()) };
    let actor = Actor::system("schedule");
    let deed = |action, id: String| Deed::new(action, "schedule", id).project(project.id);
    let source = pinned_source(&project);
    let (true, Ok(source)) = (may_still(transaction, row).await?, source) else {
        let mut off: schedule::ActiveModel = row.clone().into();
        off.enabled = ActiveValue::Set(false);
        off.last_at = ActiveValue::Set(Some(now));
        off.next_at = ActiveValue::Set(None);
        off.update(transaction).await.map_err(unusable)?;
        let why = json!({ "why": "its maker may not release any more, or the project has no source" });
        return audit::append(transaction, now, &actor, deed("schedule.stop", row.id.to_string()).details(why)).await;
    };
    let rules = environments::rules(transaction, project.id, &row.environment).await?;
    let asked = deployment::ActiveModel {
        project_id: ActiveValue::Set(project.id),
        environment: ActiveValue::Set(row.environment.clone()),
        action: ActiveValue::Set("release".to_owned()),
        requested_by: ActiveValue::Set(row.created_by),
        requested_via: ActiveValue::Set("schedule".to_owned()),
        approvals_needed: ActiveValue::Set(rules.map_or(0, |rules| rules.approvals_needed)),
        source: ActiveValue::Set(Some(source.to_string())),
        ..Default::default()
    };
    let made = add(transaction, now, asked, "asked for by a schedule").await?;
    let sql = "UPDATE schedules SET last_deployment_id = $1 WHERE id = $2";
    let statement =
        Statement::from_sql_and_values(transaction.get_database_backend(), sql, [made.id.into(), row.id.into()]);
    transaction.execute_raw(statement).await.map_err(unusable)?;
    let details = json!({ "deployment": shown_id(made.id), "environment": row.environment });
    audit::append(transaction, now, &actor, deed("schedule.fire", row.id.to_string()).details(details)).await
}

/// Whether the person who made the schedule may still release the project.
async fn may_still(transaction: &DatabaseTransaction, row: &schedule::Model) -> Result<bool> {
    let Some(maker) = row.created_by else { return Ok(true) };
    let found = user::Entity::find_by_id(maker).one(transaction).await.map_err(unusable)?;
    let Some(person) = found.filter(|person| person.is_active) else { return Ok(false) };
    if person.role == "admin" {
        return Ok(true);
    }
    let part = member::Entity::find_by_id((row.project_id, maker)).one(transaction).await.map_err(unusable)?;
    Ok(part.and_then(|part| Role::parse(&part.role)).is_some_and(|role| role.allows(Right::Deploy)))
}
