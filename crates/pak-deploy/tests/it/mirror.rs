//! A run that is kept a second time goes on anywhere else, and nothing is sent that the second place does not know of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};
use pak_deploy::state::RunFolder;
use pak_deploy::{Mirror, Session, history, journal, run, undo, verify};
use pak_model::event::{Body, Event, Fact, RunOutcome};
use pak_model::{Problem, Result, code};
use pak_testing::project::Folder;
use uuid::Uuid;

use crate::stage::Stage;

/// A second place in memory that takes so many facts and then belongs to somebody else.
struct Memory {
    takes: usize,
    kept: Mutex<Kept>,
}

#[derive(Default, Clone)]
struct Kept {
    run: Option<Uuid>,
    files: BTreeMap<Utf8PathBuf, Vec<u8>>,
    events: Vec<Event>,
}

impl Memory {
    fn taking(takes: usize, kept: Kept) -> Arc<Self> {
        Arc::new(Self { takes, kept: Mutex::new(kept) })
    }

    fn kept(&self) -> Kept {
        self.kept.lock().unwrap().clone()
    }
}

#[async_trait]
impl Mirror for Memory {
    async fn save(&self, run: &RunFolder) -> Result<()> {
        let mut files = BTreeMap::new();
        read(&run.path, &run.path, &mut files);
        *self.kept.lock().unwrap() = Kept { run: Some(run.id), files, events: Vec::new() };
        Ok(())
    }

    async fn stopped(&self, run: &RunFolder) -> Result<()> {
        self.kept.lock().unwrap().files.insert("scan.json".into(), std::fs::read(run.scan()).unwrap());
        Ok(())
    }

    fn append(&self, events: &[Event]) -> Result<()> {
        let mut kept = self.kept.lock().unwrap();
        if kept.events.len() + events.len() > self.takes {
            return Err(Problem::new(code::server::LEASE_LOST, "Another worker has the run."));
        }
        kept.events.extend_from_slice(events);
        Ok(())
    }

