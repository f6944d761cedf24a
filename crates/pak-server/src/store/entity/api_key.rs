//! A key for programs.

use sea_orm::entity::prelude::*;

/// A row of `api_keys`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    /// The key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who made it; it never may more than they may.
    pub user_id: i64,
    /// The only project it works for, where it is bound to one.
    pub project_id: Option<i64>,
    /// What its owner calls it.
    pub name: String,
    /// The part of the key that is no secret.
    pub public_id: String,
    /// SHA-256 of the secret part.
    pub secret_hash: String,
    /// What it may do: words separated by spaces.
    pub scopes: String,
    /// When it was made.
    pub created_at: i64,
    /// When it stops working.
    pub expires_at: i64,
    /// Its last use, to the minute.
    pub last_used_at: Option<i64>,
    /// When it was withdrawn.
    pub revoked_at: Option<i64>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
