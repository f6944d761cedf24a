//! A person's word on a deployment.

use sea_orm::entity::prelude::*;

/// A row of `approvals`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "approvals")]
pub struct Model {
    /// Of which deployment.
    #[sea_orm(primary_key, auto_increment = false)]
    pub deployment_id: i64,
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: i64,
    /// `approved` or `rejected`.
    pub decision: String,
    /// Why.
    pub note: String,
    /// When.
    pub at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
