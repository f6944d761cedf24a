//! Making an account: by oneself where registration is open, or by invitation.
//!
//! Registering an address that has an account already looks the same to whoever asks: the same answer with what they typed themselves and
//! a number that no account has, and a mail to the owner. Nothing of the account is shown or changed.

use pak_model::{Problem, Result, code};
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
};
use serde_json::json;

use super::{Shown, email, link};
use crate::access::Arrival;
use crate::access::password::Password;
use crate::access::token::Purpose;
use crate::actions::{names, settings};
use crate::audit::{self, Actor, Deed};
use crate::error::invalid;
use crate::mail::{self, Draft};
use crate::settings::Registration;
use crate::state::App;
use crate::store::entity::{one_time_token, user};
use crate::store::unusable;

/// What a person types to make an account.
pub struct NewAccount {
    /// The address.
    pub email: String,
    /// The name shown to others.
    pub name: String,
    /// The password.
    pub password: Password,
    /// The secret of an invitation's link.
    pub invitation: Option<String>,
    /// Where the request comes from.
    pub arrival: Arrival,
}

/// Makes an account.
pub async fn register(app: &App, new: NewAccount) -> Result<Shown> {
    let invited = match (&new.invitation, settings::registration(app).await?) {
        (Some(text), Registration::Open | Registration::Invite) => Some(link::look(app, Purpose::Invite, text).await?),
        (None, Registration::Open) => None,
        (None, Registration::Invite) => return Err(closed("This server takes new accounts by invitation only.")),
        (_, Registration::Closed) => return Err(closed("This server takes no registrations.")),
    };
    let email = email::normal(&new.email)?;
    if invited.as_ref().is_some_and(|link| link.email.as_deref() != Some(email.as_str())) {
        return Err(invalid("email", "is not the address that was invited"));
    }
    let name = name(&new.name)?;
    new.password.acceptable(&email, &name)?;
    let hash = app.passwords.hash(&new.password).await?;
    let row = Row {
        role: invited.as_ref().and_then(|link| link.payload.clone()).unwrap_or_else(|| "user".to_owned()),
        // Who holds the invitation reads that address's mail.
        verified: invited.is_some(),
        email,
        name,
        hash,
    };
    let made = write(app, row, invited, new.arrival).await?;
    app.mailer.wake();
    Ok(made)
}

fn closed(message: &str) -> Problem {
    Problem::new(code::access::REGISTRATION_CLOSED, message)
}

/// Checks a person's name.
pub(crate) fn name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() {
        return Err(invalid("name", "is empty"));
    }
    names::text("name", name, 100)?;
    if name.contains(['\n', '\r', '\t']) {
        return Err(invalid("name", "has more than one line"));
    }
    Ok(name.to_owned())
}

/// An account to be stored.
#[derive(Clone)]
pub(crate) struct Row {
    /// The address, in its normal form.
    pub email: String,
    /// The name.
    pub name: String,
    /// The password's hash.
    pub hash: String,
    /// `user` or `admin`.
    pub role: String,
    /// Whether the address is known to be theirs.
    pub verified: bool,
}

async fn write(app: &App, row: Row, invited: Option<one_time_token::Model>, arrival: Arrival) -> Result<Shown> {
    let (inner, now) = (app.clone(), app.now());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                if let Some(link) = &invited {
                    link::consume(transaction, now, link).await?;
                }
                let known = user::Entity::find().filter(user::Column::Email.eq(&row.email)).one(transaction).await;
                if let Some(owner) = known.map_err(unusable)? {
                    return pretend(&inner, transaction, row, &owner, now).await;
                }
                let made = insert(transaction, row, now).await?;
                if !made.email_verified {
                    welcome(&inner, transaction, &made, now).await?;
                }
                let actor = Actor::person(Some(made.id), &made.email, &arrival);
                let deed =
                    Deed::new("account.register", "user", made.id).details(json!({ "invited": invited.is_some() }));
                audit::append(transaction, now, &actor, deed).await?;
                Ok(Shown::from(&made))
            })
        })
        .await
}

/// Stores an account.
pub(crate) async fn insert(transaction: &DatabaseTransaction, row: Row, now: i64) -> Result<user::Model> {
    let row = user::ActiveModel {
        id: ActiveValue::NotSet,
        email: ActiveValue::Set(row.email),
        password_hash: ActiveValue::Set(row.hash),
        name: ActiveValue::Set(row.name),
        role: ActiveValue::Set(row.role),
        is_active: ActiveValue::Set(true),
        email_verified: ActiveValue::Set(row.verified),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
        last_login: ActiveValue::Set(None),
        failed_attempts: ActiveValue::Set(0),
        locked_until: ActiveValue::Set(None),
        theme: ActiveValue::Set("system".to_owned()),
    };
    row.insert(transaction).await.map_err(|error| {
        if crate::store::is_duplicate(&error) {
            return Problem::new(code::server::NAME_TAKEN, "There is an account with this address already.");
        }
        unusable(error)
    })
}

/// Answers as if an account had been made, and tells the owner of the one there is.
async fn pretend(
    app: &App,
    transaction: &DatabaseTransaction,
    row: Row,
    owner: &user::Model,
    now: i64,
) -> Result<Shown> {
    let shown = |id| Shown { id, email: row.email.clone(), name: row.name.clone(), role: "user".to_owned() };
    // The number is drawn as a real account's would be, so that numbers tell nothing either.
    let place = format!("nobody-{}", crate::access::digest::random_text()?);
    let drawn = insert(transaction, Row { email: place, ..row.clone() }, now).await?;
    user::Entity::delete_by_id(drawn.id).exec(transaction).await.map_err(unusable)?;
    let base = &app.settings.base;
    let draft = Draft {
        to: owner.email.clone(),
        subject: "You have an account already".to_owned(),
        body: format!(
            "Somebody, perhaps you, tried to register at {base} with this address. There is an account already; nothing \
             was changed.\n\nSign in: {base}auth\nIf you do not know your password any more: {base}reset\n"
        ),
    };
    mail::write(transaction, now, draft).await?;
    Ok(shown(drawn.id))
}

async fn welcome(app: &App, transaction: &DatabaseTransaction, made: &user::Model, now: i64) -> Result<()> {
    let whom = link::For { user: Some(made.id), email: Some(made.email.clone()), payload: None };
    let secret = link::issue(transaction, now, Purpose::Verify, whom).await?;
    let draft = Draft {
        to: made.email.clone(),
        subject: "Confirm your address".to_owned(),
        body: format!(
            "An account with this address was made at {}. Confirm that the address is yours:\n\n{}\n\nThe link works once, \
             for a day. If you made no account, do nothing.\n",
            app.settings.base,
            link::address(app, "verify", &secret),
        ),
    };
    mail::write(transaction, now, draft).await
}
