//! The platforms' registries: looked at when a person asks, and every `PAK_HEALTH_CHECK_INTERVAL` seconds for those that `PAK_PLATFORMS` names.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use pak_http::{Client, Policy, Request};
use pak_model::Result;
use pak_model::fault::FaultPlan;
use pak_platforms::{Platform, Platforms};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue, EntityTrait as _};

use crate::access::{Caller, Scope};
use crate::error::{invalid, not_found, shown};
use crate::state::App;
use crate::store::entity::platform_health;
use crate::store::unusable;

/// What was seen of every platform last.
pub async fn health(app: &App) -> Result<Vec<platform_health::Model>> {
    platform_health::Entity::find().all(app.store.read()).await.map_err(unusable)
}

/// The platforms this server releases to, read once.
pub fn known() -> Result<&'static Platforms> {
    static KNOWN: OnceLock<Result<Platforms>> = OnceLock::new();
    KNOWN.get_or_init(Platforms::built_in).as_ref().map_err(Clone::clone)
}

/// One of them, by its id or another of its names.
pub fn named(name: &str) -> Result<Arc<dyn Platform>> {
    known()?.find(name).ok_or_else(|| not_found(format!("platform `{}`", shown(name, 64))))
}

/// Looks at a platform because a person asks.
pub async fn check(app: &App, caller: &Caller, name: &str) -> Result<platform_health::Model> {
    caller.needs(Scope::ProjectsRead)?;
    look(app, name).await
}

/// Looks at a platform's registry and notes what it said.
pub(crate) async fn look(app: &App, name: &str) -> Result<platform_health::Model> {
    let platform = named(name)?;
    let definition = platform.definition();
    let url = definition.shown_root().parse().map_err(|_| {
        invalid("platform", format!("`{}` has no address of its own: each project names one", definition.id))
    })?;
    let policy = Policy { read_only: true, guard: Some(Arc::clone(app.guard())), ..Policy::default() };
    let client = Client::new(policy, FaultPlan::none());
    let begun = Instant::now();
    let answer = client.send(Request::get(url).attempts(1)).await;
    let milliseconds = i64::try_from(begun.elapsed().as_millis()).unwrap_or(i64::MAX);
    let (reachable, message) = match answer {
        // Any answer shows that it is up; some roots are no page.
        Ok(response) => (!response.status().is_server_error(), format!("It answered {}.", response.status().as_u16())),
        Err(problem) => (false, problem.message().to_owned()),
    };
    let row = platform_health::Model {
        platform: definition.id.clone(),
        checked_at: app.now(),
        reachable,
        milliseconds,
        message,
    };
    let active = platform_health::ActiveModel {
        platform: ActiveValue::Set(row.platform.clone()),
        checked_at: ActiveValue::Set(row.checked_at),
        reachable: ActiveValue::Set(row.reachable),
        milliseconds: ActiveValue::Set(row.milliseconds),
        message: ActiveValue::Set(row.message.clone()),
    };
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                use platform_health::Column;
                let columns = [Column::CheckedAt, Column::Reachable, Column::Milliseconds, Column::Message];
                let conflict = OnConflict::column(Column::Platform).update_columns(columns).to_owned();
                let insert = platform_health::Entity::insert(active).on_conflict(conflict);
                insert.exec_without_returning(transaction).await.map(drop).map_err(unusable)
            })
        })
        .await?;
    Ok(row)
}

/// Looks at the platforms that the settings name, until the process is to stop.
pub(crate) async fn watch(app: App) {
    let wish = app.settings.env.get("PAK_PLATFORMS").unwrap_or_default().to_owned();
    let names: Vec<&str> = wish.split([' ', ',']).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || app.settings.health_interval.is_zero() {
        // Nothing is asked that nobody asked for.
        return;
    }
    loop {
        for name in &names {
            if let Err(problem) = look(&app, name).await {
                tracing::warn!("{name} was not looked at: {}", problem.message());
            }
        }
        tokio::select! {
            () = tokio::time::sleep(app.settings.health_interval) => {}
            () = app.stop.cancelled() => return,
        }
    }
}
