//! Yank: the version stays downloadable, and new projects no longer choose it. Confirmed by the index.

use std::time::Duration;

use async_trait::async_trait;
use pak_http::{Request, StatusCode};
use pak_model::plan::UndoAction;
use pak_model::{Effect, Presence, Problem, Recovery, Result, Standing, Upload, code};
use serde_json::Value;

use super::{CargoDriver, api, checked_name};
use crate::call::Call;
use crate::platform::{Lookup, Undo, Undone};

#[async_trait]
impl Undo for CargoDriver {
    async fn undo(&self, call: &Call, upload: &Upload, _replaced: Option<&str>) -> Result<Undone> {
        let at = &upload.coordinates;
        match self.find(call, upload).await? {
            Presence::Present { standing: Standing::Withdrawn, .. } => return Ok(self.yanked()),
            Presence::Present { digests, .. } if digests.agrees(&upload.digests) != Some(false) => {}
            Presence::Present { digests, .. } => {
                return Err(Problem::new(
                    code::deploy::UNDO_REFUSED,
                    format!(
                        "{at} in the registry is not what this run published ({}); it was left alone.",
                        digests.label()
                    ),
                ));
            }
            _ => return Ok(Undone { action: UndoAction::Nothing, note: "it is not in the registry".to_owned() }),
        }
        let registry = self.registry(call).await?;
        let url = registry.api(&format!("crates/{}/{}/yank", checked_name(&at.name)?, at.version))?;
        let what = format!("Yank of {at}");
        let response = call.send(Request::delete(url).accept("application/json").auth(api::auth(call))).await?;
        if response.status() != StatusCode::OK {
            return Err(api::refusal(&what, response).await);
        }
        let answer: Value = serde_json::from_str(&response.text().await).unwrap_or_default();
        if let Some(said) = api::errors(&answer) {
            return Err(api::refused(&what, said, false));
        }
        self.confirmed(call, upload).await
    }
}

impl CargoDriver {
    /// The index is written by a background job: wait for it as long as for a new version.
    async fn confirmed(&self, call: &Call, upload: &Upload) -> Result<Undone> {
        for attempt in 0..=self.definition.visible_within {
            if attempt > 0 {
                call.wait("the index does not show the yank yet", Duration::from_secs(1)).await?;
            }
            if matches!(self.find(call, upload).await?, Presence::Present { standing: Standing::Withdrawn, .. }) {
                return Ok(self.yanked());
            }
        }
        let message = format!("The yank of {} was accepted, and the index does not show it yet.", upload.coordinates);
        Err(Problem::new(code::deploy::NOT_CONFIRMED, message)
            .effect(Effect::MaybeSent)
            .recovery(Recovery::LookUpFirst)
            .next("Look at the version in the registry in a few minutes; undoing again is harmless."))
    }

    fn yanked(&self) -> Undone {
        Undone { action: UndoAction::Yank, note: self.definition.undo.note.clone() }
    }
}
