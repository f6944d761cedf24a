//! Pull requests on the sandbox's emulation of each forge: the same cases for all of them.

mod api;
mod taps;

use camino::Utf8PathBuf;
use pak_http::{Auth, Body, Client, HeaderName, Method, Policy, Request};
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Secret};
use pak_platforms::endpoint::parse_url;
use pak_platforms::protocol::git::{Author, Change, Content, NewCommit, Pushed, Remote};
use pak_platforms::{Call, Endpoint};
use pak_sandbox::{Fault, Kind, Options, Sandbox, access};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// A repository of others.
const UPSTREAM: &str = "upstream/tools";
/// A repository of the account's own.
const OWN: &str = "sandbox/homebrew-tap";

/// What tells the forges apart, for tests that look past the trait.
struct Form {
    id: &'static str,
    /// Where proposals to a repository are, below the API's root.
    proposals: fn(&str) -> String,
    /// The field that holds what a proposal says.
    body: &'static str,
    /// How a proposal is merged.
    merge: Method,
    /// Where the template for proposals is.
    template: &'static str,
    /// A path part of the request that forks.
    fork: &'static str,
}

const FORMS: &[Form] = &[
    Form {
        id: "github",
        proposals: |repository| format!("github/api/v3/repos/{repository}/pulls"),
        body: "body",
        merge: Method::PUT,
        template: ".github/PULL_REQUEST_TEMPLATE.md",
        fork: "/forks",
    },
    Form {
        id: "gitlab",
        proposals: |repository| format!("gitlab/api/v4/projects/{}/merge_requests", repository.replace('/', "%2F")),
        body: "description",
        merge: Method::PUT,
        template: ".gitlab/merge_request_templates/Default.md",
        fork: "/fork",
    },
    Form {
        id: "gitea",
        proposals: |repository| format!("gitea/api/v1/repos/{repository}/pulls"),
        body: "body",
        merge: Method::POST,
        template: ".gitea/PULL_REQUEST_TEMPLATE.md",
        fork: "/forks",
    },
];

/// A sandbox with the repositories, seen through one forge.
struct Ground {
    form: &'static Form,
    sandbox: Sandbox,
    _folder: tempfile::TempDir,
}

impl Ground {
    async fn new(form: &'static Form) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap();
        let sandbox = Sandbox::start(Options { data, port: 0 }).await.unwrap();
        let ground = Self { form, sandbox, _folder: folder };
        for repository in [UPSTREAM, OWN] {
            ground.commit(repository, "main", "README.md").await;
        }
        ground
    }

    fn call(&self, policy: Policy, token: Option<&str>) -> Call {
        self.call_to(&self.sandbox.base(), policy, token)
    }

    /// A call whose API is at another address than the repositories.
    fn call_to(&self, api: &str, policy: Policy, token: Option<&str>) -> Call {
        let endpoint = Endpoint::parse(&format!("{}/git/", self.sandbox.base())).unwrap();
        let endpoint = endpoint.with_upload(parse_url(&format!("{api}/forge/")).unwrap());
        let credential = token.map(|token| Credential::Token(Secret::new(token)));
        Call::new(Client::new(policy, FaultPlan::none()), endpoint, credential, CancellationToken::new())
    }

    /// Pushes a file into a branch, as somebody who may.
    async fn commit(&self, repository: &str, branch: &str, file: &str) {
        let call = self.call(Policy::default(), Some(&self.token_of(repository)));
        let remote = Remote::at(call.endpoint(), repository).unwrap();
        let base = match remote.tip(&call, Some(branch)).await.unwrap() {
            Some(tip) => tip,
            None => remote.tip(&call, None).await.unwrap().unwrap(),
        };
        let content = Content::Bytes(format!("{file} of {repository}").into());
        let changes = [Change { path: file.to_owned(), content }];
        let author = Author { name: "Ada".to_owned(), email: "ada@example.org".to_owned() };
        let new = NewCommit { changes: &changes, message: file, author: &author, time: call.now() };
        let pushed = remote.commit(&call, &base, branch, new).await.unwrap();
        assert!(matches!(pushed, Pushed::Done(_)), "{pushed:?}");
    }

    fn fault(&self, method: &str, path: &str, kind: Kind) {
        let fault = Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times: 1, kind };
        self.sandbox.faults().add(fault);
    }

    /// The token of who may push to a repository.
    fn token_of(&self, repository: &str) -> String {
        let theirs = repository.starts_with(access::UPSTREAM);
        if theirs { access::upstream_token(self.sandbox.token()) } else { self.sandbox.token().to_owned() }
    }

    /// Asks the API about a repository's proposals past the trait, as its own people do.
    async fn proposals(&self, method: Method, repository: &str, rest: &str) -> Value {
        let path = (self.form.proposals)(repository);
        let url = parse_url(&format!("{}/forge/{path}{rest}", self.sandbox.base())).unwrap();
        let token = Secret::new(self.token_of(repository));
        let auth = match self.form.id {
            "gitlab" => Auth::Named(HeaderName::from_static("private-token"), token),
            _ => Auth::Bearer(token),
        };
        let request = Request::new(method, url).auth(auth).content_type("application/json").body(Body::bytes("{}"));
        let response = self.call(Policy::default(), None).send(request).await.unwrap();
        assert!(response.status().is_success(), "{path}{rest}: {}", response.status());
        serde_json::from_str(&response.text().await).unwrap_or_default()
    }

    async fn merge(&self, repository: &str, number: u64) {
        self.proposals(self.form.merge.clone(), repository, &format!("/{number}/merge")).await;
    }
}

/// Runs a case on each forge.
async fn each(case: impl AsyncFn(Ground)) {
    for form in FORMS {
        eprintln!("forge: {}", form.id);
        case(Ground::new(form).await).await;
    }
}
