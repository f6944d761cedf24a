//! Webhooks: made, changed, tried out, their deliveries looked at and sent again. Those of a project belong to who manages it, those
//! of the whole instance to administrators.

use pak_model::{Problem, Result, Secret, code};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait as _, DatabaseTransaction, EntityTrait as _, ModelTrait as _,
    PaginatorTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _, Set,
};
use serde_json::{Value, json};
use url::Url;

use super::{names, page::PageQuery};
use crate::access::role::Need;
use crate::access::{Admin, Caller, In};
use crate::audit::{self, Actor, Deed};
use crate::error::{invalid, not_found, shown};
use crate::state::App;
use crate::store::entity::{delivery, webhook};
use crate::store::unusable;
use crate::time::Time;
use crate::webhooks::{queue, secrets};

/// The most webhooks of a project, or of the instance.
const MOST: u64 = 50;
/// The longest address.
const LONGEST: usize = 2000;

/// Whose webhooks, and who asks.
#[derive(Debug, Clone)]
pub struct Owner {
    caller: Caller,
    project: Option<(i64, String)>,
}

impl<N: Need> From<In<N>> for Owner {
    fn from(place: In<N>) -> Self {
        Self { project: Some((place.project.id, place.project.name)), caller: place.caller }
    }
}

impl From<Admin> for Owner {
    fn from(Admin(caller): Admin) -> Self {
        Self { caller, project: None }
    }
}

impl Owner {
    fn id(&self) -> Option<i64> {
        self.project.as_ref().map(|(id, _)| *id)
    }

    /// The address of the owner's pages: `/projects/my-package`, or nothing for the instance.
    pub fn path(&self) -> String {
        self.project.as_ref().map(|(_, name)| format!("/projects/{name}")).unwrap_or_default()
    }

    fn deed(&self, action: &'static str, webhook: i64, details: Value) -> Deed {
        let deed = Deed::new(action, "webhook", webhook).details(details);
        match self.id() {
            Some(project) => deed.project(project),
            None => deed,
        }
    }
}

/// A webhook to be made, or what is changed of one: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The receiver's address.
    pub url: Option<String>,
    /// Which events; an empty list: all.
    pub events: Option<Vec<String>>,
    /// Whether it is on.
    pub enabled: Option<bool>,
    /// What it is for.
    pub description: Option<String>,
}

impl Wanted {
    fn check(&mut self, app: &App) -> Result<()> {
        if let Some(text) = &mut self.url {
            *text = address(app, text)?;
        }
        if let Some(events) = &mut self.events {
            events.sort_unstable();
            events.dedup();
            if let Some(unknown) = events.iter().find(|name| !queue::EVENTS.iter().any(|(known, _)| known == name)) {
                let known: Vec<&str> = queue::EVENTS.iter().map(|(name, _)| *name).collect();
                let unknown = shown(unknown, 60);
                return Err(invalid("events", format!("has `{unknown}` in it; there are {}", known.join(", "))));
            }
        }
        names::text("description", self.description.as_deref().unwrap_or_default(), 500)
    }
}

