//! dpkg: epoch, upstream version, revision; `~` before everything, letters before other signs, digits by value.

use std::cmp::Ordering;

use super::{Number, is_digits, take};

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (split(one), split(other));
    one.0.cmp(&other.0).then_with(|| part(one.1, other.1)).then_with(|| part(one.2, other.2))
}

fn split(text: &str) -> (Number<'_>, &str, &str) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if is_digits(epoch) => (Number::new(epoch), rest),
        _ => (Number(""), text),
    };
    let (version, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, version, revision)
}

/// Runs of other signs and runs of digits by turns, as `verrevcmp` does it.
fn part(mut one: &str, mut other: &str) -> Ordering {
    while !one.is_empty() || !other.is_empty() {
        let (text, rest) = take(one, |c| !c.is_ascii_digit());
        let (other_text, other_rest) = take(other, |c| !c.is_ascii_digit());
        let (number, after) = take(rest, |c| c.is_ascii_digit());
        let (other_number, other_after) = take(other_rest, |c| c.is_ascii_digit());
        let order = signs(text, other_text).then_with(|| Number::new(number).cmp(&Number::new(other_number)));
        if order.is_ne() {
            return order;
        }
        (one, other) = (after, other_after);
    }
    Ordering::Equal
}

fn signs(one: &str, other: &str) -> Ordering {
    // The end of a run weighs nothing: more than `~`, less than anything else.
    let weight = |sign: char| match sign {
        '~' => -1,
        sign if sign.is_ascii_alphabetic() => sign as i64,
        sign => sign as i64 + 256,
    };
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        let (left, right) = (one.next(), other.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let order = left.map_or(0, weight).cmp(&right.map_or(0, weight));
        if order.is_ne() {
            return order;
        }
    }
}
