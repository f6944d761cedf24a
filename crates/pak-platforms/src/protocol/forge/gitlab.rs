//! GitLab's merge requests.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use async_trait::async_trait;
use pak_http::Method;
use pak_model::{Problem, Result, code};
use serde_json::{Value, json};

use super::github::{PATIENCE, closed, existing, not_ready, ordinary, path_refused};
use super::pulls::page;
use super::wire::{Answer, Wire, refused, unexpected, unknown};
use super::{Change, Forge, Proposal, Repository, State, decisive};
use crate::platform::Account;

/// The role Developer, the least that may push branches.
const DEVELOPER: u64 = 30;

const SYNC: &str = "mutation($path: ID!, $branch: String!) { projectSyncFork(input: {projectPath: $path, targetBranch: $branch}) \
                    { details { behind isSyncing hasConflicts } errors } }";
const DETAILS: &str = "query($path: ID!, $branch: String!) { project(fullPath: $path) { forkDetails(ref: $branch) \
                       { behind isSyncing hasConflicts } } }";

pub(super) struct GitLab(pub(super) Wire);

#[async_trait]
impl Forge for GitLab {
    async fn account(&self) -> Result<Account> {
        let what = "The token's account";
        // A CI job's token is shown to few doors; this one tells who started the job.
        let (door, job) = if self.0.is_job() { ("job", true) } else { ("user", false) };
        let document = self.0.read(what, self.0.url(&[door], &[])).await?.unwrap_or_default();
        let user = if job { &document["user"] } else { &document };
        let name = user["username"].as_str().map(str::to_owned).ok_or_else(|| unexpected(what, "username"))?;
        let note = job.then(|| "a CI job's token, which may not open merge requests".to_owned());
        Ok(Account { name: Some(name), note })
    }

    async fn repository(&self, path: &str) -> Result<Repository> {
        repository(path, &self.project(path).await?)
    }

    async fn fork(&self, upstream: &Repository) -> Result<Repository> {
        let what = format!("Fork of {}", upstream.path);
        let path = match self.own_fork(upstream).await? {
            Some(path) => path,
            None => self.new_fork(&what, upstream).await?,
        };
        for attempt in 0..PATIENCE {
            if attempt > 0 {
                self.0.wait("the forge is copying the repository", attempt).await?;
            }
            let project = self.project(&path).await?;
            match project["import_status"].as_str() {
                Some("scheduled" | "started") => {}
                Some("failed") => {
                    let problem = fork_refused(upstream, "GitLab could not copy it.");
                    return Err(problem.said(project["import_error"].as_str().unwrap_or_default()));
                }
                _ => return repository(&what, &project),
            }
        }
        Err(not_ready(&path))
    }

    /// GitLab does it in the background, and only on the side of its API that is GraphQL.
    async fn sync_fork(&self, fork: &Repository, branch: &str) -> Result<bool> {
        let what = format!("Update of {} from the project it was forked from", fork.path);
        let answer = self.ask(&what, SYNC, fork, branch).await?;
        let mut details = answer["data"]["projectSyncFork"]["details"].clone();
        for attempt in 1..PATIENCE {
            match details["behind"].as_u64() {
                Some(0) => return Ok(true),
                Some(_) if details["hasConflicts"] != true && (attempt < 3 || details["isSyncing"] == true) => {}
                _ => return Ok(false),
            }
            self.0.wait("the forge is updating the fork", attempt).await?;
            details = self.ask(&what, DETAILS, fork, branch).await?["data"]["project"]["forkDetails"].clone();
        }
        Ok(false)
    }

    async fn find_proposal(&self, upstream: &str, head_owner: &str, branch: &str) -> Result<Option<Proposal>> {
        let what = format!("Merge requests of {upstream}");
        let query = [
            ("state", "all"),
            ("scope", "all"),
            ("source_branch", branch),
            ("order_by", "created_at"),
            ("per_page", "100"),
        ];
        let url = self.at(upstream, &["merge_requests"], &query)?;
        let document = self.0.read(&what, url).await?.ok_or_else(|| unknown(upstream))?;
        let requests = document.as_array().ok_or_else(|| unexpected(&what, "[]"))?;
        let mut ours = Vec::new();
        // Entries name the project they are from by its number alone.
        let mut paths: BTreeMap<u64, Option<String>> = BTreeMap::new();
        for request in requests.iter().filter(|request| request["source_branch"] == branch) {
            let Some(source) = request["source_project_id"].as_u64() else { continue };
            if let Entry::Vacant(vacant) = paths.entry(source) {
                let own = request["target_project_id"] == source;
                vacant.insert(if own { Some(upstream.to_owned()) } else { self.path_of(&what, source).await? });
            }
            let head = paths.get(&source).cloned().flatten();
            if head.as_deref().is_some_and(|head| super::owner(head).eq_ignore_ascii_case(head_owner)) {
                ours.push(Proposal { head, ..proposal(&what, request)? });
            }
        }
        Ok(decisive(ours))
    }

    async fn proposal(&self, upstream: &str, number: u64) -> Result<Option<Proposal>> {
        let what = format!("Merge request {number} of {upstream}");
        let document = self.0.read(&what, self.at(upstream, &["merge_requests", &number.to_string()], &[])?).await?;
        document.map(|document| proposal(&what, &document)).transpose()
    }

