//! Projects: made, listed, changed, archived.

use pak_model::{Problem, Result, code};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, FromQueryResult,
    QueryFilter as _, Statement,
};
use serde_json::json;

use super::{names, page::PageQuery};
use crate::access::{Caller, In, Manage, Own, Role, Scope};
use crate::audit::{self, Actor, Deed};
use crate::error::invalid;
use crate::state::App;
use crate::store::entity::{member, project};
use crate::store::{is_duplicate, unusable};

/// Where a project's source is taken from, afresh for every deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nowhere yet: an archive is uploaded later.
    None,
    /// A git repository and a branch, tag or commit of it.
    Git {
        /// Its address.
        url: String,
        /// The branch, tag or commit; none: the default branch.
        reference: Option<String>,
    },
    /// A directory below the configured projects root.
    Directory(String),
}

/// A project to be made.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The folder of its settings below the source's root.
    pub config_path: Option<String>,
    /// Where its source is.
    pub source: Source,
}

/// What is changed; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// What it is.
    pub description: Option<String>,
    /// The folder of its settings; an empty one is the root.
    pub config_path: Option<String>,
    /// Where its source is.
    pub source: Option<Source>,
    /// `active` or `archived`: owners only.
    pub status: Option<String>,
    /// Whether its releases may start programs on this server: administrators only.
    pub builds_allowed: Option<bool>,
}

/// Makes a project. Whoever makes it owns it.
pub async fn create(app: &App, caller: &Caller, new: NewProject) -> Result<project::Model> {
    caller.needs(Scope::ProjectsWrite)?;
    if let crate::access::Identity::Key { project: Some(_), .. } = &caller.identity {
        return Err(Problem::new(code::server::FORBIDDEN, "This API key is bound to one project and makes no others."));
    }
    names::project(&new.name)?;
    names::text("description", &new.description, 2000)?;
    let config_path = config_path(new.config_path.as_deref())?;
    check_source(app, &new.source)?;
    let (actor, now, owner) = (Actor::of(caller), app.now(), caller.user_id());
    // What an administrator brings is trusted as the administrator is.
    let trusted = caller.person().is_some_and(|person| person.is_admin);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let (kind, location, reference) = columns(&new.source);
                let row = project::ActiveModel {
                    id: ActiveValue::NotSet,
                    name: ActiveValue::Set(new.name.clone()),
                    description: ActiveValue::Set(new.description),
                    config_path: ActiveValue::Set(config_path),
                    status: ActiveValue::Set("active".to_owned()),
                    created_at: ActiveValue::Set(now),
                    updated_at: ActiveValue::Set(now),
                    created_by: ActiveValue::Set(owner),
                    source_kind: ActiveValue::Set(kind.to_owned()),
                    source_location: ActiveValue::Set(location),
                    source_ref: ActiveValue::Set(reference),
                    builds_allowed: ActiveValue::Set(trusted),
                };
                let made = row.insert(transaction).await.map_err(|error| {
                    if !is_duplicate(&error) {
                        return unusable(error);
                    }
                    Problem::new(code::server::NAME_TAKEN, format!("There is a project `{}` already.", new.name))
                })?;
                if let Some(owner) = owner {
                    let row = member::ActiveModel {
                        project_id: ActiveValue::Set(made.id),
                        user_id: ActiveValue::Set(owner),
                        role: ActiveValue::Set(Role::Owner.word().to_owned()),
                        created_at: ActiveValue::Set(now),
                    };
                    member::Entity::insert(row).exec_without_returning(transaction).await.map_err(unusable)?;
                }
                let deed = Deed::new("project.create", "project", &made.name).project(made.id);
                audit::append(transaction, now, &actor, deed.details(json!({ "source": kind }))).await?;
                Ok(made)
            })
        })
        .await
}

/// A project in a list.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// `active` or `archived`.
    pub status: String,
    /// When it was made.
    pub created_at: i64,
}

/// The projects the caller has a part in, newest first; all of them for administrators who ask for all and for the machine key.
pub async fn list(app: &App, caller: &Caller, all: bool, page: PageQuery) -> Result<(Vec<Listed>, Option<i64>)> {
    caller.needs(Scope::ProjectsRead)?;
    let everything = caller.sees_everything() && (all || caller.user_id().is_none());
    let bound = match &caller.identity {
        crate::access::Identity::Key { project: Some(project), .. } => *project,
        _ => 0,
    };
    let which = if everything { "$1 = $1" } else { "p.id IN (SELECT project_id FROM members WHERE user_id = $1)" };
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        format!(
            "SELECT p.id, p.name, p.description, p.status, p.created_at FROM projects p \
             WHERE {which} AND p.id < $2 AND ($3 = 0 OR p.id = $3) ORDER BY p.id DESC LIMIT $4"
        ),
        [
            caller.user_id().unwrap_or(0).into(),
            page.before().into(),
            bound.into(),
            i64::try_from(page.ask()).unwrap_or(i64::MAX).into(),
        ],
    );
    let mut rows = Listed::find_by_statement(statement).all(app.store.read()).await.map_err(unusable)?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok((rows, next))
}

