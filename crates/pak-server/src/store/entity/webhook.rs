//! Where events are sent.

use sea_orm::entity::prelude::*;

/// A row of `webhooks`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "webhooks")]
pub struct Model {
    /// The webhook.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which project; none: of the whole instance.
    pub project_id: Option<i64>,
    /// The receiver.
    pub url: String,
    /// Which events, as a JSON list; empty: all.
    pub events: String,
    /// The signing secret, sealed.
    pub sealed_secret: String,
    /// The secret before, while receivers change over.
    pub sealed_previous: Option<String>,
    /// Until when it is used too.
    pub previous_until: Option<i64>,
    /// Whether it is on.
    pub enabled: bool,
    /// What its owner says about it.
    pub description: String,
    /// Who made it.
    pub created_by: Option<i64>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
