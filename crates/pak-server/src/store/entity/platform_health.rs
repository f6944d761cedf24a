//! What a look at a platform's registry said last.

use sea_orm::entity::prelude::*;

/// A row of `platform_health`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "platform_health")]
pub struct Model {
    /// The platform.
    #[sea_orm(primary_key, auto_increment = false)]
    pub platform: String,
    /// When.
    pub checked_at: i64,
    /// Whether it answered.
    pub reachable: bool,
    /// How long it took.
    pub milliseconds: i64,
    /// What it said, or why not.
    pub message: String,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
