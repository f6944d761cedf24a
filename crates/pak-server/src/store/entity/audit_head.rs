//! A signed head of the audit log: what came before it cannot be cut off unnoticed.

use sea_orm::entity::prelude::*;

/// A row of `audit_heads`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_heads")]
pub struct Model {
    /// The UTC day, `2026-01-31`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// The last entry.
    pub entry_id: i64,
    /// Its hash.
    pub hash: String,
    /// Ed25519 over day, entry and hash.
    pub signature: String,
    /// When it was signed.
    pub at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
