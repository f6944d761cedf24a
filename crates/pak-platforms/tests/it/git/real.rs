//! On git's own server, over http and over a program in ssh's place.

use std::ops::Deref;

use pak_http::Policy;
use pak_model::env::Env;
use pak_model::{Credential, Effect, Recovery, Secret, code};
use pak_platforms::protocol::git::{Item, Pushed, Remote};
use pak_testing::servers::git_http::{self, GitServer, Repository};
use pak_testing::servers::sshd;

use super::{Site, call, life};

/// A repository on the real server.
struct Real<'a> {
    server: &'a GitServer,
    repository: Repository,
    site: Site<'a>,
}

impl<'a> Deref for Real<'a> {
    type Target = Site<'a>;

    fn deref(&self) -> &Site<'a> {
        &self.site
    }
}

/// A program in ssh's place that runs the command here; `before` goes first.
pub(crate) fn ssh_env(server: &GitServer, before: &str) -> Env {
    let name = pak_model::Digests::git_blob(before.as_bytes());
    let file = server.git.home().join(format!("in place of ssh {name}"));
    std::fs::write(&file, format!("#!/bin/sh\n{before}\nfor last; do :; done\nexec sh -c \"$last\"\n")).unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = pak_testing::tools::env().get("PATH").unwrap_or_default().to_owned();
    Env::new([
        ("PATH".to_owned(), path),
        ("HOME".to_owned(), server.git.home().to_string()),
        ("GIT_SSH_COMMAND".to_owned(), format!("'{file}' -v")),
    ])
}

impl<'a> Real<'a> {
    fn http(server: &'a GitServer, repository: Repository) -> Self {
        let remote = Remote::parse(&repository.url).unwrap();
        let call = call(Policy::default(), Some(server.running.basic()));
        let site = Site { git: &server.git, source: repository.folder.to_string(), remote, call };
        Self { server, repository, site }
    }

    fn ssh(server: &'a GitServer, repository: Repository) -> Self {
        let real = Self::http(server, repository);
        let remote = Remote::parse(&format!("ssh://git@127.0.0.1:2222{}", real.repository.folder)).unwrap();
        let call = call(Policy::default(), None).with_env(ssh_env(server, ""));
        Self { site: Site { remote, call, ..real.site }, ..real }
    }

    /// Version 0 of the protocol: what servers speak that refuse the variable which asks for version 2.
    fn old_ssh(server: &'a GitServer, repository: Repository) -> Self {
        let real = Self::ssh(server, repository);
        let call = real.call.with_env(ssh_env(server, "unset GIT_PROTOCOL"));
        Self { site: Site { call, ..real.site }, ..real }
    }

