//! Gitea's and Forgejo's pull requests.

use async_trait::async_trait;
use pak_http::Method;
use pak_model::{Problem, Result, code};
use serde_json::{Value, json};

use super::github::{closed, existing, owner_and_name, ready};
use super::pulls::{is_from, proposal, repository};
use super::wire::{Wire, refused, unexpected, unknown};
use super::{Change, Forge, Proposal, Repository, decisive};
use crate::platform::Account;

/// How many pages of a list are read at most, and how many entries each has.
const PAGES: u32 = 10;
const PAGE: usize = 50;

pub(super) struct Gitea(pub(super) Wire);

#[async_trait]
impl Forge for Gitea {
    async fn account(&self) -> Result<Account> {
        let what = "The token's account";
        let document = self.0.read(what, self.0.url(&["user"], &[])).await?.unwrap_or_default();
        let name = document["login"].as_str().map(str::to_owned).ok_or_else(|| unexpected(what, "login"))?;
        Ok(Account { name: Some(name), note: None })
    }

    async fn repository(&self, path: &str) -> Result<Repository> {
        let document = self.0.read(path, self.at(path, &[], &[])?).await?.ok_or_else(|| unknown(path))?;
        repository(path, &document)
    }

    async fn fork(&self, upstream: &Repository) -> Result<Repository> {
        let what = format!("Fork of {}", upstream.path);
        let url = self.at(&upstream.path, &["forks"], &[])?;
        let answer = self.0.write(&what, Method::POST, url, Some(&json!({})), &[202, 409]).await?;
        let fork = if answer.status == 202 { Some(answer.document) } else { self.own_fork(upstream).await? };
        let fork = fork.ok_or_else(|| {
            let message =
                format!("The account has another repository of the name, so {} cannot be forked.", upstream.path);
            Problem::new(code::forge::FORK_REFUSED, message).about("repository", &upstream.path)
        })?;
        let fork = repository(&what, &fork)?;
        let branch = self.at(&fork.path, &["branches", &fork.default_branch], &[])?;
        ready(&self.0, &fork.path, branch).await?;
        self.repository(&fork.path).await
    }

    async fn sync_fork(&self, fork: &Repository, branch: &str) -> Result<bool> {
        let what = format!("Update of {} from the repository it was forked from", fork.path);
        let known = &[200, 204, 400, 404, 405, 409];
        let gitea = self.at(&fork.path, &["merge-upstream"], &[])?;
        let answer = self.0.write(&what, Method::POST, gitea, Some(&json!({"branch": branch})), known).await?;
        if !matches!(answer.status, 404 | 405) {
            return Ok(answer.status == 200);
        }
        // Forgejo has the same under another address; versions of both from before 2025 have neither.
        let forgejo = self.at(&fork.path, &["sync_fork", branch], &[])?;
        let answer = self.0.write(&what, Method::POST, forgejo, None, known).await?;
        Ok(matches!(answer.status, 200 | 204))
    }

