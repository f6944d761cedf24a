//! A project's credentials, opened just in time and handed to one run as variables of its captured environment. The process's own environment never holds them.

use pak_model::env::Env;
use pak_model::{Credential, Result};
use pak_project::config::variable_of;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::access::vault::Place;
use crate::state::App;
use crate::store::entity::{credential, project};
use crate::store::unusable;

/// What programs that a build starts need to be found and to run: nothing else of the server's own variables.
const PASSED_ON: &[&str] =
    &["PATH", "LANG", "LC_ALL", "TZ", "JAVA_HOME", "CARGO_HOME", "RUSTUP_HOME", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// The variables of a run.
pub(super) async fn variables(
    app: &App,
    project: &project::Model,
    environment: &str,
    home: &camino::Utf8Path,
) -> Result<Env> {
    let rows = credential::Entity::find()
        .filter(credential::Column::ProjectId.eq(project.id))
        .filter(credential::Column::Environment.is_in(["", environment]))
        // What is for this environment comes after what is for all, and replaces it.
        .order_by_asc(credential::Column::Environment)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let mut variables: Vec<(String, String)> = Vec::new();
    let mut secrets: Vec<(String, String)> = Vec::new();
    if project.builds_allowed {
        let own = &app.settings.env;
        variables.extend(PASSED_ON.iter().filter_map(|name| Some(((*name).to_owned(), own.get(name)?.to_owned()))));
        variables.push(("HOME".to_owned(), home.to_string()));
    }
    for row in rows {
        let bound = bound_to(&row.environment, &row.target);
        let secret = app.vault.unseal(place(project.id, &bound), &row.sealed)?;
        let name = |ending: &str| variable_of(&row.target, ending);
        match &row.username {
            Some(user) => {
                secrets.push((name("USERNAME"), user.clone()));
                secrets.push((name("PASSWORD"), secret.expose().to_owned()));
            }
            None => secrets.push((name("TOKEN"), secret.expose().to_owned())),
        }
    }
    Ok(Env::new(variables).and_secrets(secrets))
}

/// The target whose credential reads a project's own git repository.
const SOURCE: &str = "source";

/// What reads the project's source, where it is a private repository: the credential of the target `source`, for all environments.
pub(super) async fn of_source(app: &App, project: &project::Model) -> Result<Option<Credential>> {
    let row = credential::Entity::find()
        .filter(credential::Column::ProjectId.eq(project.id))
        .filter(credential::Column::Environment.eq(""))
        .filter(credential::Column::Target.eq(SOURCE))
        .one(app.store.read())
        .await
        .map_err(unusable)?;
    let Some(row) = row else { return Ok(None) };
    let secret = app.vault.unseal(place(project.id, &bound_to(&row.environment, &row.target)), &row.sealed)?;
    Ok(Some(match row.username {
        Some(user) => Credential::Basic { user, password: secret },
        None => Credential::Token(secret),
    }))
}

/// The name of a credential in its project.
pub(crate) fn bound_to(environment: &str, target: &str) -> String {
    format!("{environment}/{target}")
}

/// What a credential's seal is bound to: moved to another project, environment or target it does not open.
pub(crate) fn place(project: i64, bound: &str) -> Place<'_> {
    Place { table: "credentials", row: project, name: bound }
}
