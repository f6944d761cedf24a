//! Appends facts: one thread writes what has come together, syncs once, and only then lets the facts be acted on.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};

use camino::Utf8Path;
use jiff::Timestamp;
use pak_model::event::{Body, Event, Fact};
use pak_model::fault::FaultPlan;
use pak_model::{Problem, Result, code};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::line;
use super::mirror::{self, Mirror};
use super::reader::{Journal, cut_tail};
use crate::events::Sink;

/// The journal's only writer.
pub struct Writer {
    queue: mpsc::Sender<Job>,
    last: Arc<AtomicU64>,
}

struct Job {
    fact: Fact,
    done: oneshot::Sender<Result<()>>,
}

impl Writer {
    /// Begins a journal, or continues the one that was read.
    pub fn open(
        path: &Utf8Path,
        run: Uuid,
        before: Option<&Journal>,
        faults: FaultPlan,
        sink: Arc<dyn Sink>,
        mirror: Option<Arc<dyn Mirror>>,
    ) -> Result<Self> {
        let failed = |error: std::io::Error| write_problem(path, &error);
        if let Some(before) = before {
            cut_tail(path, before.whole).map_err(failed)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(path).map_err(failed)?;
        sync_folder(path);
        let seq = before.and_then(|journal| journal.events.last()).map_or(0, |event| event.seq);
        let last = Arc::new(AtomicU64::new(seq));
        let (queue, jobs) = mpsc::channel();
        let path_text = path.to_string();
        let worker = Worker { file, path: path_text, run, last: Arc::clone(&last), faults, sink, mirror, broken: None };
        std::thread::Builder::new().name("journal".to_owned()).spawn(move || worker.work(&jobs)).map_err(failed)?;
        Ok(Self { queue, last })
    }

    /// Appends a fact; returns when it is on disk, and in the mirror.
    pub async fn append(&self, fact: Fact) -> Result<()> {
        let (done, answer) = oneshot::channel();
        let gone = || Problem::new(code::deploy::JOURNAL_WRITE, "The journal's writer has stopped.");
        self.queue.send(Job { fact, done }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// The number of the last fact on disk.
    pub fn last_seq(&self) -> u64 {
        self.last.load(Ordering::Relaxed)
    }
}

struct Worker {
    file: File,
    path: String,
    run: Uuid,
    last: Arc<AtomicU64>,
    faults: FaultPlan,
    sink: Arc<dyn Sink>,
    mirror: Option<Arc<dyn Mirror>>,
    /// Once a write has failed nothing more is written: a half line in the middle would make the journal unreadable.
    broken: Option<Problem>,
}

impl Worker {
    fn work(mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let batch: Vec<Job> = std::iter::once(first).chain(jobs.try_iter()).collect();
            let written = self.write(&batch);
            for (index, job) in batch.into_iter().enumerate() {
                let answer = match &written {
                    Ok(events) => {
                        if let Some(event) = events.get(index) {
                            self.faults.pass(&format!("journal {} written", name(&job.fact)));
                            self.sink.event(event);
                        }
                        Ok(())
                    }
                    Err(problem) => Err(problem.clone()),
                };
                // Whoever asked may be gone already; the fact is on disk all the same.
                let _ = job.done.send(answer);
            }
        }
    }

    /// Writes a batch with one sync.
    fn write(&mut self, batch: &[Job]) -> Result<Vec<Event>> {
        if let Some(problem) = &self.broken {
            return Err(problem.clone());
        }
        let mut seq = self.last.load(Ordering::Relaxed);
        let mut events = Vec::with_capacity(batch.len());
        let mut lines = Vec::new();
        for job in batch {
            self.faults.pass(&format!("journal {} before", name(&job.fact)));
            seq += 1;
            let event = Event { run: self.run, seq, at: Timestamp::now(), body: Body::Fact(job.fact.clone()) };
            lines.extend(line::encode(&event).map_err(|error| self.broken(&error.into()))?);
            events.push(event);
        }
        let stored = self.file.write_all(&lines).and_then(|()| self.file.sync_data());
        stored.map_err(|error| self.broken(&error))?;
        if let Some(mirror) = &self.mirror {
            self.faults.pass("journal mirror before");
            if let Err(problem) = mirror.append(&events).map_err(mirror::refused) {
                self.broken = Some(problem.clone());
                return Err(problem);
            }
        }
        self.last.store(seq, Ordering::Relaxed);
        Ok(events)
    }

    fn broken(&mut self, error: &std::io::Error) -> Problem {
        let problem = write_problem(Utf8Path::new(&self.path), error);
        self.broken = Some(problem.clone());
        problem
    }
}

fn write_problem(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::deploy::JOURNAL_WRITE, format!("{path} cannot be written, so nothing more is sent."))
        .about("file", path)
        .cause(error)
}

/// Makes the journal's own name durable, where the system lets a folder be opened and synced (not on Windows).
fn sync_folder(path: &Utf8Path) {
    if let Some(folder) = path.parent()
        && let Ok(folder) = File::open(folder)
    {
        let _ = folder.sync_all();
    }
}

/// The fact's name as it stands in the journal.
fn name(fact: &Fact) -> &'static str {
    match fact {
        Fact::RunPlanned { .. } => "run-planned",
        Fact::RunResumed { .. } => "run-resumed",
        Fact::StepStarted { .. } => "step-started",
        Fact::PresenceChecked { .. } => "presence-checked",
        Fact::UploadIntended { .. } => "upload-intended",
        Fact::UploadDone { .. } => "upload-done",
        Fact::UploadFailed { .. } => "upload-failed",
        Fact::Staged { .. } => "staged",
        Fact::PromoteIntended { .. } => "promote-intended",
        Fact::PromoteDone { .. } => "promote-done",
        Fact::Verified { .. } => "verified",
        Fact::StepFinished { .. } => "step-finished",
        Fact::UndoIntended { .. } => "undo-intended",
        Fact::UndoDone { .. } => "undo-done",
        Fact::UndoFailed { .. } => "undo-failed",
        Fact::RunFinished { .. } => "run-finished",
    }
}
