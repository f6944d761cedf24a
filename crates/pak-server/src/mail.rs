//! Mail: written in the transaction of what it is about, sent in the background, tried again where the mail server does not answer.
//! Where no mail server is set, mails stay in the outbox, which administrators see, and their text goes to the log.

use std::time::Duration;

use lettre::message::{Mailbox, header::ContentType};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use pak_model::{Problem, Result, code};
use sea_orm::{
    ActiveValue, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Statement,
};
use tokio::sync::Notify;

use crate::settings::Settings;
use crate::state::App;
use crate::store::entity::mail;
use crate::store::unusable;

/// How long a mail server may take for one mail.
const PATIENCE: Duration = Duration::from_secs(30);
/// Another sender takes a mail up whose sender was not heard of for so long, in milliseconds.
const LEASE: i64 = 120_000;
/// Tries before a mail is left where it is: two days.
const TRIES: i64 = 12;
/// Looks for mails that are due, when nobody said that there is one.
const POLL: Duration = Duration::from_secs(30);

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Sends mails, or keeps them.
pub struct Mailer {
    server: Option<(Transport, Mailbox)>,
    wake: Notify,
}

impl Mailer {
    /// The mailer of the settings.
    pub fn new(settings: &Settings) -> Result<Self> {
        let wrong = |what: &str| Problem::new(code::server::SETTINGS, what.to_owned());
        let server = settings
            .smtp
            .as_ref()
            .map(|url| {
                // The address holds a password: what the library says of it is not repeated.
                let transport = Transport::from_url(url.expose())
                    .map_err(|_| wrong("PAK_SMTP_URL is not the address of a mail server such as `smtps://user:password@mail.example.org`."))?;
                let from = settings.mail_from.parse().map_err(|_| wrong("PAK_MAIL_FROM is not an e-mail address."))?;
                Ok::<_, Problem>((transport.timeout(Some(PATIENCE)).build(), from))
            })
            .transpose()?;
        Ok(Self { server, wake: Notify::new() })
    }

    /// Whether mails reach people. Where they do, a new account shows that its address is its own before it signs in.
    pub fn delivers(&self) -> bool {
        self.server.is_some()
    }

    /// Tells the sender that a transaction with a mail in it was committed.
    pub fn wake(&self) {
        self.wake.notify_one();
    }
}

/// A mail to be written.
#[derive(Debug, Clone)]
pub struct Draft {
    /// To whom.
    pub to: String,
    /// What about.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// Puts a mail on its way in the transaction of what it is about. [`Mailer::wake`] when that is committed.
pub async fn write(transaction: &DatabaseTransaction, now: i64, draft: Draft) -> Result<()> {
    let row = mail::ActiveModel {
        id: ActiveValue::NotSet,
        recipient: ActiveValue::Set(draft.to),
        subject: ActiveValue::Set(draft.subject),
        body: ActiveValue::Set(draft.body),
        created_at: ActiveValue::Set(now),
        sent_at: ActiveValue::Set(None),
        attempts: ActiveValue::Set(0),
        next_at: ActiveValue::Set(now),
        last_error: ActiveValue::Set(None),
    };
    mail::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(unusable)
}

/// Sends until the server stops.
pub async fn run(app: App) {
    loop {
        if let Err(problem) = send_due(&app).await {
            tracing::warn!(causes = ?problem.causes(), "mails were not sent: {}", problem.message());
        }
        tokio::select! {
            () = app.stop.cancelled() => return,
            () = app.mailer.wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Sends what is due. Returns how many mails went out.
pub async fn send_due(app: &App) -> Result<usize> {
    let due = mail::Entity::find()
        .filter(mail::Column::SentAt.is_null())
        .filter(mail::Column::NextAt.lte(app.now()))
        .order_by_asc(mail::Column::Id)
        .limit(50)
        .all(app.store.read())
        .await
        .map_err(unusable)?;
    let mut sent = 0;
    for row in due {
        if !claim(app, &row).await? {
            continue;
        }
        if row.recipient.is_empty() {
            // Written to cost the same as one that is sent.
            settle(app, row.id, Some(app.now()), row.next_at, None).await?;
            continue;
        }
        let Some((transport, from)) = &app.mailer.server else {
            tracing::info!(to = row.recipient, subject = row.subject, "mail kept in the outbox:\n{}", row.body);
            settle(app, row.id, None, i64::MAX, None).await?;
            continue;
        };
        match deliver(transport, from, &row).await {
            Ok(()) => {
                sent += 1;
                settle(app, row.id, Some(app.now()), row.next_at, None).await?;
            }
            Err(problem) => {
                let why = problem.causes().first().map_or(problem.message(), String::as_str).to_owned();
                tracing::warn!(mail = row.id, "mail not sent: {why}");
                settle(app, row.id, None, next_try(app.now(), row.attempts + 1), Some(why)).await?;
            }
        }
    }
    Ok(sent)
}

/// When a mail is tried again after so many tries: after one minute, two, four … at most eight hours.
fn next_try(now: i64, attempts: i64) -> i64 {
    if attempts >= TRIES {
        return i64::MAX;
    }
    let minutes = 1_i64 << attempts.clamp(0, 9);
    now + 60_000 * minutes.min(480)
}

async fn claim(app: &App, row: &mail::Model) -> Result<bool> {
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "UPDATE mails SET attempts = attempts + 1, next_at = $1 WHERE id = $2 AND sent_at IS NULL AND attempts = $3 AND next_at = $4",
        [(app.now() + LEASE).into(), row.id.into(), row.attempts.into(), row.next_at.into()],
    );
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let done = transaction.execute_raw(statement).await.map_err(unusable)?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
}

/// Writes down how it went. What was sent loses its text: it may hold a link.
async fn settle(app: &App, id: i64, sent: Option<i64>, next: i64, error: Option<String>) -> Result<()> {
    let statement = Statement::from_sql_and_values(
        app.store.backend(),
        "UPDATE mails SET sent_at = $1, next_at = $2, last_error = $3, body = CASE WHEN $5 THEN '' ELSE body END WHERE id = $4",
        [sent.into(), next.into(), error.into(), id.into(), sent.is_some().into()],
    );
    app.store
        .write(move |transaction| {
            Box::pin(async move { transaction.execute_raw(statement).await.map(drop).map_err(unusable) })
        })
        .await
}

async fn deliver(transport: &Transport, from: &Mailbox, row: &mail::Model) -> Result<()> {
    let failed = |error: &(dyn std::error::Error + 'static)| {
        Problem::new(code::access::MAIL_FAILED, format!("The mail to {} was not sent.", row.recipient)).cause(error)
    };
    let to: Mailbox = row.recipient.parse().map_err(|error| failed(&error))?;
    let message = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(&row.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(row.body.clone())
        .map_err(|error| failed(&error))?;
    transport.send(message).await.map(drop).map_err(|error| failed(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_spread_over_two_days_and_end() {
        let waits: Vec<i64> = (1..TRIES).map(|attempts| next_try(0, attempts) / 60_000).collect();
        assert_eq!(waits[..4], [2, 4, 8, 16]);
        assert!(waits.iter().sum::<i64>() > 24 * 60);
        assert_eq!(next_try(0, TRIES), i64::MAX);
    }
}
