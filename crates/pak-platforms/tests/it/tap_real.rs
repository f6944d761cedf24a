//! Homebrew and Scoop on git's own server: what is pushed is what git clones, and what Ruby reads.

use std::sync::Arc;

use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::plan::UndoAction;
use pak_model::{Credential, Digests, Presence, Recovery, Release, Secret, Severity, Upload, code};
use pak_platforms::{Call, Endpoint, Platform};
use pak_testing::Tool;
use pak_testing::servers::git_http::{self, GitServer, Repository};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::conformance::publish;
use crate::fixtures::tap::{NAME, release};

/// A repository, and a platform whose file goes into it.
struct Site<'a> {
    server: &'a GitServer,
    repository: Repository,
    driver: Arc<dyn Platform>,
    call: Call,
    /// The repository's path on the host.
    path: String,
    /// The file.
    file: &'static str,
}

impl<'a> Site<'a> {
    fn http(server: &'a GitServer, platform: &str, name: &str) -> Self {
        let root = Url::parse(&format!("{}/git/", server.running.url)).unwrap();
        let call = call(Endpoint::new(root), Some(server.running.basic()));
        Self::new(server, platform, name, name.to_owned(), call)
    }

    #[cfg(unix)]
    fn ssh(server: &'a GitServer, platform: &str, name: &str) -> Self {
        let root = Url::parse("ssh://git@127.0.0.1:2222/").unwrap();
        let call = call(Endpoint::new(root), None).with_env(crate::git::real::ssh_env(server, ""));
        let path = server.running.server.folder().join("srv").join(name).to_string();
        Self::new(server, platform, name, path, call)
    }

    fn new(server: &'a GitServer, platform: &str, name: &str, path: String, call: Call) -> Self {
        let driver = pak_platforms::find(platform).unwrap().unwrap();
        let file = match platform {
            "homebrew" => "Formula/pak-test-hello.rb",
            "homebrew-cask" => "Casks/pak-test-hello.rb",
            _ => "bucket/pak-test-hello.json",
        };
        Self { server, repository: server.repository(name), driver, call, path, file }
    }

    fn release(&self, version: &str) -> Release {
        release(&self.path, version, 0)
    }

    fn upload(&self, release: &Release) -> Upload {
        self.driver.publish().uploads(self.call.endpoint(), release).unwrap().remove(0)
    }

    async fn published(&self, version: &str) -> Release {
        let release = self.release(version);
        assert_eq!(publish(&*self.driver, &self.call, &release).await.unwrap(), 1);
        release
    }

    /// What git clones.
    fn cloned(&self) -> Option<String> {
        std::fs::read_to_string(self.server.clone_of(&self.repository).join(self.file)).ok()
    }

    fn log(&self) -> Vec<String> {
        let log = self.server.inside(&self.repository, &["log", "--format=%s by %an", "main"]);
        log.lines().map(str::to_owned).collect()
    }
}

fn call(endpoint: Endpoint, credential: Option<Credential>) -> Call {
    let client = Client::new(Policy::default(), FaultPlan::none());
    Call::new(client, endpoint, credential, CancellationToken::new())
        .with_author(Some("Ada Lovelace <ada@example.org>".to_owned()))
}

