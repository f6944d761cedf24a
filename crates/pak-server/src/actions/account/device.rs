//! Signing a command line in: it shows a short code, a person enters the code in a signed-in browser, the command line gets an API key.

use pak_model::{Problem, Result, Secret, code};
use sea_orm::{ColumnTrait as _, ConnectionTrait as _, EntityTrait as _, QueryFilter as _, Statement};
use serde_json::json;

use super::{Shown, link};
use crate::access::session::Found;
use crate::access::token::{self, Purpose};
use crate::access::{Arrival, Caller, Scope, digest};
use crate::actions::{api_keys, names};
use crate::audit::{self, Actor, Deed};
use crate::error::not_found;
use crate::state::App;
use crate::store::entity::{one_time_token, user};
use crate::store::unusable;

/// Seconds between two questions.
pub const INTERVAL: u64 = 2;
/// Letters of the short code: none that make words or look like another.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// What a command line may do. Administration and accounts are for browsers and for keys made on purpose.
const SCOPES: &[Scope] = &[
    Scope::ProjectsRead,
    Scope::ProjectsWrite,
    Scope::DeployCreate,
    Scope::DeployApprove,
    Scope::SecretsWrite,
    Scope::TelemetryWrite,
    Scope::TelemetryRead,
    Scope::AuditRead,
];

/// A sign-in that was begun.
pub struct Begun {
    /// What the command line asks with.
    pub device_code: Secret,
    /// What the person types.
    pub user_code: String,
    /// Where the person types it.
    pub address: String,
    /// Seconds until it ends.
    pub expires_in: u64,
}

/// Begins one. `name` is what the command line calls its machine.
pub async fn begin(app: &App, name: &str) -> Result<Begun> {
    names::text("name", name, 100)?;
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let user_code = short_code()?;
    let (now, hash) = (app.now(), token::hash(Purpose::Device, &format!("code:{user_code}")));
    let life = Purpose::Device.lifetime();
    let device_code = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                // The short code's digest finds the row a second way.
                let whom = link::For { user: None, email: Some(hash), payload: Some(name) };
                link::issue(transaction, now, Purpose::Device, whom).await
            })
        })
        .await?;
    let mut address = app.settings.base.clone();
    address.set_path("device");
    Ok(Begun { device_code, user_code, address: address.to_string(), expires_in: life.as_secs() })
}

/// What a person is asked to confirm.
pub struct Waiting {
    /// What the command line calls its machine.
    pub name: String,
    row: one_time_token::Model,
}

/// The sign-in of a short code.
pub async fn waiting(app: &App, typed: &str) -> Result<Waiting> {
    let letters: String = typed.to_uppercase().chars().filter(char::is_ascii_alphabetic).collect();
    let code = match letters.split_at_checked(4) {
        Some((left, right)) => format!("{left}-{right}"),
        None => letters,
    };
    let row = one_time_token::Entity::find()
        .filter(one_time_token::Column::Purpose.eq(Purpose::Device.word()))
        .filter(one_time_token::Column::Email.eq(token::hash(Purpose::Device, &format!("code:{code}"))))
        .filter(one_time_token::Column::UsedAt.is_null())
        .filter(one_time_token::Column::UserId.is_null())
        .filter(one_time_token::Column::ExpiresAt.gt(app.now()))
        .one(app.store.read())
        .await
        .map_err(unusable)?
        .ok_or_else(|| not_found("sign-in with this code; codes last ten minutes"))?;
    Ok(Waiting { name: row.payload.clone().unwrap_or_default(), row })
}

/// Confirms or refuses it. Only a person in a browser can: a key must not make keys this way.
pub async fn decide(app: &App, caller: &Caller, session: &Found, waiting: Waiting, allow: bool) -> Result<()> {
    let (now, user, row, actor) = (app.now(), session.person.id, waiting.row.id, Actor::of(caller));
    let sql = if allow {
        "UPDATE one_time_tokens SET user_id = $1 WHERE id = $2 AND user_id IS NULL AND used_at IS NULL AND expires_at > $3"
    } else {
        "UPDATE one_time_tokens SET used_at = $3, email = NULL WHERE id = $2 AND $1 > 0 AND user_id IS NULL AND used_at IS NULL"
    };
    let statement = Statement::from_sql_and_values(app.store.backend(), sql, [user.into(), row.into(), now.into()]);
    let deed = Deed::new(if allow { "account.device_allow" } else { "account.device_refuse" }, "user", user)
        .details(json!({ "device": waiting.name }));
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                if transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() == 0 {
                    return Err(not_found("sign-in with this code; it was decided already"));
                }
                audit::append(transaction, now, &actor, deed).await
            })
        })
        .await
}

/// What the command line gets.
pub struct Granted {
    /// The key.
    pub key: api_keys::Made,
    /// Whose it is.
    pub user: Shown,
}

/// Asks for the key of a confirmed sign-in.
pub async fn collect(app: &App, device_code: &str, arrival: Arrival) -> Result<Granted> {
    let row = link::look(app, Purpose::Device, device_code).await?;
    let Some(user) = row.user_id else {
        let wait = std::time::Duration::from_secs(INTERVAL);
        return Err(
            Problem::new(code::access::DEVICE_PENDING, "Nobody has confirmed this sign-in yet.").retry_after(wait)
        );
    };
    let user = user::Entity::find_by_id(user).one(app.store.read()).await.map_err(unusable)?;
    let user = user.filter(|user| user.is_active).ok_or_else(link::worthless)?;
    let shown = Shown::from(&user);
    let name = Some(row.payload.clone().unwrap_or_default()).filter(|name| !name.is_empty());
    let new = api_keys::New {
        user: user.id,
        name: format!("pak login: {}", name.as_deref().unwrap_or("command line")),
        scopes: SCOPES.to_vec(),
        project: None,
        expires_at: app.now() + api_keys::DEFAULT_LIFE,
    };
    let (now, actor) = (app.now(), Actor::person(Some(user.id), &user.email, &arrival));
    let key = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                link::consume(transaction, now, &row).await?;
                api_keys::insert(transaction, new, now, &actor).await
            })
        })
        .await?;
    Ok(Granted { key, user: shown })
}

/// Eight letters in two groups.
fn short_code() -> Result<String> {
    let mut letters = String::with_capacity(9);
    while letters.len() < 8 {
        let drawn = digest::random::<32>()?;
        let fair = drawn.iter().filter(|byte| **byte < 240).filter_map(|byte| LETTERS.get(usize::from(byte % 20)));
        letters.extend(fair.take(8 - letters.len()).map(|letter| char::from(*letter)));
    }
    letters.insert(4, '-');
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_codes_are_eight_letters_that_nobody_mixes_up() {
        let code = short_code().unwrap();
        assert_eq!((code.len(), code.find('-')), (9, Some(4)));
        assert!(code.bytes().all(|byte| byte == b'-' || LETTERS.contains(&byte)));
        assert_ne!(code, short_code().unwrap());
    }
}
