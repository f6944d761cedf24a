//! A signed message that was taken, so that it is not taken twice.

use sea_orm::entity::prelude::*;

/// A row of `seen_messages`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "seen_messages")]
pub struct Model {
    /// SHA-256 of its signature and body.
    #[sea_orm(primary_key, auto_increment = false)]
    pub digest: String,
    /// When.
    pub at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