    async fn find_proposal(&self, upstream: &str, head_owner: &str, branch: &str) -> Result<Option<Proposal>> {
        let what = format!("Pull requests of {upstream}");
        // No filter knows the branch. Open ones first: they are what a release waits for.
        for state in ["open", "closed"] {
            let query = [("state", state), ("sort", "recentupdate")];
            let is_ours = |pull: &Value| is_from(pull, head_owner, branch);
            let ours = self.search(&what, self.at(upstream, &["pulls"], &query)?, is_ours).await?;
            let ours = ours.ok_or_else(|| unknown(upstream))?;
            let found = decisive(ours.iter().map(|pull| proposal(&what, pull)).collect::<Result<Vec<_>>>()?);
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn proposal(&self, upstream: &str, number: u64) -> Result<Option<Proposal>> {
        let what = format!("Pull request {number} of {upstream}");
        let document = self.0.read(&what, self.at(upstream, &["pulls", &number.to_string()], &[])?).await?;
        document.map(|document| proposal(&what, &document)).transpose()
    }

    async fn propose(&self, change: &Change<'_>) -> Result<Proposal> {
        let what = format!("Pull request to {}", change.upstream);
        // A branch of the repository itself is named without its owner.
        let head = match super::owner(change.head) {
            _ if change.head == change.upstream => change.branch.to_owned(),
            owner => format!("{owner}:{}", change.branch),
        };
        let body = super::body(self, change).await;
        let body = json!({"title": change.title, "head": head, "base": change.base, "body": body});
        let url = self.at(change.upstream, &["pulls"], &[])?;
        let answer = self.0.write(&what, Method::POST, url, Some(&body), &[201, 409, 422]).await?;
        if answer.status == 201 {
            return proposal(&what, &answer.document);
        }
        existing(self, &what, change).await?.ok_or_else(|| refused(&what, &answer))
    }

    async fn close(&self, upstream: &str, number: u64) -> Result<Proposal> {
        let what = format!("Pull request {number} of {upstream}");
        let url = self.at(upstream, &["pulls", &number.to_string()], &[])?;
        let known = &[200, 201, 409, 412, 422];
        let answer = self.0.write(&what, Method::PATCH, url, Some(&json!({"state": "closed"})), known).await?;
        if matches!(answer.status, 200 | 201) {
            return proposal(&what, &answer.document);
        }
        closed(self, upstream, number).await?.ok_or_else(|| refused(&what, &answer))
    }

    async fn delete_branch(&self, repository: &str, branch: &str) -> Result<bool> {
        let what = format!("Branch {branch} of {repository}");
        let parts: Vec<&str> = ["branches"].into_iter().chain(branch.split('/')).collect();
        let answer = self.0.write(&what, Method::DELETE, self.at(repository, &parts, &[])?, None, &[204, 404]).await?;
        Ok(answer.status == 204)
    }

    async fn read_file(&self, repository: &str, branch: &str, path: &str) -> Result<Option<String>> {
        let parts: Vec<&str> = ["raw"].into_iter().chain(path.split('/')).collect();
        self.0.text(path, self.at(repository, &parts, &[("ref", branch)])?, "*/*").await
    }

    fn templates(&self) -> &'static [&'static str] {
        &[
            ".gitea/PULL_REQUEST_TEMPLATE.md",
            ".forgejo/PULL_REQUEST_TEMPLATE.md",
            ".github/PULL_REQUEST_TEMPLATE.md",
            "PULL_REQUEST_TEMPLATE.md",
        ]
    }
}

impl Gitea {
    fn at(&self, repository: &str, parts: &[&str], query: &[(&str, &str)]) -> Result<url::Url> {
        let (owner, name) = owner_and_name(repository)?;
        Ok(self.0.url(&[&["repos", owner, name], parts].concat(), query))
    }

    /// The account's fork, whatever its name.
    async fn own_fork(&self, upstream: &Repository) -> Result<Option<Value>> {
        let what = format!("Forks of {}", upstream.path);
        let Some(me) = self.account().await?.name else { return Ok(None) };
        let is_mine =
            |fork: &Value| fork["owner"]["login"].as_str().is_some_and(|login| login.eq_ignore_ascii_case(&me));
        let forks = self.search(&what, self.at(&upstream.path, &["forks"], &[])?, is_mine).await?;
        Ok(forks.and_then(|forks| forks.into_iter().next()))
    }

    /// The entries of the first page of a list that has any that fit; `None` where there is no such list.
    async fn search(&self, what: &str, list: url::Url, fits: impl Fn(&Value) -> bool) -> Result<Option<Vec<Value>>> {
        for page in 1..=PAGES {
            let mut url = list.clone();
            url.query_pairs_mut().append_pair("limit", &PAGE.to_string()).append_pair("page", &page.to_string());
            let Some(document) = self.0.read(what, url).await? else { return Ok(None) };
            let entries = document.as_array().ok_or_else(|| unexpected(what, "[]"))?;
            let found: Vec<Value> = entries.iter().filter(|entry| fits(entry)).cloned().collect();
            // Servers may give shorter pages than asked for: only an empty one is the last.
            if !found.is_empty() || entries.is_empty() {
                return Ok(Some(found));
            }
        }
        Ok(Some(Vec::new()))
    }
}
