//! Hears a run's events and shows them the way this process shows things: JSON lines, quiet lines, or a live board.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use pak_deploy::Sink;
use pak_model::event::{Body, Event, Fact, Tick};
use pak_model::plan::Plan;

use super::Output;
use super::progress::{Board, line};

/// The sink of the command line.
pub(crate) struct Reporter {
    output: Output,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    live: Option<Live>,
}

struct Live {
    board: Board,
    bars: MultiProgress,
    rows: BTreeMap<String, ProgressBar>,
}

impl Reporter {
    pub(crate) fn new(output: Output) -> Self {
        Self { output, state: Mutex::default() }
    }

    /// Tells the plan that the events to come belong to. The live board begins with this.
    pub(crate) fn begin(&self, plan: &Plan) {
        let mut state = self.lock();
        state.plan = Some(plan.clone());
        if self.output.is_live() {
            let live = Live { board: Board::of(plan), bars: MultiProgress::new(), rows: BTreeMap::new() };
            state.live = Some(live.drawn());
        }
    }

    /// Takes the board down, so that what follows is not drawn over.
    pub(crate) fn end(&self) {
        if let Some(live) = self.lock().live.take() {
            for bar in live.rows.values() {
                bar.finish_and_clear();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Reporter {
    fn event(&self, event: &Event) {
        self.output.json_line(event);
        let mut state = self.lock();
        let text = line(event, state.plan.as_ref(), self.output.is_plain());
        match &mut state.live {
            None => {
                if let Some(text) = text {
                    self.output.progress(text);
                }
            }
            Some(live) => {
                // The row says that a step waits or tries again; what ended is worth a line of its own.
                let is_row = matches!(event.body, Body::Tick(Tick::Waiting { .. } | Tick::Retrying { .. }));
                if let Some(text) = text.filter(|_| !is_row) {
                    live.bars.suspend(|| self.output.progress(text));
                }
                live.take(event, self.output.is_plain());
            }
        }
        if matches!(event.body, Body::Fact(Fact::RunFinished { .. })) {
            drop(state);
            self.end();
        }
    }
}

impl Live {
    fn drawn(mut self) -> Self {
        let style = ProgressStyle::with_template("{wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        for target in self.board.targets() {
            let bar = self.bars.add(ProgressBar::no_length().with_style(style.clone()));
            bar.set_message(self.board.row(target, false));
            self.rows.insert(target.clone(), bar);
        }
        self
    }

    fn take(&mut self, event: &Event, plain: bool) {
        let Some(target) = self.board.take(event).map(str::to_owned) else { return };
        if let Some(bar) = self.rows.get(&target) {
            bar.set_message(self.board.row(&target, plain));
            bar.tick();
        }
    }
}
