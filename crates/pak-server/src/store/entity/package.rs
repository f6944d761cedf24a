//! An artifact that can be downloaded.

use sea_orm::entity::prelude::*;

/// A row of `packages`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "packages")]
pub struct Model {
    /// The package.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// What it was built for.
    pub deployment_id: Option<i64>,
    /// The package's name in its ecosystem.
    pub name: String,
    /// Its version.
    pub version: String,
    /// npm, python, cargo …
    pub ecosystem: String,
    /// The file's name.
    pub file: String,
    /// Bytes.
    pub size: i64,
    /// In hex.
    pub sha256: String,
    /// Its key in the file store.
    pub location: String,
    /// When it was built.
    pub created_at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
