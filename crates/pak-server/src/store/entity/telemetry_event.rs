//! Something that was reported.

use sea_orm::entity::prelude::*;

/// A row of `telemetry_events`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "telemetry_events")]
pub struct Model {
    /// The event.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When it happened, as its sender says.
    pub at: i64,
    /// When it arrived.
    pub received_at: i64,
    /// Its name.
    pub event: String,
    /// The package it is about.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The platform it is about.
    pub platform: String,
    /// `api`, `pak` (this server's own deployments) or the name of a webhook source.
    pub source: String,
    /// The project it belongs to.
    pub project_id: Option<i64>,
    /// Who reported it.
    pub user_id: Option<i64>,
    /// What else was said, as JSON.
    pub metadata: Option<String>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
