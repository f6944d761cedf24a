//! What administrators decide while the server runs: who may register, and a note on the sign-in page. The rest is told at the start.

use pak_model::Result;
use sea_orm::{ActiveValue, EntityTrait as _, sea_query::OnConflict};
use serde_json::json;

use super::names;
use crate::access::Admin;
use crate::audit::{self, Actor, Deed};
use crate::error::invalid;
use crate::settings::Registration;
use crate::state::App;
use crate::store::entity::setting;
use crate::store::unusable;

const REGISTRATION: &str = "registration";
const NOTICE: &str = "notice";

/// What is changed; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Who may register: `open`, `invite` or `closed`.
    pub registration: Option<String>,
    /// The note on the sign-in page.
    pub notice: Option<String>,
}

/// Who may register now: what an administrator decided, else what the server was started with.
pub async fn registration(app: &App) -> Result<Registration> {
    let decided = value(app, REGISTRATION).await?;
    Ok(decided.as_deref().and_then(parse).unwrap_or(app.settings.registration))
}

/// The note on the sign-in page.
pub async fn notice(app: &App) -> Result<String> {
    Ok(value(app, NOTICE).await?.unwrap_or_default())
}

/// The word of a kind of registration.
pub fn word(registration: Registration) -> &'static str {
    match registration {
        Registration::Open => "open",
        Registration::Invite => "invite",
        Registration::Closed => "closed",
    }
}

fn parse(word: &str) -> Option<Registration> {
    match word {
        "open" => Some(Registration::Open),
        "invite" => Some(Registration::Invite),
        "closed" => Some(Registration::Closed),
        _ => None,
    }
}

async fn value(app: &App, name: &str) -> Result<Option<String>> {
    let row = setting::Entity::find_by_id(name).one(app.store.read()).await.map_err(unusable)?;
    Ok(row.map(|row| row.value))
}

/// Changes them.
pub async fn change(app: &App, admin: &Admin, changes: Changes) -> Result<()> {
    let mut rows = Vec::new();
    if let Some(word) = changes.registration {
        parse(&word).ok_or_else(|| invalid(REGISTRATION, "is neither `open`, `invite` nor `closed`"))?;
        rows.push((REGISTRATION, word));
    }
    if let Some(text) = changes.notice {
        names::text(NOTICE, &text, 2000)?;
        rows.push((NOTICE, text));
    }
    let (now, actor, by) = (app.now(), Actor::of(&admin.0), admin.0.user_id());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                for (name, value) in rows {
                    let details = json!({ name: value });
                    let row = setting::ActiveModel {
                        name: ActiveValue::Set(name.to_owned()),
                        value: ActiveValue::Set(value),
                        updated_at: ActiveValue::Set(now),
                        updated_by: ActiveValue::Set(by),
                    };
                    let columns = [setting::Column::Value, setting::Column::UpdatedAt, setting::Column::UpdatedBy];
                    setting::Entity::insert(row)
                        .on_conflict(OnConflict::column(setting::Column::Name).update_columns(columns).to_owned())
                        .exec_without_returning(transaction)
                        .await
                        .map_err(unusable)?;
                    let deed = Deed::new("settings.change", "setting", name).details(details);
                    audit::append(transaction, now, &actor, deed).await?;
                }
                Ok(())
            })
        })
        .await
}
