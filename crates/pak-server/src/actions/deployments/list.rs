//! Lists of deployments, of one project and of all that a caller sees.

use pak_model::Result;
use sea_orm::{FromQueryResult, Statement, Value};

use crate::access::{Caller, Identity, Scope};
use crate::actions::page::PageQuery;
use crate::state::App;
use crate::store::unusable;

/// Which deployments.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this project.
    pub project: Option<String>,
    /// To this environment.
    pub environment: Option<String>,
    /// In this state.
    pub status: Option<String>,
    /// Of this version.
    pub version: Option<String>,
}

/// A deployment in a list.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Listed {
    /// Its id.
    pub id: i64,
    /// The project's name.
    pub project: String,
    /// Where to.
    pub environment: String,
    /// The version.
    pub version: Option<String>,
    /// Its state.
    pub status: String,
    /// Who asked; none: a machine or a schedule.
    pub requested_by: Option<String>,
    /// When it was asked for.
    pub created_at: i64,
    /// When a worker began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
}

const COLUMNS: &str = "SELECT d.id, p.name AS project, d.environment, d.version, d.status, u.name AS requested_by, \
    d.created_at, d.started_at, d.finished_at FROM deployments d JOIN projects p ON p.id = d.project_id \
    LEFT JOIN users u ON u.id = d.requested_by";

/// Deployments of projects that the caller sees, newest first.
pub async fn list(app: &App, caller: &Caller, filter: Filter, page: PageQuery) -> Result<(Vec<Listed>, Option<i64>)> {
    caller.needs(Scope::ProjectsRead)?;
    let mut values: Vec<Value> = vec![page.before().into()];
    let mut sql = format!("{COLUMNS} WHERE d.action <> 'package' AND d.id < $1");
    let mut add = |condition: &str, value: Value| {
        values.push(value);
        sql.push_str(&condition.replace('?', &format!("${}", values.len())));
    };
    match (&caller.identity, caller.sees_everything()) {
        (Identity::Key { project: Some(project), .. }, _) => add(" AND d.project_id = ?", (*project).into()),
        (_, true) => {}
        (_, false) => {
            let user = caller.user_id().unwrap_or(0);
            add(" AND d.project_id IN (SELECT project_id FROM members WHERE user_id = ?)", user.into());
        }
    }
    let wishes = [
        (" AND p.name = ?", filter.project),
        (" AND d.environment = ?", filter.environment),
        (" AND d.status = ?", filter.status),
        (" AND d.version = ?", filter.version),
    ];
    for (condition, wish) in wishes {
        if let Some(wish) = wish {
            add(condition, wish.into());
        }
    }
    sql.push_str(" ORDER BY d.id DESC LIMIT ");
    sql.push_str(&page.ask().to_string());
    let statement = Statement::from_sql_and_values(app.store.backend(), sql, values);
    let mut rows = Listed::find_by_statement(statement).all(app.store.read()).await.map_err(unusable)?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok((rows, next))
}

/// The latest deployments of a project.
pub async fn of_project(app: &App, project: i64, count: u64) -> Result<Vec<Listed>> {
    let sql = format!("{COLUMNS} WHERE d.action <> 'package' AND d.project_id = $1 ORDER BY d.id DESC LIMIT {count}");
    let statement = Statement::from_sql_and_values(app.store.backend(), sql, [project.into()]);
    Listed::find_by_statement(statement).all(app.store.read()).await.map_err(unusable)
}
