//! Files offered as pull requests, to a repository of one's own and to one that has to be forked, on each emulated forge.

use pak_http::{Auth, Body, HeaderName, Method, Request};
use pak_model::plan::UndoAction;
use pak_model::{Presence, Recovery, Release, Secret, Standing, Upload, code};
use pak_platforms::endpoint::parse_url;
use pak_platforms::protocol::git::{Author, Change, Content, NewCommit, Pushed, Remote};
use pak_sandbox::{Fault, Kind, access};

use crate::conformance::{Ground, publish};
use crate::fixtures::tap::{Tap, release};

static HOMEBREW: Tap = Tap("homebrew");

/// Where the account may push, and where it must fork.
const REPOSITORIES: [&str; 2] = ["acme/homebrew-tap", "upstream/homebrew-tap"];
const FILE: &str = "Formula/pak-test-hello.rb";

/// A tap on a forge.
struct Site {
    ground: Ground,
    forge: &'static str,
    repository: &'static str,
}

impl Site {
    async fn new(forge: &'static str, repository: &'static str) -> Self {
        let site = Self { ground: Ground::new(&HOMEBREW).await, forge, repository };
        site.commit("README.md", "hello\n").await;
        site
    }

    /// Whoever may decide about the repository.
    fn token(&self) -> String {
        let own = self.ground.sandbox.token();
        if self.repository.starts_with(access::UPSTREAM) { access::upstream_token(own) } else { own.to_owned() }
    }

    fn release(&self, version: &str) -> Release {
        let mut release = release(self.repository, version, 0);
        let commit = release.options.commit.as_mut().unwrap();
        commit.pull_request = true;
        commit.forge = Some(self.forge.to_owned());
        release
    }

    fn upload(&self, release: &Release) -> Upload {
        self.ground.visible(release)
    }

    async fn find(&self, release: &Release) -> Presence {
        self.ground.driver.lookup().find(&self.ground.call, &self.upload(release)).await.unwrap()
    }

    async fn standing(&self, release: &Release) -> Option<Standing> {
        match self.find(release).await {
            Presence::Present { digests, standing } => {
                assert_eq!(digests.agrees(&self.upload(release).digests), Some(true), "{} bytes", self.forge);
                Some(standing)
            }
            _ => None,
        }
    }

    /// Pushes a file past the driver, as the repository's own people do.
    async fn commit(&self, path: &str, text: &str) {
        let call = self.ground.call.with_credential(Some(pak_model::Credential::Token(Secret::new(self.token()))));
        let remote = Remote::at(call.endpoint(), self.repository).unwrap();
        let base = remote.tip(&call, None).await.unwrap().unwrap();
        let changes = [Change { path: path.to_owned(), content: Content::Bytes(text.to_owned().into()) }];
        let author = Author { name: "Grace".to_owned(), email: "grace@example.org".to_owned() };
        let new = NewCommit { changes: &changes, message: path, author: &author, time: call.now() };
        let pushed = remote.commit(&call, &base, base.branch(), new).await.unwrap();
        assert!(matches!(pushed, Pushed::Done(_)), "{pushed:?}");
    }

    /// Decides as the repository's owner would.
    async fn merge(&self, number: u64) {
        let repository = self.repository;
        let (method, path) = match self.forge {
            "github" => (Method::PUT, format!("github/api/v3/repos/{repository}/pulls/{number}/merge")),
            "gitea" => (Method::POST, format!("gitea/api/v1/repos/{repository}/pulls/{number}/merge")),
            _ => {
                let project = repository.replace('/', "%2F");
                (Method::PUT, format!("gitlab/api/v4/projects/{project}/merge_requests/{number}/merge"))
            }
        };
        let url = parse_url(&format!("{}/forge/{path}", self.ground.sandbox.base())).unwrap();
        let token = Secret::new(self.token());
        let auth = match self.forge {
            "gitlab" => Auth::Named(HeaderName::from_static("private-token"), token),
            _ => Auth::Bearer(token),
        };
        let request = Request::new(method, url).auth(auth).content_type("application/json").body(Body::bytes("{}"));
        let response = self.ground.call.send(request).await.unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
    }

    /// How many requests opened a pull request, whatever was answered.
    fn opened(&self) -> usize {
        let opens = |line: &&String| {
            line.starts_with("POST ") && (line.contains("/pulls ") || line.contains("/merge_requests "))
        };
        self.ground.requests().iter().filter(opens).count()
    }
}