/// Changes a project.
pub async fn change(app: &App, place: &In<Manage>, changes: Changes) -> Result<project::Model> {
    let mut row: project::ActiveModel = place.project.clone().into();
    let mut said = serde_json::Map::new();
    if let Some(description) = changes.description {
        names::text("description", &description, 2000)?;
        said.insert("description".into(), json!(true));
        row.description = ActiveValue::Set(description);
    }
    if let Some(path) = changes.config_path {
        let path = config_path(Some(&path).filter(|path| !path.is_empty()).map(String::as_str))?;
        said.insert("config_path".into(), json!(path));
        row.config_path = ActiveValue::Set(path);
    }
    if let Some(source) = changes.source {
        check_source(app, &source)?;
        let (kind, location, reference) = columns(&source);
        said.insert("source".into(), json!(kind));
        row.source_kind = ActiveValue::Set(kind.to_owned());
        row.source_location = ActiveValue::Set(location);
        row.source_ref = ActiveValue::Set(reference);
    }
    if let Some(status) = changes.status {
        if !["active", "archived"].contains(&status.as_str()) {
            return Err(invalid("status", "is neither `active` nor `archived`"));
        }
        if !place.may(crate::access::Right::Own) {
            return Err(Problem::new(code::server::FORBIDDEN, "Only owners archive a project or bring it back."));
        }
        said.insert("status".into(), json!(status));
        row.status = ActiveValue::Set(status);
    }
    if let Some(allowed) = changes.builds_allowed {
        if !place.caller.person().is_some_and(|person| person.is_admin) || place.caller.needs(Scope::Admin).is_err() {
            return Err(Problem::new(
                code::server::FORBIDDEN,
                "Only administrators decide whether a project's builds may start programs on this server.",
            ));
        }
        said.insert("builds_allowed".into(), json!(allowed));
        row.builds_allowed = ActiveValue::Set(allowed);
    }
    let (actor, now) = (Actor::of(&place.caller), app.now());
    row.updated_at = ActiveValue::Set(now);
    let deed =
        Deed::new("project.change", "project", &place.project.name).project(place.project.id).details(said.into());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let row = row.update(transaction).await.map_err(unusable)?;
                audit::append(transaction, now, &actor, deed).await?;
                Ok(row)
            })
        })
        .await
}

/// Deletes a project that was archived before, with everything that belongs to it. What was published stays published.
pub async fn delete(app: &App, place: &In<Own>) -> Result<()> {
    if place.project.status != "archived" {
        return Err(Problem::new(code::server::STATE, format!("`{}` is not archived.", place.project.name))
            .next("Archive it first; it can be brought back until it is deleted."));
    }
    let (actor, now, id) = (Actor::of(&place.caller), app.now(), place.project.id);
    let deed = Deed::new("project.delete", "project", &place.project.name).project(id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let busy = crate::store::entity::deployment::Entity::find()
                    .filter(crate::store::entity::deployment::Column::ProjectId.eq(id))
                    .filter(crate::store::entity::deployment::Column::Status.eq("running"));
                if busy.one(transaction).await.map_err(unusable)?.is_some() {
                    return Err(Problem::new(code::server::STATE, "A deployment of it is running.")
                        .next("Cancel it or wait until it has ended."));
                }
                project::Entity::delete_by_id(id).exec(transaction).await.map_err(unusable)?;
                audit::append(transaction, now, &actor, deed).await
            })
        })
        .await?;
    Ok(())
}

/// Notes that a new archive is the project's source.
pub async fn set_archive(app: &App, place: &In<Manage>, location: String, digest: String) -> Result<()> {
    let (actor, now, id) = (Actor::of(&place.caller), app.now(), place.project.id);
    let deed =
        Deed::new("project.upload", "project", &place.project.name).project(id).details(json!({ "sha256": digest }));
    let backend = app.store.backend();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let statement = Statement::from_sql_and_values(
                    backend,
                    "UPDATE projects SET source_kind = 'archive', source_location = $1, source_ref = $2, updated_at = $3 WHERE id = $4",
                    [location.into(), digest.into(), now.into(), id.into()],
                );
                transaction.execute_raw(statement).await.map_err(unusable)?;
                audit::append(transaction, now, &actor, deed).await
            })
        })
        .await
}

/// A path inside the source: relative, without steps out of it.
fn config_path(path: Option<&str>) -> Result<Option<String>> {
    let Some(path) = path else { return Ok(None) };
    let bad = path.len() > 500
        || path.starts_with('/')
        || path.contains(['\\', '\0', ':'])
        || path.split('/').any(|part| part == "..")
        || path.chars().any(char::is_control);
    if bad {
        return Err(invalid(
            "config_path",
            "must be a path below the source's root: relative, without `..`, at most 500 characters",
        ));
    }
    Ok(Some(path.trim_end_matches('/').to_owned()).filter(|path| !path.is_empty()))
}

fn check_source(app: &App, source: &Source) -> Result<()> {
    match source {
        Source::None => Ok(()),
        Source::Git { url, reference } => {
            let parsed = url::Url::parse(url).map_err(|_| invalid("source.url", "is not an address"))?;
            let secret = !parsed.username().is_empty() || parsed.password().is_some();
            if !matches!(parsed.scheme(), "https" | "http") || secret || url.len() > 500 {
                return Err(invalid("source.url", "must be an https address without a user name or password in it"));
            }
            match reference.as_deref() {
                Some(text)
                    if text.is_empty()
                        || text.len() > 200
                        || text.starts_with('-')
                        || text.chars().any(|c| c.is_control() || c == ' ') =>
                {
                    Err(invalid("source.ref", "is not a branch, tag or commit"))
                }
                _ => Ok(()),
            }
        }
        Source::Directory(path) => {
            if app.settings.projects_root.is_none() {
                return Err(invalid(
                    "source.directory",
                    "cannot be used: this server has no projects root (PAK_PROJECTS_ROOT)",
                ));
            }
            config_path(Some(path))
                .map_err(|_| invalid("source.directory", "must be a path below the projects root"))
                .map(drop)
        }
    }
}

fn columns(source: &Source) -> (&'static str, Option<String>, Option<String>) {
    match source {
        Source::None => ("none", None, None),
        Source::Git { url, reference } => ("git", Some(url.clone()), reference.clone()),
        Source::Directory(path) => ("directory", Some(path.clone()), None),
    }
}
