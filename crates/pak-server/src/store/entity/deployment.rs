//! One release, as asked for and as it went.

use sea_orm::entity::prelude::*;

/// A row of `deployments`.
#[derive(Debug, Clone, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "deployments")]
pub struct Model {
    /// The deployment; shown to clients as `deploy_<id>`.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which project.
    pub project_id: i64,
    /// Where to.
    pub environment: String,
    /// The version that was asked for.
    pub version: Option<String>,
    /// `pending`, `running`, `success`, `failed`, `cancelled`, `partially_published`, `rolled_back` or `waiting`.
    pub status: String,
    /// What a worker does next: `release`, `resume`, `rollback` or `package`.
    pub action: String,
    /// The only targets, as a JSON list.
    pub platforms: Option<String>,
    /// Who asked.
    pub requested_by: Option<i64>,
    /// `web`, `api`, `key`, `machine` or `schedule`.
    pub requested_via: String,
    /// The deployment it repeats.
    pub retry_of: Option<i64>,
    /// When it was asked for.
    pub created_at: i64,
    /// When a worker began.
    pub started_at: Option<i64>,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// How many approvals it waits for.
    pub approvals_needed: i64,
    /// The findings a person approved, by digest.
    pub findings_approved: Option<String>,
    /// What was checked out, as JSON: pinned when it first began.
    pub source: Option<String>,
    /// The engine's run, once there is one.
    pub run_id: Option<String>,
    /// The plan's digest.
    pub plan_digest: Option<String>,
    /// Each step's state, as JSON.
    pub summary: Option<String>,
    /// The stable code of why it failed.
    pub error_code: Option<String>,
    /// The sentence that goes with it.
    pub error_message: Option<String>,
    /// What to do next.
    pub error_next: Option<String>,
    /// When a person asked to stop it.
    pub cancel_requested_at: Option<i64>,
    /// The worker that has it.
    pub lease_owner: Option<String>,
    /// Until when, unless it is renewed.
    pub lease_until: Option<i64>,
    /// Counts the workers that had it: only the latest may write.
    pub fence: i64,
    /// How often a worker began.
    pub attempts: i64,
    /// The client's own name for the request.
    pub idempotency_key: Option<String>,
}

/// None: joins are written where they are needed.
#[derive(Debug, Clone, Copy, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
