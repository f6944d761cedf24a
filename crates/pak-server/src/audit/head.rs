//! Signed heads of the audit log, one a day: whoever can write to the database, but has not the master key, can not cut off what came
//! before one, nor write the log anew.

use aws_lc_rs::signature::Ed25519KeyPair;
use jiff::Timestamp;
use pak_model::Result;
use sea_orm::{ConnectionTrait as _, EntityTrait as _, QueryOrder as _, Statement};

use crate::state::App;
use crate::store::entity::{audit_entry, audit_head};
use crate::store::unusable;

/// What is signed.
pub(super) fn text(day: &str, entry: i64, hash: &str) -> String {
    format!("pak audit head\n{day}\n{entry}\n{hash}\n")
}

/// The head of a day.
pub(super) fn sign(key: &Ed25519KeyPair, day: &str, entry: &audit_entry::Model, at: i64) -> audit_head::Model {
    let signature = key.sign(text(day, entry.id, &entry.hash).as_bytes());
    audit_head::Model {
        day: day.to_owned(),
        entry_id: entry.id,
        hash: entry.hash.clone(),
        signature: hex::encode(signature.as_ref()),
        at,
    }
}

/// Signs what is the last entry now as the head of today. Called every hour and when the server stops: the last of a day
/// stays. Returns the head where there is any entry.
pub async fn renew(app: &App) -> Result<Option<audit_head::Model>> {
    let last = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Id).one(app.store.read()).await;
    let Some(last) = last.map_err(unusable)? else { return Ok(None) };
    let Some(key) = app.vault.signing_keys()?.into_iter().next() else { return Ok(None) };
    let now = app.now();
    let day = Timestamp::from_millisecond(now).map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
    let head = sign(&key, &day, &last, now);
    // The log that is kept elsewhere is a second place where the head stands.
    tracing::info!(day, entry = head.entry_id, hash = head.hash, "head of the audit log");
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "INSERT INTO audit_heads (day, entry_id, hash, signature, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (day) DO UPDATE \
         SET entry_id = $2, hash = $3, signature = $4, at = $5 WHERE audit_heads.entry_id < $2",
        [
            head.day.clone().into(),
            head.entry_id.into(),
            head.hash.clone().into(),
            head.signature.clone().into(),
            now.into(),
        ],
    );
    app.store
        .write(move |transaction| {
            Box::pin(async move { transaction.execute_raw(statement).await.map(drop).map_err(unusable) })
        })
        .await?;
    Ok(Some(head))
}
