//! `/deployments/<id>/plan`: the plan that a deployment carries out, for boards that show every step before it begins.

use axum::Json;
use axum::extract::State;
use futures_util::TryStreamExt as _;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};
use serde_json::Value;

use crate::access::{At, Read};
use crate::error::{ApiResult, ErrorBody, not_found};
use crate::state::App;
use crate::store::entity::deployment_file;
use crate::store::unusable;

/// The plan of a deployment, once it is settled: targets, packages, uploads, digests.
#[utoipa::path(get, path = "/deployments/{id}/plan", tag = "deployments", params(("id" = String, Path, description = "`deploy_12` or `12`.")),
    responses((status = 200, body = Value), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:read"))))]
pub async fn show(State(app): State<App>, at: At<Read>) -> ApiResult<Json<Value>> {
    let unsettled = || not_found("plan of this deployment yet");
    let file = deployment_file::Entity::find()
        .filter(deployment_file::Column::DeploymentId.eq(at.deployment.id))
        .filter(deployment_file::Column::Path.eq("plan.json"))
        .one(app.store.read())
        .await
        .map_err(unusable)?
        .ok_or_else(unsettled)?;
    let (_, pieces) = app.files.get(&file.location).await?.ok_or_else(unsettled)?;
    let gather = |mut text: Vec<u8>, piece: bytes::Bytes| async move {
        text.extend_from_slice(&piece);
        Ok(text)
    };
    let text = pieces.try_fold(Vec::new(), gather).await?;
    Ok(Json(serde_json::from_slice(&text).map_err(|_| unsettled())?))
}
