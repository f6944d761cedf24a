//! Semantic Versioning 2 as its ecosystems write it: npm, Cargo, Go, Hex, Swift; with ordered builds for pub and Julia.

use std::cmp::Ordering;

use super::{Number, dotted, is_digits, padded};

struct Version<'a> {
    numbers: Vec<Number<'a>>,
    pre: Option<&'a str>,
    build: Option<&'a str>,
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (Version::read(one), Version::read(other));
    one.compare(&other)
}

pub(super) fn compare_with_build(one: &str, other: &str) -> Ordering {
    let (one, other) = (Version::read(one), Version::read(other));
    one.compare(&other).then_with(|| match (one.build, other.build) {
        (Some(one), Some(other)) => identifiers(one, other, false),
        (one, other) => one.is_some().cmp(&other.is_some()),
    })
}

impl<'a> Version<'a> {
    /// `1.2.3-pre+build`. Text that follows the numbers without a hyphen (`1.0beta`) is read as a pre-release, as node does
    /// when it is loose; text without any number comes before everything that has one.
    fn read(text: &'a str) -> Self {
        let text = text.trim_start_matches(['v', 'V', '=']).trim_start();
        let (text, build) = text.split_once('+').map_or((text, None), |(text, build)| (text, Some(build)));
        let (numbers, rest) = dotted(text);
        let rest = rest.strip_prefix(['-', '.']).or((!rest.is_empty()).then_some(rest));
        Self { numbers, pre: rest, build }
    }

    fn compare(&self, other: &Self) -> Ordering {
        // Text without a number at all is no version and comes first.
        (!self.numbers.is_empty())
            .cmp(&!other.numbers.is_empty())
            .then_with(|| padded(&self.numbers, &other.numbers, Number(""), |one, other| one.cmp(&other)))
            .then_with(|| match (self.pre, other.pre) {
                (Some(one), Some(other)) => identifiers(one, other, false),
                (one, other) => other.is_some().cmp(&one.is_some()),
            })
    }
}

/// Dotted identifiers: numbers by value and before words, words by their bytes, the shorter list first.
pub(super) fn identifiers(one: &str, other: &str, without_case: bool) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        let order = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (one, None) => one.is_some().cmp(&false),
            (None, _) => Ordering::Less,
            (Some(one), Some(other)) => match (is_digits(one), is_digits(other)) {
                (true, true) => Number::new(one).cmp(&Number::new(other)),
                (false, false) if without_case => one.to_lowercase().cmp(&other.to_lowercase()),
                (false, false) => one.cmp(other),
                (one, other) => other.cmp(&one),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}