/// Runs a case on each forge, for a repository of one's own and for one to fork.
async fn each(case: impl AsyncFn(Site)) {
    for forge in ["github", "gitlab", "gitea"] {
        for repository in REPOSITORIES {
            eprintln!("{forge}: {repository}");
            case(Site::new(forge, repository).await).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn offered_merged_and_then_its_owners() {
    each(async |site| {
        let first = site.release("1.0.0");
        let Ground { driver, call, .. } = &site.ground;
        assert_eq!(publish(&**driver, call, &first).await.unwrap(), 1);
        assert_eq!(site.standing(&first).await, Some(Standing::Proposed));
        assert_eq!(publish(&**driver, call, &first).await.unwrap(), 0, "the same again offers nothing");
        assert_eq!(site.opened(), 1);
        site.merge(1).await;
        assert_eq!(site.standing(&first).await, Some(Standing::Live));
        let problem = driver.undo().unwrap().undo(call, &site.upload(&first), None).await.unwrap_err();
        assert_eq!(problem.code(), code::deploy::UNDO_REFUSED, "what was merged stays");

        // The next version, while others work there too.
        site.commit("other.txt", "by someone else\n").await;
        let second = site.release("1.1.0");
        assert_eq!(publish(&**driver, call, &second).await.unwrap(), 1);
        assert_eq!(site.standing(&second).await, Some(Standing::Proposed));
        assert_eq!(site.standing(&first).await, Some(Standing::Live), "users still have the first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn withdrawn_while_it_is_open() {
    each(async |site| {
        let release = site.release("1.0.0");
        let Ground { driver, call, .. } = &site.ground;
        publish(&**driver, call, &release).await.unwrap();
        for round in ["first", "again"] {
            let undone = driver.undo().unwrap().undo(call, &site.upload(&release), None).await;
            assert_eq!(undone.unwrap_or_else(|problem| panic!("{round}: {problem:?}")).action, UndoAction::Revert);
            assert_eq!(site.find(&release).await, Presence::Absent);
        }
        assert_eq!(publish(&**driver, call, &release).await.unwrap(), 1, "it can be offered again");
        assert_eq!(site.standing(&release).await, Some(Standing::Proposed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_offer_is_continued() {
    each(async |site| {
        let release = site.release("1.0.0");
        let Ground { driver, call, sandbox, .. } = &site.ground;
        let path = if site.forge == "gitlab" { "/merge_requests" } else { "/pulls" };
        let refused = Kind::Status { status: 403, retry_after: None, body: None };
        let fault = Fault { method: Some("POST".into()), path: Some(path.into()), skip: 0, times: 1, kind: refused };
        // The branch is pushed, and the pull request is not opened.
        sandbox.faults().add(fault);
        let problem = driver.publish().send(call, &release, &site.upload(&release)).await.unwrap_err();
        assert_eq!(problem.recovery_of(), Recovery::AskUser, "{problem:?}");
        assert_eq!(site.find(&release).await, Presence::Absent, "a branch alone is no offer");
        publish(&**driver, call, &release).await.unwrap();
        assert_eq!(site.standing(&release).await, Some(Standing::Proposed));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_made_of_the_branch_stays() {
    let site = Site::new("github", "acme/homebrew-tap").await;
    let release = site.release("1.0.0");
    let Ground { driver, call, .. } = &site.ground;
    publish(&**driver, call, &release).await.unwrap();
    let remote = Remote::at(call.endpoint(), site.repository).unwrap();
    let branch = "pak/pak-test-hello-1.0.0";
    let tip = remote.tip(call, Some(branch)).await.unwrap().unwrap();
    let changes = [Change { path: FILE.to_owned(), content: Content::Bytes("class X\nend\n".into()) }];
    let author = Author { name: "Grace".to_owned(), email: "grace@example.org".to_owned() };
    let new = NewCommit { changes: &changes, message: "mended", author: &author, time: call.now() };
    remote.commit(call, &tip, branch, new).await.unwrap();
    let problem = driver.undo().unwrap().undo(call, &site.upload(&release), None).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::UNDO_REFUSED);
    assert!(remote.tip(call, Some(branch)).await.unwrap().is_some());
}
