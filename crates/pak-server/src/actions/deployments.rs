//! Deployments: asked for, listed, stopped, taken up again, taken back, approved. What is asked for is a row; a worker does it.

mod decide;
mod list;
mod request;

pub use decide::{Decision, approve, approve_findings, cancel, resume, retry, rollback};
pub use list::{Filter, Listed, list, of_project};
pub(crate) use request::pinned_source;
pub use request::{Request, request};

use pak_model::Result;
use sea_orm::{ActiveValue, DatabaseTransaction, EntityTrait as _};

use crate::store::entity::{deployment, deployment_event};
use crate::store::unusable;

/// The states a deployment can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for a worker, or for approvals.
    Pending,
    /// A worker has it.
    Running,
    /// Every upload was confirmed by reading it back.
    Success,
    /// Nothing was published.
    Failed,
    /// Stopped by a person before anything was published.
    Cancelled,
    /// Some is published, some is not; it can be resumed.
    PartiallyPublished,
    /// Taken back as far as the registries allow.
    RolledBack,
    /// Everything that could be done is done; a registry holds some of it back, or a pull request is open.
    Waiting,
}

impl Status {
    /// All of them, with their words in the database and the API.
    pub const ALL: &[(Self, &str)] = &[
        (Self::Pending, "pending"),
        (Self::Running, "running"),
        (Self::Success, "success"),
        (Self::Failed, "failed"),
        (Self::Cancelled, "cancelled"),
        (Self::PartiallyPublished, "partially_published"),
        (Self::RolledBack, "rolled_back"),
        (Self::Waiting, "waiting"),
    ];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("", |(_, word)| word)
    }

    /// The state of a row. What this version does not know is shown as failed rather than as done.
    pub fn of(word: &str) -> Self {
        Self::ALL.iter().find(|(_, known)| *known == word).map_or(Self::Failed, |(status, _)| *status)
    }

    /// Whether it has ended, for now.
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Pending | Self::Running)
    }
}

/// The id as clients see it.
pub fn shown_id(id: i64) -> String {
    format!("deploy_{id}")
}

/// Adds a status event to a deployment's stream.
pub async fn tell(transaction: &DatabaseTransaction, deployment: i64, at: i64, status: &str, note: &str) -> Result<()> {
    let row = deployment_event::ActiveModel {
        id: ActiveValue::NotSet,
        deployment_id: ActiveValue::Set(deployment),
        run_seq: ActiveValue::Set(None),
        at: ActiveValue::Set(at),
        kind: ActiveValue::Set("status".to_owned()),
        body: ActiveValue::Set(serde_json::json!({ "status": status, "note": note }).to_string()),
    };
    deployment_event::Entity::insert(row).exec_without_returning(transaction).await.map(drop).map_err(unusable)
}

/// Adds a deployment that waits for its turn, and says so in its stream.
pub(crate) async fn add(
    transaction: &DatabaseTransaction,
    now: i64,
    asked: deployment::ActiveModel,
    note: &str,
) -> Result<deployment::Model> {
    let row = deployment::ActiveModel {
        status: ActiveValue::Set(Status::Pending.word().to_owned()),
        created_at: ActiveValue::Set(now),
        ..asked
    };
    let made = deployment::Entity::insert(row).exec_with_returning(transaction).await.map_err(unusable)?;
    tell(transaction, made.id, now, &made.status, note).await?;
    Ok(made)
}

/// A deployment by its id.
pub async fn find(store: &crate::store::Store, id: i64) -> Result<Option<deployment::Model>> {
    deployment::Entity::find_by_id(id).one(store.read()).await.map_err(unusable)
}
