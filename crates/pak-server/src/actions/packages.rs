//! Artifacts that can be downloaded: of deployments, and built by themselves.

use std::time::Duration;

use pak_model::{Problem, Result, code};
use sea_orm::{ActiveValue, ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};
use serde_json::json;

use super::deployments::{Status, add, find, shown_id};
use super::{names, page::PageQuery};
use crate::access::{Deploy, In};
use crate::audit::{self, Actor, Deed};
use crate::state::App;
use crate::store::entity::{deployment, package, project};
use crate::store::unusable;

/// How long a request waits for its package.
const PATIENCE: Duration = Duration::from_mins(10);

/// The artifacts of a project, newest first.
pub async fn list(app: &App, project: i64, page: PageQuery) -> Result<(Vec<package::Model>, Option<i64>)> {
    let rows = package::Entity::find().filter(package::Column::ProjectId.eq(project));
    page.read(&app.store, rows, package::Column::Id, |row| row.id).await
}

/// The artifacts of one deployment.
pub async fn of_deployment(app: &App, deployment: i64) -> Result<Vec<package::Model>> {
    package::Entity::find()
        .filter(package::Column::DeploymentId.eq(deployment))
        .order_by_asc(package::Column::Id)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// Where an artifact is downloaded.
pub fn path(row: &package::Model) -> String {
    format!("/packages/{}/{}", row.id, row.file)
}

/// Builds a project's packages without publishing them, and waits until they are there.
pub async fn build(app: &App, place: &In<Deploy>, version: Option<String>) -> Result<Vec<package::Model>> {
    if let Some(version) = &version {
        names::version(version)?;
    }
    let id = ask(app, place, version).await?;
    app.hub.wake_workers();
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mut watch = app.hub.watch(id);
        let row = find(&app.store, id).await?.ok_or_else(gone)?;
        match Status::of(&row.status) {
            Status::Success => return of_deployment(app, id).await,
            status if status.is_over() => return Err(failure(row)),
            _ if tokio::time::Instant::now() > until => {
                return Err(Problem::new(code::server::TIMEOUT, "The package is still being built.")
                    .next(format!("Look at /deployments/{} later.", shown_id(id))));
            }
            _ => {}
        }
        tokio::select! {
            _ = watch.recv() => {}
            () = tokio::time::sleep(Duration::from_millis(300)) => {}
            () = app.stop.cancelled() => return Err(Problem::new(code::server::STOPPING, "The server is stopping.")),
        }
    }
}

fn gone() -> Problem {
    Problem::new(code::server::NOT_FOUND, "The project was deleted meanwhile.")
}

/// The build's own problem, as it was told.
fn failure(row: deployment::Model) -> Problem {
    let code = row.error_code.as_deref().and_then(code::find).unwrap_or(code::server::INTERNAL);
    let problem = Problem::new(code, row.error_message.unwrap_or_else(|| "The package could not be built.".to_owned()));
    match row.error_next {
        Some(next) => problem.next(next),
        None => problem,
    }
}

async fn ask(app: &App, place: &In<Deploy>, version: Option<String>) -> Result<i64> {
    let project: project::Model = place.project.clone();
    let source = super::deployments::pinned_source(&project)?;
    let (actor, now, user, via) = (Actor::of(&place.caller), app.now(), place.caller.user_id(), place.caller.via());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let row = deployment::ActiveModel {
                    project_id: ActiveValue::Set(project.id),
                    environment: ActiveValue::Set("production".to_owned()),
                    version: ActiveValue::Set(version.clone()),
                    action: ActiveValue::Set("package".to_owned()),
                    requested_by: ActiveValue::Set(user),
                    requested_via: ActiveValue::Set(via.to_owned()),
                    source: ActiveValue::Set(Some(source.to_string())),
                    ..Default::default()
                };
                let made = add(transaction, now, row, "waits for a worker").await?;
                let deed = Deed::new("package.build", "project", &project.name).project(project.id);
                audit::append(transaction, now, &actor, deed.details(json!({ "version": version }))).await?;
                Ok(made.id)
            })
        })
        .await
}
