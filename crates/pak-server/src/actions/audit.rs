//! Reading the audit log: filtered, exported whole, verified.

use pak_model::Result;
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _};

use super::page::PageQuery;
use crate::audit::export::Line;
use crate::audit::verify::{Verdict, Verifier};
use crate::state::App;
use crate::store::entity::{audit_entry, audit_head};
use crate::store::unusable;

/// Entries read at a time.
const PORTION: u64 = 1000;

/// What is looked for. What is none does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The project.
    pub project: Option<i64>,
    /// The actor's name.
    pub actor: Option<String>,
    /// The action, or its beginning: `project.` finds all that is done to projects.
    pub action: Option<String>,
    /// What it was done to: `project`, `user`, `key` …
    pub subject: Option<String>,
    /// Not before this time.
    pub since: Option<i64>,
    /// Before this time.
    pub until: Option<i64>,
}

impl Filter {
    fn condition(&self) -> Condition {
        Condition::all()
            .add_option(self.project.map(|id| audit_entry::Column::ProjectId.eq(id)))
            .add_option(self.actor.as_ref().map(|name| audit_entry::Column::ActorName.eq(name)))
            .add_option(self.action.as_ref().map(|action| audit_entry::Column::Action.starts_with(action)))
            .add_option(self.subject.as_ref().map(|kind| audit_entry::Column::SubjectKind.eq(kind)))
            .add_option(self.since.map(|at| audit_entry::Column::At.gte(at)))
            .add_option(self.until.map(|at| audit_entry::Column::At.lt(at)))
    }
}

/// A page of it, newest first.
pub async fn list(app: &App, filter: &Filter, page: PageQuery) -> Result<(Vec<audit_entry::Model>, Option<i64>)> {
    let rows = audit_entry::Entity::find().filter(filter.condition());
    page.read(&app.store, rows, audit_entry::Column::Id, |row| row.id).await
}

/// The entries after an id, oldest first: what an export is read with, portion by portion.
pub async fn after(app: &App, filter: &Filter, id: i64) -> Result<Vec<audit_entry::Model>> {
    audit_entry::Entity::find()
        .filter(filter.condition())
        .filter(audit_entry::Column::Id.gt(id))
        .order_by_asc(audit_entry::Column::Id)
        .limit(PORTION)
        .all(app.store.read())
        .await
        .map_err(unusable)
}

/// What an export begins with: the public keys and the signed heads.
pub async fn before_entries(app: &App) -> Result<Vec<Line>> {
    let keys = app.vault.audit_keys()?.iter().map(hex::encode).collect();
    let heads = audit_head::Entity::find().all(app.store.read()).await.map_err(unusable)?;
    let heads = heads.into_iter().map(|head| Line::Head(head.into()));
    Ok(std::iter::once(Line::Keys(keys)).chain(heads).collect())
}

/// Goes through the whole log.
pub async fn verify(app: &App) -> Result<Verdict> {
    let heads = audit_head::Entity::find().all(app.store.read()).await.map_err(unusable)?;
    let keys = app.vault.audit_keys()?;
    let mut verifier = Verifier::new(heads, &keys);
    let mut last = 0;
    loop {
        let portion = after(app, &Filter::default(), last).await?;
        let Some(end) = portion.last() else { return Ok(verifier.finish()) };
        last = end.id;
        for entry in &portion {
            verifier.entry(entry);
        }
    }
}
