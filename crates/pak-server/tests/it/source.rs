//! A deployment's checkout: an uploaded archive, a commit of git's own server, a directory below the projects root.

use pak_model::code;
use pak_server::work::source::check_out;
use pak_testing::project::Folder;
use pak_testing::servers::git_http;
use serde_json::json;

use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_archive_is_pinned_by_its_digest() {
    let (server, folder) = (Server::start().await, Folder::new());
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let mut header = tar::Header::new_gnu();
    header.set_size(2);
    header.set_mode(0o644);
    builder.append_data(&mut header, "top/js/package.json", &b"{}"[..]).unwrap();
    folder.write("archive", builder.into_inner().unwrap().finish().unwrap());
    let kept = server.app.files.put_file("sources/1/a", &folder.join("archive")).await.unwrap();
    let wanted = json!({ "kind": "archive", "location": "sources/1/a", "sha256": null });
    let pinned = check_out(&server.app, &wanted, None, &folder.join("one")).await.unwrap();
    assert_eq!(pinned["sha256"], kept.sha256);
    assert_eq!(folder.read("one/js/package.json"), "{}");
    assert!(!folder.join("one.archive").exists());
    assert_eq!(check_out(&server.app, &pinned, None, &folder.join("two")).await.unwrap(), pinned);

    folder.write("other", "other");
    server.app.files.put_file("sources/1/a", &folder.join("other")).await.unwrap();
    let problem = check_out(&server.app, &pinned, None, &folder.join("three")).await.unwrap_err();
    assert_eq!(problem.code(), code::server::SOURCE, "{problem:?}");
    let gone = json!({ "kind": "archive", "location": "sources/1/b" });
    assert!(check_out(&server.app, &gone, None, &folder.join("four")).await.unwrap_err().message().contains("gone"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_stays_pinned_when_the_branch_moves() {
    let Some(git) = git_http::start() else { return };
    let folder = Folder::new();
    let repository = git.repository("source");
    git.push(&repository, &[("js/package.json", "{}"), ("pak.toml", "")]);
    let server = Server::with(&[("PAK_ALLOW_PRIVATE_NETWORKS", "127.0.0.0/8")]).await;
    let wanted = json!({ "kind": "git", "url": repository.url, "ref": "main" });
    let account = || Some(git.running.basic());
    let pinned = check_out(&server.app, &wanted, account(), &folder.join("one")).await.unwrap();
    assert_eq!(pinned["commit"], git.inside(&repository, &["rev-parse", "main"]).trim());
    assert_eq!(pinned["seconds"], 1_767_323_045);
    assert_eq!(folder.read("one/js/package.json"), "{}");

    git.push(&repository, &[("js/package.json", "{\"later\": 1}")]);
    assert_eq!(check_out(&server.app, &pinned, account(), &folder.join("two")).await.unwrap(), pinned);
    assert_eq!(folder.read("two/js/package.json"), "{}", "the pinned commit, not the branch");
    check_out(&server.app, &wanted, account(), &folder.join("three")).await.unwrap();
    assert_eq!(folder.read("three/js/package.json"), "{\"later\": 1}");

    let problem = check_out(&server.app, &wanted, None, &folder.join("four")).await.unwrap_err();
    assert!(problem.advice().contains("target `source`"), "{problem:?}");
    let nothing = json!({ "kind": "git", "url": repository.url, "ref": "nothing" });
    let problem = check_out(&server.app, &nothing, account(), &folder.join("five")).await.unwrap_err();
    assert_eq!(problem.code(), code::git::BRANCH_UNKNOWN);

    // Without an administrator's word nobody looks around in the server's own network.
    let strict = Server::start().await;
    let problem = check_out(&strict.app, &wanted, account(), &folder.join("six")).await.unwrap_err();
    assert_eq!(problem.code(), code::http::ADDRESS_REFUSED, "{problem:?}");
    for url in ["ssh://git@example.org/x", "git@example.org:x", "file:///etc"] {
        let wanted = json!({ "kind": "git", "url": url });
        assert!(check_out(&server.app, &wanted, None, &folder.join("seven")).await.is_err(), "{url}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_is_copied_and_nothing_beside_it() {
    let (roots, outside, folder) = (Folder::new(), Folder::new(), Folder::new());
    roots.write("team/hello/js/package.json", "{}").write("secret", "s");
    outside.write("key", "k");
    let server = Server::with(&[("PAK_PROJECTS_ROOT", roots.path().as_str())]).await;
    let take = async |path: &str, into: &str| {
        let wanted = json!({ "kind": "directory", "path": path });
        check_out(&server.app, &wanted, None, &folder.join(into)).await
    };
    take("team/hello", "one").await.unwrap();
    assert_eq!(folder.read("one/js/package.json"), "{}");
    for (number, path) in ["..", "team/../..", "/etc", "nowhere", "secret", "team\\hello"].into_iter().enumerate() {
        assert_eq!(take(path, &format!("bad{number}")).await.unwrap_err().code(), code::server::SOURCE, "{path}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("js/package.json", roots.join("team/hello/inner")).unwrap();
        symlink(outside.path(), roots.join("away")).unwrap();
        take("team/hello", "two").await.unwrap();
        assert_eq!(folder.read("two/inner"), "{}");
        assert_eq!(take("away", "three").await.unwrap_err().code(), code::server::SOURCE);
        symlink("../../secret", roots.join("team/hello/out")).unwrap();
        assert_eq!(take("team/hello", "four").await.unwrap_err().code(), code::server::SOURCE_REFUSED);
        std::fs::remove_file(roots.join("team/hello/out")).unwrap();
        symlink(outside.join("key"), roots.join("team/hello/out")).unwrap();
        assert_eq!(take("team/hello", "five").await.unwrap_err().code(), code::server::SOURCE_REFUSED);
    }
    let none = Server::start().await;
    let wanted = json!({ "kind": "directory", "path": "team/hello" });
    let problem = check_out(&none.app, &wanted, None, &folder.join("six")).await.unwrap_err();
    assert!(problem.advice().contains("PAK_PROJECTS_ROOT"), "{problem:?}");
}
