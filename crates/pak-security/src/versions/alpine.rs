//! apk: numbers, a letter, suffixes that come before or after the release, a commit, a revision.

use std::cmp::Ordering;

use super::{Number, padded, take};

/// Suffixes with their weight; the end of the version weighs 0.
const SUFFIXES: &[(&str, i8)] =
    &[("alpha", -4), ("beta", -3), ("pre", -2), ("rc", -1), ("cvs", 1), ("svn", 2), ("git", 3), ("hg", 4), ("p", 5)];

struct Version<'a> {
    numbers: Vec<&'a str>,
    letter: Option<char>,
    after_letter: Number<'a>,
    suffixes: Vec<(i8, Option<Number<'a>>)>,
    commit: &'a str,
    revision: Option<Number<'a>>,
    whole: bool,
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (read(one), read(other));
    numbers(&one.numbers, &other.numbers)
        .then_with(|| one.letter.cmp(&other.letter))
        .then_with(|| one.after_letter.cmp(&other.after_letter))
        .then_with(|| padded(&one.suffixes, &other.suffixes, (0, None), |one, other| one.cmp(&other)))
        .then_with(|| one.commit.cmp(other.commit))
        .then_with(|| one.revision.unwrap_or(Number("")).cmp(&other.revision.unwrap_or(Number(""))))
        // What apk cannot read to its end comes before what it can.
        .then_with(|| one.whole.cmp(&other.whole))
        .then_with(|| (one.whole && one.revision.is_some()).cmp(&(other.whole && other.revision.is_some())))
}

fn read(text: &str) -> Version<'_> {
    let digit = |c: char| c.is_ascii_digit();
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let (digits, after) = take(rest, digit);
        numbers.push(digits);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => {
                rest = after;
                break;
            }
        }
    }
    while numbers.last().is_some_and(|digits| digits.is_empty()) {
        numbers.pop();
    }
    let mut version = Version {
        numbers,
        letter: None,
        after_letter: Number(""),
        suffixes: Vec::new(),
        commit: "",
        revision: None,
        whole: false,
    };
    if let Some(letter) = rest.chars().next().filter(char::is_ascii_lowercase) {
        version.letter = Some(letter);
        (_, rest) = rest.split_at(1);
        let (digits, after) = take(rest, digit);
        (version.after_letter, rest) = (Number::new(digits), after);
    }
    while let Some(after) = rest.strip_prefix('_') {
        let (word, after) = take(after, |c| c.is_ascii_lowercase());
        let Some((_, weight)) = SUFFIXES.iter().find(|(name, _)| *name == word) else { break };
        let (digits, after) = take(after, digit);
        version.suffixes.push((*weight, (!digits.is_empty()).then(|| Number::new(digits))));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('~') {
        (version.commit, rest) = take(after, |c| c.is_ascii_hexdigit());
    }
    if let Some((digits, after)) = rest.strip_prefix("-r").map(|after| take(after, digit))
        && !digits.is_empty()
    {
        version.revision = Some(Number::new(digits));
        rest = after;
    }
    version.whole = rest.is_empty();
    version
}

/// The first number by value; later ones by value too, but as text where one begins with a zero (`1.02` is before `1.1`).
fn numbers(one: &[&str], other: &[&str]) -> Ordering {
    for (index, (one, other)) in one.iter().zip(other).enumerate() {
        let text = index > 0 && (one.starts_with('0') || other.starts_with('0'));
        let order = if text { one.cmp(other) } else { Number::new(one).cmp(&Number::new(other)) };
        if order.is_ne() {
            return order;
        }
    }
    one.len().cmp(&other.len())
}
