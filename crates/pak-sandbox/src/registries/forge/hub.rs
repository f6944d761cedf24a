//! GitHub's API, and Gitea's, which is written after it and differs in statuses and addresses.

use std::collections::BTreeMap;
use std::io;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Json};
use axum::routing::{delete, get, post, put};
use http::{HeaderMap, Response, StatusCode, header};
use serde_json::{Value, json};

use super::proposals::{self, New, Proposal, Refused};
use super::{Proposals, Repositories, may_push, name, owner, time};
use crate::registries::Shared;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    GitHub,
    Gitea,
}

#[derive(Clone)]
struct Hub {
    shared: Shared,
    kind: Kind,
}

type Answer = Result<Response<Body>, Refusal>;
type At = Path<(String, String)>;
type Numbered = Path<(String, String, u64)>;
type Below = Path<(String, String, String)>;

/// The routes.
pub(super) fn router(shared: &Shared, kind: Kind) -> Router {
    let common = Router::new()
        .route("/user", get(account))
        .route("/repos/{owner}/{name}", get(repository))
        .route("/repos/{owner}/{name}/forks", get(forks).post(fork))
        .route("/repos/{owner}/{name}/merge-upstream", post(sync))
        .route("/repos/{owner}/{name}/pulls", get(list).post(open))
        .route("/repos/{owner}/{name}/pulls/{number}", get(one).patch(close));
    let own = match kind {
        Kind::GitHub => Router::new()
            .route("/repos/{owner}/{name}/branches/{*branch}", get(branch))
            .route("/repos/{owner}/{name}/git/refs/heads/{*branch}", delete(delete_branch))
            .route("/repos/{owner}/{name}/contents/{*path}", get(file))
            .route("/repos/{owner}/{name}/pulls/{number}/merge", put(merge)),
        Kind::Gitea => Router::new()
            .route("/repos/{owner}/{name}/branches/{*branch}", get(branch).delete(delete_branch))
            .route("/repos/{owner}/{name}/raw/{*path}", get(file))
            .route("/repos/{owner}/{name}/pulls/{number}/merge", post(merge)),
    };
    common.merge(own).with_state(Hub { shared: shared.clone(), kind })
}

/// A refusal with the API's error document.
struct Refusal(StatusCode, Value);

impl Refusal {
    fn new(status: StatusCode, message: &str) -> Self {
        Self(status, json!({"message": message}))
    }

    fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput => Self::not_found(),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        (self.0, Json(self.1)).into_response()
    }
}

