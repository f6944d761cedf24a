//! What a deployment tells the world, in the transaction of the facts it follows from: telemetry of its own, and events for webhooks.

use pak_model::Result;
use pak_model::event::{Body, Event, Fact, StepOutcome};
use sea_orm::{DatabaseTransaction, EntityTrait as _};

use super::steps::Steps;
use crate::store::entity::{deployment, project};
use crate::store::unusable;
use crate::webhooks::queue::{self, Notice, What};

/// Something to be told.
#[derive(Debug, Clone)]
pub(super) enum News {
    /// A worker began.
    Started,
    /// A package is on a platform, confirmed.
    Package { package: String, version: String, platform: String, seconds: Option<f64>, bytes: u64 },
    /// It ended, as its row says.
    Ended,
}

/// What follows from facts.
pub(super) fn of(events: &[Event], steps: &Steps) -> Vec<News> {
    let news = events.iter().filter_map(|event| match &event.body {
        Body::Fact(Fact::RunPlanned { .. }) => Some(News::Started),
        Body::Fact(Fact::StepFinished { step, outcome: StepOutcome::Published, .. }) => {
            let (package, version, platform, bytes) = steps.names(step)?;
            Some(News::Package {
                package: package.to_owned(),
                version: version.to_owned(),
                platform: platform.to_owned(),
                seconds: steps.seconds(step),
                bytes,
            })
        }
        _ => None,
    });
    news.collect()
}

/// Tells it. Nothing goes out if the transaction fails.
pub(super) async fn tell(transaction: &DatabaseTransaction, now: i64, id: i64, news: &[News]) -> Result<()> {
    if news.is_empty() {
        return Ok(());
    }
    let found = deployment::Entity::find_by_id(id).one(transaction).await.map_err(unusable)?;
    let Some(row) = found else { return Ok(()) };
    let found = project::Entity::find_by_id(row.project_id).one(transaction).await.map_err(unusable)?;
    let name = found.map(|project| project.name).unwrap_or_default();
    let notices: Vec<Notice<'_>> =
        news.iter().map(|news| Notice { deployment: &row, project: &name, what: news.what() }).collect();
    queue::announce(transaction, now, &notices).await.map(drop)
}

impl News {
    fn what(&self) -> What<'_> {
        match self {
            Self::Started => What::Started,
            Self::Package { package, version, platform, seconds, bytes } => {
                What::Package { package, version, platform, seconds: *seconds, bytes: Some(*bytes) }
            }
            Self::Ended => What::Ended,
        }
    }
}
