//! People of the instance, for administrators: listed, made, invited, changed, sent away.

use pak_model::{Problem, Result, code};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, Statement,
};
use serde_json::json;

use super::account::{self, For, Row, insert_account, issue_link, link_address, person_name};
use super::page::PageQuery;
use crate::access::Admin;
use crate::access::password::Password;
use crate::access::token::Purpose;
use crate::audit::{self, Actor, Deed};
use crate::error::{invalid, not_found};
use crate::mail::{self, Draft};
use crate::state::App;
use crate::store::entity::{one_time_token, user};
use crate::store::unusable;

/// An account to be made by an administrator.
#[derive(Debug, Clone)]
pub struct New {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// `user` or `admin`.
    pub role: String,
}

/// What is changed; what is none stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The name.
    pub name: Option<String>,
    /// `user` or `admin`.
    pub role: Option<String>,
    /// Whether the account may sign in.
    pub is_active: Option<bool>,
}

/// A page of accounts, newest first.
pub async fn list(app: &App, page: PageQuery) -> Result<(Vec<user::Model>, Option<i64>)> {
    let rows = user::Entity::find();
    page.read(&app.store, rows, user::Column::Id, |row| row.id).await
}

/// One account.
pub async fn find(app: &App, id: i64) -> Result<user::Model> {
    let found = user::Entity::find_by_id(id).one(app.store.read()).await.map_err(unusable)?;
    found.ok_or_else(|| not_found(format!("account `{id}`")))
}

/// Makes an account without a password, and sends the person a link to choose one.
pub async fn create(app: &App, admin: &Admin, new: New) -> Result<user::Model> {
    add(app, Actor::of(&admin.0), new, None).await.map(|added| added.user)
}

/// An account that was made.
pub struct Added {
    /// The account.
    pub user: user::Model,
    /// Where the person chooses a password, where none was given. It can be handed over without mail.
    pub link: Option<String>,
}

/// Makes an account with the password that was chosen for it, or without one and with a link for the person.
pub async fn add(app: &App, actor: Actor, new: New, password: Option<&Password>) -> Result<Added> {
    let (email, name, role) = (account::normal_email(&new.email)?, person_name(&new.name)?, role(&new.role)?);
    let hash = match password {
        Some(password) => {
            password.acceptable(&email, &name)?;
            app.passwords.hash(password).await?
        }
        // No password has this hash.
        None => "!".to_owned(),
    };
    // An address that an administrator gives with a password is taken as it is: nobody would confirm it.
    let row = Row { email, name, hash, role, verified: password.is_some() };
    let (inner, now, with_link) = (app.clone(), app.now(), password.is_none());
    let added = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let user = insert_account(transaction, row, now).await?;
                let link = if with_link {
                    let intro = format!("{} made an account for you at {}.", actor.name(), inner.settings.base);
                    Some(send_link(&inner, transaction, now, &user, ("Your new account", &intro)).await?)
                } else {
                    None
                };
                let details = json!({ "email": user.email, "role": user.role });
                audit::append(transaction, now, &actor, Deed::new("user.create", "user", user.id).details(details))
                    .await?;
                Ok(Added { user, link })
            })
        })
        .await?;
    app.mailer.wake();
    Ok(added)
}

/// Makes a link with which a person chooses a new password, and sends it.
pub async fn reset(app: &App, actor: Actor, id: i64) -> Result<String> {
    let user = find(app, id).await?;
    if !user.is_active {
        return Err(Problem::new(code::server::STATE, format!("The account {} is disabled.", user.email)));
    }
    let (inner, now) = (app.clone(), app.now());
    let link = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let intro = format!("{} sends you a link for a new password at {}.", actor.name(), inner.settings.base);
                let link = send_link(&inner, transaction, now, &user, ("Choose a new password", &intro)).await?;
                audit::append(transaction, now, &actor, Deed::new("user.reset", "user", user.id)).await?;
                Ok(link)
            })
        })
        .await?;
    app.mailer.wake();
    Ok(link)
}

async fn send_link(
    app: &App,
    transaction: &DatabaseTransaction,
    now: i64,
    user: &user::Model,
    (subject, intro): (&str, &str),
) -> Result<String> {
    let whom = For { user: Some(user.id), email: Some(user.email.clone()), payload: None };
    let secret = issue_link(transaction, now, Purpose::Reset, whom).await?;
    let link = link_address(app, "reset", &secret);
    let body = format!(
        "{intro} Choose a password:\n\n{link}\n\nThe link works once, for half an hour; {}reset sends another.\n",
        app.settings.base,
    );
    mail::write(transaction, now, Draft { to: user.email.clone(), subject: subject.to_owned(), body }).await?;
    Ok(link)
}

/// The account of an address.
pub async fn of_email(app: &App, typed: &str) -> Result<user::Model> {
    let email = account::normal_email(typed)?;
    let found = user::Entity::find().filter(user::Column::Email.eq(&email)).one(app.store.read()).await;
    found.map_err(unusable)?.ok_or_else(|| not_found(format!("account `{email}`")))
}

/// Changes an account. Whoever may not sign in any more is signed out everywhere at once, keys included.
pub async fn change(app: &App, admin: &Admin, id: i64, changes: Changes) -> Result<user::Model> {
    change_as(app, Actor::of(&admin.0), id, changes).await
}