/// An address that deliveries may go to, as far as can be said before it is resolved.
fn address(app: &App, text: &str) -> Result<String> {
    if text.len() > LONGEST {
        return Err(invalid("url", format!("is longer than {LONGEST} characters")));
    }
    let url = Url::parse(text.trim()).map_err(|_| invalid("url", "is no address such as https://example.org/hook"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(invalid("url", "is no address such as https://example.org/hook"));
    }
    app.guard().check_web(&url).map_err(|problem| {
        Problem::new(code::server::INPUT, format!("`url` is not allowed: {}", problem.message()))
            .about("field", "url")
            .next(problem.advice().to_owned())
    })?;
    Ok(url.into())
}

/// The owner's webhooks, in the order they were made.
pub async fn list(app: &App, owner: &Owner) -> Result<Vec<webhook::Model>> {
    of(owner).order_by_asc(webhook::Column::Id).all(app.store.read()).await.map_err(unusable)
}

fn of(owner: &Owner) -> sea_orm::Select<webhook::Entity> {
    let column = webhook::Column::ProjectId;
    webhook::Entity::find().filter(owner.id().map_or_else(|| column.is_null(), |id| column.eq(id)))
}

/// One of the owner's webhooks.
pub async fn find(app: &App, owner: &Owner, id: i64) -> Result<webhook::Model> {
    let found = of(owner).filter(webhook::Column::Id.eq(id)).one(app.store.read()).await.map_err(unusable)?;
    found.ok_or_else(|| not_found(format!("webhook {id}")))
}

/// The same inside a transaction, before it is changed.
async fn held(transaction: &DatabaseTransaction, owner: &Owner, id: i64) -> Result<webhook::Model> {
    let found = of(owner).filter(webhook::Column::Id.eq(id)).one(transaction).await.map_err(unusable)?;
    found.ok_or_else(|| not_found(format!("webhook {id}")))
}

/// Makes a webhook. Its secret is returned here and never again.
pub async fn create(
    app: &App,
    owner: Owner,
    mut wanted: Wanted,
    secret: Option<String>,
) -> Result<(webhook::Model, Secret)> {
    wanted.check(app)?;
    let url = wanted.url.ok_or_else(|| invalid("url", "is missing"))?;
    let secret = secrets::chosen(secret)?;
    let (now, app_, shown) = (app.now(), app.clone(), secret.clone());
    let made = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                if of(&owner).count(transaction).await.map_err(unusable)? >= MOST {
                    return Err(invalid("url", format!("is one too many: there are {MOST} webhooks already")));
                }
                let row = webhook::ActiveModel {
                    id: sea_orm::ActiveValue::NotSet,
                    project_id: Set(owner.id()),
                    url: Set(url),
                    events: Set(listed(&wanted.events.unwrap_or_default())),
                    // The place it is sealed for has the row's number in it.
                    sealed_secret: Set(String::new()),
                    sealed_previous: Set(None),
                    previous_until: Set(None),
                    enabled: Set(wanted.enabled.unwrap_or(true)),
                    description: Set(wanted.description.unwrap_or_default()),
                    created_by: Set(owner.caller.user_id()),
                    created_at: Set(now),
                    updated_at: Set(now),
                };
                let row = row.insert(transaction).await.map_err(unusable)?;
                let sealed = app_.vault.seal(secrets::of_webhook(row.id), &secret)?;
                let mut row: webhook::ActiveModel = row.into();
                row.sealed_secret = Set(sealed);
                let row = row.update(transaction).await.map_err(unusable)?;
                let deed = owner.deed("webhook.create", row.id, told(&row));
                audit::append(transaction, now, &Actor::of(&owner.caller), deed).await?;
                Ok(row)
            })
        })
        .await?;
    Ok((made, shown))
}

/// Changes a webhook. Whatever waits goes to the new address.
pub async fn change(app: &App, owner: Owner, id: i64, mut wanted: Wanted) -> Result<webhook::Model> {
    wanted.check(app)?;
    let now = app.now();
    let changed = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let mut row: webhook::ActiveModel = held(transaction, &owner, id).await?.into();
                if let Some(url) = wanted.url {
                    row.url = Set(url);
                }
                if let Some(events) = wanted.events {
                    row.events = Set(listed(&events));
                }
                if let Some(enabled) = wanted.enabled {
                    row.enabled = Set(enabled);
                }
                if let Some(description) = wanted.description {
                    row.description = Set(description);
                }
                row.updated_at = Set(now);
                let row = row.update(transaction).await.map_err(unusable)?;
                let deed = owner.deed("webhook.change", id, told(&row));
                audit::append(transaction, now, &Actor::of(&owner.caller), deed).await?;
                Ok(row)
            })
        })
        .await?;
    app.hub.wake_deliveries();
    Ok(changed)
}

/// Deletes a webhook with its deliveries.
pub async fn delete(app: &App, owner: Owner, id: i64) -> Result<()> {
    let now = app.now();
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let row = held(transaction, &owner, id).await?;
                let deed = owner.deed("webhook.delete", id, told(&row));
                row.delete(transaction).await.map_err(unusable)?;
                audit::append(transaction, now, &Actor::of(&owner.caller), deed).await.map(drop)
            })
        })
        .await
}

