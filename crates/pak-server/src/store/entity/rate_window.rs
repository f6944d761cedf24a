//! How much of a caller's allowance is spent, shared by all nodes.

use sea_orm::entity::prelude::*;

/// A row of `rate_windows`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "rate_windows")]
pub struct Model {
    /// Whose: `key:…`, `user:…`, `address:…`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// The window's beginning.
    #[sea_orm(primary_key, auto_increment = false)]
    pub window_start: i64,
    /// What nodes took of it.
    pub used: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
