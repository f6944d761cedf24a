//! How often signing in failed, for an account or a source address, and how long it has to wait.

use sea_orm::entity::prelude::*;

/// A row of `login_limits`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "login_limits")]
pub struct Model {
    /// `account:<hash>` or `address:<ip>`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject: String,
    /// Failures in a row.
    pub failures: i64,
    /// The last failure.
    pub last_at: i64,
    /// No password is looked at before.
    pub wait_until: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
