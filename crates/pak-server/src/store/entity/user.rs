//! A person with an account.

use sea_orm::entity::prelude::*;

/// A row of `users`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The account.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The address, in lower case; at most 255 characters.
    pub email: String,
    /// Argon2id in PHC form; `!` where no password is set.
    pub password_hash: String,
    /// The name shown to others.
    pub name: String,
    /// `user` or `admin` of the instance.
    pub role: String,
    /// Whether the account may sign in.
    pub is_active: bool,
    /// Whether the address was confirmed by a link.
    pub email_verified: bool,
    /// When it was made.
    pub created_at: i64,
    /// When it was last changed.
    pub updated_at: i64,
    /// The last sign-in.
    pub last_login: Option<i64>,
    /// Wrong passwords in a row.
    pub failed_attempts: i64,
    /// Until when unknown devices have to wait.
    pub locked_until: Option<i64>,
    /// `system`, `light` or `dark`.
    pub theme: String,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