impl Hub {
    fn repositories(&self) -> Repositories<'_> {
        Repositories(&self.shared)
    }

    /// Who asks. GitHub answers nobody who does not say what program asks.
    fn user(&self, headers: &HeaderMap) -> Result<Option<&'static str>, Refusal> {
        if self.kind == Kind::GitHub && !headers.contains_key(header::USER_AGENT) {
            let message =
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
            return Err(Refusal::new(StatusCode::FORBIDDEN, message));
        }
        super::user(&self.shared, headers).map_err(|status| Refusal::new(status, "Bad credentials"))
    }

    /// Who asks to change something.
    fn writer(&self, headers: &HeaderMap) -> Result<&'static str, Refusal> {
        self.user(headers)?.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "Requires authentication"))
    }

    fn pusher(&self, headers: &HeaderMap, path: &str) -> Result<&'static str, Refusal> {
        let user = self.writer(headers)?;
        // What one may not write to, one does not see the doors of.
        if may_push(Some(user), path) { Ok(user) } else { Err(Refusal::not_found()) }
    }

    async fn known(&self, owner: &str, name: &str) -> Result<String, Refusal> {
        let path = format!("{owner}/{name}");
        if self.repositories().has(&path).await? { Ok(path) } else { Err(Refusal::not_found()) }
    }

    fn proposal(&self, path: &str, number: u64) -> Result<Proposal, Refusal> {
        Proposals::of(&self.shared, path).get(number)?.ok_or_else(Refusal::not_found)
    }

    fn account(&self, login: &str) -> Value {
        let id = login.bytes().map(u64::from).sum::<u64>();
        let mut account = json!({"login": login, "id": id, "html_url": format!("{}/{login}", self.pages())});
        if self.kind == Kind::GitHub {
            account["type"] = "User".into();
        }
        account
    }

    fn pages(&self) -> String {
        format!("{}/git", self.shared.base)
    }

    fn about(&self, path: &str, user: Option<&str>) -> io::Result<Value> {
        let parent = self.repositories().parent(path)?;
        let push = may_push(user, path);
        let mut about = json!({
            "id": self.repositories().id(path)?,
            "name": name(path),
            "full_name": path,
            "owner": self.account(owner(path)),
            "private": false,
            "html_url": format!("{}/{path}", self.pages()),
            "clone_url": format!("{}/{path}", self.pages()),
            "fork": parent.is_some(),
            "default_branch": self.repositories().default_branch(path)?,
            "permissions": {"admin": push, "push": push, "pull": true},
        });
        if let Some(parent) = parent {
            about["parent"] =
                json!({"full_name": parent, "name": name(&parent), "owner": self.account(owner(&parent))});
        }
        Ok(about)
    }

    fn pull(&self, path: &str, proposal: &Proposal, single: bool) -> io::Result<Value> {
        let gone = self.repositories().tip(&proposal.head, &proposal.branch)?.is_none();
        let label = match self.kind {
            Kind::GitHub => format!("{}:{}", owner(&proposal.head), proposal.branch),
            Kind::Gitea => proposal.branch.clone(),
        };
        let kept = format!("refs/pull/{}/head", proposal.number);
        let reference = if gone && self.kind == Kind::Gitea { &kept } else { &proposal.branch };
        let base = self.repositories().tip(path, &proposal.base)?.unwrap_or_default();
        let merged = proposal.state == proposals::State::Merged;
        let ended = proposal.ended.map(time);
        let base_label = if self.kind == Kind::GitHub {
            format!("{}:{}", owner(path), proposal.base)
        } else {
            proposal.base.clone()
        };
        let mut pull = json!({
            "id": proposal.number,
            "number": proposal.number,
            "state": if proposal.state == proposals::State::Open { "open" } else { "closed" },
            "title": proposal.title,
            "body": proposal.body,
            "html_url": format!("{}/{path}/pull/{}", self.pages(), proposal.number),
            "user": self.account(&proposal.author),
            "head": {"label": label, "ref": reference, "sha": proposal.commit, "repo": self.about(&proposal.head, None)?},
            "base": {"label": base_label, "ref": proposal.base, "sha": base, "repo": self.about(path, None)?},
            "created_at": time(proposal.created),
            "updated_at": time(proposal.ended.unwrap_or(proposal.created)),
            "closed_at": ended,
            "merged_at": ended.filter(|_| merged),
        });
        if self.kind == Kind::GitHub {
            pull["head"]["user"] = self.account(owner(&proposal.head));
            pull["base"]["user"] = self.account(owner(path));
            pull["draft"] = false.into();
        }
        // GitHub's lists leave it out.
        if single || self.kind == Kind::Gitea {
            pull["merged"] = merged.into();
        }
        Ok(pull)
    }

    fn refusal(&self, refused: Refused, new: &str) -> Refusal {
        let unprocessable = |error: Value| {
            Refusal(StatusCode::UNPROCESSABLE_ENTITY, json!({"message": "Validation Failed", "errors": [error]}))
        };
        match (refused, self.kind) {
            (Refused::Io(error), _) => error.into(),
            (Refused::Exists(_), Kind::GitHub) => {
                let message = format!("A pull request already exists for {new}.");
                unprocessable(json!({"resource": "PullRequest", "code": "custom", "message": message}))
            }
            (Refused::Exists(number), Kind::Gitea) => {
                let message = format!("pull request already exists for these targets [id: {number}]");
                Refusal::new(StatusCode::CONFLICT, &message)
            }
            (Refused::NoBranch(field), Kind::GitHub) => {
                unprocessable(json!({"resource": "PullRequest", "field": field, "code": "invalid"}))
            }
            (Refused::NoBranch(_), Kind::Gitea) => Refusal::not_found(),
            (Refused::NoChange, Kind::GitHub) => {
                let message = format!("No commits between the base and {new}");
                unprocessable(json!({"resource": "PullRequest", "code": "custom", "message": message}))
            }
            (Refused::NoChange, Kind::Gitea) => {
                Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "There are no changes between the head and the base")
            }
            (Refused::NotOpen, Kind::GitHub) => {
                unprocessable(json!({"resource": "PullRequest", "field": "state", "code": "invalid"}))
            }
            (Refused::NotOpen, Kind::Gitea) => {
                let message = "cannot change state of this pull request, it was already merged";
                Refusal::new(StatusCode::PRECONDITION_FAILED, message)
            }
            (Refused::Conflict, _) => Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Pull Request is not mergeable"),
        }
    }
}

