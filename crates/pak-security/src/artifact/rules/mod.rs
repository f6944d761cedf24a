//! The rules: what is a signal, by ecosystem and for all of them.

mod behaviour;
mod cargo;
mod content;
mod hooks;
mod identity;
mod npm;
mod origin;
mod others;
mod python;

use super::Subject;
use super::code::{Doing, Evidence};
use super::facts::Facts;
use super::signal::Signal;

pub(super) use npm::dependencies as npm_dependencies;

/// Everything the rules see in an artifact.
pub(super) fn signals(subject: &Subject<'_>, facts: &Facts) -> Vec<Signal> {
    let mut signals = hooks::signals(facts);
    signals.extend(behaviour::signals(facts));
    signals.extend(content::signals(facts));
    signals.extend(identity::signals(subject, facts));
    signals.extend(origin::signals(subject, facts));
    signals
}

/// The names of some things in a sentence: `a, b and 3 more`.
pub(super) fn listed<T: AsRef<str>>(things: &[T], most: usize) -> String {
    let shown: Vec<&str> = things.iter().take(most).map(AsRef::as_ref).collect();
    let more = things.len().saturating_sub(most);
    match (shown.as_slice(), more) {
        ([], _) => String::new(),
        ([one], 0) => (*one).to_owned(),
        ([rest @ .., last], 0) => format!("{} and {last}", rest.join(", ")),
        (all, more) => format!("{} and {more} more", all.join(", ")),
    }
}

/// The names of what some code does, each once.
pub(super) fn named(evidence: &[&Evidence], doing: &[Doing]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for one in evidence.iter().filter(|one| doing.contains(&one.doing)) {
        if !names.contains(&one.what) {
            names.push(one.what);
        }
    }
    listed(&names, 5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_like_sentences() {
        assert_eq!(listed(&["a"], 3), "a");
        assert_eq!(listed(&["a", "b", "c"], 3), "a, b and c");
        assert_eq!(listed(&["a", "b", "c", "d"], 2), "a, b and 2 more");
    }
}
