//! Requests to a forge's API: who asks, how answers are read, and what refusals mean.

use std::time::Duration;

use pak_http::{Auth, Body, HeaderName, Method, Request, Response, StatusCode, refusal_text, safe, status_problem};
use pak_model::{Credential, Problem, Recovery, Result, Secret, code};
use serde_json::Value;
use url::Url;

use super::{Kind, TEMPLATE_LIMIT};
use crate::call::Call;

/// The longest document that is read of an API.
const DOCUMENT: u64 = 16 << 20;

/// A forge's API.
pub(super) struct Wire {
    call: Call,
    kind: Kind,
    api: Url,
    auth: Auth,
}

/// What a forge answered, read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) document: Value,
}

impl Wire {
    pub(super) fn new(call: &Call, kind: Kind, api: Url) -> Result<Self> {
        let missing = || {
            let host = api.host_str().unwrap_or_default();
            let message = format!("No token for {host} was found, and its API wants one.");
            Problem::new(code::forge::TOKEN_MISSING, message).recovery(Recovery::AskUser).about("host", host)
        };
        let auth = auth(kind, call.credential().ok_or_else(missing)?);
        Ok(Self { call: call.clone(), kind, api, auth })
    }

    /// Whether the token is that of a CI job, which few of GitLab's doors are open to.
    pub(super) fn is_job(&self) -> bool {
        matches!(&self.auth, Auth::Named(name, _) if name == JOB)
    }

    /// An address of the API. Parts are escaped: a `/` in one stays in it.
    pub(super) fn url(&self, parts: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.api.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// An address beside the API's root.
    pub(super) fn beside(&self, name: &str) -> Result<Url> {
        crate::endpoint::join(&self.api, &format!("../{name}"))
    }

    /// Sends a request with the headers that the forge wants on each.
    pub(super) async fn send(&self, request: Request) -> Result<Response> {
        let request = request.auth(self.auth.clone());
        let request = match self.kind {
            Kind::GitHub => request.header(HeaderName::from_static("x-github-api-version"), "2022-11-28"),
            Kind::GitLab | Kind::Gitea => request,
        };
        self.call.send(request).await
    }

    /// Reads a document; `None` where there is none. `what` is what the question is about, for messages.
    pub(super) async fn read(&self, what: &str, url: Url) -> Result<Option<Value>> {
        let response = self.send(Request::get(url).accept(self.json())).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(document(response).await?)),
            _ => Err(self.problem(what, response, true).await),
        }
    }

    /// Reads a short text; `None` where there is none, or a longer one.
    pub(super) async fn text(&self, what: &str, url: Url, media_type: &str) -> Result<Option<String>> {
        let response = self.send(Request::get(url).accept(media_type)).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => {
                let bytes = response.bytes_up_to(TEMPLATE_LIMIT).await.ok();
                Ok(bytes.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()))
            }
            _ => Err(self.problem(what, response, true).await),
        }
    }

    /// Changes something. Statuses in `known` are answers the caller understands; others are problems.
    pub(super) async fn write(
        &self,
        what: &str,
        method: Method,
        url: Url,
        body: Option<&Value>,
        known: &[u16],
    ) -> Result<Answer> {
        let mut request = Request::new(method, url).accept(self.json());
        if let Some(body) = body {
            request = request.content_type("application/json").body(Body::bytes(body.to_string()));
        }
        let response = self.send(request).await?;
        let status = response.status().as_u16();
        if !known.contains(&status) || limited(&response) {
            return Err(self.problem(what, response, false).await);
        }
        let text = response.bytes_up_to(DOCUMENT).await;
        // The work is done even where the answer breaks off: whoever needs the document looks for the thing itself.
        let document = text.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        Ok(Answer { status, document })
    }

    /// Waits a little longer every time, from a quarter of a second to ten.
    pub(super) async fn wait(&self, why: &str, attempt: u32) -> Result<()> {
        let time = Duration::from_millis(250u64 << attempt.min(10)).min(Duration::from_secs(10));
        self.call.wait(why, time).await
    }

    fn json(&self) -> &'static str {
        match self.kind {
            Kind::GitHub => "application/vnd.github+json",
            Kind::GitLab | Kind::Gitea => "application/json",
        }
    }

    /// A refusal. Forges tell apart neither a missing scope from a missing repository nor a rate limit from a refusal by
    /// status alone.
    pub(super) async fn problem(&self, what: &str, response: Response, read_only: bool) -> Problem {
        if limited(&response) {
            return rate_limited(what, response, self.call.now()).await;
        }
        let status = response.status();
        let problem = status_problem(what, response, read_only).await;
        match status.as_u16() {
            401 | 403 => problem.next(self.scopes()),
            404 if !read_only => problem.recovery(Recovery::AskUser).next(self.scopes()),
            _ => problem,
        }
    }

    /// What the token needs.
    fn scopes(&self) -> &'static str {
        match self.kind {
            Kind::GitHub => {
                "Use a token that may: a classic one with the scope `public_repo` (`repo` for private repositories), or a fine-grained \
                 one with write access to contents and pull requests. The token of a workflow may not reach other repositories."
            }
            Kind::GitLab => {
                "Use a personal, group or project token with the scope `api` and at least the role Developer; a CI job's own token \
                 may not open merge requests."
            }
            Kind::Gitea => {
                "Use a token with the scopes `write:repository` and `read:user` of an account that may see the repository."
            }
        }
    }
}

