//! On the sandbox's server: what a rehearsal commits to, with real git as a client beside ours.

use camino::{Utf8Path, Utf8PathBuf};
use pak_http::Policy;
use pak_model::{Credential, Recovery, Secret, code};
use pak_platforms::protocol::git::{Pushed, Remote};
use pak_sandbox::registries::git::Repository;
use pak_sandbox::store::Store;
use pak_sandbox::{Fault, Kind, Options, Sandbox};
use pak_testing::servers::git_http;

use super::{Site, call, life};

struct Ground {
    sandbox: Sandbox,
    git: pak_testing::Client,
    data: Utf8PathBuf,
    _folder: tempfile::TempDir,
}

impl Ground {
    async fn new() -> Option<Self> {
        let git = git_http::git()?;
        let folder = tempfile::tempdir().unwrap();
        let data = Utf8PathBuf::from_path_buf(folder.path().join("sandbox")).unwrap();
        let sandbox = Sandbox::start(Options { data: data.clone(), port: 0 }).await.unwrap();
        Some(Self { sandbox, git, data, _folder: folder })
    }

    /// Our client may push; git reads.
    fn site(&self, name: &str) -> Site<'_> {
        let source = format!("{}/git/{name}.git", self.sandbox.base());
        let remote = Remote::parse(&source).unwrap();
        let token = Credential::Token(Secret::new(self.sandbox.token()));
        Site { git: &self.git, source, remote, call: call(Policy::default(), Some(token)) }
    }

    /// The address with the token in it, as git takes it.
    fn with_token(&self, name: &str) -> String {
        let base = self.sandbox.base().replace("http://", "");
        format!("http://ada:{}@{base}/git/{name}", self.sandbox.token())
    }

    /// The door that an emulated forge has.
    fn repository(&self, name: &str) -> Repository {
        Repository::open(&Store::open(self.data.clone()).unwrap(), name).unwrap()
    }

    fn commit_by_git(&self, clone: &Utf8Path, path: &str, content: &str) {
        std::fs::create_dir_all(clone.join(path).parent().unwrap()).unwrap();
        std::fs::write(clone.join(path), content).unwrap();
        self.in_clone(clone, &["add", "--all"]);
        self.in_clone(clone, &["commit", "--quiet", "-m", path]);
    }

    fn in_clone(&self, clone: &Utf8Path, arguments: &[&str]) -> String {
        self.git.succeed(&[&["-C", clone.as_str()], arguments].concat())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_and_go() {
    let Some(ground) = Ground::new().await else { return };
    life(&ground.site("acme/homebrew-tap")).await;
    life(&ground.site("group/deeper/tap")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn real_git_clones_pushes_and_fetches() {
    let Some(ground) = Ground::new().await else { return };
    let site = ground.site("acme/tap");
    let mine = site.clone_by_git(&[]);
    assert_eq!(ground.in_clone(&mine, &["symbolic-ref", "HEAD"]), "refs/heads/main\n", "empty, with a default branch");
    let content = "x".repeat(3 << 20);
    ground.commit_by_git(&mine, "a/large", &content);
    for n in 0..300 {
        std::fs::write(mine.join(format!("f{n}")), format!("{n}\n{}", "same\n".repeat(200))).unwrap();
    }
    ground.commit_by_git(&mine, "b", "b\n");
    let refused = ground.git.run(&["-C", mine.as_str(), "push", "origin", "main"]);
    assert!(!refused.success, "nobody pushes without the token: {refused}");
    ground.in_clone(&mine, &["tag", "-a", "v1", "-m", "one"]);
    ground.in_clone(&mine, &["push", "--quiet", &ground.with_token("acme/tap.git"), "main", "v1"]);

    // Ours reads and adds to what git wrote; git fetches what ours wrote and pushes deltas that lean on it.
    let tip = site.tip().await;
    assert_eq!(site.read(&tip, "a/large").await.unwrap().len(), content.len());
    site.done(&[("a/small", Some("s\n"))]).await;
    ground.commit_by_git(&mine, "c", "c\n");
    let lags = ground.git.run(&["-C", mine.as_str(), "push", "--quiet", &ground.with_token("acme/tap"), "main"]);
    assert!(!lags.success && lags.stderr.contains("fetch first"), "{lags}");
    ground.in_clone(&mine, &["pull", "--quiet", "--rebase", "origin", "main"]);
    assert_eq!(std::fs::read_to_string(mine.join("a/small")).unwrap(), "s\n");
    ground.commit_by_git(&mine, "f7", &format!("7\n{}changed\n", "same\n".repeat(200)));
    ground.in_clone(&mine, &["push", "--quiet", &ground.with_token("acme/tap"), "main", "main:refs/heads/side"]);
    assert_eq!(site.git(&["rev-list", "--count", "main"]), "5\n");
    assert_eq!(site.git(&["fsck", "--strict", "--full"]), "");
    assert_eq!(site.git(&["cat-file", "-t", "v1"]), "tag\n");
    ground.in_clone(&mine, &["push", "--quiet", &ground.with_token("acme/tap"), ":side"]);
    let current = ground.git.run(&["-C", mine.as_str(), "push", &ground.with_token("acme/tap"), ":main"]);
    assert!(!current.success && current.stderr.contains("prohibited"), "{current}");
    assert_eq!(ground.in_clone(&mine, &["ls-remote", "--heads", "origin"]).lines().count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn histories_are_cut_and_deepened_for_real_git() {
    let Some(ground) = Ground::new().await else { return };
    let site = ground.site("acme/tap");
    for n in 0..5 {
        site.done(&[(&format!("f{n}"), Some("x"))]).await;
    }
    let shallow = site.clone_by_git(&["--depth", "1"]);
    let count = || ground.in_clone(&shallow, &["rev-list", "--count", "HEAD"]);
    assert_eq!(count(), "1\n");
    site.done(&[("f5", Some("x"))]).await;
    ground.in_clone(&shallow, &["pull", "--quiet"]);
    assert_eq!(count(), "2\n", "what was cut off stays so");
    ground.in_clone(&shallow, &["fetch", "--quiet", "--depth", "4"]);
    assert_eq!(count(), "4\n");
    ground.commit_by_git(&shallow, "g", "g");
    ground.in_clone(&shallow, &["push", "--quiet", &ground.with_token("acme/tap"), "main"]);
    ground.in_clone(&shallow, &["fetch", "--quiet", "--unshallow"]);
    assert_eq!(count(), "7\n");
    assert_eq!(ground.in_clone(&shallow, &["fsck", "--strict", "--full"]), "");

    let partial = site.clone_by_git(&["--filter=blob:none", "--no-checkout"]);
    assert_eq!(ground.in_clone(&partial, &["show", "HEAD:f3"]), "x", "files are fetched one by one");
}

#[tokio::test(flavor = "multi_thread")]
async fn forges_find_their_way_in() {
    let Some(ground) = Ground::new().await else { return };
    let (site, mine) = (ground.site("acme/tap"), ground.site("ada/tap"));
    let first = site.done(&[("Formula/x.rb", Some("one"))]).await;
    let (upstream, fork) = (ground.repository("acme/tap"), ground.repository("ada/tap.git"));
    assert!(upstream.exists() && !fork.exists());
    upstream.copy_to(&fork).await.unwrap();
    assert_eq!(fork.tip(None).unwrap(), Some(first));
    site.done(&[("Formula/x.rb", Some("two"))]).await;
    // The fork lags: a commit on the newer tip is more than it can take, one on its own is not.
    let base = site.tip().await;
    let pushed = mine.commit(&base, "offer", &[("Formula/y.rb", Some("y"))]).await.unwrap();
    assert!(matches!(pushed, Pushed::Incomplete(_)), "{pushed:?}");
    let Pushed::Done(offer) = mine.commit(&mine.tip().await, "offer", &[("Formula/y.rb", Some("y"))]).await.unwrap()
    else {
        panic!("a branch of one's own")
    };
    let (entry, bytes) = fork.read(offer, "Formula/y.rb").unwrap();
    assert_eq!((entry.mode.to_string().as_str(), &bytes[..]), ("100644", &b"y"[..]));
    assert!(fork.read(offer, "Formula/none.rb").is_none());
    assert!(!upstream.move_branch("offer", offer, first).await.unwrap(), "it is not there");
    assert!(
        !upstream.move_branch("offer", "0".repeat(40).parse().unwrap(), offer).await.unwrap(),
        "only the fork has it"
    );
    assert!(upstream.move_branch("old", "0".repeat(40).parse().unwrap(), first).await.unwrap());
    assert_eq!(site.git(&["rev-parse", "old"]).trim(), first.to_string());
    for name in ["tap", "acme/../tap", "acme/.git", "acme//tap", "a.git/b", "acme/t:p"] {
        assert!(Repository::open(&Store::open(ground.data.clone()).unwrap(), name).is_none(), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_and_wrong_tokens_are_the_clients_to_tell() {
    let Some(ground) = Ground::new().await else { return };
    let site = ground.site("acme/tap");
    site.done(&[("a", Some("a"))]).await;
    let tip = site.tip().await;
    let fault =
        |kind| Fault { method: Some("POST".into()), path: Some("git-receive-pack".into()), skip: 0, times: 1, kind };
    ground.sandbox.faults().add(fault(Kind::LostAnswer));
    let problem = site.commit(&tip, "main", &[("b", Some("b"))]).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::http::ANSWER_LOST, Recovery::LookUpFirst));
    let tip = site.tip().await;
    assert_eq!(site.read(&tip, "b").await.unwrap(), "b", "it had arrived");

    let wrong = Credential::Token(Secret::new(["wr", "ong"].concat()));
    let stranger = Site { call: site.call.with_credential(Some(wrong)), ..ground.site("acme/tap") };
    let problem = stranger.commit(&tip, "main", &[("c", Some("c"))]).await.unwrap_err();
    assert_eq!(problem.code(), code::http::UNAUTHORIZED);
    let nobody = Site { call: site.call.with_credential(None), ..ground.site("acme/tap") };
    nobody.tip().await;
    assert!(nobody.commit(&tip, "main", &[("c", Some("c"))]).await.unwrap_err().message().contains("there is none"));
}
