//! The project a request is about, and what its caller may do there. A project one has no part in does not exist: 404, not 403.

use std::marker::PhantomData;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use pak_model::{Problem, Result, code};
use sea_orm::{ConnectionTrait as _, EntityTrait as _, FromQueryResult as _, Statement};

use super::caller::{Caller, Identity, identify, nobody};
use super::role::{Need, Right, Role};
use crate::error::{ApiError, not_found, shown};
use crate::state::App;
use crate::store::entity::{deployment, project};
use crate::store::unusable;

/// A project that the caller has the right `N` in. Its name is the path's `{name}`.
#[derive(Debug, Clone)]
pub struct In<N> {
    /// Who asks.
    pub caller: Caller,
    /// The project.
    pub project: project::Model,
    /// The caller's role; none for administrators and the machine key, who may everything.
    pub role: Option<Role>,
    needs: PhantomData<N>,
}

impl<N> In<N> {
    /// Whether the caller may do something else there too.
    pub fn may(&self, right: Right) -> bool {
        may(&self.caller, self.role, right)
    }
}

/// A deployment that the caller has the right `N` on. Its id is the path's `{id}`: `12` or `deploy_12`.
#[derive(Debug, Clone)]
pub struct At<N> {
    /// The project and the caller.
    pub place: In<N>,
    /// The deployment.
    pub deployment: deployment::Model,
}

fn may(caller: &Caller, role: Option<Role>, right: Right) -> bool {
    caller.needs(right.scope()).is_ok() && role.map_or_else(|| caller.sees_everything(), |role| role.allows(right))
}

impl<N: Need> FromRequestParts<App> for In<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(app, parts).await?.ok_or_else(nobody)?;
        let name = parameter(parts, "name").await?;
        Ok(enter(app, caller, &name).await?)
    }
}

impl<N: Need> FromRequestParts<App> for At<N> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let caller = identify(app, parts).await?.ok_or_else(nobody)?;
        let text = parameter(parts, "id").await?;
        Ok(deployment(app, caller, &text).await?)
    }
}

/// A path's parameter, decoded.
async fn parameter(parts: &mut Parts, name: &str) -> Result<String, ApiError> {
    let path = parts.uri.path().to_owned();
    let parameters =
        RawPathParams::from_request_parts(parts, &()).await.map_err(|_| not_found(format!("page {path}")))?;
    let found = parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    found.ok_or_else(|| not_found(format!("page {path}")).into())
}

/// A project by name, if the caller has the right there.
pub async fn enter<N: Need>(app: &App, caller: Caller, name: &str) -> Result<In<N>> {
    let unknown = || not_found(format!("project `{}`", shown(name, 80)));
    let row = row(app, &caller, "p.name = $2", name.into()).await?.ok_or_else(unknown)?;
    let (project, role) = (project::Model::from_query_result(&row, "").map_err(unusable)?, role(&row)?);
    admit(caller, project, role, unknown)
}

/// A deployment by its id, if the caller has the right on it.
pub async fn deployment<N: Need>(app: &App, caller: Caller, text: &str) -> Result<At<N>> {
    let unknown = || not_found(format!("deployment `{}`", shown(text, 80)));
    let id: i64 = text.strip_prefix("deploy_").unwrap_or(text).parse().map_err(|_| unknown())?;
    let sql = "p.id = (SELECT project_id FROM deployments WHERE id = $2)";
    let row = row(app, &caller, sql, id.into()).await?.ok_or_else(unknown)?;
    let (project, role) = (project::Model::from_query_result(&row, "").map_err(unusable)?, role(&row)?);
    let place = admit(caller, project, role, unknown)?;
    let deployment = deployment::Entity::find_by_id(id).one(app.store.read()).await.map_err(unusable)?;
    Ok(At { place, deployment: deployment.ok_or_else(unknown)? })
}

/// The project's row with the caller's role in it. Whoever has no part in it gets no row.
async fn row(app: &App, caller: &Caller, which: &str, value: sea_orm::Value) -> Result<Option<sea_orm::QueryResult>> {
    let outsider = if caller.sees_everything() { "" } else { "AND m.role IS NOT NULL" };
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        format!(
            "SELECT p.*, m.role AS member_role FROM projects p \
             LEFT JOIN members m ON m.project_id = p.id AND m.user_id = $1 WHERE {which} {outsider}"
        ),
        [caller.user_id().unwrap_or(0).into(), value],
    );
    app.store.read().query_one_raw(statement).await.map_err(unusable)
}

fn role(row: &sea_orm::QueryResult) -> Result<Option<Role>> {
    let word: Option<String> = row.try_get("", "member_role").map_err(unusable)?;
    Ok(word.as_deref().and_then(Role::parse))
}

fn admit<N: Need>(
    caller: Caller,
    project: project::Model,
    role: Option<Role>,
    unknown: impl Fn() -> Problem,
) -> Result<In<N>> {
    if let Identity::Key { project: Some(only), .. } = &caller.identity
        && *only != project.id
    {
        return Err(unknown());
    }
    caller.needs(N::RIGHT.scope())?;
    // An administrator's own role in a project takes nothing away.
    let role = role.filter(|_| !caller.sees_everything());
    if may(&caller, role, N::RIGHT) {
        return Ok(In { caller, project, role, needs: PhantomData });
    }
    Err(Problem::new(
        code::server::FORBIDDEN,
        format!("Your role in `{}` does not allow to {} it.", project.name, N::RIGHT.verb()),
    ))
}