    async fn propose(&self, change: &Change<'_>) -> Result<Proposal> {
        let what = format!("Merge request to {}", change.upstream);
        let mut body = json!({
            "source_branch": change.branch,
            "target_branch": change.base,
            "title": change.title,
            "description": super::body(self, change).await,
        });
        if change.head != change.upstream {
            body["target_project_id"] = self.project(change.upstream).await?["id"].clone();
            body["allow_collaboration"] = true.into();
        }
        let url = self.at(change.head, &["merge_requests"], &[])?;
        let answer = self.0.write(&what, Method::POST, url, Some(&body), &[201, 400, 409, 422]).await?;
        if answer.status == 201 {
            return Ok(Proposal { head: Some(change.head.to_owned()), ..proposal(&what, &answer.document)? });
        }
        existing(self, &what, change).await?.ok_or_else(|| refused(&what, &answer))
    }

    async fn close(&self, upstream: &str, number: u64) -> Result<Proposal> {
        let what = format!("Merge request {number} of {upstream}");
        let url = self.at(upstream, &["merge_requests", &number.to_string()], &[])?;
        let body = json!({"state_event": "close"});
        let answer = self.0.write(&what, Method::PUT, url, Some(&body), &[200, 400, 405, 409, 422]).await?;
        if answer.status == 200 {
            return proposal(&what, &answer.document);
        }
        closed(self, upstream, number).await?.ok_or_else(|| refused(&what, &answer))
    }

    async fn delete_branch(&self, repository: &str, branch: &str) -> Result<bool> {
        let what = format!("Branch {branch} of {repository}");
        let url = self.at(repository, &["repository", "branches", branch], &[])?;
        let answer = self.0.write(&what, Method::DELETE, url, None, &[204, 404]).await?;
        Ok(answer.status == 204)
    }

    async fn read_file(&self, repository: &str, branch: &str, path: &str) -> Result<Option<String>> {
        let url = self.at(repository, &["repository", "files", path, "raw"], &[("ref", branch)])?;
        self.0.text(path, url, "*/*").await
    }

    fn templates(&self) -> &'static [&'static str] {
        &[".gitlab/merge_request_templates/Default.md", ".gitlab/merge_request_templates/default.md"]
    }
}

impl GitLab {
    /// An address below a project, which is named by its whole path as one part.
    fn at(&self, path: &str, parts: &[&str], query: &[(&str, &str)]) -> Result<url::Url> {
        if !path.contains('/') || !path.split('/').all(ordinary) {
            return Err(path_refused(path));
        }
        Ok(self.0.url(&[&["projects", path], parts].concat(), query))
    }

    async fn project(&self, path: &str) -> Result<Value> {
        self.0.read(path, self.at(path, &[], &[])?).await?.ok_or_else(|| unknown(path))
    }

    /// The path of a project by its number.
    async fn path_of(&self, what: &str, project: u64) -> Result<Option<String>> {
        let url = self.0.url(&["projects", &project.to_string()], &[]);
        let project = self.0.read(what, url).await?.unwrap_or_default();
        Ok(project["path_with_namespace"].as_str().map(str::to_owned))
    }

    /// Asks the one door of GraphQL that REST has no word for.
    async fn ask(&self, what: &str, query: &str, fork: &Repository, branch: &str) -> Result<Value> {
        let body = json!({"query": query, "variables": {"path": fork.path, "branch": branch}});
        Ok(self.0.write(what, Method::POST, self.0.beside("graphql")?, Some(&body), &[200, 404]).await?.document)
    }

    async fn own_fork(&self, upstream: &Repository) -> Result<Option<String>> {
        let Some(me) = self.account().await?.name else { return Ok(None) };
        let what = format!("Forks of {}", upstream.path);
        let url = self.at(&upstream.path, &["forks"], &[("owned", "true"), ("per_page", "100")])?;
        let document = self.0.read(&what, url).await?.ok_or_else(|| unknown(&upstream.path))?;
        let paths = document.as_array().into_iter().flatten().filter_map(|fork| fork["path_with_namespace"].as_str());
        let mut own = paths.filter(|path| super::owner(path).eq_ignore_ascii_case(&me));
        Ok(own.next().map(str::to_owned))
    }

    async fn new_fork(&self, what: &str, upstream: &Repository) -> Result<String> {
        let url = self.at(&upstream.path, &["fork"], &[])?;
        let answer: Answer = self.0.write(what, Method::POST, url, Some(&json!({})), &[201, 409]).await?;
        if answer.status == 409 {
            return Err(fork_refused(upstream, "The account has another project of the name."));
        }
        let path = answer.document["path_with_namespace"].as_str();
        path.map(str::to_owned).ok_or_else(|| unexpected(what, "path_with_namespace"))
    }
}

fn fork_refused(upstream: &Repository, why: &str) -> Problem {
    Problem::new(code::forge::FORK_REFUSED, format!("{} could not be forked. {why}", upstream.path))
        .about("repository", &upstream.path)
}

fn repository(what: &str, project: &Value) -> Result<Repository> {
    let text = |field: &str| project[field].as_str().map(str::to_owned).ok_or_else(|| unexpected(what, field));
    let level = |access: &str| project["permissions"][access]["access_level"].as_u64().unwrap_or_default();
    let may_push = level("project_access").max(level("group_access")) >= DEVELOPER && project["archived"] != true;
    Ok(Repository { path: text("path_with_namespace")?, default_branch: text("default_branch")?, may_push })
}

fn proposal(what: &str, document: &Value) -> Result<Proposal> {
    let number = document["iid"].as_u64().ok_or_else(|| unexpected(what, "iid"))?;
    let state = match document["state"].as_str() {
        // Locked: being merged at this moment.
        Some("opened" | "locked") => State::Open,
        Some("merged") => State::Merged,
        Some("closed") => State::Closed,
        _ => return Err(unexpected(what, "state")),
    };
    Ok(Proposal { number, url: page(&document["web_url"]), state, head: None })
}
