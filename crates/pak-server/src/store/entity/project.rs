//! A project that is released by this server.

use sea_orm::entity::prelude::*;

/// A row of `projects`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "projects")]
pub struct Model {
    /// The project.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Its name, which is also its address; at most 255 characters.
    pub name: String,
    /// What it is.
    pub description: String,
    /// The folder of its `pak.toml` below the source's root; at most 500 characters.
    pub config_path: Option<String>,
    /// `active` or `archived`.
    pub status: String,
    /// When it was made.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
    /// Who made it.
    pub created_by: Option<i64>,
    /// `none`, `archive`, `git` or `directory`.
    pub source_kind: String,
    /// The file store's key of the archive, the git URL, or the directory below the projects root.
    pub source_location: Option<String>,
    /// The branch or tag of a git source.
    pub source_ref: Option<String>,
    /// Whether its releases may start programs on this server; an administrator says so.
    pub builds_allowed: bool,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
