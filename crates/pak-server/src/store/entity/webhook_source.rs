//! A system that sends us events, and its secret.

use sea_orm::entity::prelude::*;

/// A row of `webhook_sources`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_sources")]
pub struct Model {
    /// The source.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it calls itself in `source`.
    pub name: String,
    /// Its secret, sealed.
    pub sealed_secret: String,
    /// Who made it.
    pub created_by: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// Its last event.
    pub last_seen_at: Option<i64>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
