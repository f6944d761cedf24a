//! What a project's environment asks for on this server.

use sea_orm::entity::prelude::*;

/// A row of `environments`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "environments")]
pub struct Model {
    /// The environment.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// As in `pak.toml`.
    pub name: String,
    /// How many people other than the requester must approve a release.
    pub approvals_needed: i64,
    /// The user ids that may approve, as a JSON list; empty: everyone whose role allows it.
    pub approvers: String,
    /// When it was made.
    pub created_at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
