//! Events of one hour or one day, added up.

use sea_orm::entity::prelude::*;

/// A row of `telemetry_rollups`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "telemetry_rollups")]
pub struct Model {
    /// How long it is, in milliseconds: an hour or a day.
    #[sea_orm(primary_key, auto_increment = false)]
    pub span: i64,
    /// Its beginning.
    #[sea_orm(primary_key, auto_increment = false)]
    pub start: i64,
    /// The project, or minus the reporting person where there is no project; 0: neither.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: i64,
    /// Their name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub event: String,
    /// Their platform.
    #[sea_orm(primary_key, auto_increment = false)]
    pub platform: String,
    /// Their package.
    #[sea_orm(primary_key, auto_increment = false)]
    pub package: String,
    /// Their source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub source: String,
    /// How many.
    pub count: i64,
    /// The sum of `deployment_time`.
    pub seconds: f64,
    /// How many had one.
    pub timed: i64,
    /// The sum of `file_size`.
    pub bytes: f64,
    /// How many had one.
    pub sized: i64,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
