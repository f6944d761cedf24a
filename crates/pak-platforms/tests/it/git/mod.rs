//! The git client: on git's own server, and on the sandbox's, which real git speaks to as well.

pub(crate) mod real;
mod sandbox;

use bytes::Bytes;
use camino::Utf8PathBuf;
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Result};
use pak_platforms::protocol::git::{Author, Change, Content, Mode, NewCommit, ObjectId, Pushed, Remote, Tip};
use pak_platforms::{Call, Endpoint};
use tokio_util::sync::CancellationToken;

/// A repository as one transport sees it, and git to judge what is in it.
pub(crate) struct Site<'a> {
    git: &'a pak_testing::Client,
    /// Where git finds it: a folder or an address.
    source: String,
    remote: Remote,
    call: Call,
}

fn call(policy: Policy, credential: Option<Credential>) -> Call {
    let client = Client::new(policy, FaultPlan::none());
    Call::new(client, Endpoint::parse("http://127.0.0.1:1").unwrap(), credential, CancellationToken::new())
}

impl Site<'_> {
    async fn tip(&self) -> Tip {
        self.remote.tip(&self.call, None).await.unwrap().unwrap()
    }

    async fn commit(&self, base: &Tip, branch: &str, changes: &[(&str, Option<&str>)]) -> Result<Pushed> {
        let content = |text: Option<&str>| text.map_or(Content::Nothing, |text| Content::Bytes(text.to_owned().into()));
        let changes: Vec<_> =
            changes.iter().map(|(path, text)| Change { path: (*path).to_owned(), content: content(*text) }).collect();
        let author = Author { name: "Ada Lovelace".into(), email: "ada@example.org".into() };
        let time = "2026-03-04T05:06:07Z".parse().unwrap();
        let new = NewCommit { changes: &changes, message: "greeter 1.0.0", author: &author, time };
        self.remote.commit(&self.call, base, branch, new).await
    }

    async fn done(&self, changes: &[(&str, Option<&str>)]) -> ObjectId {
        let tip = self.tip().await;
        match self.commit(&tip, tip.branch(), changes).await.unwrap() {
            Pushed::Done(commit) => commit,
            other => panic!("{other:?}"),
        }
    }

    async fn read(&self, tip: &Tip, path: &str) -> Option<Bytes> {
        let entry = tip.entry(path).unwrap()?;
        Some(self.remote.blob(&self.call, tip, entry.id).await.unwrap())
    }

    /// A fresh clone by git.
    fn clone_by_git(&self, options: &[&str]) -> Utf8PathBuf {
        let target = self.git.home().join(format!("clone-{}", count()));
        let arguments = [&["clone", "--quiet"], options, &[self.source.as_str(), target.as_str()]].concat();
        self.git.succeed(&arguments);
        target
    }

    /// Runs git in a copy of everything the repository has.
    fn git(&self, arguments: &[&str]) -> String {
        let mirror = self.clone_by_git(&["--mirror"]);
        self.git.succeed(&[&["-C", mirror.as_str()], arguments].concat())
    }
}

/// A name that nothing has yet.
fn count() -> String {
    static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed).to_string()
}

/// Everything a tap needs, in one life: made in an empty repository, changed, moved about, taken away.
pub(crate) async fn life(site: &Site<'_>) {
    let empty = site.tip().await;
    assert_eq!((empty.branch(), empty.commit()), ("main", None));
    assert_eq!(empty.entry("Formula/greeter.rb").unwrap(), None);
    let first = site.done(&[("Formula/greeter.rb", Some("class Greeter\nend\n")), ("a/b/c.json", Some("{}"))]).await;

    let tip = site.tip().await;
    assert_eq!((tip.commit(), tip.message().as_str()), (Some(first), "greeter 1.0.0\n"));
    assert_eq!(tip.entry("Formula/greeter.rb").unwrap().unwrap().mode, Mode::FILE);
    assert_eq!(site.read(&tip, "Formula/greeter.rb").await.unwrap(), "class Greeter\nend\n");
    assert_eq!(site.commit(&tip, "main", &[("a/b/c.json", Some("{}"))]).await.unwrap(), Pushed::Unchanged);
    assert!(site.remote.tip(&site.call, Some("other")).await.unwrap().is_none());

    let second = site.done(&[("Formula/greeter.rb", Some("class Greeter # 2\nend\n")), ("a/b/c.json", None)]).await;
    assert_eq!(
        site.git(&["log", "--format=%H %an <%ae> %at %s", "main"]),
        format!(
            "{second} Ada Lovelace <ada@example.org> 1772600767 greeter 1.0.0\n\
             {first} Ada Lovelace <ada@example.org> 1772600767 greeter 1.0.0\n"
        )
    );
    let clone = site.clone_by_git(&[]);
    assert_eq!(std::fs::read_to_string(clone.join("Formula/greeter.rb")).unwrap(), "class Greeter # 2\nend\n");
    assert!(!clone.join("a").exists(), "a folder left empty goes");

    // A branch beside it, made from it, and taken away again.
    let base = site.tip().await;
    let Pushed::Done(offered) = site.commit(&base, "pak/greeter", &[("x", Some("x"))]).await.unwrap() else { panic!() };
    assert!(matches!(site.commit(&base, "pak/greeter", &[("x", Some("y"))]).await.unwrap(), Pushed::Moved(_)));
    assert_eq!(site.git(&["rev-parse", "pak/greeter^"]).trim(), second.to_string());
    let at = |id| site.remote.delete_branch(&site.call, "pak/greeter", id);
    assert!(matches!(at(second).await.unwrap(), Pushed::Moved(_)));
    assert_eq!(at(offered).await.unwrap(), Pushed::Done(ObjectId::ZERO));
    assert_eq!(at(offered).await.unwrap(), Pushed::Unchanged);

    // Back to what was: an old blob is named, not sent.
    let old = pak_model::Digests::git_blob(b"class Greeter\nend\n").parse().unwrap();
    let tip = site.tip().await;
    let change = [Change { path: "Formula/greeter.rb".into(), content: Content::Blob(old) }];
    let author = Author { name: "A".into(), email: "a@example.org".into() };
    let new = NewCommit { changes: &change, message: "back", author: &author, time: site.call.now() };
    assert!(matches!(site.remote.commit(&site.call, &tip, "main", new).await.unwrap(), Pushed::Done(_)));
    assert_eq!(site.git(&["show", "main:Formula/greeter.rb"]), "class Greeter\nend\n");

    site.done(&[("Formula/greeter.rb", None)]).await;
    assert_eq!(site.git(&["ls-tree", "-r", "main"]), "");
    assert_eq!(site.git(&["fsck", "--strict", "--full", "--no-dangling"]), "");
}