    /// Git in the repository's own folder.
    fn inside(&self, arguments: &[&str]) -> String {
        self.server.inside(&self.repository, arguments)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_come_and_go_over_http() {
    let Some(server) = git_http::start() else { return };
    life(&Real::http(&server, server.empty("tap"))).await;
    let plain = server.empty("plain");
    server.inside(&plain, &["config", "uploadpack.allowFilter", "false"]);
    life(&Real::http(&server, plain)).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn files_come_and_go_over_ssh() {
    let Some(server) = git_http::start() else { return };
    life(&Real::ssh(&server, server.empty("tap"))).await;
    life(&Real::old_ssh(&server, server.empty("old"))).await;
    let plain = server.empty("plain");
    server.inside(&plain, &["config", "uploadpack.allowFilter", "false"]);
    life(&Real::old_ssh(&server, plain)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_is_told_and_changes_nothing() {
    let Some(server) = git_http::start() else { return };
    let site = Real::http(&server, server.repository("tap"));
    let tip = site.tip().await;
    server.push(&site.repository, &[("other", "by someone else\n")]);
    let lost = site.commit(&tip, "main", &[("Formula/greeter.rb", Some("x"))]).await.unwrap();
    assert!(matches!(lost, Pushed::Moved(_)), "{lost:?}");
    // Between the greeting and the push nobody can look: the server itself compares.
    server.hook(&site.repository, "pre-receive", "unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main main^");
    let tip = site.tip().await;
    let lost = site.commit(&tip, "main", &[("Formula/greeter.rb", Some("x"))]).await.unwrap();
    assert!(matches!(lost, Pushed::Moved(_)), "{lost:?}");
    server.hook(&site.repository, "pre-receive", "exit 0");
    site.done(&[("Formula/greeter.rb", Some("x"))]).await;
    assert_eq!(site.inside(&["fsck", "--strict", "--full", "--no-dangling"]), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_protected_branch_says_why() {
    let Some(server) = git_http::start() else { return };
    let site = Real::http(&server, server.repository("tap"));
    server.hook(&site.repository, "update", "echo 'main takes pull requests only'; [ \"$1\" != refs/heads/main ]");
    let tip = site.tip().await;
    let problem = site.commit(&tip, "main", &[("x", Some("x"))]).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::git::DECLINED, Recovery::AskUser));
    assert_eq!(problem.effect_of(), Effect::NothingSent);
    assert!(problem.causes().iter().any(|cause| cause.contains("pull requests only")), "{problem:?}");
    assert!(matches!(site.commit(&tip, "offer", &[("x", Some("x"))]).await.unwrap(), Pushed::Done(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fork_that_lags_is_told() {
    let Some(server) = git_http::start() else { return };
    let upstream = Real::http(&server, server.repository("tap"));
    let fork = Real::http(&server, server.repository("fork"));
    server.push(&upstream.repository, &[("new", "new\n")]);
    let base = upstream.tip().await;
    let pushed = fork.commit(&base, "offer", &[("x", Some("x"))]).await.unwrap();
    assert!(matches!(pushed, Pushed::Incomplete(_)), "{pushed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_that_was_renamed_is_found() {
    let Some(server) = git_http::start() else { return };
    let real = Real::http(&server, server.repository("tap"));
    let remote = Remote::parse(&real.repository.url.replace("/git/", "/git/before-")).unwrap();
    let real = Real { site: Site { remote, ..real.site }, ..real };
    let commit = real.done(&[("x", Some("x"))]).await;
    assert_eq!(real.inside(&["rev-parse", "main"]).trim(), commit.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_asked_for_and_refused() {
    let Some(server) = git_http::start() else { return };
    let site = Real::http(&server, server.repository("tap"));
    site.remote.check_push(&site.call).await.unwrap();
    let wrong = Credential::Token(Secret::new(["wr", "ong"].concat()));
    for (credential, word) in [(None, "there is none"), (Some(wrong), "did not accept")] {
        let call = site.call.with_credential(credential);
        for problem in
            [site.remote.tip(&call, None).await.unwrap_err(), site.remote.check_push(&call).await.unwrap_err()]
        {
            assert_eq!((problem.code(), problem.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser));
            assert!(problem.message().contains(word) && !format!("{problem:?}").contains("wrong"), "{problem:?}");
        }
    }
    let absent = Remote::parse(&site.repository.url.replace("tap", "absent")).unwrap();
    let problem = absent.tip(&site.call, None).await.unwrap_err();
    assert_eq!(problem.code(), code::git::REPOSITORY_UNKNOWN, "{problem:?}");
    let page = Remote::parse(&format!("{}/git", server.running.url)).unwrap();
    assert!(page.tip(&site.call, None).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_may_only_read_does_not_push() {
    let Some(server) = git_http::start() else { return };
    let over_http = Real::http(&server, server.repository("tap"));
    let mut sites = vec![over_http];
    if cfg!(unix) {
        sites.push(Real::ssh(&server, server.repository("ssh")));
    }
    for site in sites {
        let tip = site.tip().await;
        let reader = Policy { read_only: true, ..Policy::default() };
        let call = site.call.with_http(site.call.http().with_policy(reader));
        let site = Real { site: Site { call, ..site.site }, ..site };
        site.tip().await;
        site.remote.check_push(&site.call).await.unwrap();
        let problem = site.commit(&tip, "main", &[("x", Some("x"))]).await.unwrap_err();
        assert_eq!(problem.code(), code::http::DRY_RUN);
        let nowhere = Policy { origins: Some(["http://127.0.0.1:1".to_owned()].into()), ..Policy::default() };
        let call = site.call.with_http(site.call.http().with_policy(nowhere));
        assert_eq!(site.remote.tip(&call, None).await.unwrap_err().code(), code::http::ORIGIN_REFUSED);
        assert_eq!(site.inside(&["rev-list", "--count", "--all"]), "1\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_repositories_and_deltas_are_read() {
    let Some(server) = git_http::start() else { return };
    let repository = server.empty("large");
    let files: Vec<(String, String)> = (0..5000)
        .map(|n| (format!("Formula/{}/f{n}.rb", n % 50), format!("class F{n}\n{}end\n", "  url 'x'\n".repeat(60))))
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, content)| (path.as_str(), content.as_str())).collect();
    server.push(&repository, &files);
    server.push(&repository, &[("Formula/7/f7.rb", "changed\n")]);
    server.inside(&repository, &["repack", "-a", "-d", "-q", "-f", "--depth=50", "--window=50"]);
    // Handed over again: root wrote the pack.
    server.hook(&repository, "post-receive", "exit 0");
    let mut sites = vec![Real::http(&server, repository.clone())];
    if cfg!(unix) {
        sites.push(Real::ssh(&server, repository.clone()));
    }
    for filtered in ["true", "false"] {
        server.inside(&repository, &["config", "uploadpack.allowFilter", filtered]);
        server.hook(&repository, "post-receive", "exit 0");
        for site in &sites {
            let tip = site.tip().await;
            assert_eq!(site.read(&tip, "Formula/7/f7.rb").await.unwrap(), "changed\n");
            let one = files.iter().find(|(path, _)| *path == "Formula/42/f4042.rb").unwrap();
            assert_eq!(site.read(&tip, one.0).await.unwrap(), one.1);
            assert_eq!(site.read(&tip, "Formula/7/none.rb").await, None);
        }
    }
    sites[0].done(&[("Formula/7/f7.rb", Some("again\n"))]).await;
    assert_eq!(sites[0].inside(&["ls-tree", "-r", "--name-only", "main"]).lines().count(), 5000);
    assert_eq!(sites[0].inside(&["fsck", "--strict", "--full", "--no-dangling"]), "");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn files_come_and_go_over_openssh() {
    let (Some(server), Some(git)) = (sshd::start(), git_http::git()) else { return };
    let folder = git.home().join("it's a tap.git");
    git.succeed(&["init", "--quiet", "--bare", folder.as_str()]);
    let port = server.server.port();
    let remote = Remote::parse(&format!("ssh://{}@127.0.0.1:{port}{folder}", server.user)).unwrap();
    let with = |command: &str| {
        let path = pak_testing::tools::env().get("PATH").unwrap_or_default().to_owned();
        let pairs = [("PATH", path), ("GIT_SSH_COMMAND", command.to_owned())];
        call(Policy::default(), None).with_env(Env::new(pairs.map(|(name, value)| (name.to_owned(), value))))
    };
    let site = Site { git: &git, source: folder.to_string(), remote, call: with(&server.command) };
    life(&site).await;

    let other_key = server.command.replace("/client ", "/host ");
    let problem = site.remote.tip(&with(&other_key), None).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::git::SSH_REFUSED, Recovery::AskUser), "{problem:?}");
    let stranger = server.command.replace("/known ", "/nobody ");
    let problem = site.remote.tip(&with(&stranger), None).await.unwrap_err();
    assert!(problem.code() == code::git::SSH_FAILED && problem.advice().contains("compare its key"), "{problem:?}");
    let absent = Remote::parse(&format!("ssh://{}@127.0.0.1:{port}/absent", server.user)).unwrap();
    let problem = absent.tip(&site.call, None).await.unwrap_err();
    assert_eq!(problem.code(), code::git::REPOSITORY_UNKNOWN, "{problem:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn ssh_failures_are_told_apart() {
    let Some(server) = git_http::start() else { return };
    let site = Real::ssh(&server, server.repository("tap"));
    for (script, expected) in [
        ("echo 'git@x: Permission denied (publickey).' >&2; exit 255", code::git::SSH_REFUSED),
        ("echo 'Host key verification failed.' >&2; exit 255", code::git::SSH_FAILED),
        ("echo \"fatal: 'x' does not appear to be a git repository\" >&2; exit 128", code::git::REPOSITORY_UNKNOWN),
        ("echo 'sh: git-upload-pack: command not found' >&2; exit 127", code::git::SSH_FAILED),
        ("exit 1", code::git::SSH_FAILED),
        ("echo Welcome to this machine", code::git::PROTOCOL),
    ] {
        let call = site.call.with_env(ssh_env(&server, script));
        let problem = site.remote.tip(&call, None).await.unwrap_err();
        assert_eq!(problem.code(), expected, "{script}: {problem:?}");
    }
    let none = site.call.with_env(Env::new([("GIT_SSH".to_owned(), "/nowhere/ssh".to_owned())]));
    assert_eq!(site.remote.tip(&none, None).await.unwrap_err().code(), code::git::SSH_FAILED);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_is_looked_up() {
    let Some(server) = git_http::start() else { return };
    let mut sites = vec![Real::http(&server, server.repository("tap"))];
    if cfg!(unix) {
        sites.push(Real::ssh(&server, server.repository("ssh")));
    }
    for site in sites {
        // The branch is moved by now, and the server dies before it says so.
        server.hook(&site.repository, "reference-transaction", "[ \"$1\" != committed ] || kill -9 $PPID");
        let tip = site.tip().await;
        let problem = site.commit(&tip, "main", &[("x", Some("x"))]).await.unwrap_err();
        assert_eq!((problem.code(), problem.effect_of()), (code::http::ANSWER_LOST, Effect::MaybeSent), "{problem:?}");
        assert_eq!(problem.recovery_of(), Recovery::LookUpFirst);
        let tip = site.tip().await;
        assert_eq!(site.read(&tip, "x").await.unwrap(), "x", "it had arrived");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_commit_is_read_by_branch_tag_and_name() {
    let Some(server) = git_http::start() else { return };
    let repository = server.repository("source");
    server.push(&repository, &[("js/package.json", "{}"), ("run", "#!/bin/sh\n"), ("js/deep/er", "x")]);
    let clone = server.clone_of(&repository);
    let git = |arguments: &[&str]| server.git.succeed(&[&["-C", clone.as_str()], arguments].concat());
    git(&["update-index", "--chmod=+x", "run"]);
    let target = git(&["hash-object", "-w", "js/package.json"]);
    git(&["update-index", "--add", "--cacheinfo", &format!("120000,{},link", target.trim())]);
    git(&["commit", "--quiet", "-m", "more"]);
    git(&["tag", "-a", "v1", "-m", "one"]);
    git(&["push", "--quiet", "origin", "HEAD:main", "v1"]);
    server.push(&repository, &[("later", "x")]);
    let tagged = git(&["rev-parse", "HEAD"]).trim().to_owned();
    for real in [Real::http(&server, repository.clone()), Real::old_ssh(&server, repository.clone())] {
        if cfg!(not(unix)) && real.remote.shown().starts_with("ssh") {
            continue;
        }
        let read = async |reference: Option<&str>| real.remote.snapshot(&real.call, reference).await;
        let snapshot = read(Some("v1")).await.unwrap();
        assert_eq!((snapshot.commit().to_string(), snapshot.seconds()), (tagged.clone(), Some(1_767_323_045)));
        let mut seen = Vec::new();
        let mut visit = |path: &str, item| {
            seen.push(match item {
                Item::Folder => format!("{path}/"),
                Item::File { bytes, executable } => format!("{path} {} {executable}", bytes.len()),
                Item::Link(to) => format!("{path} -> {to}"),
                Item::Submodule => format!("{path} @"),
            });
            Ok(())
        };
        snapshot.walk(&mut visit).unwrap();
        let expected = ["README.md 6 false", "js/", "js/deep/", "js/deep/er 1 false", "js/package.json 2 false"];
        assert_eq!(seen, [&expected[..], &["link -> {}", "run 10 true"]].concat());
        let newest = read(None).await.unwrap().commit();
        assert_ne!(newest.to_string(), tagged);
        assert_eq!(read(Some("main")).await.unwrap().commit(), newest);
        assert_eq!(read(Some("refs/heads/main")).await.unwrap().commit(), newest);
        assert_eq!(read(Some("nothing")).await.unwrap_err().code(), code::git::BRANCH_UNKNOWN);
        assert!(read(Some("--upload-pack=x")).await.is_err());
    }
    let real = Real::http(&server, repository);
    let pinned = real.remote.snapshot(&real.call, Some(&tagged)).await.unwrap();
    assert_eq!(pinned.commit().to_string(), tagged, "an older commit is had by its name");
    let unknown = "1".repeat(40);
    assert!(real.remote.snapshot(&real.call, Some(&unknown)).await.is_err());
}
