//! One pass over the bytes for every keyword of every rule. Only where one is found does anything else happen.

use std::collections::BTreeMap;
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
}

/// The compiled tables.
pub(super) struct Tables {
    automaton: Option<AhoCorasick>,
    leads: Vec<Vec<Lead>>,
    pub(super) tokens: Vec<Ready>,
    pub(super) named: Vec<ReadyNamed>,
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
        let named = rules::named().map(|rule| ReadyNamed { rule, pattern: Lazy::new(rule.pattern, true) }).collect();
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
        Self { automaton, leads: words.into_values().collect(), tokens, named }
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

impl Ready {
    /// Where the rule's secret lies, if it matches around its keyword at `start..end`: the whole match and the secret in it.
    pub(super) fn find(&self, text: &[u8], start: usize, end: usize) -> Option<((usize, usize), (usize, usize))> {
        use regex_automata::{Anchored, Input};
        const WINDOW: usize = 8 << 10;
        let regex = self.pattern.get()?;
        let ceiling = (end + WINDOW).min(text.len());
        let (from, anchored) = match self.rule.place {
            Place::Start => (start, Anchored::Yes),
            Place::Inside(back) => (start.saturating_sub(back), Anchored::No),
        };
        let mut slots = [None; 4];
        let mut from = from;
        for _ in 0..4 {
            let input = Input::new(text).span(from..ceiling).anchored(anchored);
            regex.search_slots(&input, &mut slots)?;
            let [Some(first), Some(last), ..] = slots else { return None };
            let whole = (first.get(), last.get());
            if whole.0 <= start && whole.1 >= end {
                let [_, _, inner, inner_end] = slots;
                let secret = inner.zip(inner_end).map_or(whole, |(one, two)| (one.get(), two.get()));
                return Some((whole, secret));
            }
            if whole.0 > start || anchored == Anchored::Yes {
                return None;
            }
            from = whole.1.max(whole.0 + 1);
        }
        None
    }
}

impl ReadyNamed {
    /// Whether the value has the rule's form.
    pub(super) fn fits(&self, value: &[u8]) -> bool {
        self.pattern.get().is_some_and(|regex| regex.is_match(value))
    }
}
