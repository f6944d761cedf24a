//! GitLab's API: projects by path or number, merge requests, and the one mutation of GraphQL that REST has no word for.

use std::collections::BTreeMap;
use std::io;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Json};
use axum::routing::{delete, get, post, put};
use http::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

use super::proposals::{self, New, Proposal, Refused};
use super::{Proposals, Repositories, may_push, name, owner, time};
use crate::registries::Shared;

/// The role Maintainer, and none.
const MAINTAINER: u64 = 40;

type Answer = Result<Response<Body>, Refusal>;

/// The routes, below `/api`.
pub(super) fn router(shared: &Shared) -> Router {
    let v4 = Router::new()
        .route("/user", get(account))
        .route("/job", get(job))
        .route("/projects/{id}", get(project))
        .route("/projects/{id}/fork", post(fork))
        .route("/projects/{id}/forks", get(forks))
        .route("/projects/{id}/merge_requests", get(list).post(open))
        .route("/projects/{id}/merge_requests/{number}", get(one).put(close))
        .route("/projects/{id}/merge_requests/{number}/merge", put(merge))
        .route("/projects/{id}/repository/branches/{branch}", delete(delete_branch))
        .route("/projects/{id}/repository/files/{path}/raw", get(file));
    Router::new().nest("/v4", v4).route("/graphql", post(graphql)).with_state(shared.clone())
}

/// A refusal: GitLab says its reason as text, as a list, or by field.
struct Refusal(StatusCode, Value);

impl Refusal {
    fn new(status: StatusCode, message: impl Into<Value>) -> Self {
        Self(status, json!({"message": message.into()}))
    }

    fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("404 {what} Not Found"))
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidInput => Self::not_found("Project"),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
        }
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Io(error) => error.into(),
            Refused::Exists(number) => {
                let message = format!("Another open merge request already exists for this source branch: !{number}");
                Self::new(StatusCode::CONFLICT, vec![message])
            }
            Refused::NoBranch(field) => {
                let field = if field == "head" { "source_branch" } else { "target_branch" };
                Self::new(StatusCode::BAD_REQUEST, json!({field: ["does not exist"]}))
            }
            Refused::NoChange => Self::new(StatusCode::BAD_REQUEST, json!({"base": ["the branches do not differ"]})),
            Refused::NotOpen | Refused::Conflict => Self::new(StatusCode::METHOD_NOT_ALLOWED, "405 Method Not Allowed"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        (self.0, Json(self.1)).into_response()
    }
}

fn reader(shared: &Shared, headers: &HeaderMap) -> Result<Option<&'static str>, Refusal> {
    super::user(shared, headers).map_err(|status| Refusal::new(status, "401 Unauthorized"))
}

fn writer(shared: &Shared, headers: &HeaderMap) -> Result<&'static str, Refusal> {
    reader(shared, headers)?.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "401 Unauthorized"))
}

fn pusher(shared: &Shared, headers: &HeaderMap, path: &str) -> Result<&'static str, Refusal> {
    let user = writer(shared, headers)?;
    if may_push(Some(user), path) { Ok(user) } else { Err(Refusal::new(StatusCode::FORBIDDEN, "403 Forbidden")) }
}

/// A project's path by its path or number.
async fn known(shared: &Shared, id: &str) -> Result<String, Refusal> {
    let repositories = Repositories(shared);
    let path = match id.parse::<u64>() {
        Ok(number) => repositories.by_id(number)?,
        Err(_) => Some(id.to_owned()),
    };
    let path = path.ok_or_else(|| Refusal::not_found("Project"))?;
    if repositories.has(&path).await? { Ok(path) } else { Err(Refusal::not_found("Project")) }
}

fn proposal(shared: &Shared, path: &str, number: u64) -> Result<Proposal, Refusal> {
    Proposals::of(shared, path).get(number)?.ok_or_else(|| Refusal::not_found("Merge request"))
}

fn about(shared: &Shared, path: &str, user: Option<&str>) -> io::Result<Value> {
    let repositories = Repositories(shared);
    let access = may_push(user, path).then(|| json!({"access_level": MAINTAINER, "notification_level": 3}));
    let parent = repositories.parent(path)?;
    let status = match parent {
        None => "none",
        Some(_) if repositories.is_ready(path) => "finished",
        Some(_) => "started",
    };
    let mut about = json!({
        "id": repositories.id(path)?,
        "path": name(path),
        "path_with_namespace": path,
        "default_branch": repositories.default_branch(path)?,
        "web_url": format!("{}/git/{path}", shared.base),
        "archived": false,
        "import_status": status,
        "permissions": {"project_access": access, "group_access": null},
    });
    if let Some(parent) = parent {
        about["forked_from_project"] = json!({"id": repositories.id(&parent)?, "path_with_namespace": parent});
    }
    Ok(about)
}

