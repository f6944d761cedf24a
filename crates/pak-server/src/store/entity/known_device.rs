//! A device that signed in before: it is not kept waiting by the mistakes of others.

use sea_orm::entity::prelude::*;

/// A row of `known_devices`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "known_devices")]
pub struct Model {
    /// The device.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// SHA-256 of the device's cookie.
    pub token_hash: String,
    /// Its last sign-in.
    pub seen_at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
