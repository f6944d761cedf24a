//! One producer, many sinks: facts to the journal first, then to whoever watches; ticks to the watchers alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use pak_model::Result;
use pak_model::event::{Body, Event, Fact, Tick};
use pak_platforms::http::Observer;
use uuid::Uuid;

use crate::journal::{Journal, Writer};
use crate::session::Session;
use crate::state::RunFolder;

/// Hears every event, in order. Called from several threads: must be quick and must not block.
pub trait Sink: Send + Sync {
    /// One event.
    fn event(&self, event: &Event);
}

/// Hears nothing.
pub struct Nobody;

impl Sink for Nobody {
    fn event(&self, _: &Event) {}
}

/// The event stream of one run.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    run: Uuid,
    journal: Writer,
    sink: Arc<dyn Sink>,
}

impl Bus {
    /// The stream of a run into its journal (begun, or continued where it was read), its mirror and its watchers.
    pub(crate) fn open(session: &Session, run: &RunFolder, before: Option<&Journal>) -> Result<Self> {
        let (faults, sink, mirror) = (session.faults.clone(), Arc::clone(&session.sink), session.mirror.clone());
        let journal = Writer::open(&run.journal(), run.id, before, faults, Arc::clone(&sink), mirror)?;
        Ok(Self(Arc::new(Inner { run: run.id, journal, sink })))
    }

    /// Records a fact. Returns when it is on disk and in the mirror; an error means that nothing further may be sent.
    pub async fn fact(&self, fact: Fact) -> Result<()> {
        self.0.journal.append(fact).await
    }

    /// Shows a tick.
    pub fn tick(&self, tick: Tick) {
        let event =
            Event { run: self.0.run, seq: self.0.journal.last_seq(), at: Timestamp::now(), body: Body::Tick(tick) };
        self.0.sink.event(&event);
    }
}

/// Turns what a step's requests tell into ticks.
pub(crate) struct StepObserver {
    bus: Bus,
    step: String,
    total: u64,
    done: AtomicU64,
    shown: AtomicU64,
}

impl StepObserver {
    pub(crate) fn new(bus: Bus, step: &str, total: u64) -> Arc<Self> {
        Arc::new(Self { bus, step: step.to_owned(), total, done: AtomicU64::new(0), shown: AtomicU64::new(0) })
    }
}

impl Observer for StepObserver {
    fn progress(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // A tick a percent is plenty; a tick a chunk would drown a slow terminal.
        let shown = self.shown.load(Ordering::Relaxed);
        if done.saturating_sub(shown) >= self.total / 100 || done >= self.total {
            self.shown.store(done, Ordering::Relaxed);
            self.bus.tick(Tick::Progress { step: self.step.clone(), done: done.min(self.total), total: self.total });
        }
    }

    fn rewind(&self, bytes: u64) {
        let _ = self.done.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |done| Some(done.saturating_sub(bytes)));
        self.shown.store(0, Ordering::Relaxed);
    }

    fn waiting(&self, why: &str, time: Duration) {
        let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.bus.tick(Tick::Waiting { step: self.step.clone(), why: why.to_owned(), ms });
    }

    fn retrying(&self, attempt: u32, why: &str) {
        self.bus.tick(Tick::Retrying { step: self.step.clone(), attempt, why: why.to_owned() });
    }
}
