//! Hears a run: what is only shown goes to whoever watches; lines and the words of the pipeline are kept too.

use std::sync::Arc;

use pak_deploy::Sink;
use pak_model::event::{Body, Event, Tick};
use sea_orm::{ActiveValue, EntityTrait as _};
use tokio::sync::mpsc;

use crate::events::News;
use crate::state::App;
use crate::store::entity::deployment_event;
use crate::store::unusable;

/// The listener of one deployment.
pub(super) struct Watch {
    app: App,
    deployment: i64,
    lines: mpsc::UnboundedSender<String>,
}

impl Watch {
    /// A listener, and what writes its lines down while it is polled.
    pub(super) fn new(app: &App, deployment: i64) -> (Self, impl Future<Output = ()> + use<>) {
        let (lines, kept) = mpsc::unbounded_channel();
        (Self { app: app.clone(), deployment, lines }, keep(app.clone(), deployment, kept))
    }
}

impl Sink for Watch {
    fn event(&self, event: &Event) {
        // Facts are rows by now; the mirror told of them.
        let Body::Tick(tick) = &event.body else { return };
        if let Tick::Line { .. } | Tick::Stage { .. } = tick {
            let _ = self.lines.send(serde_json::to_string(tick).unwrap_or_default());
        } else {
            self.app.hub.tell(self.deployment, News::Tick(Arc::new(event.clone())));
        }
    }
}

async fn keep(app: App, deployment: i64, mut lines: mpsc::UnboundedReceiver<String>) {
    let mut waiting = Vec::new();
    while lines.recv_many(&mut waiting, 100).await > 0 {
        let at = app.now();
        let rows: Vec<_> = waiting
            .drain(..)
            .map(|body| deployment_event::ActiveModel {
                id: ActiveValue::NotSet,
                deployment_id: ActiveValue::Set(deployment),
                run_seq: ActiveValue::Set(None),
                at: ActiveValue::Set(at),
                kind: ActiveValue::Set("line".to_owned()),
                body: ActiveValue::Set(body),
            })
            .collect();
        let written = app.store.write(move |transaction| {
            Box::pin(async move {
                deployment_event::Entity::insert_many(rows)
                    .exec_without_returning(transaction)
                    .await
                    .map_err(unusable)?;
                Ok(())
            })
        });
        if let Err(problem) = written.await {
            tracing::warn!(deployment, "lines were not kept: {}", problem.message());
        }
        app.hub.tell(deployment, News::Rows);
    }
}
