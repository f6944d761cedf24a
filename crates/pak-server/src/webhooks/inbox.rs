//! Takes messages of other systems: verified, read, and stored once.

use aws_lc_rs::digest::{SHA256, digest};
use http::HeaderMap;
use pak_model::{Problem, Result, Secret, code};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, Statement,
};
use serde::{Deserialize, Serialize};

use super::{receive, secrets};
use crate::error::invalid;
use crate::state::App;
use crate::store::entity::{seen_message, webhook_source};
use crate::store::{Store, unusable};
use crate::telemetry::batch::{Reporter, rows};
use crate::telemetry::event::Report;
use crate::telemetry::record;

/// How long a message is known again by its id, or by its bytes where they hold its time: a week.
const KNOWN: i64 = 7 * record::DAY;

/// What another system sends.
#[derive(Debug, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// What the sender calls itself.
    #[schema(example = "external_system", min_length = 1, max_length = 64)]
    pub source: String,
    /// What happened there.
    pub data: Report,
}

/// Takes a message. True: it was taken before, and is not stored again.
///
/// `named` is the source of the address; without one the message is signed with the instance's secret. Whatever is wrong with the
/// signature is answered alike, also where there is no such source.
pub async fn take(app: &App, named: Option<&str>, headers: &HeaderMap, body: &[u8]) -> Result<bool> {
    let now = app.now();
    let secret = match named {
        Some(name) => of_source(app, name).await?,
        None => secrets::instance(app).await?,
    };
    // Without a secret the work is done all the same: time tells nothing either.
    let known = secret.is_some();
    let secret = secret.map_or_else(super::sign::new_secret, Ok)?;
    let id = match receive::verify(&secret, headers, body, now) {
        Some(verified) if known => verified.id.map(str::to_owned),
        _ => return Err(refused()),
    };
    let message: Message = serde_json::from_slice(body).map_err(|error| {
        let code = if error.is_data() { code::server::INPUT } else { code::server::INPUT_FORM };
        Problem::new(code, format!("The body cannot be used: {error}."))
    })?;
    match named {
        Some(name) if name != message.source => return Err(invalid("source", "is not the one of this address")),
        // Who has the instance's secret does not speak for a source that has its own.
        None if of_source(app, &message.source).await?.is_some() => return Err(refused()),
        _ => check_source(&message.source)?,
    }
    let timed = id.is_some() || message.data.timestamp.is_some();
    let digest = fingerprint(&message.source, id.as_deref(), body);
    let reporter = Reporter { user_id: None, project_id: None, everywhere: true, source: message.source.clone() };
    let rows = rows(&app.store, vec![message.data.check(now)?], &reporter).await?;
    let source = named.map(str::to_owned);
    // A message that carries its own time, or an id, is the same for a week; another one only while it can be on its way twice.
    let since = now - if timed { KNOWN } else { receive::WINDOW };
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                if !is_new(transaction, &digest, now, since).await? {
                    return Ok(true);
                }
                if let Some(source) = source {
                    let seen = webhook_source::Entity::update_many()
                        .col_expr(webhook_source::Column::LastSeenAt, sea_orm::sea_query::Expr::value(now))
                        .filter(webhook_source::Column::Name.eq(source));
                    seen.exec(transaction).await.map_err(unusable)?;
                }
                record::record(transaction, &rows, now).await?;
                Ok(false)
            })
        })
        .await
}

/// Checks the name of a source: those of our own are not for others.
pub fn check_source(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 64 || name.chars().any(char::is_control) {
        return Err(invalid("source", "has 1 to 64 characters, none of them a control character"));
    }
    if [record::API, record::OWN].contains(&name) {
        return Err(invalid("source", "is a name this server uses itself"));
    }
    Ok(())
}

async fn of_source(app: &App, name: &str) -> Result<Option<Secret>> {
    let found = webhook_source::Entity::find()
        .filter(webhook_source::Column::Name.eq(name))
        .one(app.store.read())
        .await
        .map_err(unusable)?;
    found.map(|row| app.vault.unseal(secrets::of_source(row.id), &row.sealed_secret)).transpose()
}

fn refused() -> Problem {
    Problem::new(code::server::SIGNATURE, "The message is not signed as it should be; nothing was stored.")
}

/// What a message is known again by: its id, or its bytes.
fn fingerprint(source: &str, id: Option<&str>, body: &[u8]) -> Vec<u8> {
    let mut text = format!("{source}\0").into_bytes();
    match id {
        Some(id) => text.extend_from_slice(format!("id\0{id}").as_bytes()),
        None => text.extend([b"body\0", body].concat()),
    }
    digest(&SHA256, &text).as_ref().to_vec()
}

/// Remembers a message. False where it was seen since.
async fn is_new(transaction: &DatabaseTransaction, digest: &[u8], now: i64, since: i64) -> Result<bool> {
    let statement = Statement::from_sql_and_values(
        transaction.get_database_backend(),
        "INSERT INTO seen_messages (digest, at) VALUES ($1, $2) \
         ON CONFLICT (digest) DO UPDATE SET at = excluded.at WHERE seen_messages.at <= $3",
        [digest.to_vec().into(), now.into(), since.into()],
    );
    Ok(transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() > 0)
}

/// Forgets messages after their time.
pub async fn prune(store: &Store, now: i64) -> Result<()> {
    store
        .write(move |transaction| {
            Box::pin(async move {
                seen_message::Entity::delete_many()
                    .filter(seen_message::Column::At.lt(now - KNOWN))
                    .exec(transaction)
                    .await
                    .map(drop)
                    .map_err(unusable)
            })
        })
        .await
}
