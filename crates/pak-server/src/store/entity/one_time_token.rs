//! A link that works once: password reset, address confirmation, invitation, first set-up, device sign-in.

use sea_orm::entity::prelude::*;

/// A row of `one_time_tokens`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "one_time_tokens")]
pub struct Model {
    /// The token.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// `reset`, `verify`, `invite`, `setup` or `device`.
    pub purpose: String,
    /// SHA-256 of the value in the link.
    pub token_hash: String,
    /// Whose, where there is an account already.
    pub user_id: Option<i64>,
    /// The address it was sent to.
    pub email: Option<String>,
    /// What else belongs to it, as JSON.
    pub payload: Option<String>,
    /// When it was made.
    pub created_at: i64,
    /// When it stops working.
    pub expires_at: i64,
    /// When it was used.
    pub used_at: Option<i64>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
