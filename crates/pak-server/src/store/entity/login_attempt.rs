//! One try to sign in.

use sea_orm::entity::prelude::*;

/// A row of `login_attempts`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "login_attempts")]
pub struct Model {
    /// The try.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// SHA-256 of the address that was tried, in hex: the list itself names nobody.
    pub account: String,
    /// Where it came from.
    pub address: String,
    /// When.
    pub at: i64,
    /// Whether it was let in.
    pub succeeded: bool,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