fn request(shared: &Shared, path: &str, proposal: &Proposal) -> io::Result<Value> {
    let repositories = Repositories(shared);
    let merged = proposal.state == proposals::State::Merged;
    let ended = proposal.ended.map(time);
    Ok(json!({
        "id": proposal.number,
        "iid": proposal.number,
        "project_id": repositories.id(path)?,
        "title": proposal.title,
        "description": proposal.body,
        "state": match proposal.state {
            proposals::State::Open => "opened",
            proposals::State::Closed => "closed",
            proposals::State::Merged => "merged",
        },
        "source_branch": proposal.branch,
        "target_branch": proposal.base,
        "source_project_id": repositories.id(&proposal.head)?,
        "target_project_id": repositories.id(path)?,
        "author": {"username": proposal.author},
        "sha": proposal.commit,
        "created_at": time(proposal.created),
        "merged_at": ended.as_ref().filter(|_| merged),
        "closed_at": ended.as_ref().filter(|_| !merged),
        "web_url": format!("{}/git/{path}/-/merge_requests/{}", shared.base, proposal.number),
    }))
}

async fn account(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    if headers.contains_key("job-token") {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "401 Unauthorized"));
    }
    let user = writer(&shared, &headers)?;
    Ok(Json(json!({"id": 1, "username": user, "name": user, "state": "active"})).into_response())
}

/// Who started the job that asks.
async fn job(State(shared): State<Shared>, headers: HeaderMap) -> Answer {
    let user = writer(&shared, &headers)?;
    if !headers.contains_key("job-token") {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "401 Unauthorized"));
    }
    Ok(Json(json!({"id": 1, "status": "running", "user": {"username": user}})).into_response())
}

async fn project(State(shared): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let user = reader(&shared, &headers)?;
    let path = known(&shared, &id).await?;
    Ok(Json(about(&shared, &path, user)?).into_response())
}

async fn fork(State(shared): State<Shared>, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let user = writer(&shared, &headers)?;
    let path = known(&shared, &id).await?;
    let repositories = Repositories(&shared);
    let fork =
        if repositories.fork_of(user, &path)?.is_some() { None } else { repositories.fork(&path, user, None).await? };
    let taken = || {
        let reasons = json!({"name": ["has already been taken"], "path": ["has already been taken"]});
        Refusal::new(StatusCode::CONFLICT, reasons)
    };
    let fork = fork.ok_or_else(taken)?;
    let mut about = about(&shared, &fork, Some(user))?;
    about["import_status"] = "scheduled".into();
    Ok((StatusCode::CREATED, Json(about)).into_response())
}

async fn forks(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let user = reader(&shared, &headers)?;
    let path = known(&shared, &id).await?;
    let owned = query.get("owned").is_some_and(|value| value == "true");
    let forks = Repositories(&shared).forks(&path)?;
    let wanted = forks.iter().filter(|fork| !owned || Some(owner(fork)) == user);
    Ok(Json(wanted.map(|fork| about(&shared, fork, user)).collect::<io::Result<Vec<_>>>()?).into_response())
}

async fn list(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    reader(&shared, &headers)?;
    let path = known(&shared, &id).await?;
    let wanted = |proposal: &&Proposal| {
        let branch = query.get("source_branch").is_none_or(|branch| *branch == proposal.branch);
        let state = match query.get("state").map(String::as_str) {
            Some("opened") => proposal.state == proposals::State::Open,
            Some("closed") => proposal.state == proposals::State::Closed,
            Some("merged") => proposal.state == proposals::State::Merged,
            _ => true,
        };
        branch && state
    };
    let all = Proposals::of(&shared, &path).all()?;
    let requests = all.iter().filter(wanted).map(|proposal| request(&shared, &path, proposal));
    Ok(Json(requests.collect::<io::Result<Vec<_>>>()?).into_response())
}

async fn one(State(shared): State<Shared>, Path((id, number)): Path<(String, u64)>, headers: HeaderMap) -> Answer {
    reader(&shared, &headers)?;
    let path = known(&shared, &id).await?;
    Ok(Json(request(&shared, &path, &proposal(&shared, &path, number)?)?).into_response())
}

