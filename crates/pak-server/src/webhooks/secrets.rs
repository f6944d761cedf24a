//! Secrets of webhooks as they are kept: sealed, each for its row.

use pak_model::{Result, Secret};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction, EntityTrait as _, Set};

use super::sign::Keys;
use crate::access::vault::{Place, Vault};
use crate::error::invalid;
use crate::state::App;
use crate::store::entity::{setting, webhook};
use crate::store::unusable;

/// How long the secret before is used beside a new one: a day.
pub const CHANGE_OVER: i64 = 24 * 3600 * 1000;

/// The place of a webhook's secret.
pub(crate) fn of_webhook(id: i64) -> Place<'static> {
    Place { table: "webhooks", row: id, name: "secret" }
}

/// The place of a source's secret.
pub(crate) fn of_source(id: i64) -> Place<'static> {
    Place { table: "webhook_sources", row: id, name: "secret" }
}

/// What a webhook's messages are signed with now.
pub fn keys(vault: &Vault, webhook: &webhook::Model, now: i64) -> Result<Keys> {
    let place = of_webhook(webhook.id);
    let before = webhook.sealed_previous.as_deref().filter(|_| webhook.previous_until.is_some_and(|until| now < until));
    Ok(Keys {
        current: vault.unseal(place, &webhook.sealed_secret)?,
        previous: before.map(|sealed| vault.unseal(place, sealed)).transpose()?,
    })
}

/// A secret that a person chose, or a new one.
pub fn chosen(text: Option<String>) -> Result<Secret> {
    let Some(text) = text else { return super::sign::new_secret() };
    let secret = Secret::new(text);
    let text = secret.expose();
    if !(16..=200).contains(&text.len()) || text.chars().any(char::is_control) {
        return Err(invalid("secret", "must have 16 to 200 characters; leave it out to get a good one"));
    }
    Ok(secret)
}

/// Replaces a webhook's secret. The one before signs too for a while.
pub async fn replace(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    webhook: webhook::Model,
    secret: &Secret,
    now: i64,
) -> Result<webhook::Model> {
    let before = webhook.sealed_secret.clone();
    let mut row: webhook::ActiveModel = webhook.clone().into();
    row.sealed_secret = Set(vault.seal(of_webhook(webhook.id), secret)?);
    row.sealed_previous = Set(Some(before));
    row.previous_until = Set(Some(now + CHANGE_OVER));
    row.updated_at = Set(now);
    row.update(transaction).await.map_err(unusable)
}

/// The instance's secret: what it was told (`PAK_API_SECRET`), or what an administrator had made; none before that.
pub async fn instance(app: &App) -> Result<Option<Secret>> {
    if let Some(secret) = &app.settings.api_secret {
        return Ok(Some(secret.clone()));
    }
    let row = setting::Entity::find_by_id(INSTANCE.name).one(app.store.read()).await.map_err(unusable)?;
    row.map(|row| app.vault.unseal(INSTANCE, &row.value)).transpose()
}

/// Where the instance's secret is kept.
const INSTANCE: Place<'static> = Place { table: "settings", row: 0, name: "webhook_secret" };

/// Makes the instance another secret.
pub(crate) async fn replace_instance(
    transaction: &DatabaseTransaction,
    vault: &Vault,
    secret: &Secret,
    now: i64,
    by: Option<i64>,
) -> Result<()> {
    let row = setting::ActiveModel {
        name: Set(INSTANCE.name.to_owned()),
        value: Set(vault.seal(INSTANCE, secret)?),
        updated_at: Set(now),
        updated_by: Set(by),
    };
    let columns = [setting::Column::Value, setting::Column::UpdatedAt, setting::Column::UpdatedBy];
    let conflict = OnConflict::column(setting::Column::Name).update_columns(columns).to_owned();
    setting::Entity::insert(row).on_conflict(conflict).exec_without_returning(transaction).await.map_err(unusable)?;
    Ok(())
}
