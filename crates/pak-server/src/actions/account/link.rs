//! One-time links: made in the transaction of what they are about, used up in the transaction of what they allow.

use pak_model::{Problem, Result, Secret, code};
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    Statement,
};

use crate::access::token::{self, Purpose};
use crate::state::App;
use crate::store::entity::one_time_token;
use crate::store::unusable;

/// Whom a link is for.
#[derive(Debug, Clone, Default)]
pub(crate) struct For {
    /// The account, where there is one.
    pub user: Option<i64>,
    /// The address it goes to.
    pub email: Option<String>,
    /// What else belongs to it.
    pub payload: Option<String>,
}

/// Makes a link's secret. Earlier links of the account for the same purpose end.
pub(crate) async fn issue(transaction: &DatabaseTransaction, now: i64, purpose: Purpose, whom: For) -> Result<Secret> {
    let made = token::generate(purpose)?;
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "UPDATE one_time_tokens SET used_at = $1 WHERE purpose = $2 AND user_id = $3 AND used_at IS NULL",
        [now.into(), purpose.word().into(), whom.user.unwrap_or(0).into()],
    );
    transaction.execute_raw(statement).await.map_err(unusable)?;
    let life = i64::try_from(purpose.lifetime().as_millis()).unwrap_or(0);
    let row = one_time_token::ActiveModel {
        id: ActiveValue::NotSet,
        purpose: ActiveValue::Set(purpose.word().to_owned()),
        token_hash: ActiveValue::Set(made.hash),
        user_id: ActiveValue::Set(whom.user),
        email: ActiveValue::Set(whom.email),
        payload: ActiveValue::Set(whom.payload),
        created_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(now + life),
        used_at: ActiveValue::Set(None),
    };
    one_time_token::Entity::insert(row).exec_without_returning(transaction).await.map_err(unusable)?;
    Ok(made.text)
}

/// What a link is worth now, without using it up.
pub(crate) async fn look(app: &App, purpose: Purpose, text: &str) -> Result<one_time_token::Model> {
    one_time_token::Entity::find()
        .filter(one_time_token::Column::TokenHash.eq(token::hash(purpose, text)))
        .filter(one_time_token::Column::Purpose.eq(purpose.word()))
        .filter(one_time_token::Column::UsedAt.is_null())
        .filter(one_time_token::Column::ExpiresAt.gt(app.now()))
        .one(app.store.read())
        .await
        .map_err(unusable)?
        .ok_or_else(worthless)
}

/// Uses a link up. Of two at once one succeeds.
pub(crate) async fn consume(transaction: &DatabaseTransaction, now: i64, link: &one_time_token::Model) -> Result<()> {
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "UPDATE one_time_tokens SET used_at = $1 WHERE id = $2 AND used_at IS NULL AND expires_at > $1",
        [now.into(), link.id.into()],
    );
    let used = transaction.execute_raw(statement).await.map_err(unusable)?;
    if used.rows_affected() == 1 { Ok(()) } else { Err(worthless()) }
}

/// What every link that does not work is answered with.
pub(crate) fn worthless() -> Problem {
    Problem::new(code::access::LINK_INVALID, "This link was used already, has expired, or is not complete.")
}

/// An address on this server, with a link's secret in it. The host comes from the settings, never from a request.
pub(crate) fn address(app: &App, path: &str, secret: &Secret) -> String {
    let mut url = app.settings.base.clone();
    url.set_path(path);
    url.query_pairs_mut().append_pair("token", secret.expose());
    url.to_string()
}

/// What an invitation says.
#[derive(Debug, Clone)]
pub struct Invited {
    /// The address it was sent to.
    pub email: String,
    /// `user` or `admin`.
    pub role: String,
}

/// The invitation of a link, without using it up.
pub async fn invitation(app: &App, text: &str) -> Result<Invited> {
    let link = look(app, Purpose::Invite, text).await?;
    Ok(Invited { email: link.email.unwrap_or_default(), role: link.payload.unwrap_or_else(|| "user".to_owned()) })
}
