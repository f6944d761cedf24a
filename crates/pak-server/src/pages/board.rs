//! The board of a deployment: for each registry and each package how far it got, made from the plan and the events of the
//! run. A pure function, so that a page that is reloaded and one that was watched show the same.

use std::collections::BTreeMap;

use pak_model::event::{Body, Event, Fact, How, StepOutcome, Tick};
use pak_model::plan::{Plan, StepState};
use pak_model::problem::Report;

use super::chip::{Chip, Tone};
use super::frame::Link;
use super::show::{count, plain};
use crate::charts::scale;

/// Everything that is seen of a run.
#[derive(Debug, Clone, Default)]
pub struct Board {
    /// The registries, in the plan's order.
    pub targets: Vec<Target>,
    places: BTreeMap<String, (usize, usize)>,
}

/// A step as a deployment's row keeps it.
#[derive(Debug, serde::Deserialize)]
struct Planned {
    step: String,
    target: String,
    #[serde(default)]
    registry: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    bytes: u64,
}

/// One registry.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name in the environment.
    pub name: String,
    /// Its address.
    pub registry: String,
    /// The packages that go there.
    pub steps: Vec<Step>,
}

/// One package going to one registry.
#[derive(Debug, Clone)]
pub struct Step {
    /// The step's id in the plan.
    pub id: String,
    /// The package's name there.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How it stands.
    pub chip: Chip,
    /// Bytes that were sent.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
    /// What happened last, while it is at work.
    pub note: String,
    /// Why it failed.
    pub trouble: Option<Trouble>,
    /// Where it can be looked at.
    pub links: Vec<Link>,
    has_ended: bool,
}

/// A problem in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub message: String,
    /// What to do.
    pub advice: String,
    /// The stable code.
    pub code: String,
}

impl Trouble {
    fn of(report: &Report) -> Self {
        Self { message: plain(&report.message), advice: plain(&report.help), code: plain(&report.code) }
    }
}

impl Board {
    /// The board of a plan before anything happened.
    pub fn of(plan: &Plan) -> Self {
        let mut board = Self::default();
        for step in &plan.steps {
            let target = plan.targets.iter().find(|target| target.name == step.target);
            let registry = target.map_or_else(String::new, |target| plain(&target.registry));
            board.place(&step.id, &step.target, registry, &step.name, &step.version, step.size());
            let note = match &step.state {
                StepState::Partial { present } => format!("{} there from before", count(present.len(), "file")),
                StepState::Published => "there already, to be verified".to_owned(),
                _ => continue,
            };
            board.with(&step.id, |step| step.note = note);
        }
        board
    }

    /// The board of a deployment's row: its steps as the worker wrote them down when the plan was made.
    pub fn of_summary(summary: &str) -> Self {
        let mut board = Self::default();
        for step in serde_json::from_str::<Vec<Planned>>(summary).unwrap_or_default() {
            board.place(&step.step, &step.target, plain(&step.registry), &step.package, &step.version, step.bytes);
        }
        board
    }

    /// Takes an event in.
    pub fn take(&mut self, event: &Event) {
        match &event.body {
            Body::Fact(fact) => self.fact(fact),
            Body::Tick(tick) => self.tick(tick),
        }
    }

    fn step(&mut self, id: &str) -> Option<&mut Step> {
        let (target, step) = *self.places.get(id)?;
        self.targets.get_mut(target)?.steps.get_mut(step)
    }

    fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::StepStarted { step } => self.with(step, |step| {
                step.chip = Chip::WORKING;
                step.has_ended = false;
                step.trouble = None;
                step.note.clear();
            }),
            Fact::UploadIntended { step, key, .. } => {
                self.with(step, |step| step.note = format!("sending {}", plain(key)));
            }
            Fact::UploadDone { step, key, how, receipt } => self.with(step, |step| {
                step.note = match how {
                    How::Sent => format!("{} accepted", plain(key)),
                    How::AlreadyThere => format!("{} was there with the same bytes", plain(key)),
                    How::FoundAfterLostAnswer => format!("{}: the answer was lost, the registry has it", plain(key)),
                };
                // A registry's answer is no reason to send anybody to a script.
                if let Some(url) = receipt.url.clone()
                    && is_for_people(&url)
                    && !step.links.iter().any(|link| link.path == url)
                {
                    step.links.push(Link::new(url.clone(), plain(&url)));
                }
            }),
            Fact::UploadFailed { step, problem, .. } | Fact::UndoFailed { step, problem, .. } => {
                self.with(step, |step| step.trouble = Some(Trouble::of(problem)));
            }
            Fact::Staged { step, reference, .. } => {
                self.with(step, |step| step.note = format!("held by the registry as {}", plain(reference)));
            }
            Fact::PromoteIntended { step, .. } => {
                self.with(step, |step| step.note = String::from("about to be made public"));
            }
            Fact::PromoteDone { step, .. } => self.with(step, |step| step.note = String::from("made public")),
            Fact::Verified { step, key, .. } => {
                self.with(step, |step| step.note = format!("{} read back with the same bytes", plain(key)));
            }
            Fact::StepFinished { step, outcome, problem } => {
                self.with(step, |step| step.finish(*outcome, problem.as_ref()));
            }
            Fact::UndoIntended { step, action, .. } => self.with(step, |step| {
                step.chip = Chip::WORKING;
                step.note = format!("taking back: {}", action.label());
            }),
            Fact::UndoDone { step, action, note, .. } => self.with(step, |step| {
                step.note = if note.is_empty() {
                    action.label().to_owned()
                } else {
                    format!("{}: {}", action.label(), plain(note))
                };
            }),
            Fact::RunPlanned { .. }
            | Fact::RunResumed { .. }
            | Fact::PresenceChecked { .. }
            | Fact::RunFinished { .. } => {}
        }
    }

    /// A step that events speak of before the plan is known here: `<target>/<package>`.
    fn discover(&mut self, id: &str) {
        let (target, package) = id.split_once('/').unwrap_or((id, id));
        self.place(id, target, String::new(), package, "", 0);
    }

    /// Puts a step behind the others of its target.
    fn place(&mut self, id: &str, target: &str, registry: String, name: &str, version: &str, total: u64) {
        let shown = plain(target);
        let at = self.targets.iter().position(|known| known.name == shown).unwrap_or_else(|| {
            self.targets.push(Target { name: shown, registry, steps: Vec::new() });
            self.targets.len() - 1
        });
        let Some(target) = self.targets.get_mut(at) else { return };
        self.places.insert(id.to_owned(), (at, target.steps.len()));
        target.steps.push(Step {
            id: id.to_owned(),
            name: plain(name),
            version: plain(version),
            chip: Chip::WAITING,
            done: 0,
            total,
            note: String::new(),
            trouble: None,
            links: Vec::new(),
            has_ended: false,
        });
    }

    fn tick(&mut self, tick: &Tick) {
        match tick {
            Tick::Progress { step, done, total } => self.with(step, |step| (step.done, step.total) = (*done, *total)),
            Tick::Waiting { step, why, ms } => self.with(step, |step| {
                step.note = format!("waits {}: {}", scale::seconds(*ms as f64 / 1000.0), plain(why));
            }),
            Tick::Retrying { step, attempt, why } => {
                self.with(step, |step| step.note = format!("attempt {attempt}: {}", plain(why)));
            }
            Tick::Stage { .. } | Tick::Line { .. } => {}
        }
    }

    fn with(&mut self, id: &str, change: impl FnOnce(&mut Step)) {
        if !self.places.contains_key(id) {
            self.discover(id);
        }
        if let Some(step) = self.step(id) {
            change(step);
        }
    }

    /// The version of every package, where it is one.
    pub fn version(&self) -> Option<&str> {
        let mut versions = self.targets.iter().flat_map(|target| &target.steps).map(|step| step.version.as_str());
        let first = versions.next().filter(|version| !version.is_empty())?;
        versions.all(|version| version == first).then_some(first)
    }

    /// How far it got, in a few words.
    pub fn words(&self) -> String {
        let steps = || self.targets.iter().flat_map(|target| &target.steps);
        let (all, ended) = (steps().count(), steps().filter(|step| step.has_ended).count());
        let failed = steps().filter(|step| step.chip.tone == Tone::Bad).count();
        match (all, failed) {
            (0, _) => String::new(),
            (_, 0) => format!("{ended} of {} done", count(all, "package")),
            _ => format!("{ended} of {} done, {failed} failed", count(all, "package")),
        }
    }
}

