//! A signal: one thing that a rule saw in an artifact, before it is held against the version before.

use sha2::{Digest as _, Sha256};

use crate::report::{Confidence, Finding, Kind, Severity};

/// A rule: what it is called, how bad it is, what to do.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its stable id.
    pub(super) id: &'static str,
    /// What it is, in a few words.
    pub(super) title: &'static str,
    /// How bad it is where there is no version to compare with; where it is new; where the version before had it too.
    pub(super) severity: Weight,
    /// How sure it is.
    pub(super) confidence: Confidence,
    /// What to do.
    pub(super) remedy: &'static str,
}

/// How bad something is, by what is known of the version before. None: not worth a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    pub(super) alone: Option<Severity>,
    pub(super) new: Option<Severity>,
    pub(super) known: Option<Severity>,
}

/// How the version before stands to a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is no version before.
    Alone,
    /// It was not there.
    New,
    /// It was there.
    Known,
}

/// Letters for the table of rules: critical, high, medium, low, note, nothing.
const fn severity(letter: u8) -> Option<Severity> {
    match letter {
        b'C' => Some(Severity::Critical),
        b'H' => Some(Severity::High),
        b'M' => Some(Severity::Medium),
        b'L' => Some(Severity::Low),
        b'N' => Some(Severity::Note),
        _ => None,
    }
}

impl Weight {
    /// From three letters: without a version before, new, known.
    pub(super) const fn of(letters: [u8; 3]) -> Self {
        let [alone, new, known] = letters;
        Self { alone: severity(alone), new: severity(new), known: severity(known) }
    }

    pub(super) fn at(self, standing: Standing) -> Option<Severity> {
        match standing {
            Standing::Alone => self.alone,
            Standing::New => self.new,
            Standing::Known => self.known,
        }
    }
}

/// Something a rule saw.
#[derive(Debug, Clone)]
pub(super) struct Signal {
    /// The rule.
    pub(super) rule: &'static Rule,
    /// The file, as reports show it.
    pub(super) path: String,
    /// The line, where there is one.
    pub(super) line: Option<u32>,
    /// What was seen, as one or more sentences.
    pub(super) message: String,
    /// What is the same thing in another version: a path without version and hash, a host, a script's name and command.
    pub(super) key: String,
    /// The digest of the bytes it is about: who approves, approves these.
    pub(super) content: Option<[u8; 32]>,
}

impl Signal {
    /// A finding of it.
    pub(super) fn finding(&self, severity: Severity, addition: &str) -> Finding {
        let mut hash = Sha256::new();
        for part in [self.rule.id.as_bytes(), self.key.as_bytes(), self.content.as_ref().map_or(&[][..], |c| &c[..])] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let mut fingerprint = hex::encode(hash.finalize());
        fingerprint.truncate(32);
        Finding {
            title: self.rule.title.to_owned(),
            message: format!("{}{addition}", self.message),
            remedy: self.rule.remedy.to_owned(),
            line: self.line,
            fingerprint,
            ..Finding::new(Kind::Artifact, self.rule.id, severity, self.rule.confidence, self.path.clone())
        }
    }
}

/// Defines a rule: id, three letters of weight, confidence, title, remedy.
macro_rules! rule {
    ($name:ident, $id:literal, $weight:literal, $confidence:ident, $title:literal, $remedy:literal) => {
        pub(in crate::artifact) static $name: $crate::artifact::signal::Rule = $crate::artifact::signal::Rule {
            id: $id,
            title: $title,
            severity: $crate::artifact::signal::Weight::of(*$weight),
            confidence: $crate::report::Confidence::$confidence,
            remedy: $remedy,
        };
    };
}
pub(super) use rule;
