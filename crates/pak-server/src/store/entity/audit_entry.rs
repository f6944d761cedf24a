//! Who did what: a chain, each entry bound to the one before.

use sea_orm::entity::prelude::*;

/// A row of `audit_log`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Counts up.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at: i64,
    /// `user`, `key`, `machine` or `system`.
    pub actor_kind: String,
    /// Which one.
    pub actor_id: Option<i64>,
    /// Their name at the time.
    pub actor_name: String,
    /// Where the request came from.
    pub address: String,
    /// `project.create`, `deployment.request` …
    pub action: String,
    /// What it was done to.
    pub subject_kind: String,
    /// Which one.
    pub subject_id: String,
    /// The project it belongs to.
    pub project_id: Option<i64>,
    /// What changed, as JSON; never a secret.
    pub details: String,
    /// The request's id in the log.
    pub request_id: String,
    /// The hash of the entry before.
    pub previous: String,
    /// SHA-256 of the previous hash and this entry's canonical JSON.
    pub hash: String,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