/// Whether an address leads a person somewhere: on the web, and not into a registry inside of this server, which is gone
/// when the run is.
fn is_for_people(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let is_here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => true,
    };
    matches!(url.scheme(), "https" | "http") && !is_here
}

impl Target {
    /// How the registry's packages stand together: the worst of them, or the one at work.
    pub fn chip(&self) -> Chip {
        let with = |tone: Tone| self.steps.iter().map(|step| step.chip).find(|chip| chip.tone == tone);
        let worst = with(Tone::Bad).or_else(|| with(Tone::Busy)).or_else(|| with(Tone::Warn));
        worst.or_else(|| with(Tone::Calm)).or_else(|| with(Tone::Good)).unwrap_or(Chip::WAITING)
    }
}

impl Step {
    fn finish(&mut self, outcome: StepOutcome, problem: Option<&Report>) {
        self.chip = Chip::step(outcome);
        self.has_ended = true;
        self.trouble = problem.map(Trouble::of);
        if self.chip.tone == Tone::Good {
            self.done = self.total;
            self.note.clear();
            self.trouble = None;
        }
    }

    /// Whether bytes are worth showing: while it is at work and after it ended well.
    pub fn shows_bar(&self) -> bool {
        self.total > 0 && self.done > 0 && !matches!(self.chip.tone, Tone::Calm)
    }

    /// How much of it was sent, of a hundred.
    pub fn percent(&self) -> u64 {
        (self.done.min(self.total) * 100).checked_div(self.total).unwrap_or(0)
    }

    /// The size of all of it, in words.
    pub fn size(&self) -> String {
        scale::bytes(self.total as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(fact: Fact) -> Event {
        Event { run: uuid::Uuid::nil(), seq: 1, at: jiff::Timestamp::UNIX_EPOCH, body: Body::Fact(fact) }
    }

    #[test]
    fn steps_appear_with_the_first_word_of_them_and_end_as_they_ended() {
        let mut board = Board::default();
        let step = "npm/@team/greeter".to_owned();
        board.take(&fact(Fact::StepStarted { step: step.clone() }));
        assert_eq!((board.targets[0].name.as_str(), board.targets[0].steps[0].name.as_str()), ("npm", "@team/greeter"));
        assert_eq!(board.targets[0].steps[0].chip, Chip::WORKING);
        assert_eq!(board.words(), "0 of 1 package done");
        board.take(&fact(Fact::StepFinished { step: step.clone(), outcome: StepOutcome::Failed, problem: None }));
        assert_eq!(board.words(), "1 of 1 package done, 1 failed");
        // A resumed run begins the step again.
        board.take(&fact(Fact::StepStarted { step: step.clone() }));
        assert_eq!(board.targets[0].chip(), Chip::WORKING);
        board.take(&fact(Fact::StepFinished { step, outcome: StepOutcome::Published, problem: None }));
        assert_eq!(board.targets[0].chip().tone, Tone::Good);
    }

    #[test]
    fn only_web_addresses_become_links() {
        let mut board = Board::default();
        for url in ["javascript:alert(1)", "http://127.0.0.1:4000/npm/greeter", "https://npm.example/greeter"] {
            board.take(&fact(Fact::UploadDone {
                step: "npm/greeter".to_owned(),
                key: "file".to_owned(),
                how: How::Sent,
                receipt: pak_model::Receipt { url: Some(url.to_owned()), ..Default::default() },
            }));
        }
        assert_eq!(board.targets[0].steps[0].links.len(), 1);
    }
}
