//! rpm: epoch, version and release, each by `rpmvercmp` with `~` (before the end) and `^` (just after it).

use std::cmp::Ordering;

use super::{Number, is_digits, take};

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (split(one), split(other));
    one.0.cmp(&other.0).then_with(|| segments(one.1, other.1)).then_with(|| match (one.2, other.2) {
        (Some(one), Some(other)) => segments(one, other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    })
}

fn split(text: &str) -> (Number<'_>, &str, Option<&str>) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if is_digits(epoch) => (Number::new(epoch), rest),
        _ => (Number(""), text),
    };
    match rest.rsplit_once('-') {
        Some((version, release)) => (epoch, version, Some(release)),
        None => (epoch, rest, None),
    }
}

fn segments(mut one: &str, mut other: &str) -> Ordering {
    'next: loop {
        let separator = |c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^';
        one = one.trim_start_matches(separator);
        other = other.trim_start_matches(separator);
        for (mark, of_mark) in [('~', Ordering::Less), ('^', Ordering::Greater)] {
            match (one.strip_prefix(mark), other.strip_prefix(mark)) {
                (Some(left), Some(right)) => {
                    (one, other) = (left, right);
                    continue 'next;
                }
                // `^` is more than the end and less than anything else that follows.
                (Some(_), None) if mark == '^' && !other.is_empty() => return Ordering::Less,
                (None, Some(_)) if mark == '^' && !one.is_empty() => return Ordering::Greater,
                (Some(_), None) => return of_mark,
                (None, Some(_)) => return of_mark.reverse(),
                (None, None) => {}
            }
        }
        if one.is_empty() || other.is_empty() {
            return (!one.is_empty()).cmp(&!other.is_empty());
        }
        let numeric = one.starts_with(|c: char| c.is_ascii_digit());
        let run = |c: char| if numeric { c.is_ascii_digit() } else { c.is_ascii_alphabetic() };
        let ((left, left_rest), (right, right_rest)) = (take(one, run), take(other, run));
        // A number is newer than a word.
        if right.is_empty() {
            return if numeric { Ordering::Greater } else { Ordering::Less };
        }
        let order = if numeric { Number::new(left).cmp(&Number::new(right)) } else { left.cmp(right) };
        if order.is_ne() {
            return order;
        }
        (one, other) = (left_rest, right_rest);
    }
}
