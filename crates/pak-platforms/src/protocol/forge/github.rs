//! GitHub's pull requests.

use async_trait::async_trait;
use pak_http::{Method, Request, StatusCode};
use pak_model::{Problem, Recovery, Result, code};
use serde_json::{Value, json};

use super::pulls::{is_from, proposal, repository};
use super::wire::{Wire, refused, unexpected, unknown};
use super::{Change, Forge, Proposal, Repository, decisive};
use crate::platform::Account;

/// How often a new fork is asked for: about four minutes in all.
pub(super) const PATIENCE: u32 = 30;

pub(super) struct GitHub(pub(super) Wire);

#[async_trait]
impl Forge for GitHub {
    async fn account(&self) -> Result<Account> {
        let what = "The token's account";
        let response =
            self.0.send(Request::get(self.0.url(&["user"], &[])).accept("application/vnd.github+json")).await?;
        let scopes = response.header("x-oauth-scopes").map(str::trim).filter(|scopes| !scopes.is_empty());
        let note = scopes.map(|scopes| format!("scopes: {scopes}"));
        // The token of an app or a workflow is no account's.
        if response.status() == StatusCode::FORBIDDEN {
            let problem = self.0.problem(what, response, true).await;
            let of_app = problem.causes().iter().any(|said| said.contains("not accessible by integration"));
            let note = Some("token accepted; it is that of an app or a workflow, not of an account".to_owned());
            return if of_app { Ok(Account { name: None, note }) } else { Err(problem) };
        }
        if !response.status().is_success() {
            return Err(self.0.problem(what, response, true).await);
        }
        let document: Value = response.json().await?;
        let name = document["login"].as_str().map(str::to_owned).ok_or_else(|| unexpected(what, "login"))?;
        Ok(Account { name: Some(name), note })
    }

    async fn repository(&self, path: &str) -> Result<Repository> {
        let document = self.0.read(path, self.at(path, &[], &[])?).await?.ok_or_else(|| unknown(path))?;
        repository(path, &document)
    }

    async fn fork(&self, upstream: &Repository) -> Result<Repository> {
        let what = format!("Fork of {}", upstream.path);
        let url = self.at(&upstream.path, &["forks"], &[])?;
        // A fork that is there already is answered like a new one.
        let answer = self
            .0
            .write(&what, Method::POST, url, Some(&json!({"default_branch_only": true})), &[200, 201, 202])
            .await?;
        let path = answer.document["full_name"].as_str().ok_or_else(|| unexpected(&what, "full_name"))?.to_owned();
        let branch = answer.document["default_branch"].as_str().unwrap_or(&upstream.default_branch).to_owned();
        ready(&self.0, &path, self.at(&path, &["branches", &branch], &[])?).await?;
        self.repository(&path).await
    }

    async fn sync_fork(&self, fork: &Repository, branch: &str) -> Result<bool> {
        let what = format!("Update of {} from the repository it was forked from", fork.path);
        let url = self.at(&fork.path, &["merge-upstream"], &[])?;
        let known = &[200, 404, 409, 422];
        let answer = self.0.write(&what, Method::POST, url, Some(&json!({"branch": branch})), known).await?;
        Ok(answer.status == 200)
    }

    async fn find_proposal(&self, upstream: &str, head_owner: &str, branch: &str) -> Result<Option<Proposal>> {
        let head = format!("{head_owner}:{branch}");
        let query =
            [("state", "all"), ("head", &*head), ("sort", "created"), ("direction", "desc"), ("per_page", "100")];
        let what = format!("Pull requests of {upstream}");
        let document =
            self.0.read(&what, self.at(upstream, &["pulls"], &query)?).await?.ok_or_else(|| unknown(upstream))?;
        let pulls = document.as_array().ok_or_else(|| unexpected(&what, "[]"))?;
        // A filter that GitHub cannot read is passed over by it: the answer may hold others.
        let ours = pulls.iter().filter(|pull| is_from(pull, head_owner, branch));
        Ok(decisive(ours.map(|pull| proposal(&what, pull)).collect::<Result<Vec<_>>>()?))
    }

    async fn proposal(&self, upstream: &str, number: u64) -> Result<Option<Proposal>> {
        let what = format!("Pull request {number} of {upstream}");
        let document = self.0.read(&what, self.at(upstream, &["pulls", &number.to_string()], &[])?).await?;
        document.map(|document| proposal(&what, &document)).transpose()
    }

