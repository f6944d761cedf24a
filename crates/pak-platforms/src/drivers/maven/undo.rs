//! Takes a version back: out of the list first, then its files, where the repository deletes.

use async_trait::async_trait;
use pak_model::plan::UndoAction;
use pak_model::{Presence, Problem, Result, Upload, code};

use super::MavenDriver;
use super::index::{Index, leads_to};
use super::layout::Place;
use super::uploads::{self, What};
use crate::call::Call;
use crate::platform::{Undo, Undone};
use crate::quirks;

#[async_trait]
impl Undo for MavenDriver {
    async fn undo(&self, call: &Call, upload: &Upload, _replaced: Option<&str>) -> Result<Undone> {
        let (place, what) = uploads::read(upload)?;
        if place.is_snapshot() && self.other_builds_need(call, &place).await? && matches!(what, What::Versions) {
            let note = "Other builds of the snapshot are found by it.".to_owned();
            return Ok(Undone { action: UndoAction::Nothing, note });
        }
        match self.index(call, &place, &what, upload) {
            Some(index) => self.take_from_list(call, upload, &place, &what, &index).await,
            None => match &what {
                What::File(path) => self.files(call).take_back(path, upload.size, &upload.digests).await,
                What::Versions | What::Builds => Ok(deleted("Nothing lists it.")),
            },
        }
    }
}

impl MavenDriver {
    async fn take_from_list(
        &self,
        call: &Call,
        upload: &Upload,
        place: &Place,
        what: &What,
        index: &Index<'_>,
    ) -> Result<Undone> {
        let version = place.folder_version();
        let Some(mut metadata) = index.read().await? else {
            return Ok(deleted("There is no list of versions any more."));
        };
        if !leads_to(&metadata, place, what) {
            return Ok(deleted("It is not listed any more."));
        }
        if call.quirks().metadata == quirks::Metadata::Server {
            return Ok(deleted("The repository rewrites its list when the files are gone."));
        }
        let pom = self.files(call).find(&place.pom(), upload.size).await?;
        if let Presence::Present { digests, .. } = pom {
            let same = match digests.agrees(&upload.digests) {
                Some(same) => same,
                None => self.files(call).read_back(&place.pom()).await?.agrees(&upload.digests) == Some(true),
            };
            if !same {
                let message = format!("{} {version} has another POM by now; it was left alone.", place.name());
                return Err(Problem::new(code::deploy::UNDO_REFUSED, message)
                    .next("Somebody replaced the version since. Remove it by hand if that is what you want."));
            }
        }
        let now = call.now().strftime("%Y%m%d%H%M%S").to_string();
        if metadata.remove(&version, &now) {
            index.write(&metadata).await?;
        } else {
            index.delete().await?;
        }
        match index.read().await? {
            Some(list) if leads_to(&list, place, what) => Err(Problem::new(
                code::deploy::UNDO_REFUSED,
                format!("The repository took the list without {} {version} and lists it still.", place.name()),
            )
            .next("Look again in a few minutes; if it stays, the repository writes its list itself.")),
            _ => Ok(deleted("It is not listed any more; clients ask again after a day at most.")),
        }
    }

    /// Whether the snapshot has a newer build than this one. The newest one stays where there were others: which it was before
    /// is recorded nowhere, and without this one the snapshot would lead nowhere.
    async fn other_builds_need(&self, call: &Call, place: &Place) -> Result<bool> {
        let Some(builds) = self.builds_of(call, place).await? else { return Ok(false) };
        if !builds.is_newest(&place.version) {
            return Ok(true);
        }
        if builds.build.is_none_or(|build| build.number == 1) {
            return Ok(false);
        }
        let message = format!("{} is the newest build of {} {}.", place.version, place.name(), place.folder_version());
        Err(Problem::new(code::deploy::UNDO_REFUSED, message)
            .next("Deploy a corrected build: it takes this one's place, which can then be deleted."))
    }
}

fn deleted(note: &str) -> Undone {
    Undone { action: UndoAction::Delete, note: note.to_owned() }
}
