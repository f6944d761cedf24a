//! The lists of a repository: read, changed and sent with their checksum files, and compared with what they lead to.

use futures_util::future::join_all;
use pak_model::{Digests, Presence, Problem, Receipt, Recovery, Result, Upload, code};

use super::MavenDriver;
use super::layout::Place;
use super::metadata::{self, Metadata};
use super::uploads::{What, checksums};
use crate::call::Call;
use crate::protocol::files::{Checksum, Content, FileStore};
use crate::quirks;

/// A list of one component or snapshot, in a repository.
pub(super) struct Index<'a> {
    files: FileStore<'a>,
    /// Where it lies.
    pub(super) path: String,
    kinds: Vec<Checksum>,
}

impl MavenDriver {
    /// The list an upload is about; none for a file.
    pub(super) fn index<'a>(
        &'a self,
        call: &'a Call,
        place: &Place,
        what: &What,
        upload: &Upload,
    ) -> Option<Index<'a>> {
        let path = match what {
            What::File(_) => return None,
            What::Versions => place.metadata(),
            What::Builds => place.snapshot_metadata(),
        };
        let server = call.quirks().metadata == quirks::Metadata::Server;
        let kinds = if server { Vec::new() } else { checksums(upload) };
        Some(Index { files: self.files(call), path, kinds })
    }

    /// The list of a component's versions, as it is now.
    pub(super) async fn versions_of(&self, call: &Call, place: &Place) -> Result<Option<Metadata>> {
        Index { files: self.files(call), path: place.metadata(), kinds: Vec::new() }.read().await
    }

    /// The list of a snapshot's builds, as it is now.
    pub(super) async fn builds_of(&self, call: &Call, place: &Place) -> Result<Option<Metadata>> {
        Index { files: self.files(call), path: place.snapshot_metadata(), kinds: Vec::new() }.read().await
    }
}

impl Index<'_> {
    /// What it says; `None` where there is none yet.
    pub(super) async fn read(&self) -> Result<Option<Metadata>> {
        Ok(self.read_bytes().await?.map(|(metadata, _)| metadata))
    }

    async fn read_bytes(&self) -> Result<Option<(Metadata, Digests)>> {
        let Some(bytes) = self.files.text(&self.path, metadata::LARGEST).await? else { return Ok(None) };
        match Metadata::parse(&bytes) {
            Ok(read) => Ok(Some((read, Digests::of(&bytes)))),
            Err(why) => Err(Problem::new(code::maven::METADATA_INVALID, format!("{} cannot be read.", self.path))
                .about("file", &self.path)
                .said(why)),
        }
    }

    /// Whether it leads to a version, and to which POM: present where it does and its checksum files agree with it.
    pub(super) async fn find(&self, place: &Place, what: &What, pom_size: u64) -> Result<Presence> {
        let Some((metadata, digests)) = self.read_bytes().await? else { return Ok(Presence::Absent) };
        if !leads_to(&metadata, place, what) {
            return Ok(Presence::Absent);
        }
        let pom = self.files.find(&place.pom(), pom_size).await?;
        let sums = join_all(self.kinds.iter().map(|kind| self.checksum_agrees(*kind, &digests))).await;
        let agree = sums.into_iter().collect::<Result<Vec<bool>>>()?.into_iter().all(|agrees| agrees);
        // A process that ended between the list and its checksums leaves them behind: the list is sent again then.
        Ok(if agree { pom } else { Presence::Absent })
    }

    async fn checksum_agrees(&self, kind: Checksum, of: &Digests) -> Result<bool> {
        let text = self.files.text(&self.side(kind), 4096).await?;
        let told = text.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        // Some tools write the file's name behind it.
        let told = told.split_whitespace().next().unwrap_or_default();
        Ok(kind.text(of).is_some_and(|expected| told.eq_ignore_ascii_case(expected)))
    }

    /// Sends a changed list and its checksum files.
    pub(super) async fn write(&self, metadata: &Metadata) -> Result<Receipt> {
        let content = Content::text(metadata.write(), "application/xml");
        let receipt = self.files.put(&self.path, &content).await.map_err(|problem| self.unsettled(problem))?;
        let sums = self.kinds.iter().filter_map(|kind| Some((*kind, kind.text(&content.digests)?.to_owned())));
        let sums = sums.map(|(kind, text)| async move {
            self.files.put(&self.side(kind), &Content::text(text, "text/plain")).await
        });
        // All of them are heard out: one that fails must not leave another half sent.
        for sent in join_all(sums).await {
            sent.map_err(|problem| self.unsettled(problem))?;
        }
        Ok(receipt)
    }

    /// A list is meant to be replaced: a server that refuses that does not have another version there, it keeps lists itself.
    fn unsettled(&self, problem: Problem) -> Problem {
        if problem.code() != code::deploy::CONFLICT {
            return problem;
        }
        let mut refused = Problem::new(
            code::http::REFUSED,
            format!("The repository does not let {} be replaced.", self.path),
        )
        .recovery(Recovery::Stop)
        .next("If the repository writes this file itself, say so: `quirks.metadata = \"server\"` of the platform.");
        for said in problem.causes() {
            refused = refused.said(said);
        }
        refused
    }

    /// Deletes the list and its checksum files; nothing is left to be listed.
    pub(super) async fn delete(&self) -> Result<()> {
        for kind in &self.kinds {
            self.files.delete(&self.side(*kind)).await?;
        }
        self.files.delete(&self.path).await?;
        Ok(())
    }

    fn side(&self, kind: Checksum) -> String {
        format!("{}.{}", self.path, kind.id())
    }
}

/// Whether users of a list find a version there.
pub(super) fn leads_to(metadata: &Metadata, place: &Place, what: &What) -> bool {
    match what {
        What::Builds => metadata.is_newest(&place.version),
        What::Versions | What::File(_) => metadata.lists(&place.folder_version()),
    }
}
