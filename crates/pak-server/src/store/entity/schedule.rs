//! A release at set times.

use sea_orm::entity::prelude::*;

/// A row of `schedules`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedules")]
pub struct Model {
    /// The schedule.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// Where it releases to.
    pub environment: String,
    /// When: five fields.
    pub cron: String,
    /// The time zone of the fields.
    pub timezone: String,
    /// Whether it is on.
    pub enabled: bool,
    /// The next time.
    pub next_at: Option<i64>,
    /// The last time.
    pub last_at: Option<i64>,
    /// What came of it.
    pub last_deployment_id: Option<i64>,
    /// Who made it; releases are requested in their name.
    pub created_by: Option<i64>,
    /// When it was made.
    pub created_at: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