/// The refusal of a proposal, in the forge's own words.
pub(super) fn refused(what: &str, answer: &Answer) -> Problem {
    let problem =
        Problem::new(code::forge::PROPOSAL_REFUSED, format!("{what}: the forge refused ({}).", answer.status));
    match refusal_text(&answer.document.to_string()) {
        Some(said) => problem.said(said),
        None => problem,
    }
}

/// An answer that has not what it must have.
pub(super) fn unexpected(what: &str, missing: &str) -> Problem {
    Problem::new(code::http::UNEXPECTED, format!("{what}: the forge's answer has no `{missing}`."))
}

/// A problem of a repository that is not there, or not for this token.
pub(super) fn unknown(path: &str) -> Problem {
    Problem::new(code::forge::REPOSITORY_UNKNOWN, format!("The forge knows no repository {path}, or does not show it."))
        .about("repository", path)
        .recovery(Recovery::AskUser)
}

const JOB: &str = "job-token";

/// How each forge wants its token. Users of git give it as a password as often as alone.
fn auth(kind: Kind, credential: &Credential) -> Auth {
    let (user, token) = match credential {
        Credential::Token(token) => (None, token),
        Credential::Basic { user, password } => (Some(user.as_str()), password),
    };
    let of = |name| Auth::Named(HeaderName::from_static(name), token.clone());
    match kind {
        Kind::GitHub => Auth::Bearer(token.clone()),
        Kind::GitLab if user == Some("gitlab-ci-token") || is_job(token) => of(JOB),
        Kind::GitLab => of("private-token"),
        Kind::Gitea => Auth::Raw(Secret::new(format!("token {}", token.expose()))),
    }
}

fn is_job(token: &Secret) -> bool {
    token.expose().starts_with("glcbt-")
}

async fn document(response: Response) -> Result<Value> {
    let url = safe(response.url());
    let bytes = response.bytes_up_to(DOCUMENT).await?;
    serde_json::from_slice(&bytes).map_err(|error| {
        Problem::new(code::http::UNEXPECTED, format!("{url} did not answer with JSON."))
            .about("url", &url)
            .cause(&error)
    })
}

/// GitHub says 403 also where only the hour's requests are used up.
fn limited(response: &Response) -> bool {
    let used_up = response.header("x-ratelimit-remaining") == Some("0") || response.header("retry-after").is_some();
    match response.status().as_u16() {
        429 => true,
        403 => used_up,
        _ => false,
    }
}

async fn rate_limited(what: &str, response: Response, now: jiff::Timestamp) -> Problem {
    let number = |name| response.header(name).and_then(|text| text.trim().parse::<i64>().ok());
    let until_reset = number("x-ratelimit-reset").or_else(|| number("ratelimit-reset")).map(|at| at - now.as_second());
    let seconds = number("retry-after").or(until_reset).and_then(|seconds| u64::try_from(seconds).ok());
    // Nobody waits longer than a day for a limit by the hour: a clock is wrong.
    let wait = Duration::from_secs(seconds.unwrap_or(60).min(86_400));
    let url = safe(response.url());
    let said = refusal_text(&response.text().await);
    let message = format!("{what}: the forge's rate limit is reached; it asks to wait {} s.", wait.as_secs());
    let problem = Problem::new(code::http::RATE_LIMITED, message).about("url", url).retry_after(wait);
    match said {
        Some(said) => problem.said(said),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forge_sees_the_token_its_own_way() {
        let token = |text: &str| Credential::Token(Secret::new(text));
        let basic = |user: &str| Credential::Basic { user: user.to_owned(), password: Secret::new("t") };
        let shown = |kind, credential: &Credential| match auth(kind, credential) {
            Auth::Bearer(_) => "bearer".to_owned(),
            Auth::Raw(text) => text.expose().to_owned(),
            Auth::Named(name, _) => name.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(shown(Kind::GitHub, &basic("x-access-token")), "bearer");
        assert_eq!(shown(Kind::Gitea, &token("t")), "token t");
        assert_eq!(shown(Kind::GitLab, &token("t")), "private-token");
        assert_eq!(shown(Kind::GitLab, &basic("oauth2")), "private-token");
        assert_eq!(shown(Kind::GitLab, &basic("gitlab-ci-token")), "job-token");
        assert_eq!(shown(Kind::GitLab, &token(&["glcbt-", "64_x"].concat())), "job-token");
    }
}
