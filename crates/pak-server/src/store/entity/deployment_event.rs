//! Something that happened in a deployment.

use sea_orm::entity::prelude::*;

/// A row of `deployment_events`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deployment_events")]
pub struct Model {
    /// Counts up; the id of the event stream.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which deployment.
    pub deployment_id: i64,
    /// The fact's number in the run's journal.
    pub run_seq: Option<i64>,
    /// When.
    pub at: i64,
    /// `fact`, `line` or `status`.
    pub kind: String,
    /// The event as JSON.
    pub body: String,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
