//! What people decide about a deployment: stop it, take it up again, repeat it, take it back, approve it.

use pak_model::{Problem, Result, code};
use pak_security::policy::approval_digest;
use pak_security::report::{Report, Ruling};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _,
};
use serde_json::json;

use super::{Status, request, shown_id, tell};
use crate::access::{Approve, At, Deploy};
use crate::actions::{environments, names, scans};
use crate::audit::{self, Actor, Deed};
use crate::state::App;
use crate::store::entity::{approval, deployment};
use crate::store::unusable;
use crate::webhooks::queue::{self, Notice, What};

fn wrong_state(row: &deployment::Model, wanted: &str) -> Problem {
    Problem::new(code::server::STATE, format!("{} is {}, {wanted}.", shown_id(row.id), row.status))
}

fn deed(action: &'static str, row: &deployment::Model) -> Deed {
    Deed::new(action, "deployment", shown_id(row.id)).project(row.project_id)
}

/// Reads the row again inside the transaction: between the request's look and now a worker may have moved it.
async fn current(transaction: &DatabaseTransaction, id: i64) -> Result<deployment::Model> {
    let row = deployment::Entity::find_by_id(id).one(transaction).await.map_err(unusable)?;
    row.ok_or_else(|| crate::error::not_found(format!("deployment `{}`", shown_id(id))))
}

/// Stops a deployment. One that waits is cancelled at once; one that runs hears out what is on its way.
pub async fn cancel(app: &App, at: &At<Deploy>) -> Result<deployment::Model> {
    let (actor, now, id) = (Actor::of(&at.place.caller), app.now(), at.deployment.id);
    let project = at.place.project.name.clone();
    let row = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let row = current(transaction, id).await?;
                let mut change: deployment::ActiveModel = row.clone().into();
                change.cancel_requested_at = ActiveValue::Set(Some(now));
                match Status::of(&row.status) {
                    // A run that began before and waits to be taken up again keeps its facts.
                    Status::Pending if row.run_id.is_none() => {
                        change.status = ActiveValue::Set(Status::Cancelled.word().to_owned());
                        change.finished_at = ActiveValue::Set(Some(now));
                        tell(transaction, id, now, "cancelled", "cancelled before it began").await?;
                    }
                    Status::Pending | Status::Running => {
                        tell(transaction, id, now, &row.status, "asked to stop").await?;
                    }
                    _ => return Err(wrong_state(&row, "so there is nothing to cancel")),
                }
                audit::append(transaction, now, &actor, deed("deployment.cancel", &row)).await?;
                ended(transaction, now, change, &project).await
            })
        })
        .await?;
    app.hub.tell(id, crate::events::News::Rows);
    app.hub.wake_workers();
    Ok(row)
}

/// Writes the change; where it ended the deployment before any worker began, the world is told here.
async fn ended(
    transaction: &DatabaseTransaction,
    now: i64,
    change: deployment::ActiveModel,
    project: &str,
) -> Result<deployment::Model> {
    let row = change.update(transaction).await.map_err(unusable)?;
    if Status::of(&row.status) == Status::Cancelled {
        queue::announce(transaction, now, &[Notice { deployment: &row, project, what: What::Ended }]).await?;
    }
    Ok(row)
}

/// Asks for the same again, as a deployment of its own, from the source as it is now.
pub async fn retry(app: &App, at: &At<Deploy>) -> Result<deployment::Model> {
    if !Status::of(&at.deployment.status).is_over() {
        return Err(wrong_state(&at.deployment, "so there is nothing to repeat"));
    }
    let platforms =
        at.deployment.platforms.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let wish = request::Request {
        environment: Some(at.deployment.environment.clone()),
        version: at.deployment.version.clone(),
        platforms,
        idempotency_key: None,
        retry_of: Some(at.deployment.id),
    };
    request::request(app, &at.place, wish).await
}

