//! The Maven driver with what is not ours: nginx as a repository, and the real Maven on both ends of it.

use camino::{Utf8Path, Utf8PathBuf};
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Digests, Presence, Recovery, Release, Result, Role, code};
use pak_platforms::{Call, Endpoint, Platform};
use pak_testing::maven::in_folder;
use pak_testing::project::Folder;
use pak_testing::servers::nginx::{self, Dav};
use pak_testing::servers::{Running, USER};
use tokio_util::sync::CancellationToken;

use crate::conformance::{Ground, publish};
use crate::fixtures::maven::{Maven, NAME, release};

/// The plugins of Debian's repository.
const DEPENDENCY: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.5.0";
const DEPLOY: &str = "org.apache.maven.plugins:maven-deploy-plugin:3.0.0:deploy-file";

fn call(root: &str, credential: Credential) -> Call {
    let client = Client::new(Policy::default(), FaultPlan::none());
    Call::new(client, Endpoint::parse(root).unwrap(), Some(credential), CancellationToken::new())
}

/// A Maven that resolves what is in a repository.
struct Consumer {
    folder: Folder,
    maven: pak_testing::Client,
    root: String,
}

impl Consumer {
    /// None without Maven. Its own plugins are there afterwards: Debian's have no checksums to be strict about.
    fn of(root: &str) -> Option<Self> {
        let folder = Folder::new();
        let maven = in_folder(&folder, &[])?;
        maven.succeed(&["-B", "-q", &format!("{DEPENDENCY}:help")]);
        Some(Self { folder, maven, root: root.to_owned() })
    }

    /// Resolves something as if for the first time, checksums and all; the jar it got, or what Maven said.
    fn resolve(&self, artifact: &str) -> Result<Vec<u8>, String> {
        let seen = self.folder.join(".mvn/local/dev");
        if seen.exists() {
            std::fs::remove_dir_all(&seen).unwrap();
        }
        let got = self.maven.run(&[
            "-B",
            "--strict-checksums",
            &format!("{DEPENDENCY}:get"),
            &format!("-Dartifact={artifact}"),
            &format!("-DremoteRepositories=tested::default::{}", self.root),
        ]);
        if !got.success {
            return Err(got.to_string());
        }
        let classifier = artifact.split(':').nth(4).map(|classifier| format!("-{classifier}")).unwrap_or_default();
        let jars = files(&seen.join("sample/hello"));
        // Of a snapshot there are two: the unique one and a copy under its base version.
        let found = jars.iter().find(|path| path.as_str().ends_with(&format!("{classifier}.jar")));
        Ok(std::fs::read(found.unwrap_or_else(|| panic!("nothing was downloaded: {jars:?}\n{got}"))).unwrap())
    }
}

fn files(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir_utf8().unwrap().map(|entry| entry.unwrap()) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(entry.path()));
        } else if entry.file_name().ends_with(".jar") {
            found.push(entry.path().to_owned());
        }
    }
    found
}

fn bytes(release: &Release, name: &str) -> Vec<u8> {
    std::fs::read(&release.artifacts.iter().find(|artifact| artifact.id.ends_with(name)).unwrap().path).unwrap()
}

/// Publishes as the engine does: prepared first, so that a snapshot gets its number.
async fn deploy(driver: &dyn Platform, call: &Call, release: &mut Release) -> Result<u32> {
    driver.publish().prepare(call, release).await?;
    publish(driver, call, release).await
}

fn repository() -> Option<(Running, Call)> {
    let running = nginx::start(Dav::default())?;
    let call = call(&running.url, running.basic());
    Some((running, call))
}

