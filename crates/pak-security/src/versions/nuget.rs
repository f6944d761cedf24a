//! NuGet: SemVer with a fourth number, labels compared without case, builds ignored.

use std::cmp::Ordering;

use super::semver::identifiers;
use super::{Number, dotted, padded};

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let ((one, one_label), (other, other_label)) = (read(one), read(other));
    (!one.is_empty())
        .cmp(&!other.is_empty())
        .then_with(|| padded(&one, &other, Number(""), |one, other| one.cmp(&other)))
        .then_with(|| match (one_label, other_label) {
            (Some(one), Some(other)) => identifiers(one, other, true),
            (one, other) => other.is_some().cmp(&one.is_some()),
        })
}

fn read(text: &str) -> (Vec<Number<'_>>, Option<&str>) {
    let text = text.trim_start_matches(['v', 'V']);
    let text = text.split_once('+').map_or(text, |(text, _)| text);
    let (numbers, rest) = dotted(text);
    let label = rest.strip_prefix('-').or((!rest.is_empty()).then_some(rest));
    (numbers, label)
}
