//! One event on its way to one receiver.

use sea_orm::entity::prelude::*;

/// A row of `webhook_deliveries`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// The delivery.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Where to.
    pub webhook_id: i64,
    /// The receiver's key against duplicates; the same for every try.
    pub message_id: String,
    /// What it is about; deliveries of one deployment keep their order.
    pub deployment_id: Option<i64>,
    /// Its name.
    pub event: String,
    /// The exact bytes that are signed and sent.
    pub body: String,
    /// `pending`, `delivered` or `dead`.
    pub status: String,
    /// Tries so far.
    pub attempts: i64,
    /// Not tried before.
    pub next_at: i64,
    /// Until when a worker has it.
    pub lease_until: Option<i64>,
    /// What the receiver answered last.
    pub last_status: Option<i64>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// The beginning of the receiver's answer.
    pub last_answer: Option<String>,
    /// When the event happened.
    pub created_at: i64,
    /// When it arrived.
    pub delivered_at: Option<i64>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
