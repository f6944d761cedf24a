//! Slips of the finger and the memory: how near one name is to another, and which names are that near.

use super::homoglyph;

/// In what a name is like another, the most dangerous first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Likeness {
    /// Letters that look the same: `1odash`.
    Letters,
    /// Only separators differ: `crossenv`.
    Separators,
    /// Two letters changed places: `reqeusts`.
    Swapped,
    /// A scope became part of the name, or the other way round: `acme-tools`.
    Scope,
    /// A word before or after it that people add or leave out: `python-requests`.
    Affix,
    /// A letter is missing, doubled, or its neighbour on the keyboard.
    Slip,
}

impl Likeness {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Letters => "looks the same",
            Self::Separators => "differs in separators only",
            Self::Swapped => "has two letters swapped",
            Self::Scope => "confuses scope and name",
            Self::Affix => "has a word more or less",
            Self::Slip => "is one key away",
        }
    }
}

/// What lies beside each letter on most keyboards.
const KEYS: &[&str] = &["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// How two names are alike; none where nobody would mistake them.
pub fn likeness(one: &str, other: &str) -> Option<Likeness> {
    if one == other {
        return None;
    }
    let bare = |name: &str| name.replace(['-', '_', '.'], "").to_lowercase();
    if homoglyph::skeleton(one) == homoglyph::skeleton(other) {
        return Some(if bare(one) == bare(other) { Likeness::Separators } else { Likeness::Letters });
    }
    if bare(one) == bare(other) {
        return Some(Likeness::Separators);
    }
    let flat = |name: &str| name.trim_start_matches('@').replace(['/', '-', '_', '.'], "");
    if one.starts_with('@') != other.starts_with('@') && flat(one) == flat(other) {
        return Some(Likeness::Scope);
    }
    // Short names are all near each other.
    let near = one.chars().count().min(other.chars().count()) >= 4 && strsim::osa_distance(one, other) == 1;
    if near {
        let same_letters = |name: &str| {
            let mut letters: Vec<char> = name.chars().collect();
            letters.sort_unstable();
            letters
        };
        return Some(if same_letters(one) == same_letters(other) { Likeness::Swapped } else { Likeness::Slip });
    }
    None
}

/// Names one slip away from `name`, each with its kind.
pub(super) fn variants(name: &str) -> Vec<(String, Likeness)> {
    let letters: Vec<char> = name.chars().take(64).collect();
    let mut found = Vec::new();
    let join = |letters: &[char]| letters.iter().collect::<String>();
    for variant in homoglyph::variants(name) {
        found.push((variant, Likeness::Letters));
    }
    if name.contains(['-', '_', '.']) {
        for separator in ["", "-", "_", "."] {
            found.push((name.replace(['-', '_', '.'], separator), Likeness::Separators));
        }
    }
    for at in 1..letters.len() {
        let mut swapped = letters.clone();
        swapped.swap(at - 1, at);
        found.push((join(&swapped), Likeness::Swapped));
    }
    for (at, letter) in letters.iter().enumerate() {
        let (before, after) = (letters.get(..at).unwrap_or_default(), letters.get(at + 1..).unwrap_or_default());
        let with = |middle: &[char]| join(&[before, middle, after].concat());
        found.push((with(&[]), Likeness::Slip));
        found.push((with(&[*letter, *letter]), Likeness::Slip));
        for beside in neighbours(*letter) {
            found.push((with(&[beside]), Likeness::Slip));
        }
    }
    found
}

fn neighbours(letter: char) -> impl Iterator<Item = char> {
    KEYS.iter().flat_map(move |row| {
        let at = row.find(letter);
        let beside = move |at: Option<usize>| at.and_then(|at| row.as_bytes().get(at)).map(|byte| char::from(*byte));
        [beside(at.and_then(|at| at.checked_sub(1))), beside(at.map(|at| at + 1))].into_iter().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_likeness_are_told_apart() {
        for (one, other, expected) in [
            ("cross-env", "crossenv", Some(Likeness::Separators)),
            ("requests", "reqeusts", Some(Likeness::Swapped)),
            ("requests", "request", Some(Likeness::Slip)),
            ("lodash", "1odash", Some(Likeness::Letters)),
            ("modem", "rnodem", Some(Likeness::Letters)),
            ("pаypal", "paypal", Some(Likeness::Letters)),
            ("@acme/tools", "acme-tools", Some(Likeness::Scope)),
            ("abc", "abd", None),
            ("react", "express", None),
            ("react", "react", None),
        ] {
            assert_eq!(likeness(one, other), expected, "{one} {other}");
        }
    }
}
