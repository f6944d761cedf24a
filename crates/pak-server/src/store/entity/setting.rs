//! A setting of the instance that administrators change on its pages.

use sea_orm::entity::prelude::*;

/// A row of `settings`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settings")]
pub struct Model {
    /// Which.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// As JSON.
    pub value: String,
    /// When it was last changed.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: Option<i64>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