/// Opens a merge request: asked of the project that holds the branch.
async fn open(
    State(shared): State<Shared>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let head = known(&shared, &id).await?;
    if headers.contains_key("job-token") {
        return Err(Refusal::new(StatusCode::UNAUTHORIZED, "401 Unauthorized"));
    }
    let user = pusher(&shared, &headers, &head)?;
    let path = match body["target_project_id"].as_u64() {
        Some(number) => known(&shared, &number.to_string()).await?,
        None => head.clone(),
    };
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    let missing = |field: &str| Refusal(StatusCode::BAD_REQUEST, json!({"error": format!("{field} is missing")}));
    let new = New {
        title: text("title").ok_or_else(|| missing("title"))?,
        body: text("description").unwrap_or_default(),
        author: user.to_owned(),
        head,
        branch: text("source_branch").ok_or_else(|| missing("source_branch"))?,
        base: text("target_branch").ok_or_else(|| missing("target_branch"))?,
    };
    let proposal = Proposals::of(&shared, &path).open(new).await?;
    Ok((StatusCode::CREATED, Json(request(&shared, &path, &proposal)?)).into_response())
}

async fn close(
    State(shared): State<Shared>,
    Path((id, number)): Path<(String, u64)>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    let user = writer(&shared, &headers)?;
    let path = known(&shared, &id).await?;
    let mut found = proposal(&shared, &path, number)?;
    if found.author != user && !may_push(Some(user), &path) {
        return Err(Refusal::new(StatusCode::FORBIDDEN, "403 Forbidden"));
    }
    // What was merged stays as it is, without a word.
    if body["state_event"] == "close" && found.state == proposals::State::Open {
        found = Proposals::of(&shared, &path).close(found).await?;
    }
    Ok(Json(request(&shared, &path, &found)?).into_response())
}

async fn merge(State(shared): State<Shared>, Path((id, number)): Path<(String, u64)>, headers: HeaderMap) -> Answer {
    let path = known(&shared, &id).await?;
    pusher(&shared, &headers, &path)?;
    let merged = Proposals::of(&shared, &path).merge(proposal(&shared, &path, number)?).await?;
    Ok(Json(request(&shared, &path, &merged)?).into_response())
}

async fn delete_branch(
    State(shared): State<Shared>,
    Path((id, branch)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let path = known(&shared, &id).await?;
    pusher(&shared, &headers, &path)?;
    if Repositories(&shared).delete(&path, &branch).await? {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Err(Refusal::not_found("Branch"))
}

async fn file(
    State(shared): State<Shared>,
    Path((id, path)): Path<(String, String)>,
    Query(query): Query<BTreeMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    reader(&shared, &headers)?;
    let project = known(&shared, &id).await?;
    let branch = match query.get("ref") {
        Some(branch) => branch.clone(),
        None => Repositories(&shared).default_branch(&project)?,
    };
    let bytes = Repositories(&shared).file(&project, &branch, &path)?.ok_or_else(|| Refusal::not_found("File"))?;
    Ok(bytes.into_response())
}

/// The mutation that brings a fork up to date in the background, and the question how far it is. What is asked about is told by
/// the variables.
async fn graphql(State(shared): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Answer {
    let query = body["query"].as_str().unwrap_or_default();
    let variable = |name: &str| body["variables"][name].as_str().unwrap_or_default();
    let (path, branch) = (known(&shared, variable("path")).await?, variable("branch"));
    let repositories = Repositories(&shared);
    let parent = repositories.parent(&path)?;
    let behind = match &parent {
        Some(parent) => repositories.tip(&path, branch)? != repositories.tip(parent, branch)?,
        None => false,
    };
    let mut details = json!({"ahead": 0, "behind": u8::from(behind), "isSyncing": false, "hasConflicts": false});
    let data = match query.split(['(', ' ']).next() {
        Some("mutation") if query.contains("projectSyncFork") => {
            pusher(&shared, &headers, &path)?;
            if let Some(parent) = parent.filter(|_| behind) {
                let done = repositories.advance(&path, branch, (&parent, branch)).await?;
                (details["isSyncing"], details["hasConflicts"]) = (done.into(), (!done).into());
            }
            json!({"projectSyncFork": {"details": details, "errors": []}})
        }
        Some("query") if query.contains("forkDetails") => json!({"project": {"forkDetails": details}}),
        _ => {
            return Err(Refusal(
                StatusCode::OK,
                json!({"errors": [{"message": "The sandbox does not know this query"}]}),
            ));
        }
    };
    Ok(Json(json!({"data": data})).into_response())
}
