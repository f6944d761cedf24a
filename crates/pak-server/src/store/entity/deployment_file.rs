//! A file of a run, kept in the file store so that any worker can go on.

use sea_orm::entity::prelude::*;

/// A row of `deployment_files`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deployment_files")]
pub struct Model {
    /// The file.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which deployment.
    pub deployment_id: i64,
    /// Its path in the run's folder.
    pub path: String,
    /// Bytes.
    pub size: i64,
    /// In hex.
    pub sha256: String,
    /// Its key in the file store.
    pub location: String,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