#[tokio::test(flavor = "multi_thread")]
async fn maven_resolves_what_was_published() {
    let Some((running, call)) = repository() else { return };
    let driver = pak_platforms::find("maven").unwrap().unwrap();
    let folder = Folder::new();
    let make = |version: &str, content: &str| release(&folder.join(content), &["hello", "other"], version, content);
    let wrong =
        call.with_credential(Some(Credential::Basic { user: USER.into(), password: pak_model::Secret::new("wrong") }));
    let mut first = make("1.0.0", "first");
    let problem = deploy(&*driver, &wrong, &mut first).await.unwrap_err();
    assert_eq!((problem.code(), problem.recovery_of()), (code::http::UNAUTHORIZED, Recovery::AskUser));
    // Two components of four files, the checksums of each, and the two lists.
    assert_eq!(deploy(&*driver, &call, &mut first).await.unwrap(), 2 * (4 * 3 + 1));
    assert_eq!(deploy(&*driver, &call, &mut first).await.unwrap(), 0);
    let mut other = make("1.0.0", "other content");
    let problem = deploy(&*driver, &call, &mut other).await.unwrap_err();
    assert_eq!(problem.code(), code::deploy::CONFLICT, "{problem:?}");

    let Some(consumer) = Consumer::of(&running.url) else { return };
    assert_eq!(consumer.resolve(&format!("{NAME}:1.0.0")).unwrap(), bytes(&first, "hello-1.0.0.jar"));
    let sources = consumer.resolve(&format!("{NAME}:1.0.0:jar:sources")).unwrap();
    assert_eq!(sources, bytes(&first, "hello-1.0.0-sources.jar"));

    let mut second = make("1.10.0", "second");
    deploy(&*driver, &call, &mut second).await.unwrap();
    let mut correction = make("1.9.1", "correction of an older line");
    deploy(&*driver, &call, &mut correction).await.unwrap();
    assert_eq!(driver.lookup().versions(&call, NAME).await.unwrap(), ["1.0.0", "1.9.1", "1.10.0"]);
    for wanted in ["LATEST", "RELEASE", "[1.0,2.0)"] {
        let newest = consumer.resolve(&format!("{NAME}:{wanted}")).unwrap();
        assert_eq!(newest, bytes(&second, "hello-1.10.0.jar"), "{wanted}");
    }

    let undo = driver.undo().unwrap();
    for upload in driver.publish().uploads(call.endpoint(), &second).unwrap().iter().rev() {
        undo.undo(&call, upload, None).await.unwrap();
        undo.undo(&call, upload, None).await.expect("what is gone is done");
        assert_eq!(driver.lookup().find(&call, upload).await.unwrap(), Presence::Absent, "{}", upload.key);
    }
    let newest = consumer.resolve(&format!("{NAME}:RELEASE")).unwrap();
    assert_eq!(newest, bytes(&correction, "hello-1.9.1.jar"));
    let gone = consumer.resolve(&format!("{NAME}:1.10.0")).unwrap_err();
    assert!(gone.contains("hello"), "{gone}");
    // A file that Maven would find wrong is what the strict check above is worth.
    let path = running.server.folder().join("releases/dev/sample/hello/1.9.1/hello-1.9.1.jar.sha1");
    std::fs::write(path, Digests::of(b"else").sha1.unwrap()).unwrap();
    consumer.resolve(&format!("{NAME}:1.9.1")).unwrap_err();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_replaced_by_its_next_build() {
    let Some((running, call)) = repository() else { return };
    let driver = pak_platforms::find("maven").unwrap().unwrap();
    let folder = Folder::new();
    let make = |content: &str| release(&folder.join(content), &["hello"], "1.0-SNAPSHOT", content);
    let mut first = make("first");
    deploy(&*driver, &call, &mut first).await.unwrap();
    let unique = first.options.snapshot.clone().unwrap();
    assert!(unique.starts_with("1.0-2") && unique.ends_with("-1"), "{unique}");
    let mut again = make("first");
    assert_eq!(deploy(&*driver, &call, &mut again).await.unwrap(), 0, "the same build keeps its number");
    assert_eq!(again.options.snapshot, first.options.snapshot);

    let wanted = format!("{NAME}:1.0-SNAPSHOT");
    let Some(consumer) = Consumer::of(&running.url) else { return };
    assert_eq!(consumer.resolve(&wanted).unwrap(), bytes(&first, "hello-1.0-SNAPSHOT.jar"));
    let mut second = make("second");
    deploy(&*driver, &call, &mut second).await.unwrap();
    assert!(second.options.snapshot.as_ref().unwrap().ends_with("-2"));
    assert_eq!(consumer.resolve(&wanted).unwrap(), bytes(&second, "hello-1.0-SNAPSHOT.jar"));
    assert_eq!(driver.lookup().versions(&call, NAME).await.unwrap(), ["1.0-SNAPSHOT"]);

    let undo = driver.undo().unwrap();
    for upload in driver.publish().uploads(call.endpoint(), &second).unwrap() {
        let problem = undo.undo(&call, &upload, None).await.unwrap_err();
        assert_eq!(problem.code(), code::deploy::UNDO_REFUSED, "the newest build stays");
    }
    for upload in driver.publish().uploads(call.endpoint(), &first).unwrap().iter().rev() {
        undo.undo(&call, upload, None).await.unwrap();
    }
    assert_eq!(consumer.resolve(&wanted).unwrap(), bytes(&second, "hello-1.0-SNAPSHOT.jar"));
}

#[tokio::test(flavor = "multi_thread")]
async fn maven_deploys_into_the_sandbox_and_both_keep_one_list() {
    let ground = Ground::new(&Maven).await;
    let folder = Folder::new();
    let Some(maven) = in_folder(&folder, &[("own", "sandbox", ground.sandbox.token())]) else { return };
    let root = ground.call.endpoint().root.to_string();
    let theirs = |version: &str| {
        let release = release(&folder.join(version), &["hello"], version, version);
        let file = |name: &str| release.artifacts.iter().find(|each| each.id.ends_with(name)).unwrap().path.to_string();
        maven.succeed(&[
            "-B",
            DEPLOY,
            "-DrepositoryId=own",
            &format!("-Durl={root}"),
            &format!("-DpomFile={}", file(".pom")),
            &format!("-Dfile={}", file(&format!("{version}.jar"))),
            &format!("-Dsources={}", file("-sources.jar")),
        ]);
        release
    };
    let versions = || async { ground.driver.lookup().versions(&ground.call, NAME).await.unwrap() };
    let first = theirs("1.0.0");
    assert_eq!(versions().await, ["1.0.0"]);
    // What Maven sent is found as what it is: only what it left out is missing.
    let mut missing = Vec::new();
    for upload in ground.uploads(&first) {
        match ground.driver.lookup().find(&ground.call, &upload).await.unwrap() {
            Presence::Absent => missing.push(upload.key),
            Presence::Present { digests, .. } => assert_ne!(digests.agrees(&upload.digests), Some(false)),
            other => panic!("{other:?}"),
        }
    }
    assert!(missing.iter().all(|key| key.contains("javadoc")), "{missing:?}");

    let second = ground.release("1.1.0", 0);
    publish(&*ground.driver, &ground.call, &second).await.unwrap();
    let third = theirs("1.2.0");
    assert_eq!(versions().await, ["1.0.0", "1.1.0", "1.2.0"]);
    let list = ground.uploads(&second).into_iter().rfind(|upload| upload.role == Role::Front).unwrap();
    assert!(matches!(ground.driver.lookup().find(&ground.call, &list).await.unwrap(), Presence::Present { .. }));

    theirs("2.0-SNAPSHOT");
    let mut next = ground.release("2.0-SNAPSHOT", 1);
    deploy(&*ground.driver, &ground.call, &mut next).await.unwrap();
    assert!(next.options.snapshot.as_ref().unwrap().ends_with("-2"), "{:?}", next.options.snapshot);
    theirs("2.0-SNAPSHOT");
    assert_eq!(versions().await, ["1.0.0", "1.1.0", "1.2.0", "2.0-SNAPSHOT"]);
    let consumer = Consumer::of(&root).unwrap();
    let newest = consumer.resolve(&format!("{NAME}:2.0-SNAPSHOT")).unwrap();
    assert_eq!(newest, std::fs::read(folder.join("2.0-SNAPSHOT/hello-2.0-SNAPSHOT.jar")).unwrap());
    assert_eq!(consumer.resolve(&format!("{NAME}:RELEASE")).unwrap(), bytes(&third, "hello-1.2.0.jar"));
}
