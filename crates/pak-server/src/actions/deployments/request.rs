//! Asks for a deployment: one row, in milliseconds.

use pak_model::{Problem, Result, code};
use sea_orm::{ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::json;

use super::add;
use crate::access::{Deploy, In};
use crate::actions::{environments, names};
use crate::audit::{self, Actor, Deed};
use crate::state::App;
use crate::store::entity::deployment;
use crate::store::unusable;

/// The environment when none is named: what the engine means by none, too.
const ENVIRONMENT: &str = "production";

/// What is to be released.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Where to; none: `production`.
    pub environment: Option<String>,
    /// The version that must be released; none: what the manifests say.
    pub version: Option<String>,
    /// Only these targets.
    pub platforms: Vec<String>,
    /// The client's own name for this request: sent again, it asks for nothing new.
    pub idempotency_key: Option<String>,
    /// The deployment that this one repeats.
    pub retry_of: Option<i64>,
}

/// Notes a request. Workers are woken when it is durable.
pub async fn request(app: &App, place: &In<Deploy>, request: Request) -> Result<deployment::Model> {
    let project = place.project.clone();
    if project.status != "active" {
        return Err(Problem::new(code::server::STATE, format!("`{}` is archived.", project.name))
            .next("Bring it back first: an owner sets its status to `active`."));
    }
    let source = pinned_source(&project)?;
    let environment = request.environment.unwrap_or_else(|| ENVIRONMENT.to_owned());
    names::environment(&environment)?;
    if let Some(version) = &request.version {
        names::version(version)?;
    }
    for platform in &request.platforms {
        names::target(platform)?;
    }
    if let Some(key) = &request.idempotency_key {
        names::text("Idempotency-Key", key, 200)?;
    }
    let platforms = (!request.platforms.is_empty()).then(|| json!(request.platforms).to_string());
    let (actor, now, user, via) = (Actor::of(&place.caller), app.now(), place.caller.user_id(), place.caller.via());
    let made = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                if let Some(key) = &request.idempotency_key {
                    let same = deployment::Entity::find()
                        .filter(deployment::Column::ProjectId.eq(project.id))
                        .filter(deployment::Column::IdempotencyKey.eq(key));
                    if let Some(there) = same.one(transaction).await.map_err(unusable)? {
                        return Ok(there);
                    }
                }
                let rules = environments::rules(transaction, project.id, &environment).await?;
                let approvals = rules.map_or(0, |rules| rules.approvals_needed);
                let row = deployment::ActiveModel {
                    project_id: ActiveValue::Set(project.id),
                    environment: ActiveValue::Set(environment.clone()),
                    version: ActiveValue::Set(request.version.clone()),
                    action: ActiveValue::Set("release".to_owned()),
                    platforms: ActiveValue::Set(platforms),
                    requested_by: ActiveValue::Set(user),
                    requested_via: ActiveValue::Set(via.to_owned()),
                    approvals_needed: ActiveValue::Set(approvals),
                    source: ActiveValue::Set(Some(source.to_string())),
                    idempotency_key: ActiveValue::Set(request.idempotency_key),
                    retry_of: ActiveValue::Set(request.retry_of),
                    ..Default::default()
                };
                let note = if approvals > 0 { "waits for approval" } else { "waits for a worker" };
                let made = add(transaction, now, row, note).await?;
                let deed = Deed::new("deployment.request", "deployment", super::shown_id(made.id))
                    .project(project.id)
                    .details(json!({ "environment": environment, "version": request.version }));
                audit::append(transaction, now, &actor, deed).await?;
                Ok(made)
            })
        })
        .await?;
    app.hub.wake_workers();
    Ok(made)
}

/// The source as it is now: a later upload or change of settings does not reach into a deployment that was asked for before.
pub(crate) fn pinned_source(project: &crate::store::entity::project::Model) -> Result<serde_json::Value> {
    let missing = || Problem::new(code::server::SOURCE_MISSING, format!("`{}` has no source yet.", project.name));
    let location = project.source_location.as_ref().ok_or_else(missing)?;
    match project.source_kind.as_str() {
        "archive" => Ok(json!({ "kind": "archive", "location": location, "sha256": project.source_ref })),
        "git" => Ok(json!({ "kind": "git", "url": location, "ref": project.source_ref })),
        "directory" => Ok(json!({ "kind": "directory", "path": location })),
        _ => Err(missing()),
    }
}