async fn account(State(hub): State<Hub>, headers: HeaderMap) -> Answer {
    let mut response = Json(hub.account(hub.writer(&headers)?)).into_response();
    if hub.kind == Kind::GitHub {
        response.headers_mut().insert("x-oauth-scopes", http::HeaderValue::from_static("public_repo"));
    }
    Ok(response)
}

async fn repository(State(hub): State<Hub>, Path((owner, name)): At, headers: HeaderMap) -> Answer {
    let user = hub.user(&headers)?;
    let path = hub.known(&owner, &name).await?;
    Ok(Json(hub.about(&path, user)?).into_response())
}

async fn forks(
    State(hub): State<Hub>,
    Path((owner, name)): At,
    Query(page): Query<Filter>,
    headers: HeaderMap,
) -> Answer {
    let user = hub.user(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let forks = hub.repositories().forks(&path)?;
    let about = forks.iter().map(|fork| hub.about(fork, user)).collect::<io::Result<Vec<_>>>()?;
    Ok(Json(page.cut(about)).into_response())
}

async fn fork(State(hub): State<Hub>, Path((owner, name)): At, headers: HeaderMap) -> Answer {
    let user = hub.writer(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let taken = || {
        let message = "The repository with the same name already exists.";
        Refusal::new(if hub.kind == Kind::Gitea { StatusCode::CONFLICT } else { StatusCode::FORBIDDEN }, message)
    };
    let there = hub.repositories().fork_of(user, &path)?;
    if there.is_some() && hub.kind == Kind::Gitea {
        return Err(taken());
    }
    let fork = match there {
        Some(fork) => fork,
        None => {
            // GitHub finds another name by itself.
            let second = (hub.kind == Kind::GitHub).then(|| format!("{name}-1"));
            hub.repositories().fork(&path, user, second.as_deref()).await?.ok_or_else(taken)?
        }
    };
    Ok((StatusCode::ACCEPTED, Json(hub.about(&fork, Some(user))?)).into_response())
}

/// A branch. That of a new fork comes with a delay.
async fn branch(State(hub): State<Hub>, Path((owner, name, branch)): Below, headers: HeaderMap) -> Answer {
    hub.user(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let tip = hub
        .repositories()
        .tip(&path, &branch)?
        .filter(|_| hub.repositories().is_ready(&path))
        .ok_or_else(Refusal::not_found)?;
    let commit = if hub.kind == Kind::GitHub { json!({"sha": tip}) } else { json!({"id": tip}) };
    Ok(Json(json!({"name": branch, "commit": commit, "protected": false})).into_response())
}

async fn sync(State(hub): State<Hub>, Path((owner, name)): At, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let path = hub.known(&owner, &name).await?;
    hub.pusher(&headers, &path)?;
    let branch = body["branch"].as_str().unwrap_or_default();
    let Some(parent) = hub.repositories().parent(&path)? else {
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "The repository is not a fork"));
    };
    if !hub.repositories().advance(&path, branch, (&parent, branch)).await? {
        return Err(Refusal::new(StatusCode::CONFLICT, "There are merge conflicts"));
    }
    let base = format!("{}:{branch}", super::owner(&parent));
    let answer = json!({"message": "Successfully fetched and fast-forwarded", "merge_type": "fast-forward", "base_branch": base});
    Ok(Json(answer).into_response())
}

/// What a list is asked for.
#[derive(Debug, serde::Deserialize)]
struct Filter {
    state: Option<String>,
    head: Option<String>,
    page: Option<usize>,
    limit: Option<usize>,
    per_page: Option<usize>,
}

impl Filter {
    fn cut(&self, entries: Vec<Value>) -> Vec<Value> {
        let size = self.limit.or(self.per_page).unwrap_or(30).clamp(1, 100);
        entries.into_iter().skip((self.page.unwrap_or(1).max(1) - 1) * size).take(size).collect()
    }
}

async fn list(
    State(hub): State<Hub>,
    Path((owner, name)): At,
    Query(filter): Query<Filter>,
    headers: HeaderMap,
) -> Answer {
    hub.user(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let fits = |proposal: &Proposal| {
        let state = match filter.state.as_deref() {
            Some("all") => true,
            Some("closed") => proposal.state != proposals::State::Open,
            _ => proposal.state == proposals::State::Open,
        };
        // A head without an owner is no filter to GitHub, and Gitea has none.
        let wanted = filter.head.as_deref().filter(|head| hub.kind == Kind::GitHub && head.contains(':'));
        state && wanted.is_none_or(|head| head == format!("{}:{}", super::owner(&proposal.head), proposal.branch))
    };
    let all = Proposals::of(&hub.shared, &path).all()?;
    let pulls = all.iter().filter(|proposal| fits(proposal)).map(|proposal| hub.pull(&path, proposal, false));
    Ok(Json(filter.cut(pulls.collect::<io::Result<Vec<_>>>()?)).into_response())
}

async fn one(State(hub): State<Hub>, Path((owner, name, number)): Numbered, headers: HeaderMap) -> Answer {
    hub.user(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let proposal = hub.proposal(&path, number)?;
    Ok(Json(hub.pull(&path, &proposal, true)?).into_response())
}

async fn open(State(hub): State<Hub>, Path((owner, name)): At, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let user = hub.writer(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let text = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    let from = text("head");
    let (whose, branch) = from.split_once(':').unwrap_or((&owner, &from));
    let head = if whose == owner { Some(path.clone()) } else { hub.repositories().fork_of(whose, &path)? };
    let head = head.ok_or_else(|| hub.refusal(Refused::NoBranch("head"), &from))?;
    // A proposal from a branch wants an account that may push it.
    if !may_push(Some(user), &head) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Resource not accessible by personal access token"));
    }
    let new = New {
        title: text("title"),
        body: text("body"),
        author: user.to_owned(),
        head,
        branch: branch.to_owned(),
        base: text("base"),
    };
    if new.title.is_empty() || new.base.is_empty() {
        let error = json!({"resource": "PullRequest", "field": "title", "code": "missing_field"});
        return Err(Refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            json!({"message": "Validation Failed", "errors": [error]}),
        ));
    }
    let proposal = Proposals::of(&hub.shared, &path).open(new).await.map_err(|refused| hub.refusal(refused, &from))?;
    Ok((StatusCode::CREATED, Json(hub.pull(&path, &proposal, true)?)).into_response())
}

async fn close(
    State(hub): State<Hub>,
    Path((owner, name, number)): Numbered,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let user = hub.writer(&headers)?;
    let path = hub.known(&owner, &name).await?;
    let proposal = hub.proposal(&path, number)?;
    if proposal.author != user && !may_push(Some(user), &path) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "Must have admin rights to Repository."));
    }
    let proposal = if body["state"] == "closed" {
        let outcome = Proposals::of(&hub.shared, &path).close(proposal.clone()).await;
        match outcome {
            // GitHub leaves what was merged as it is, without a word.
            Err(Refused::NotOpen) if hub.kind == Kind::GitHub => proposal,
            outcome => outcome.map_err(|refused| hub.refusal(refused, ""))?,
        }
    } else {
        proposal
    };
    let status = if hub.kind == Kind::GitHub { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(hub.pull(&path, &proposal, true)?)).into_response())
}