/// Gives a webhook another secret, which is returned here and never again. For a day both sign.
pub async fn rotate(app: &App, owner: Owner, id: i64, secret: Option<String>) -> Result<Secret> {
    let secret = secrets::chosen(secret)?;
    let (now, app_, shown) = (app.now(), app.clone(), secret.clone());
    app.store
        .write(move |transaction| {
            Box::pin(async move {
                let row = held(transaction, &owner, id).await?;
                secrets::replace(transaction, &app_.vault, row, &secret, now).await?;
                let deed = owner.deed("webhook.rotate", id, json!({}));
                audit::append(transaction, now, &Actor::of(&owner.caller), deed).await.map(drop)
            })
        })
        .await?;
    Ok(shown)
}

/// Sends a webhook an event of its own, to try it out.
pub async fn ping(app: &App, owner: Owner, id: i64) -> Result<delivery::Model> {
    let now = app.now();
    let made = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let row = held(transaction, &owner, id).await?;
                let project = owner.project.as_ref().map(|(_, name)| name.as_str());
                let body =
                    json!({ "event": queue::PING, "project": project, "webhook_id": id, "timestamp": Time(now) });
                queue::row(row.id, None, queue::PING, body.to_string(), now).insert(transaction).await.map_err(unusable)
            })
        })
        .await?;
    app.hub.wake_deliveries();
    Ok(made)
}

/// The deliveries of a webhook, newest first.
pub async fn deliveries(
    app: &App,
    owner: &Owner,
    id: i64,
    status: Option<&str>,
    page: PageQuery,
) -> Result<(Vec<delivery::Model>, Option<i64>)> {
    let webhook = find(app, owner, id).await?;
    let mut query = delivery::Entity::find()
        .filter(delivery::Column::WebhookId.eq(webhook.id))
        .filter(delivery::Column::Id.lt(page.before()));
    if let Some(status) = status {
        query = query.filter(delivery::Column::Status.eq(status));
    }
    let query = query.order_by_desc(delivery::Column::Id).limit(page.ask());
    let mut rows = query.all(app.store.read()).await.map_err(unusable)?;
    let next = page.cut(&mut rows, |row| row.id);
    Ok((rows, next))
}

/// One delivery of a webhook.
pub async fn delivery(app: &App, owner: &Owner, id: i64, delivery: i64) -> Result<delivery::Model> {
    let webhook = find(app, owner, id).await?;
    let found = delivery::Entity::find_by_id(delivery).one(app.store.read()).await.map_err(unusable)?;
    found.filter(|row| row.webhook_id == webhook.id).ok_or_else(|| not_found(format!("delivery {delivery}")))
}

/// Sends a delivery again, as a new one with the same id of its message, so that the receiver knows it again.
pub async fn redeliver(app: &App, owner: Owner, id: i64, delivery: i64) -> Result<delivery::Model> {
    let before = self::delivery(app, &owner, id, delivery).await?;
    if before.status == crate::webhooks::deliver::PENDING {
        return Err(Problem::new(code::server::STATE, "This delivery is still on its way."));
    }
    let now = app.now();
    let made = app
        .store
        .write(move |transaction| {
            Box::pin(async move {
                let mut row = queue::row(id, before.deployment_id, &before.event, before.body, now);
                row.message_id = Set(before.message_id);
                let row = row.insert(transaction).await.map_err(unusable)?;
                let deed = owner.deed("webhook.redeliver", id, json!({ "delivery": delivery, "again": row.id }));
                audit::append(transaction, now, &Actor::of(&owner.caller), deed).await?;
                Ok(row)
            })
        })
        .await?;
    app.hub.wake_deliveries();
    Ok(made)
}

fn listed(events: &[String]) -> String {
    Value::from(events).to_string()
}

/// What the audit log keeps: the address without its query, which may hold the receiver's own secret.
fn told(row: &webhook::Model) -> Value {
    let url = Url::parse(&row.url).map(|url| pak_http::safe(&url)).unwrap_or_default();
    json!({ "url": url, "events": row.events, "enabled": row.enabled })
}
