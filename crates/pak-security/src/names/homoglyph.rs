//! Letters that look alike, within ASCII and across scripts.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Pairs that look alike in common typefaces; the right one stands for both.
const ALIKE: &[(&str, &str)] = &[
    ("rn", "m"),
    ("vv", "w"),
    ("cl", "d"),
    ("1", "l"),
    ("i", "l"),
    ("0", "o"),
    ("5", "s"),
    ("3", "e"),
    ("4", "a"),
    ("q", "g"),
];

/// Letters of other scripts that look like Latin ones.
const FOREIGN: &[(char, char)] = &[
    ('а', 'a'),
    ('е', 'e'),
    ('о', 'o'),
    ('р', 'p'),
    ('с', 'c'),
    ('у', 'y'),
    ('х', 'x'),
    ('і', 'i'),
    ('ј', 'j'),
    ('ѕ', 's'),
    ('һ', 'h'),
    ('ԁ', 'd'),
    ('ԛ', 'q'),
    ('ԝ', 'w'),
    ('ո', 'n'),
    ('ս', 'u'),
    ('α', 'a'),
    ('ο', 'o'),
    ('ν', 'v'),
    ('ρ', 'p'),
    ('τ', 't'),
    ('κ', 'k'),
    ('ι', 'i'),
    ('ı', 'i'),
    ('ɡ', 'g'),
    ('ɑ', 'a'),
    ('ℓ', 'l'),
    ('к', 'k'),
    ('м', 'm'),
    ('т', 't'),
];

/// What is left of a name when letters that look alike are one: names with the same skeleton can be mistaken at a glance.
pub(super) fn skeleton(name: &str) -> String {
    let plain = ComposingNormalizerBorrowed::new_nfkc().normalize(name).to_lowercase();
    let latin: String = plain
        .chars()
        .map(|one| FOREIGN.iter().find(|(foreign, _)| *foreign == one).map_or(one, |(_, latin)| *latin))
        .filter(|one| !matches!(one, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{ad}'))
        .collect();
    ALIKE.iter().fold(latin, |name, (one, other)| name.replace(one, other))
}

/// The name with one pair of look-alikes exchanged, in each place and both ways.
pub(super) fn variants(name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (one, other) in ALIKE {
        for (from, to) in [(one, other), (other, one)] {
            for (at, _) in name.match_indices(from) {
                let (before, after) = name.split_at(at);
                found.push(format!("{before}{to}{}", after.get(from.len()..).unwrap_or_default()));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_have_one_skeleton() {
        assert_eq!(skeleton("rnodule"), skeleton("module"));
        assert_eq!(skeleton("ｌｏｄａｓｈ"), skeleton("lodash"));
        assert_eq!(skeleton("раурal"), skeleton("paypal"));
        assert_ne!(skeleton("react"), skeleton("redux"));
        assert!(variants("lodash").contains(&"1odash".to_owned()));
    }
}