async fn merge(State(hub): State<Hub>, Path((owner, name, number)): Numbered, headers: HeaderMap) -> Answer {
    let path = hub.known(&owner, &name).await?;
    hub.pusher(&headers, &path)?;
    let proposal = hub.proposal(&path, number)?;
    let merged = Proposals::of(&hub.shared, &path).merge(proposal).await;
    let merged = merged.map_err(|_| Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Pull Request is not mergeable"))?;
    Ok(match hub.kind {
        Kind::GitHub => {
            Json(json!({"sha": merged.commit, "merged": true, "message": "Pull Request successfully merged"}))
                .into_response()
        }
        Kind::Gitea => StatusCode::OK.into_response(),
    })
}

async fn delete_branch(State(hub): State<Hub>, Path((owner, name, branch)): Below, headers: HeaderMap) -> Answer {
    let path = hub.known(&owner, &name).await?;
    hub.pusher(&headers, &path)?;
    if hub.repositories().delete(&path, &branch).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(match hub.kind {
        Kind::GitHub => Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "Reference does not exist"),
        Kind::Gitea => Refusal::not_found(),
    })
}

async fn file(
    State(hub): State<Hub>,
    Path((owner, name, path)): Below,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    hub.user(&headers)?;
    let repository = hub.known(&owner, &name).await?;
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if hub.kind == Kind::GitHub && accepted != "application/vnd.github.raw+json" {
        return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The sandbox answers raw contents alone"));
    }
    let branch = match query.get("ref") {
        Some(branch) => branch.clone(),
        None => hub.repositories().default_branch(&repository)?,
    };
    let bytes = hub.repositories().file(&repository, &branch, &path)?.ok_or_else(Refusal::not_found)?;
    Ok(bytes.into_response())
}
