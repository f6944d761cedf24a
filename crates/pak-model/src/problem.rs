//! The one error people see: what happened, to what, what it means for the release, what to do next.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::code::Code;

/// The result of everything that can fail in front of a user.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// What the failed operation did to the outside world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing was sent, or the registry refused it whole.
    NothingSent,
    /// The request went out and no answer came: it may have been accepted.
    MaybeSent,
    /// Some of it is published and some is not.
    PartlyPublished,
    /// It is published.
    Published,
}

/// What the engine may do by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Recovery {
    /// Try again after this many milliseconds.
    RetryAfter(u64),
    /// The answer is lost: look the version up by digest before anything else is sent.
    LookUpFirst,
    /// A person must decide or give something (a one-time password, a credential).
    AskUser,
    /// Trying again changes nothing.
    Stop,
}

/// An error for people. Small to pass around: the content is boxed.
#[derive(Debug, Clone)]
pub struct Problem(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    code: Code,
    message: String,
    subject: Vec<(&'static str, String)>,
    effect: Effect,
    recovery: Recovery,
    next: Option<String>,
    causes: Vec<String>,
}

impl Problem {
    /// A problem of a code. It says that nothing was sent and that trying again is useless, until told otherwise.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            code,
            message: message.into(),
            subject: Vec::new(),
            effect: Effect::NothingSent,
            recovery: Recovery::Stop,
            next: None,
            causes: Vec::new(),
        }))
    }

    /// Names what it happened to: `("file", …)`, `("platform", …)`, `("package", …)`, `("url", …)`.
    pub fn about(mut self, what: &'static str, value: impl std::fmt::Display) -> Self {
        if !self.0.subject.iter().any(|(key, _)| *key == what) {
            self.0.subject.push((what, value.to_string()));
        }
        self
    }

    /// Says what happened to the outside world.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.0.effect = effect;
        self
    }

    /// Says what the engine may do.
    pub fn recovery(mut self, recovery: Recovery) -> Self {
        self.0.recovery = recovery;
        self
    }

    /// The request went out and its answer was lost.
    pub fn answer_lost(self) -> Self {
        self.effect(Effect::MaybeSent).recovery(Recovery::LookUpFirst)
    }

    /// A later try may succeed.
    pub fn retry_after(self, wait: Duration) -> Self {
        self.recovery(Recovery::RetryAfter(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Replaces the code's general advice by advice for this case.
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.0.next = Some(next.into());
        self
    }

    /// Adds an underlying error with all of its own causes.
    pub fn cause(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut current = Some(error);
        while let Some(error) = current {
            let text = error.to_string();
            if self.0.causes.last() != Some(&text) {
                self.0.causes.push(text);
            }
            current = error.source();
        }
        self
    }

    /// Adds a cause that is no Rust error: what a registry or a child process said.
    pub fn said(mut self, text: impl Into<String>) -> Self {
        self.0.causes.push(text.into());
        self
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// What happened, one sentence.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What it happened to, in the order it was named.
    pub fn subject(&self) -> &[(&'static str, String)] {
        &self.0.subject
    }

    /// What was named under a word.
    pub fn named(&self, what: &str) -> Option<&str> {
        self.0.subject.iter().find(|(key, _)| *key == what).map(|(_, value)| value.as_str())
    }

    /// What it did to the outside world.
    pub fn effect_of(&self) -> Effect {
        self.0.effect
    }

    /// What the engine may do.
    pub fn recovery_of(&self) -> Recovery {
        self.0.recovery
    }

    /// What a person does next.
    pub fn advice(&self) -> &str {
        self.0.next.as_deref().unwrap_or(self.0.code.help)
    }

    /// Underlying errors, outermost first.
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// The stable JSON form, used by `--json`, the event stream and the journal.
    pub fn report(&self) -> Report {
        Report {
            code: self.0.code.id.to_owned(),
            message: self.0.message.clone(),
            subject: self.0.subject.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect(),
            effect: self.0.effect,
            recovery: self.0.recovery,
            help: self.advice().to_owned(),
            causes: self.0.causes.clone(),
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Problem {}

/// A problem as data: what `--json`, events and journals carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The stable code.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What it happened to.
    #[serde(default)]
    pub subject: std::collections::BTreeMap<String, String>,
    /// What it did to the outside world.
    pub effect: Effect,
    /// What the engine may do.
    pub recovery: Recovery,
    /// What to do next.
    pub help: String,
    /// Underlying errors, outermost first.
    #[serde(default)]
    pub causes: Vec<String>,
}
