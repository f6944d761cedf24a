//! What the scanner knows: tables of rules, one file per family. `prefilter` finds their keywords, `scan` matches them.
//!
//! Two kinds. A [`Token`] recognises itself: its prefix is the keyword and its form is the proof. An [`Assigned`] value has no
//! form of its own; the name it is given to, or a word nearby, says whose it is.

mod ai;
mod chat;
mod clouds;
mod databases;
mod forges;
mod keys;
mod observability;
mod payments;
mod registries;
mod services;

use std::sync::OnceLock;

use regex_automata::meta::Regex;

use super::checks::{Check, Verdict};
use crate::report::Severity;

/// What a finding says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct What {
    /// The rule's name in reports, baselines and `pak:allow`.
    pub(super) id: &'static str,
    /// What it is, without an article.
    pub(super) title: &'static str,
    /// The harm if it is real.
    pub(super) severity: Severity,
}

/// Where a token's pattern begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// At the keyword.
    Start,
    /// The keyword lies inside; the pattern begins at most this many bytes before it.
    Inside(usize),
}

/// A secret that recognises itself.
pub(super) struct Token {
    pub(super) what: What,
    /// Literals of which one is in every such token. Letters match in either case.
    pub(super) keywords: &'static [&'static str],
    /// The whole token; group 1, where there is one, is the secret in it.
    pub(super) pattern: &'static str,
    pub(super) place: Place,
    /// The least Shannon entropy in bits per character.
    pub(super) entropy: f32,
    pub(super) check: Check,
    /// The secret goes on up to this text: blocks of many lines.
    pub(super) until: Option<&'static str>,
    /// Gives way to rules that know more about the same value.
    pub(super) yields: bool,
    /// How many bytes from its keyword on the pattern may look at.
    pub(super) reach: usize,
}

impl Token {
    /// The match is only the first line of a block that ends with this text.
    const fn until(mut self, end: &'static str) -> Self {
        self.until = Some(end);
        self
    }

    /// Checked by its structure.
    const fn checked(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    /// The pattern may look far: tokens of kilobytes.
    const fn long(mut self) -> Self {
        self.reach = 8 << 10;
        self
    }

    /// Gives way to every rule that knows more about the same value.
    const fn yields(mut self) -> Self {
        self.yields = true;
        self
    }

    /// Not a secret below this entropy.
    const fn entropy(mut self, bits: f32) -> Self {
        self.entropy = bits;
        self
    }

    /// Of this weight instead of a high one.
    const fn weighs(mut self, severity: Severity) -> Self {
        self.what.severity = severity;
        self
    }

    /// The keyword is not where the pattern begins, but up to so many bytes after.
    const fn inside(mut self, back: usize) -> Self {
        self.place = Place::Inside(back);
        self
    }
}

/// A value that its name makes a secret.
pub(super) struct Assigned {
    pub(super) what: What,
    /// Words of which one is in the name, or just before it. Empty: any credential's name.
    pub(super) near: &'static [&'static str],
    /// The whole value.
    pub(super) pattern: &'static str,
    pub(super) entropy: f32,
    pub(super) check: Check,
}

impl Assigned {
    const fn checked(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    const fn weighs(mut self, severity: Severity) -> Self {
        self.what.severity = severity;
        self
    }
}

const fn token(
    id: &'static str,
    title: &'static str,
    keywords: &'static [&'static str],
    pattern: &'static str,
) -> Token {
    let what = What { id, title, severity: Severity::High };
    Token {
        what,
        keywords,
        pattern,
        place: Place::Start,
        entropy: 2.5,
        check: any,
        until: None,
        yields: false,
        reach: 640,
    }
}

const fn assigned(
    id: &'static str,
    title: &'static str,
    near: &'static [&'static str],
    pattern: &'static str,
) -> Assigned {
    let what = What { id, title, severity: Severity::High };
    Assigned { what, near, pattern, entropy: 2.5, check: any }
}

/// The form is all there is to check.
fn any(_: &[u8]) -> Verdict {
    Verdict::Likely
}

/// Every self-recognising rule, the more exact before the more general.
pub(super) fn tokens() -> impl Iterator<Item = &'static Token> {
    [
        registries::TOKENS,
        forges::TOKENS,
        clouds::TOKENS,
        ai::TOKENS,
        chat::TOKENS,
        payments::TOKENS,
        observability::TOKENS,
        services::TOKENS,
        databases::TOKENS,
        keys::TOKENS,
    ]
    .into_iter()
    .flatten()
}

/// Every rule for named values, the more exact before the more general.
pub(super) fn named() -> impl Iterator<Item = &'static Assigned> {
    [
        registries::ASSIGNED,
        forges::ASSIGNED,
        clouds::ASSIGNED,
        ai::ASSIGNED,
        chat::ASSIGNED,
        payments::ASSIGNED,
        observability::ASSIGNED,
        services::ASSIGNED,
        databases::ASSIGNED,
    ]
    .into_iter()
    .flatten()
}

/// A pattern that is compiled when it is first needed: a run that meets few kinds of tokens pays for few.
pub(super) struct Lazy {
    pattern: &'static str,
    anchored: bool,
    regex: OnceLock<Option<Regex>>,
}

impl Lazy {
    pub(super) const fn new(pattern: &'static str, anchored: bool) -> Self {
        Self { pattern, anchored, regex: OnceLock::new() }
    }

    /// The compiled pattern; none where it does not compile, which a test makes impossible.
    pub(super) fn get(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(self.pattern, self.anchored)).as_ref()
    }
}

/// Compiles a pattern over bytes. `whole` ties it to both ends of what it is asked about.
fn compile(pattern: &str, whole: bool) -> Option<Regex> {
    use regex_automata::util::syntax;
    let pattern = if whole { format!("^(?:{pattern})$") } else { pattern.to_owned() };
    Regex::builder()
        .syntax(syntax::Config::new().unicode(false).utf8(false))
        .configure(Regex::config().utf8_empty(false).nfa_size_limit(Some(4 << 20)))
        .build(&pattern)
        .ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_pattern_compiles_and_every_rule_has_a_name_of_its_own() {
        let mut ids = BTreeSet::new();
        for rule in tokens() {
            assert!(compile(rule.pattern, false).is_some(), "{}", rule.what.id);
            assert!(rule.keywords.iter().all(|word| word.len() >= 3), "{}: keyword too common", rule.what.id);
            ids.insert(rule.what.id);
        }
        for rule in named() {
            assert!(compile(rule.pattern, true).is_some(), "{}", rule.what.id);
            assert!(rule.near.iter().all(|word| *word == word.to_lowercase()), "{}", rule.what.id);
            ids.insert(rule.what.id);
        }
        assert!(ids.len() >= 150, "{} rules", ids.len());
        for id in &ids {
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{id}");
        }
    }
}