/// Lets a worker go on where the run stopped: done uploads stay done, the others are asked for first.
pub async fn resume(app: &App, at: &At<Deploy>) -> Result<deployment::Model> {
    again(app, at, "resume", "deployment.resume", |row| match Status::of(&row.status) {
        Status::Failed | Status::Cancelled | Status::PartiallyPublished | Status::Waiting if row.run_id.is_some() => {
            Ok(())
        }
        Status::Failed | Status::Cancelled => Err(wrong_state(row, "and sent nothing that could be gone on with")
            .next("Retry it: that asks for the same release anew.")),
        _ => Err(wrong_state(row, "so there is nothing to resume")),
    })
    .await
}

/// Takes back what the run published, as far as the registries allow.
pub async fn rollback(app: &App, at: &At<Deploy>) -> Result<deployment::Model> {
    again(app, at, "rollback", "deployment.rollback", |row| match Status::of(&row.status) {
        status if !status.is_over() => Err(wrong_state(row, "so it cannot be taken back now").next("Cancel it first.")),
        Status::RolledBack => Err(wrong_state(row, "so there is nothing left to take back")),
        _ if row.run_id.is_none() => Err(wrong_state(row, "and published nothing")),
        _ => Ok(()),
    })
    .await
}

async fn again(
    app: &App,
    at: &At<Deploy>,
    action: &'static str,
    name: &'static str,
    allowed: fn(&deployment::Model) -> Result<()>,
) -> Result<deployment::Model> {
    let (actor, now, id) = (Actor::of(&at.place.caller), app.now(), at.deployment.id);
    let row = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let row = current(transaction, id).await?;
                allowed(&row)?;
                let mut change: deployment::ActiveModel = row.clone().into();
                change.status = ActiveValue::Set(Status::Pending.word().to_owned());
                change.action = ActiveValue::Set(action.to_owned());
                change.cancel_requested_at = ActiveValue::Set(None);
                change.finished_at = ActiveValue::Set(None);
                tell(transaction, id, now, "pending", &format!("{action} was asked for")).await?;
                audit::append(transaction, now, &actor, deed(name, &row)).await?;
                change.update(transaction).await.map_err(unusable)
            })
        })
        .await?;
    app.hub.tell(id, crate::events::News::Rows);
    app.hub.wake_workers();
    Ok(row)
}

/// Approves exactly the findings that stopped a deployment, by their digest, and lets it begin again. The person who asked for
/// the release has no say in it, nor has a machine.
pub async fn approve_findings(app: &App, at: &At<Approve>, digest: String) -> Result<deployment::Model> {
    let user = approver(at)?;
    let reports = scans::reports(app, at.deployment.id).await?.unwrap_or_default();
    let waiting = approval_digest(reports.iter().flat_map(|report| &report.findings));
    let refused = |why: &str| Problem::new(code::server::APPROVAL, why.to_owned());
    let denies = |report: &Report| report.findings.iter().any(|finding| scans::ruling(finding) == Ruling::Deny);
    if reports.iter().any(denies) {
        return Err(refused("The policy denies findings of this scan: these have to be mended first."));
    }
    if waiting.is_none() {
        return Err(refused("Nothing that the scan found waits for approval."));
    }
    if waiting.as_deref() != Some(digest.as_str()) {
        return Err(refused("These are not the findings that wait for approval.").next("Look at the scan again."));
    }
    let (actor, now, id) = (Actor::of(&at.place.caller), app.now(), at.deployment.id);
    let row = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let row = current(transaction, id).await?;
                may_approve(transaction, &row, user).await?;
                if Status::of(&row.status) != Status::Failed || row.run_id.is_some() {
                    return Err(wrong_state(&row, "so its findings keep nothing back"));
                }
                let details = json!({ "findings": digest });
                audit::append(transaction, now, &actor, deed("deployment.approve_findings", &row).details(details))
                    .await?;
                tell(transaction, id, now, "pending", "the findings of its scan were approved").await?;
                let mut change: deployment::ActiveModel = row.into();
                change.status = ActiveValue::Set(Status::Pending.word().to_owned());
                change.finished_at = ActiveValue::Set(None);
                change.findings_approved = ActiveValue::Set(Some(digest));
                change.update(transaction).await.map_err(unusable)
            })
        })
        .await?;
    app.hub.tell(id, crate::events::News::Rows);
    app.hub.wake_workers();
    Ok(row)
}