/// The same for whoever administers: also the command line on the server's machine.
pub async fn change_as(app: &App, actor: Actor, id: i64, changes: Changes) -> Result<user::Model> {
    let before = find(app, id).await?;
    let mut row = user::ActiveModel { id: ActiveValue::Unchanged(id), ..Default::default() };
    let mut said = serde_json::Map::new();
    if let Some(name) = &changes.name {
        row.name = ActiveValue::Set(person_name(name)?);
        said.insert("name".into(), json!(true));
    }
    if let Some(word) = &changes.role {
        row.role = ActiveValue::Set(role(word)?);
        said.insert("role".into(), json!(word));
    }
    if let Some(active) = changes.is_active {
        row.is_active = ActiveValue::Set(active);
        said.insert("is_active".into(), json!(active));
    }
    let loses = before.role == "admin"
        && before.is_active
        && (changes.role.as_deref().is_some_and(|role| role != "admin") || changes.is_active == Some(false));
    // A role that changed begins with a new session.
    let ends = changes.is_active == Some(false) || changes.role.is_some_and(|role| role != before.role);
    let now = app.now();
    row.updated_at = ActiveValue::Set(now);
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                if loses {
                    keep_one_administrator(transaction, id).await?;
                }
                let after = row.update(transaction).await.map_err(unusable)?;
                if ends {
                    let sql = "DELETE FROM sessions WHERE user_id = $1";
                    let statement =
                        Statement::from_sql_and_values(transaction.get_database_backend(), sql, [id.into()]);
                    transaction.execute_raw(statement).await.map_err(unusable)?;
                }
                audit::append(transaction, now, &actor, Deed::new("user.change", "user", id).details(said.into()))
                    .await?;
                Ok(after)
            })
        })
        .await
}

async fn keep_one_administrator(transaction: &DatabaseTransaction, losing: i64) -> Result<()> {
    let others = user::Entity::find()
        .filter(user::Column::Role.eq("admin"))
        .filter(user::Column::IsActive.eq(true))
        .filter(user::Column::Id.ne(losing))
        .count(transaction)
        .await
        .map_err(unusable)?;
    if others == 0 {
        return Err(Problem::new(code::access::LAST_ADMINISTRATOR, "This is the last administrator of the server."));
    }
    Ok(())
}

fn role(word: &str) -> Result<String> {
    if ["user", "admin"].contains(&word) {
        return Ok(word.to_owned());
    }
    Err(invalid("role", "is neither `user` nor `admin`"))
}

/// Invites an address to make an account. The link is also given back: it can be handed over without mail.
pub async fn invite(app: &App, admin: &Admin, typed: &str, word: &str) -> Result<String> {
    let (email, role) = (account::normal_email(typed)?, role(word)?);
    let (inner, now, actor) = (app.clone(), app.now(), Actor::of(&admin.0));
    let address = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                withdraw(transaction, now, one_time_token::Column::Email.eq(&email)).await?;
                let whom = For { user: None, email: Some(email.clone()), payload: Some(role.clone()) };
                let secret = issue_link(transaction, now, Purpose::Invite, whom).await?;
                let address = link_address(&inner, "register", &secret);
                let draft = Draft {
                    to: email.clone(),
                    subject: "An invitation".to_owned(),
                    body: format!(
                        "{} invites you to {}. Make your account:\n\n{address}\n\nThe link works once, for a week.\n",
                        actor.name(),
                        inner.settings.base,
                    ),
                };
                mail::write(transaction, now, draft).await?;
                let deed = Deed::new("user.invite", "invitation", &email).details(json!({ "role": role }));
                audit::append(transaction, now, &actor, deed).await?;
                Ok(address)
            })
        })
        .await?;
    app.mailer.wake();
    Ok(address)
}

/// Invitations that were not used yet.
pub async fn invitations(app: &App) -> Result<Vec<one_time_token::Model>> {
    one_time_token::Entity::find()
        .filter(one_time_token::Column::Purpose.eq(Purpose::Invite.word()))
        .filter(one_time_token::Column::UsedAt.is_null())
        .filter(one_time_token::Column::ExpiresAt.gt(app.now()))
        .order_by_desc(one_time_token::Column::Id)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// Takes an invitation back.
pub async fn uninvite(app: &App, admin: &Admin, id: i64) -> Result<()> {
    let (now, actor) = (app.now(), Actor::of(&admin.0));
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                if withdraw(transaction, now, one_time_token::Column::Id.eq(id)).await? == 0 {
                    return Err(not_found(format!("invitation `{id}`")));
                }
                audit::append(transaction, now, &actor, Deed::new("user.uninvite", "invitation", id)).await
            })
        })
        .await
}

async fn withdraw(transaction: &DatabaseTransaction, now: i64, which: sea_orm::sea_query::SimpleExpr) -> Result<u64> {
    let done = one_time_token::Entity::update_many()
        .col_expr(one_time_token::Column::UsedAt, sea_orm::sea_query::Expr::value(now))
        .filter(one_time_token::Column::Purpose.eq(Purpose::Invite.word()))
        .filter(one_time_token::Column::UsedAt.is_null())
        .filter(which)
        .exec(transaction)
        .await;
    done.map(|done| done.rows_affected).map_err(unusable)
}