    async fn load(&self, run: &RunFolder) -> Result<Option<Vec<Event>>> {
        let kept = self.kept();
        if kept.run != Some(run.id) {
            return Ok(None);
        }
        for (path, bytes) in &kept.files {
            let path = run.path.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Ok(Some(kept.events))
    }
}

fn read(root: &Utf8Path, folder: &Utf8Path, files: &mut BTreeMap<Utf8PathBuf, Vec<u8>>) {
    for entry in folder.read_dir_utf8().unwrap().flatten() {
        if entry.path().is_dir() {
            read(root, entry.path(), files);
        } else {
            files.insert(entry.path().strip_prefix(root).unwrap().to_owned(), std::fs::read(entry.path()).unwrap());
        }
    }
}

/// A tarball that is packed, an image that is made, and a file that lies in the checkout.
async fn stage() -> Stage {
    let project = Folder::from_text(
        "-- js/package.json --\n{\"name\": \"hello\", \"version\": \"1.0.0\", \"license\": \"MIT\", \"description\": \"hi\"}\n\
         -- js/index.js --\nexports.hi = 1;\n\
         -- image/Dockerfile --\nFROM scratch\nCOPY hello /hello\nENTRYPOINT [\"/hello\"]\n-- image/hello --\nhi\n\
         -- dist/tool-1.0.0-linux-amd64 --\n#!/bin/sh\necho hi\n\
         -- pak.toml --\n[project]\nname = \"hello\"\n[packages.js]\npath = \"js\"\n\
         [packages.image]\npath = \"image\"\ndockerfile = \"image/Dockerfile\"\nname = \"hello\"\nversion = \"1.0.0\"\n\
         platforms = [\"linux/amd64\"]\ndepends-on = [\"js\"]\n\
         [packages.tool]\necosystem = \"generic\"\nname = \"tool\"\nversion = \"1.0.0\"\nartifacts = [\"dist/*\"]\n\
         [environments.sandbox]\nnpm = {}\ndocker = {}\ngeneric = {}\n",
    );
    Stage::of(project).await
}

fn with(session: Session, mirror: &Arc<Memory>) -> Session {
    Session { mirror: Some(mirror.clone()), ..session }
}

/// The project as another machine has it: without what was built beforehand.
fn elsewhere(stage: &Stage) -> (Folder, Folder) {
    let project = Folder::copy_of(stage.project.path());
    std::fs::remove_dir_all(project.join("dist")).unwrap();
    (project, Folder::new())
}

/// Requests that made something visible, each as often as it was accepted.
fn accepted(stage: &Stage) -> BTreeMap<String, usize> {
    let publishes = |line: &String| {
        ["PUT /npm/", "PUT /files/"].iter().any(|begin| line.starts_with(begin))
            || (line.starts_with("PUT /v2/") && line.contains("/manifests/"))
    };
    let mut counts = BTreeMap::new();
    for line in stage.writes().into_iter().filter(publishes).filter(|line| line.contains(" -> 2")) {
        *counts.entry(line).or_insert(0) += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_after_any_fact_a_run_goes_on_elsewhere_and_nothing_is_sent_twice() {
    let whole = stage().await;
    let mirror = Memory::taking(usize::MAX, Kept::default());
    let report = run::deploy(&with(whole.session().0, &mirror), None, &|_| Ok(())).await.unwrap();
    assert_eq!(report.outcome, RunOutcome::Success, "{:?}", report.problem());
    let (facts, expected) = (mirror.kept().events.len(), accepted(&whole));
    assert!(facts > 15 && expected.len() >= 4, "{facts} {expected:?}");
    for takes in 0..facts {
        let stage = stage().await;
        let mirror = Memory::taking(takes, Kept::default());
        let first = with(stage.session().0, &mirror);
        let problem = run::deploy(&first, None, &|_| Ok(())).await.unwrap_err();
        assert_eq!(problem.code(), code::server::LEASE_LOST, "{takes}");
        let kept = mirror.kept();
        let intended =
            kept.events.iter().filter(|event| matches!(event.body, Body::Fact(Fact::UploadIntended { .. }))).count();
        assert!(accepted(&stage).values().sum::<usize>() <= intended, "{takes}: {:?}", stage.writes());
        // The machine's own journal is ahead of the second place, which is the truth.
        let own = journal::read(&history::find(&first, None).unwrap().journal()).unwrap();
        assert!(own.events.len() > kept.events.len());

        let (checkout, own) = elsewhere(&stage);
        let mirror = Memory::taking(usize::MAX, kept.clone());
        let second = with(stage.session_in(&checkout, &own).0, &mirror);
        let folder = run::restore(&second, kept.run.unwrap()).await.unwrap().unwrap();
        let report = run::resume(&second, &folder).await.unwrap();
        assert_eq!(report.outcome, RunOutcome::Success, "{takes}: {:?}", report.problem());
        let counts = accepted(&stage);
        assert_eq!(counts.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{takes}");
        let twice = counts.iter().find(|(line, count)| **count > 1 && !line.contains("/manifests/"));
        assert_eq!(twice, None, "{takes}");
        assert_eq!(journal::read(&folder.journal()).unwrap().events, mirror.kept().events);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_taken_back_through_the_second_place_too() {
    let stage = stage().await;
    let mirror = Memory::taking(usize::MAX, Kept::default());
    let done = run::deploy(&with(stage.session().0, &mirror), None, &|_| Ok(())).await.unwrap();
    let kept = mirror.kept();
    let (checkout, own) = elsewhere(&stage);
    let there = |mirror: &Arc<Memory>| with(stage.session_in(&checkout, &own).0, mirror);

    let refuses = Memory::taking(kept.events.len() + 1, kept.clone());
    let folder = run::restore(&there(&refuses), done.run).await.unwrap().unwrap();
    assert!(verify::verify(&there(&refuses), &folder).await.unwrap().iter().all(|checked| checked.problem.is_none()));
    let before = stage.writes();
    let problem = undo::rollback(&there(&refuses), &folder).await.unwrap_err();
    assert_eq!(
        (problem.code(), stage.writes()),
        (code::server::LEASE_LOST, before),
        "nothing is taken back unrecorded"
    );

    let mirror = Memory::taking(usize::MAX, kept);
    let folder = run::restore(&there(&mirror), done.run).await.unwrap().unwrap();
    let report = undo::rollback(&there(&mirror), &folder).await.unwrap();
    assert!(!report.lines.is_empty());
    let undone = |event: &Event| matches!(event.body, Body::Fact(Fact::UndoDone { .. }));
    assert!(mirror.kept().events.iter().any(undone));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_never_saved_whole_begins_anew_and_leaves_no_folder() {
    let stage = stage().await;
    let session = with(stage.session().0, &Memory::taking(0, Kept::default()));
    assert!(run::restore(&session, Uuid::now_v7()).await.unwrap().is_none());
    assert!(history::list(&session).unwrap().is_empty());
    let alone = Session { mirror: None, ..session };
    assert_eq!(run::restore(&alone, Uuid::now_v7()).await.unwrap_err().code(), code::deploy::RUN_UNKNOWN);
}
