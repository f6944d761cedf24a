//! A mail on its way.

use sea_orm::entity::prelude::*;

/// A row of `mails`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mails")]
pub struct Model {
    /// The mail.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// To whom.
    pub recipient: String,
    /// What about.
    pub subject: String,
    /// Plain text; sealed links are blanked once it was sent.
    pub body: String,
    /// When it was written.
    pub created_at: i64,
    /// When the mail server took it.
    pub sent_at: Option<i64>,
    /// Tries so far.
    pub attempts: i64,
    /// Not tried before.
    pub next_at: i64,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
