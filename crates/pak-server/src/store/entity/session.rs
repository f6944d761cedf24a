//! A signed-in browser or client.

use sea_orm::entity::prelude::*;

/// A row of `sessions`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    /// The session, as its owner sees it in the list.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// SHA-256 of the cookie's value in hex; the value itself is nowhere.
    pub token_hash: String,
    /// Whose.
    pub user_id: i64,
    /// When it began; it ends for good some hours after.
    pub created_at: i64,
    /// Its last use, to the minute: it ends when it was idle for long.
    pub seen_at: i64,
    /// When it ends at the latest.
    pub expires_at: i64,
    /// The network address it began from.
    pub address: String,
    /// What the client called itself.
    pub agent: String,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
