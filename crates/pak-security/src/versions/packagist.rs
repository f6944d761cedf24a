//! PHP's `version_compare`, and the form into which Composer brings versions before it uses that.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::{Number, is_digits, take};

/// A number stands here: more than any pre-release, less than a patch.
const A_NUMBER: &str = "#";

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (parts(one), parts(other));
    for (one, other) in one.iter().zip(&other) {
        let order = part(one, other);
        if order.is_ne() {
            return order;
        }
    }
    // More numbers are more; a further word is compared with a number that would stand there.
    let rest = |longer: &[String], length: usize| match longer.get(length) {
        Some(next) if is_digits(next) => Ordering::Greater,
        Some(next) => form(next).cmp(&form(A_NUMBER)),
        None => Ordering::Equal,
    };
    match one.len().cmp(&other.len()) {
        Ordering::Greater => rest(&one, other.len()),
        Ordering::Less => rest(&other, one.len()).reverse(),
        Ordering::Equal => Ordering::Equal,
    }
}

/// Composer's comparison: both filled up to four numbers, stabilities by their full names.
pub(super) fn compare_normalised(one: &str, other: &str) -> Ordering {
    compare(&normalised(one), &normalised(other))
}

/// Branches have no place among versions, but those of a line do (`2.3.x-dev`).
pub(super) fn understands(version: &str) -> bool {
    version.trim_start_matches(['v', 'V']).starts_with(|c: char| c.is_ascii_digit())
}

/// `1.2-RC1` as `1.2.0.0-rc1`, and `1.2.x-dev` as the development version after every release of its line. What has more than four numbers or none stays as it is.
fn normalised(version: &str) -> String {
    let version = version.trim_start_matches(['v', 'V']);
    let version = version.split_once('+').map_or(version, |(version, _)| version);
    let line = version.strip_suffix("-dev").and_then(|line| line.strip_suffix(['x', 'X', '*'])?.strip_suffix('.'));
    if let Some(line) = line.filter(|line| line.split('.').all(is_digits)) {
        let mut numbers: Vec<&str> = line.split('.').collect();
        numbers.resize(numbers.len().max(4), "9999999");
        return format!("{}-dev", numbers.join("."));
    }
    let mut numbers = Vec::new();
    let mut rest = version;
    loop {
        let (digits, after) = take(rest, |c| c.is_ascii_digit());
        if digits.is_empty() {
            break;
        }
        numbers.push(digits);
        rest = after;
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    if numbers.is_empty() {
        return version.to_owned();
    }
    numbers.resize(numbers.len().max(4), "0");
    let mut text = numbers.join(".");
    let stability = rest.trim_start_matches(['.', '-', '_']).to_ascii_lowercase();
    if !stability.is_empty() && stability != "stable" {
        let _ = write!(text, "-{stability}");
    }
    text
}

/// Cut at separators and between digits and other signs.
fn parts(version: &str) -> Vec<String> {
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let mut parts: Vec<String> = Vec::new();
    let mut last = None;
    for sign in version.chars() {
        let kind = if sign.is_ascii_digit() {
            Some(true)
        } else if sign.is_ascii_alphabetic() {
            Some(false)
        } else {
            None
        };
        if kind.is_some() {
            match parts.last_mut() {
                Some(part) if kind == last => part.push(sign),
                _ => parts.push(sign.to_string()),
            }
        }
        last = kind;
    }
    parts
}

fn part(one: &str, other: &str) -> Ordering {
    match (is_digits(one), is_digits(other)) {
        (true, true) => Number::new(one).cmp(&Number::new(other)),
        (false, false) => form(one).cmp(&form(other)),
        (true, false) => form(A_NUMBER).cmp(&form(other)),
        (false, true) => form(one).cmp(&form(A_NUMBER)),
    }
}

/// The weight of a word by how it begins, case and all; any other word is before all of them.
fn form(word: &str) -> i8 {
    let forms = [("dev", 0), ("a", 1), ("b", 2), ("RC", 3), ("rc", 3), (A_NUMBER, 4), ("p", 5)];
    forms.iter().find(|(form, _)| word.starts_with(form)).map_or(-1, |(_, weight)| *weight)
}
