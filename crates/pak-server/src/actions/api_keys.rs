//! API keys: made, listed, withdrawn. A key never may more than the person whose it is; scopes and a project take away from that.

use pak_model::{Problem, Result, Secret, code};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, Statement,
};
use serde_json::json;

use super::names;
use crate::access::project::enter;
use crate::access::{Account, Identity, In, Read, Scope, api_key as text};
use crate::audit::{self, Actor, Deed};
use crate::error::{invalid, not_found};
use crate::state::App;
use crate::store::entity::{api_key, project};
use crate::store::unusable;

const DAY: i64 = 24 * 60 * 60 * 1000;
/// How long a key works where nothing is said: 90 days.
pub const DEFAULT_LIFE: i64 = 90 * DAY;
/// How long at most: a year.
const LONGEST_DAYS: i64 = 365;
/// Keys of one person.
const MOST: usize = 100;

/// What a person asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What it is called.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The only project it works for.
    pub project: Option<String>,
    /// How many days it works.
    pub days: Option<i64>,
}

/// A key to be stored.
pub struct New {
    /// Whose.
    pub user: i64,
    /// Its name.
    pub name: String,
    /// Its scopes.
    pub scopes: Vec<Scope>,
    /// The only project it works for.
    pub project: Option<i64>,
    /// When it ends.
    pub expires_at: i64,
}

/// A key that was made. The text is shown this once.
#[derive(Debug)]
pub struct Made {
    /// Its row.
    pub row: api_key::Model,
    /// The key.
    pub text: Secret,
}

/// Makes a key for the caller. A key that makes keys gives away no more, and for no longer, than it has itself.
pub async fn create(app: &App, account: &Account, wanted: Wanted) -> Result<Made> {
    names::text("name", &wanted.name, 100)?;
    if wanted.name.trim().is_empty() {
        return Err(invalid("name", "is empty"));
    }
    if wanted.scopes.is_empty() {
        return Err(invalid("scopes", "is empty: a key that may do nothing is of no use"));
    }
    let days = wanted.days.unwrap_or(DEFAULT_LIFE / DAY);
    if !(1..=LONGEST_DAYS).contains(&days) {
        return Err(invalid("expires_in_days", "is not between 1 and 365"));
    }
    let admin = account.person.is_admin;
    if wanted.scopes.contains(&Scope::Admin) && !admin {
        return Err(Problem::new(code::server::FORBIDDEN, "Only administrators make keys with the scope `admin`."));
    }
    let mut expires_at = app.now() + days * DAY;
    let mut project = match &wanted.project {
        None => None,
        Some(name) => {
            let place: In<Read> = enter(app, account.caller.clone(), name).await?;
            Some(place.project.id)
        }
    };
    if let Identity::Key { key, scopes, project: only, .. } = &account.caller.identity {
        if let Some(more) = wanted.scopes.iter().find(|scope| !scopes.contains(scope)) {
            let message = format!("This key lacks the scope `{more}` and can not give it to another.");
            return Err(Problem::new(code::server::SCOPE, message));
        }
        project = only.or(project);
        let own = api_key::Entity::find_by_id(*key).one(app.store.read()).await.map_err(unusable)?;
        expires_at = own.map_or(0, |own| own.expires_at).min(expires_at);
    }
    if list(app, account).await?.len() >= MOST {
        return Err(Problem::new(code::server::CONFLICT, "There are 100 keys already.")
            .next("Withdraw some that are not used."));
    }
    let new = New {
        user: account.person.id,
        name: wanted.name.trim().to_owned(),
        scopes: wanted.scopes,
        project,
        expires_at,
    };
    let (now, actor) = (app.now(), Actor::of(&account.caller));
    app.store.write(move |transaction| Box::pin(async move { insert(transaction, new, now, &actor).await })).await
}

/// Stores a new key.
pub async fn insert(transaction: &DatabaseTransaction, new: New, now: i64, actor: &Actor) -> Result<Made> {
    let made = text::generate()?;
    let row = api_key::ActiveModel {
        id: ActiveValue::NotSet,
        user_id: ActiveValue::Set(new.user),
        project_id: ActiveValue::Set(new.project),
        name: ActiveValue::Set(new.name),
        public_id: ActiveValue::Set(made.id),
        secret_hash: ActiveValue::Set(made.hash),
        scopes: ActiveValue::Set(Scope::join(&new.scopes)),
        created_at: ActiveValue::Set(now),
        expires_at: ActiveValue::Set(new.expires_at),
        last_used_at: ActiveValue::Set(None),
        revoked_at: ActiveValue::Set(None),
    };
    let row = row.insert(transaction).await.map_err(unusable)?;
    let mut deed =
        Deed::new("key.create", "key", &row.public_id).details(json!({ "name": row.name, "scopes": row.scopes }));
    deed.project = row.project_id;
    audit::append(transaction, now, actor, deed).await?;
    Ok(Made { row, text: made.text })
}

/// The caller's keys that were not withdrawn, the latest first.
pub async fn list(app: &App, account: &Account) -> Result<Vec<api_key::Model>> {
    api_key::Entity::find()
        .filter(api_key::Column::UserId.eq(account.person.id))
        .filter(api_key::Column::RevokedAt.is_null())
        .order_by_desc(api_key::Column::Id)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// The names of the projects that keys are bound to.
pub async fn projects(app: &App, keys: &[api_key::Model]) -> Result<Vec<project::Model>> {
    let ids: Vec<i64> = keys.iter().filter_map(|key| key.project_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    project::Entity::find().filter(project::Column::Id.is_in(ids)).all(app.store.read()).await.map_err(unusable)
}

/// Withdraws a key of the caller's: it does not work from then on.
pub async fn revoke(app: &App, account: &Account, id: i64) -> Result<()> {
    let (now, actor, user) = (app.now(), Actor::of(&account.caller), account.person.id);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let statement = Statement::from_sql_and_values(
                    transaction.get_database_backend(),
                    "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL",
                    [now.into(), id.into(), user.into()],
                );
                if transaction.execute_raw(statement).await.map_err(unusable)?.rows_affected() == 0 {
                    return Err(not_found(format!("key `{id}`")));
                }
                audit::append(transaction, now, &actor, Deed::new("key.revoke", "key", id)).await
            })
        })
        .await
}