/// A first version, a second, both taken back.
async fn life(site: &Site<'_>) {
    let first = site.published("1.0.0").await;
    let before = site.cloned().unwrap();
    let upload = site.upload(&first);
    assert_eq!(Digests::of(before.as_bytes()).agrees(&upload.digests), Some(true));
    assert!(first.assets.iter().any(|asset| before.contains(asset.digests.sha256.as_deref().unwrap())), "{before}");
    if site.file.ends_with(".rb")
        && let Some(ruby) = Tool::Ruby.require_or_skip()
    {
        let file = site.server.clone_of(&site.repository).join(site.file);
        assert_eq!(pak_testing::Client::of(ruby).succeed(&["-c", file.as_str()]), "Syntax OK\n");
    }
    assert_eq!(publish(&*site.driver, &site.call, &first).await.unwrap(), 0, "the same again sends nothing");

    // The second takes the first's place; the journal's label of what was there is what the undo gets.
    let second = site.release("1.1.0");
    let found = site.driver.lookup().find(&site.call, &site.upload(&second)).await.unwrap();
    let Presence::Present { digests, .. } = found else { panic!("{found:?}") };
    let replaced = digests.label();
    assert!(replaced.starts_with("git:"), "{replaced}");
    assert_eq!(publish(&*site.driver, &site.call, &second).await.unwrap(), 1);
    assert!(site.cloned().unwrap().contains("1.1.0"));
    let findings = site.driver.publish().preflight(&site.call, &first).await.unwrap();
    assert!(findings.iter().any(|finding| finding.code == code::tap::OLDER_VERSION.id), "{findings:?}");
    assert!(findings.iter().all(|finding| finding.severity < Severity::Error), "{findings:?}");

    let undo = site.driver.undo().unwrap();
    let refused = undo.undo(&site.call, &upload, None).await.unwrap_err();
    assert_eq!(refused.code(), code::deploy::UNDO_REFUSED, "the second is not the first's to take back");
    for _ in 0..2 {
        let undone = undo.undo(&site.call, &site.upload(&second), Some(&replaced)).await.unwrap();
        assert_eq!(undone.action, UndoAction::Revert);
        assert_eq!(site.cloned().as_deref(), Some(before.as_str()));
    }
    undo.undo(&site.call, &upload, None).await.unwrap();
    assert_eq!(site.cloned(), None);
    let log = site.log();
    assert_eq!(log.len(), 5, "{log:?}");
    assert!(log[0].starts_with("Revert \"pak-test-hello 1.0.0\" by Ada Lovelace"), "{log:?}");
    assert!(log[3].contains("1.0.0") && log[4] == "by hand by Grace", "{log:?}");
    assert_eq!(site.server.inside(&site.repository, &["fsck", "--strict", "--full", "--no-dangling"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_come_and_go_over_http() {
    let Some(server) = git_http::start() else { return };
    for platform in ["homebrew", "homebrew-cask", "scoop"] {
        life(&Site::http(&server, platform, &format!("homebrew-{platform}"))).await;
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn versions_come_and_go_over_ssh() {
    let Some(server) = git_http::start() else { return };
    for platform in ["homebrew", "scoop"] {
        life(&Site::ssh(&server, platform, &format!("homebrew-{platform}"))).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn others_push_at_the_same_time() {
    let Some(server) = git_http::start() else { return };
    let site = Site::http(&server, "homebrew", "homebrew-tap");
    server.push(&site.repository, &[("other.txt", "by someone else\n")]);
    server.inside(&site.repository, &["update-ref", "refs/heads/faster", "main"]);
    server.inside(&site.repository, &["update-ref", "refs/heads/main", "main^"]);
    // Twice, between our look at the branch and the push, somebody else is faster.
    let script = "unset GIT_QUARANTINE_PATH\n[ -e twice ] && exit 0\n[ -e once ] && touch twice\ntouch once\n\
        git update-ref refs/heads/main $(git rev-parse main | grep -q $(git rev-parse faster) && echo faster^ || echo faster)";
    server.hook(&site.repository, "pre-receive", script);
    site.published("1.0.0").await;
    assert!(site.repository.folder.join("twice").exists(), "the hook was at work");
    assert!(site.cloned().unwrap().contains("1.0.0"));
    let parents = server.inside(&site.repository, &["log", "--format=%s", "main"]);
    assert_eq!(parents.lines().next(), Some("pak-test-hello 1.0.0 (new formula)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_never_holds_still_is_left_alone() {
    let Some(server) = git_http::start() else { return };
    let site = Site::http(&server, "homebrew", "homebrew-tap");
    let script = "unset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main \
        $(git commit-tree -p main -m busy 'main^{tree}')";
    server.hook(
        &site.repository,
        "pre-receive",
        &format!(
            "export GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x@x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x@x\n{script}"
        ),
    );
    let release = site.release("1.0.0");
    let problem = site.driver.publish().send(&site.call, &release, &site.upload(&release)).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::git::MOVED, Recovery::Stop), "{problem:?}");
    assert_eq!(site.cloned(), None);
    assert_eq!(site.log().iter().filter(|line| line.starts_with("busy")).count(), 5, "tried five times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_changed_by_others_is_looked_at_again() {
    let Some(server) = git_http::start() else { return };
    let site = Site::http(&server, "scoop", "bucket");
    let release = site.release("1.0.0");
    let upload = site.upload(&release);
    assert_eq!(site.driver.lookup().find(&site.call, &upload).await.unwrap(), Presence::Absent);
    server.push(&site.repository, &[(site.file, "{}\n")]);
    // The journal would say that nothing was replaced: the engine must look, and write down what is.
    let problem = site.driver.publish().send(&site.call, &release, &upload).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::git::MOVED, Recovery::LookUpFirst), "{problem:?}");
    assert_eq!(site.cloned().as_deref(), Some("{}\n"));
    assert_eq!(publish(&*site.driver, &site.call, &release).await.unwrap(), 1);
    server.push(&site.repository, &[(site.file, "{ }\n")]);
    let problem = site.driver.undo().unwrap().undo(&site.call, &upload, None).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::UNDO_REFUSED);
    assert_eq!(site.cloned().as_deref(), Some("{ }\n"), "what others wrote stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_told_before_anything_is_pushed() {
    let Some(server) = git_http::start() else { return };
    let site = Site::http(&server, "homebrew", "homebrew-tap");
    let problem = site.driver.credentials().check(&site.call, Some("acme/absent")).await.unwrap_err();
    assert_eq!(problem.code(), code::git::REPOSITORY_UNKNOWN);
    let mut endpoint = site.call.endpoint().clone();
    endpoint.repository = Some(site.path.clone());
    let call = call(endpoint, Some(server.running.basic()));
    let account = site.driver.credentials().check(&call, None).await.unwrap();
    assert!(account.note.unwrap().contains("push"));
    let wrong = call.with_credential(Some(Credential::Token(Secret::new(["wr", "ong"].concat()))));
    let problem = site.driver.credentials().check(&wrong, None).await.unwrap_err();
    assert_eq!(problem.code(), code::http::UNAUTHORIZED);
    assert_eq!(site.driver.lookup().versions(&call, NAME).await.unwrap(), Vec::<String>::new());
    site.published("1.0.0").await;
    assert_eq!(site.driver.lookup().versions(&call, NAME).await.unwrap(), ["1.0.0"]);

    server.hook(&site.repository, "update", "echo 'main takes pull requests only'; exit 1");
    let release = site.release("1.1.0");
    let problem = publish(&*site.driver, &site.call, &release).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::git::DECLINED, Recovery::AskUser), "{problem:?}");
    assert!(problem.causes().iter().any(|said| said.contains("pull requests only")), "{problem:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn branches_paths_and_messages_are_the_targets_own() {
    let Some(server) = git_http::start() else { return };
    let site = Site::http(&server, "homebrew", "homebrew-tap");
    server.inside(&site.repository, &["update-ref", "refs/heads/next", "main"]);
    let mut release = site.release("1.0.0");
    release.options.path = Some("Formula/p/{name}@1.rb".to_owned());
    let commit = release.options.commit.as_mut().unwrap();
    commit.branch = Some("next".to_owned());
    commit.message = Some("{name} is at {version}".to_owned());
    commit.template = Some("class {{ class }} < Formula\n  version \"{{ version }}\"\nend".to_owned());
    commit.author = Some("Grace <grace@example.org>".to_owned());
    assert_eq!(publish(&*site.driver, &site.call, &release).await.unwrap(), 1);
    let text = server.inside(&site.repository, &["show", "next:Formula/p/pak-test-hello@1.rb"]);
    assert_eq!(text, "class PakTestHelloAT1 < Formula\n  version \"1.0.0\"\nend\n");
    let log = server.inside(&site.repository, &["log", "-1", "--format=%s by %an", "next"]);
    assert_eq!(log, "pak-test-hello@1 is at 1.0.0 by Grace\n");
    assert_eq!(site.log(), ["by hand by Grace"], "main is as it was");
    release.options.commit.as_mut().unwrap().branch = Some("absent".to_owned());
    let problem = publish(&*site.driver, &site.call, &release).await.unwrap_err();
    assert_eq!(problem.code(), code::git::BRANCH_UNKNOWN);
}
