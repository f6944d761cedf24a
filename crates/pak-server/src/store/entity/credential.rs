//! A registry credential, sealed.

use sea_orm::entity::prelude::*;

/// A row of `credentials`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "credentials")]
pub struct Model {
    /// The credential.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// The only environment it is for; empty: all.
    pub environment: String,
    /// The platform or target it is for.
    pub target: String,
    /// `token` or `basic`.
    pub kind: String,
    /// The account, where it has one.
    pub username: Option<String>,
    /// The secret, sealed by the vault.
    pub sealed: String,
    /// Counts its changes; part of what the seal is bound to.
    pub version: i64,
    /// When it was last set.
    pub updated_at: i64,
    /// By whom.
    pub updated_by: Option<i64>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
