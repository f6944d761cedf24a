//! Cuts a release into its one file, and gets it into the repository.

use async_trait::async_trait;
use pak_model::upload::OnConflict;
use pak_model::{Digests, Finding, Problem, Receipt, Release, Result, Role, Upload, code};

use super::author::author;
use super::format::Subject;
use super::place::Place;
use super::{Seen, Tap, check, proposal, push};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::Publish;
use crate::protocol::git::Author;

/// A file on its way into a repository.
pub(super) struct Sending<'a> {
    /// Where it goes.
    pub(super) place: &'a Place,
    /// Its upload.
    pub(super) upload: &'a Upload,
    /// Its text.
    pub(super) text: &'a str,
    /// Whom the commit is from.
    pub(super) author: &'a Author,
    /// What was there when it was last looked for.
    pub(super) seen: Option<Seen>,
    /// The commit's subject, for a file that is new and for one that is there.
    pub(super) message: &'a (dyn Fn(bool) -> String + Send + Sync),
}

#[async_trait]
impl Publish for Tap {
    async fn preflight(&self, call: &Call, release: &Release) -> Result<Vec<Finding>> {
        check::check(self, call, release).await
    }

    fn uploads(&self, endpoint: &Endpoint, release: &Release) -> Result<Vec<Upload>> {
        let place = Place::of_release(endpoint, release, self.format)?;
        let text = self.text(release, &place)?;
        let digests = Digests { git: Some(Digests::git_blob(text.as_bytes())), ..Digests::of(text.as_bytes()) };
        Ok(vec![Upload {
            key: place.path.clone(),
            coordinates: place.coordinates(),
            digests,
            size: text.len() as u64,
            // Its bytes are made of the plan: no artifact holds them.
            artifact: String::new(),
            after: Vec::new(),
            on_conflict: OnConflict::Replace,
            role: Role::Front,
        }])
    }

    async fn send(&self, call: &Call, release: &Release, upload: &Upload) -> Result<Receipt> {
        let place = Place::of_release(call.endpoint(), release, self.format)
            .ok()
            .filter(|place| place.coordinates() == upload.coordinates)
            .unwrap_or_else(|| Place::of_upload(upload));
        let text = self.text(release, &place)?;
        if Digests::of(text.as_bytes()).agrees(&upload.digests) != Some(true) {
            let message = format!("{} would be written otherwise than it was planned.", place.path);
            return Err(Problem::new(code::deploy::ARTIFACT_CHANGED, message).about("package", &release.package.id));
        }
        let options = release.options.commit.clone().unwrap_or_default();
        let author = author(call, options.author.as_deref())?;
        let (format, name, version) = (self.format, place.name().to_owned(), release.version.clone());
        let message = move |is_new: bool| match &options.message {
            Some(own) => own.replace("{name}", &name).replace("{version}", &version),
            None => format.message(&name, &version, is_new),
        };
        let sending = Sending {
            place: &place,
            upload,
            text: &text,
            author: &author,
            seen: self.seen.recall(call, &upload.coordinates),
            message: &message,
        };
        if place.proposed { proposal::offer(call, &sending).await } else { push::commit(call, &sending).await }
    }
}

impl Tap {
    /// The file's text. It always ends with a line break.
    pub(super) fn text(&self, release: &Release, place: &Place) -> Result<String> {
        let mut text = self.format.render(&Subject { release, name: place.name() })?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        Ok(text)
    }
}
