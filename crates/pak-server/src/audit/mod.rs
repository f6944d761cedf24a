//! The audit log: who did what, each entry bound to the one before by its hash, written in the transaction of what it tells of.

pub mod export;
pub mod head;
pub mod verify;

use aws_lc_rs::digest;
use pak_model::Result;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QueryOrder as _,
};
use serde_json::{Value, json};

use crate::access::{Caller, Identity};
use crate::store::entity::audit_entry;
use crate::store::unusable;

/// The hash before the first entry.
pub const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who did it.
#[derive(Debug, Clone)]
pub struct Actor {
    kind: &'static str,
    id: Option<i64>,
    name: String,
    address: String,
    request: String,
}

impl Actor {
    /// The caller of a request.
    pub fn of(caller: &Caller) -> Self {
        let (kind, id, name) = match &caller.identity {
            Identity::Session(found) => ("user", Some(found.person.id), found.person.email.clone()),
            Identity::Key { person, key, .. } => ("key", Some(*key), person.email.clone()),
            Identity::Machine => ("machine", None, "machine key".to_owned()),
        };
        let (address, request) = (caller.arrival.address.to_string(), caller.arrival.id.to_string());
        Self { kind, id, name, address, request }
    }

    /// Somebody who has just shown who they are, or failed to.
    pub fn person(id: Option<i64>, name: impl Into<String>, arrival: &crate::access::Arrival) -> Self {
        let (address, request) = (arrival.address.to_string(), arrival.id.to_string());
        Self { kind: "user", id, name: name.into(), address, request }
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The server itself: a schedule, a worker, the command line on its machine.
    pub fn system(name: &str) -> Self {
        Self { kind: "system", id: None, name: name.to_owned(), address: String::new(), request: String::new() }
    }
}

/// What was done to what.
#[derive(Debug, Clone)]
pub struct Deed {
    /// `project.create`, `deployment.request` …
    pub action: &'static str,
    /// `project`, `deployment`, `user` …
    pub subject: &'static str,
    /// Which one.
    pub id: String,
    /// The project it belongs to.
    pub project: Option<i64>,
    /// What changed; never a secret.
    pub details: Value,
}

impl Deed {
    /// A deed without details.
    pub fn new(action: &'static str, subject: &'static str, id: impl std::fmt::Display) -> Self {
        Self { action, subject, id: id.to_string(), project: None, details: json!({}) }
    }

    /// The project it belongs to.
    pub fn project(self, project: i64) -> Self {
        Self { project: Some(project), ..self }
    }

    /// What changed.
    pub fn details(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

/// Appends an entry in the transaction of what it tells of.
pub async fn append(transaction: &DatabaseTransaction, at: i64, actor: &Actor, deed: Deed) -> Result<()> {
    if transaction.get_database_backend() == DbBackend::Postgres {
        // One entry after the other, over all nodes. SQLite has one writer anyway.
        transaction.execute_unprepared("SELECT pg_advisory_xact_lock(7212640411)").await.map_err(unusable)?;
    }
    let last = audit_entry::Entity::find().order_by_desc(audit_entry::Column::Id).one(transaction).await;
    let previous = last.map_err(unusable)?.map_or_else(|| BEGINNING.to_owned(), |entry| entry.hash);
    let mut entry = audit_entry::Model {
        id: 0,
        at,
        actor_kind: actor.kind.to_owned(),
        actor_id: actor.id,
        actor_name: actor.name.clone(),
        address: actor.address.clone(),
        action: deed.action.to_owned(),
        subject_kind: deed.subject.to_owned(),
        subject_id: deed.id,
        project_id: deed.project,
        details: deed.details.to_string(),
        request_id: actor.request.clone(),
        previous,
        hash: String::new(),
    };
    entry.hash = hash(&entry);
    let mut row: audit_entry::ActiveModel = entry.into();
    row.id = ActiveValue::NotSet;
    audit_entry::Entity::insert(row.reset_all()).exec_without_returning(transaction).await.map_err(unusable)?;
    Ok(())
}

/// SHA-256 over the previous hash and the entry's canonical JSON: a list, so that no order of keys is in question.
pub fn hash(entry: &audit_entry::Model) -> String {
    let canonical = json!([
        entry.at,
        entry.actor_kind,
        entry.actor_id,
        entry.actor_name,
        entry.address,
        entry.action,
        entry.subject_kind,
        entry.subject_id,
        entry.project_id,
        entry.details,
        entry.request_id,
    ]);
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(entry.previous.as_bytes());
    context.update(canonical.to_string().as_bytes());
    hex::encode(context.finish())
}