    async fn propose(&self, change: &Change<'_>) -> Result<Proposal> {
        let what = format!("Pull request to {}", change.upstream);
        let owner = super::owner(change.head);
        let body = json!({
            "title": change.title,
            "head": format!("{owner}:{}", change.branch),
            "base": change.base,
            "body": super::body(self, change).await,
            "maintainer_can_modify": change.head != change.upstream,
        });
        let url = self.at(change.upstream, &["pulls"], &[])?;
        let answer = self.0.write(&what, Method::POST, url, Some(&body), &[201, 422]).await?;
        if answer.status == 201 {
            return proposal(&what, &answer.document);
        }
        existing(self, &what, change).await?.ok_or_else(|| refused(&what, &answer))
    }

    async fn close(&self, upstream: &str, number: u64) -> Result<Proposal> {
        let what = format!("Pull request {number} of {upstream}");
        let url = self.at(upstream, &["pulls", &number.to_string()], &[])?;
        let answer = self.0.write(&what, Method::PATCH, url, Some(&json!({"state": "closed"})), &[200, 422]).await?;
        if answer.status == 200 {
            return proposal(&what, &answer.document);
        }
        closed(self, upstream, number).await?.ok_or_else(|| refused(&what, &answer))
    }

    async fn delete_branch(&self, repository: &str, branch: &str) -> Result<bool> {
        let what = format!("Branch {branch} of {repository}");
        let parts: Vec<&str> = ["git", "refs", "heads"].into_iter().chain(branch.split('/')).collect();
        let url = self.at(repository, &parts, &[])?;
        // 422: "Reference does not exist".
        let answer = self.0.write(&what, Method::DELETE, url, None, &[204, 404, 422]).await?;
        Ok(answer.status == 204)
    }

    async fn read_file(&self, repository: &str, branch: &str, path: &str) -> Result<Option<String>> {
        let parts: Vec<&str> = ["contents"].into_iter().chain(path.split('/')).collect();
        let url = self.at(repository, &parts, &[("ref", branch)])?;
        self.0.text(path, url, "application/vnd.github.raw+json").await
    }

    fn templates(&self) -> &'static [&'static str] {
        &[".github/PULL_REQUEST_TEMPLATE.md", ".github/pull_request_template.md", "PULL_REQUEST_TEMPLATE.md"]
    }
}

impl GitHub {
    fn at(&self, repository: &str, parts: &[&str], query: &[(&str, &str)]) -> Result<url::Url> {
        let (owner, name) = owner_and_name(repository)?;
        Ok(self.0.url(&[&["repos", owner, name], parts].concat(), query))
    }
}

/// A path that is an owner and a name, as GitHub and Gitea have them.
pub(super) fn owner_and_name(path: &str) -> Result<(&str, &str)> {
    match path.split_once('/') {
        Some((owner, name)) if ordinary(owner) && ordinary(name) => Ok((owner, name)),
        _ => Err(path_refused(path)),
    }
}

/// A part of a path that means nothing else in an address.
pub(super) fn ordinary(part: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !part.is_empty() && part.chars().all(letters) && part.chars().any(|c| c != '.')
}

pub(super) fn path_refused(path: &str) -> Problem {
    Problem::new(code::forge::REPOSITORY_INVALID, format!("`{path}` is not a repository's path."))
        .about("repository", path)
}

/// The open proposal that stands in the way of a new one.
pub(super) async fn existing(forge: &dyn Forge, what: &str, change: &Change<'_>) -> Result<Option<Proposal>> {
    let found = forge.find_proposal(change.upstream, super::owner(change.head), change.branch).await;
    let open = found.map_err(|problem| problem.about("step", what))?;
    Ok(open.filter(|proposal| proposal.state == super::State::Open))
}

/// A proposal that could not be closed because it is not open.
pub(super) async fn closed(forge: &dyn Forge, upstream: &str, number: u64) -> Result<Option<Proposal>> {
    Ok(forge.proposal(upstream, number).await?.filter(|proposal| proposal.state != super::State::Open))
}

/// Waits until a new fork has its branch.
pub(super) async fn ready(wire: &Wire, fork: &str, branch: url::Url) -> Result<()> {
    for attempt in 0..PATIENCE {
        if attempt > 0 {
            wire.wait("the forge is copying the repository", attempt).await?;
        }
        if wire.read(fork, branch.clone()).await?.is_some() {
            return Ok(());
        }
    }
    Err(not_ready(fork))
}

pub(super) fn not_ready(path: &str) -> Problem {
    Problem::new(code::forge::FORK_NOT_READY, format!("The fork {path} was made, and cannot be pushed to yet."))
        .about("repository", path)
        .recovery(Recovery::LookUpFirst)
}
