//! One pass over the bytes for every keyword of every rule. Only where one is found does anything else happen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, StartKind};

use super::rules::{self, Assigned, Lazy, Place, Token};

/// Words that names of credentials are made of.
const NAME_WORDS: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "pwd",
    "pass",
    "psw",
    "secret",
    "token",
    "key",
    "auth",
    "cred",
    "bearer",
    "_pat",
    "pat =",
    "pat=",
    "pat:",
    "pat :",
    "-pat",
    "pat\"",
    "_pw",
    "dsn",
];

/// What a keyword leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    /// The token rule of this number.
    Token(usize),
    /// Part of a credential's name.
    Name,
    /// `://`: a URL that may hold a password.
    Url,
}

/// A token rule, ready to match.
pub(super) struct Ready {
    pub(super) rule: &'static Token,
    pub(super) pattern: Lazy,
}

/// A rule for named values, ready to match.
pub(super) struct ReadyNamed {
    pub(super) rule: &'static Assigned,
    pub(super) pattern: Lazy,
    /// The numbers of its words.
    near: Vec<usize>,
}

/// The compiled tables.
pub(super) struct Tables {
    automaton: Option<AhoCorasick>,
    leads: Vec<Vec<Lead>>,
    pub(super) tokens: Vec<Ready>,
    pub(super) named: Vec<ReadyNamed>,
    /// The words that say whose a named value is.
    near: Option<AhoCorasick>,
    near_words: usize,
}

/// The tables, built when first asked for.
pub(super) fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(Tables::build)
}

impl Tables {
    fn build() -> Self {
        let tokens: Vec<Ready> =
            rules::tokens().map(|rule| Ready { rule, pattern: Lazy::new(rule.pattern, false) }).collect();
        let near_words: BTreeSet<&str> = rules::named().flat_map(|rule| rule.near).copied().collect();
        let near_words: Vec<&str> = near_words.into_iter().collect();
        let number = |word: &&str| near_words.binary_search(word).ok();
        let named = rules::named()
            .map(|rule| {
                let near = rule.near.iter().filter_map(number).collect();
                ReadyNamed { rule, pattern: Lazy::new(rule.pattern, true), near }
            })
            .collect();
        let near = AhoCorasick::builder().ascii_case_insensitive(true).build(&near_words).ok();
        let mut words: BTreeMap<&str, Vec<Lead>> = BTreeMap::new();
        for (number, ready) in tokens.iter().enumerate() {
            for word in ready.rule.keywords {
                words.entry(word).or_default().push(Lead::Token(number));
            }
        }
        for word in NAME_WORDS {
            words.entry(word).or_default().push(Lead::Name);
        }
        words.entry("://").or_default().push(Lead::Url);
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .start_kind(StartKind::Unanchored)
            .build(words.keys())
            .ok();
        Self { automaton, leads: words.into_values().collect(), tokens, named, near, near_words: near_words.len() }
    }

    /// Which rules for named values have one of their words in a name or in what stands before it.
    pub(super) fn near<'a>(&'a self, name: &str, before: &[u8]) -> impl Iterator<Item = &'a ReadyNamed> {
        let mut seen = vec![false; self.near_words];
        for text in [name.as_bytes(), before] {
            for found in self.near.iter().flat_map(|words| words.find_overlapping_iter(text)) {
                if let Some(seen) = seen.get_mut(found.pattern().as_usize()) {
                    *seen = true;
                }
            }
        }
        let is = move |word: &usize| seen.get(*word).copied().unwrap_or(false);
        self.named.iter().filter(move |ready| ready.rule.near.is_empty() || ready.near.iter().any(&is))
    }

    /// Calls `visit` with every keyword's place and what it leads to, by the keyword's end.
    pub(super) fn each(&self, text: &[u8], mut visit: impl FnMut(usize, usize, Lead)) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(text) {
            for lead in self.leads.get(found.pattern().as_usize()).into_iter().flatten() {
                visit(found.start(), found.end(), *lead);
            }
        }
    }
}

/// What a rule makes of its keyword's place.
pub(super) enum Match {
    /// It matches: the whole, and the secret in it.
    At { whole: (usize, usize), secret: (usize, usize) },
    /// No match holds a keyword before this place.
    NoneBefore(usize),
}

impl Ready {
    /// Matches the rule around its keyword at `start..end`.
    ///
    /// A failure says from where on it is worth trying again: a text full of keywords is not searched over and over.
    pub(super) fn find(&self, text: &[u8], start: usize, end: usize) -> Match {
        use regex_automata::{Anchored, Input};
        let Some(regex) = self.pattern.get() else { return Match::NoneBefore(text.len()) };
        let ceiling = (end + self.rule.reach).min(text.len());
        let (mut from, anchored) = match self.rule.place {
            Place::Start => (start, Anchored::Yes),
            Place::Inside(back) => (start.saturating_sub(back), Anchored::No),
        };
        let mut slots = [None; 4];
        for _ in 0..4 {
            let input = Input::new(text).span(from..ceiling).anchored(anchored);
            let found = regex.search_slots(&input, &mut slots).is_some();
            let (true, [Some(first), Some(last), inner, inner_end]) = (found, slots) else {
                let far = start + self.rule.reach / 2;
                return Match::NoneBefore(if anchored == Anchored::Yes { end } else { far });
            };
            let whole = (first.get(), last.get());
            if whole.0 <= start && whole.1 >= end {
                let secret = inner.zip(inner_end).map_or(whole, |(one, two)| (one.get(), two.get()));
                return Match::At { whole, secret };
            }
            if whole.0 > start {
                return Match::NoneBefore(whole.0);
            }
            from = whole.1.max(whole.0 + 1);
        }
        Match::NoneBefore(end)
    }
}

impl ReadyNamed {
    /// Whether the value has the rule's form.
    pub(super) fn fits(&self, value: &[u8]) -> bool {
        self.pattern.get().is_some_and(|regex| regex.is_match(value))
    }
}