/// The person who approves: not a machine, and not who asked for the release.
fn approver(at: &At<Approve>) -> Result<i64> {
    let refused = |why: &str| Problem::new(code::server::APPROVAL, why.to_owned());
    let user = at.place.caller.user_id().ok_or_else(|| refused("A machine key approves nothing: people do."))?;
    if at.deployment.requested_by == Some(user) {
        return Err(refused("You asked for this release: someone else has to approve it."));
    }
    Ok(user)
}

/// Where an environment names who approves, nobody else does.
async fn may_approve(transaction: &DatabaseTransaction, row: &deployment::Model, user: i64) -> Result<()> {
    let rules = environments::rules(transaction, row.project_id, &row.environment).await?;
    let approvers = rules.as_ref().map(environments::approvers).unwrap_or_default();
    if approvers.is_empty() || approvers.contains(&user) {
        return Ok(());
    }
    let text = "You are not one of the people who approve releases to this environment.";
    Err(Problem::new(code::server::APPROVAL, text))
}

/// A person's word on a deployment that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// It may begin.
    Approved,
    /// It is cancelled.
    Rejected,
}

/// Approves or rejects. The person who asked for the release has no say in it, nor has a machine.
pub async fn approve(app: &App, at: &At<Approve>, decision: Decision, note: String) -> Result<deployment::Model> {
    names::text("note", &note, 500)?;
    let user = approver(at)?;
    let (actor, now, id) = (Actor::of(&at.place.caller), app.now(), at.deployment.id);
    let project = at.place.project.name.clone();
    let row = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let row = current(transaction, id).await?;
                if row.status != "pending" || row.approvals_needed == 0 {
                    return Err(wrong_state(&row, "and waits for no approval"));
                }
                may_approve(transaction, &row, user).await?;
                let (word, action) = match decision {
                    Decision::Approved => ("approved", "deployment.approve"),
                    Decision::Rejected => ("rejected", "deployment.reject"),
                };
                let given = approval::ActiveModel {
                    deployment_id: ActiveValue::Set(id),
                    user_id: ActiveValue::Set(user),
                    decision: ActiveValue::Set(word.to_owned()),
                    note: ActiveValue::Set(note),
                    at: ActiveValue::Set(now),
                };
                // A person has one word; the latest counts.
                approval::Entity::delete_by_id((id, user)).exec(transaction).await.map_err(unusable)?;
                approval::Entity::insert(given).exec_without_returning(transaction).await.map_err(unusable)?;
                let deed = deed(action, &row).details(json!({ "decision": word }));
                audit::append(transaction, now, &actor, deed).await?;
                if decision == Decision::Rejected {
                    let mut change: deployment::ActiveModel = row.into();
                    change.status = ActiveValue::Set(Status::Cancelled.word().to_owned());
                    change.finished_at = ActiveValue::Set(Some(now));
                    tell(transaction, id, now, "cancelled", "rejected by an approver").await?;
                    return ended(transaction, now, change, &project).await;
                }
                let given = approval::Entity::find()
                    .filter(approval::Column::DeploymentId.eq(id))
                    .filter(approval::Column::Decision.eq("approved"));
                let count = given.count(transaction).await.map_err(unusable)?;
                let note = format!("{count} of {} approvals", row.approvals_needed);
                tell(transaction, id, now, "pending", &note).await?;
                Ok(row)
            })
        })
        .await?;
    app.hub.tell(id, crate::events::News::Rows);
    app.hub.wake_workers();
    Ok(row)
}
