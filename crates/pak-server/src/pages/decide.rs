//! What can be done about a deployment: which buttons there are, what is asked before, and the doing.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use pak_model::Problem;

use super::deployment::{Action, people};
use super::form::{Choice, Field, Form};
use super::frame::{Place, page};
use super::show::plain;
use super::view::Confirm;
use super::visit::{Fields, Visit, see};
use crate::access::{Approve, At, Deploy, Read, Right};
use crate::actions::deployments::{self as actions, Decision, Status};
use crate::error::{ApiError, ApiResult, not_found, status};
use crate::state::App;
use crate::store::entity::deployment;

/// What the caller can do about it now.
pub(super) fn possible(at: &At<Read>, state: Status, is_waiting: bool) -> Vec<Action> {
    let row = &at.deployment;
    let (deploys, approves) = (at.place.may(Right::Deploy), at.place.may(Right::Approve));
    let has_run = row.run_id.is_some();
    let own = at.place.caller.user_id().is_some_and(|user| row.requested_by == Some(user));
    let action = |is_there: bool, name, word, asks, is_main, is_danger| {
        is_there.then_some(Action { name, word, asks, is_main, is_danger })
    };
    let resumable = matches!(state, Status::Failed | Status::Cancelled | Status::PartiallyPublished | Status::Waiting);
    let is_over = state.is_over();
    [
        action(is_waiting && approves && !own, "approve", "Approve or reject", true, true, false),
        action(deploys && resumable && has_run, "resume", "Resume", false, true, false),
        action(deploys && is_over, "retry", "Retry as a new deployment", false, resumable && !has_run, false),
        action(deploys && !is_over && row.cancel_requested_at.is_none(), "cancel", "Cancel", true, false, true),
        action(
            deploys && is_over && has_run && state != Status::RolledBack,
            "rollback",
            "Roll back",
            true,
            false,
            true,
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `GET /deployments/{id}/{what}`: asks before something is done.
pub async fn ask(
    State(app): State<App>,
    visit: Visit,
    at: At<Read>,
    Path((_, what)): Path<(String, String)>,
) -> ApiResult<Response> {
    let view = question(&app, &visit, &at, &what, &Fields::default(), None).await?;
    Ok(page(StatusCode::OK, &view))
}

async fn question(
    app: &App,
    visit: &Visit,
    at: &At<Read>,
    what: &str,
    fields: &Fields,
    problem: Option<&Problem>,
) -> Result<Confirm, Problem> {
    let (row, project) = (&at.deployment, &at.place.project);
    let release = [project.name.as_str(), row.version.as_deref().unwrap_or_default()].join(" ");
    let name = format!("{} to {}", release.trim_end(), row.environment);
    let home = format!("/deployments/{}", row.id);
    let form = |word| Form::new(format!("{home}/{what}"), visit.csrf(), word).cancel(home.clone());
    let (title, lines, form) = match what {
        "cancel" => (
            format!("Cancel {name}?"),
            vec![
                "What waits is not begun. What is on its way to a registry is heard out, so that nothing is left unknown.".to_owned(),
                "What is published already stays published; roll back takes it back as far as registries allow.".to_owned(),
            ],
            form("Cancel the deployment").danger(),
        ),
        "rollback" => (
            format!("Roll back {name}?"),
            vec![
                "pak takes back what this deployment published: it deletes where a registry lets it, and otherwise unpublishes, yanks or deprecates.".to_owned(),
                "Most registries never give a version number free again. Publish the correction under a new version.".to_owned(),
            ],
            form("Roll back").danger(),
        ),
        "approve" => {
            let choices = [Choice::new("approved", "Approve"), Choice::new("rejected", "Reject, which cancels it")];
            (
                format!("Approve {name}?"),
                vec![
                    format!("Asked for by {}.", people(app, row.requested_by).await?.into_values().next().unwrap_or_else(|| "a machine".to_owned())),
                    format!("It begins when {} approved it.", super::show::count(usize::try_from(row.approvals_needed).unwrap_or(1), "person")).replace("persons", "people"),
                ],
                form("Decide")
                    .field(Field::choice("decision", "Decision", choices).value(fields.text("decision")))
                    .field(Field::text("note", "Note (optional)", 3).value(fields.text("note")).hint("Shown beside your name.")),
            )
        }
        _ => return Err(not_found(format!("page `{}`", plain(&visit.here)))),
    };
    Ok(Confirm {
        frame: visit.frame(title, Place::Deployments).under(home.clone(), format!("Deployment #{}", row.id)),
        lines,
        form: form.refused(problem),
        is_danger: what != "approve",
    })
}

/// `POST /deployments/{id}/{what}`: does it.
pub async fn decide(
    State(app): State<App>,
    visit: Visit,
    at: At<Read>,
    Path((id, what)): Path<(String, String)>,
    fields: Fields,
) -> ApiResult<Response> {
    let caller = visit.caller()?.clone();
    let done: Result<(deployment::Model, &str), Problem> = async {
        if what == "approve" {
            let at: At<Approve> = crate::access::project::deployment(&app, caller, &id).await?;
            let is_yes = fields.text("decision") == "approved";
            let decision = if is_yes { Decision::Approved } else { Decision::Rejected };
            let row = actions::approve(&app, &at, decision, fields.text("note").to_owned()).await?;
            return Ok((row, if is_yes { "approved" } else { "rejected" }));
        }
        let at: At<Deploy> = crate::access::project::deployment(&app, caller, &id).await?;
        Ok(match what.as_str() {
            "cancel" => (actions::cancel(&app, &at).await?, "cancelled"),
            "retry" => (actions::retry(&app, &at).await?, "requested"),
            "resume" => (actions::resume(&app, &at).await?, "requested"),
            "rollback" => (actions::rollback(&app, &at).await?, "requested"),
            _ => return Err(not_found(format!("page `{}`", plain(&visit.here)))),
        })
    }
    .await;
    match done {
        Ok((row, word)) => Ok(see(&format!("/deployments/{}", row.id), word)),
        Err(problem) if matches!(what.as_str(), "cancel" | "rollback" | "approve") => {
            let view = question(&app, &visit, &at, &what, &fields, Some(&problem)).await?;
            Ok(page(status(problem.code()), &view))
        }
        Err(problem) => Err(ApiError(problem)),
    }
}
