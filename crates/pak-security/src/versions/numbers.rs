//! Versions that are lists of numbers: Haskell's PVP and R, where `-` and `.` are the same and more numbers are more.

use std::cmp::Ordering;

use super::{Number, is_digits};

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    parts(one).cmp(parts(other))
}

/// Numbers by value after words by their bytes, so that what is no version comes first.
fn parts(text: &str) -> impl Iterator<Item = (bool, Number<'_>, &str)> {
    text.split(['.', '-'])
        .filter(|part| !part.is_empty())
        .map(|part| if is_digits(part) { (true, Number::new(part), "") } else { (false, Number(""), part) })
}
