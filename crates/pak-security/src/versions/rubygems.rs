//! `Gem::Version`: segments of numbers and letters; letters make a pre-release; zeros at the end of either part do not count.

use std::cmp::Ordering;

use super::{Number, padded, take};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Segment<'a> {
    Text(&'a str),
    Number(Number<'a>),
}

const ZERO: Segment<'static> = Segment::Number(Number(""));

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    padded(&segments(one), &segments(other), ZERO, |one, other| one.cmp(&other))
}

fn segments(text: &str) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found;
        if first.is_ascii_digit() {
            (found, rest) = take(rest, |c| c.is_ascii_digit());
            segments.push(Segment::Number(Number::new(found)));
        } else if first.is_ascii_alphabetic() {
            (found, rest) = take(rest, |c| c.is_ascii_alphabetic());
            if segments.iter().all(|segment| matches!(segment, Segment::Number(_))) {
                drop_zeros(&mut segments);
            }
            segments.push(Segment::Text(found));
        } else {
            // A hyphen is written for `.pre.`.
            if first == '-' {
                if segments.iter().all(|segment| matches!(segment, Segment::Number(_))) {
                    drop_zeros(&mut segments);
                }
                segments.push(Segment::Text("pre"));
            }
            (_, rest) = rest.split_at(first.len_utf8());
        }
    }
    drop_zeros(&mut segments);
    segments
}

fn drop_zeros(segments: &mut Vec<Segment<'_>>) {
    while segments.last() == Some(&ZERO) {
        segments.pop();
    }
}
