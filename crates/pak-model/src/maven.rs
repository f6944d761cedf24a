//! Maven's versions: free text, ordered by Maven's own rules of numbers, known words and how they are joined.

use std::cmp::Ordering;

/// A version is part of file names, which are no longer anywhere.
const LONGEST: usize = 200;

/// Words that come before the release, in their order; then the release itself, then the service pack, then all other words.
const KNOWN: &[&str] = &["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

/// Whether the text can be a version of a Maven component: part of a path, and nothing that clients read as a range or as
/// "the newest".
pub fn is_valid(version: &str) -> bool {
    !version.is_empty()
        && version.len() <= LONGEST
        && !version.starts_with('.')
        && !version.contains("${")
        && !matches!(version, "LATEST" | "RELEASE" | "SNAPSHOT")
        && !version.chars().any(|one| one.is_control() || one.is_whitespace() || "\\/:\"<>|?*[](),&#%".contains(one))
}

/// Whether it may be published again and again until the release of that name.
pub fn is_snapshot(version: &str) -> bool {
    version.get(version.len().saturating_sub(9)..).is_some_and(|end| end.eq_ignore_ascii_case("-SNAPSHOT"))
}

/// Whether it is a snapshot, or one of its words comes before the release.
pub fn is_prerelease(version: &str) -> bool {
    fn has_early(items: &[Item]) -> bool {
        items.iter().any(|item| match item {
            Item::Number(_) => false,
            Item::Word(word) => rank(word).0 < rank("").0,
            Item::List(items) => has_early(items),
        })
    }
    is_valid(version) && has_early(&parse(version))
}

/// Order, as Maven compares.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    (is_valid(left) && is_valid(right)).then(|| compare_lists(&parse(left), &parse(right)))
}

/// A part of a version. What follows a hyphen, or a change between digits and letters, is a list of its own: it weighs less.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Item {
    /// Digits without leading zeros; none of them for zero.
    Number(String),
    Word(String),
    List(Vec<Item>),
}

/// Lists that are open while a version is read, outermost first.
struct Lists(Vec<Vec<Item>>);

impl Lists {
    fn add(&mut self, item: Item) {
        if let Some(list) = self.0.last_mut() {
            list.push(item);
        }
    }

    fn open(&mut self) {
        self.0.push(Vec::new());
    }

    /// Opens a list unless the present one is still empty: `1.x` is `1-x`.
    fn open_for_word(&mut self) {
        if self.0.last().is_some_and(|list| !list.is_empty()) {
            self.open();
        }
    }

    /// Closes all of them, from the innermost; each loses what means nothing at its end.
    fn close(mut self) -> Vec<Item> {
        let mut inner: Option<Vec<Item>> = None;
        while let Some(mut list) = self.0.pop() {
            list.extend(inner.take().map(Item::List));
            inner = Some(trimmed(list));
        }
        inner.unwrap_or_default()
    }
}

fn parse(version: &str) -> Vec<Item> {
    let version = version.to_lowercase();
    let mut lists = Lists(vec![Vec::new()]);
    let (mut start, mut in_digits) = (0, false);
    let part = |from: usize, to: usize| version.get(from..to).unwrap_or_default();
    for (at, character) in version.char_indices() {
        match character {
            '.' | '-' => {
                let item = if at == start { Item::Number(String::new()) } else { item(in_digits, part(start, at)) };
                lists.add(item);
                start = at + 1;
                if character == '-' {
                    lists.open();
                }
            }
            _ if character.is_ascii_digit() => {
                if !in_digits && at > start {
                    lists.open_for_word();
                    lists.add(Item::Word(word(part(start, at), true)));
                    start = at;
                    lists.open();
                }
                in_digits = true;
            }
            _ => {
                if in_digits && at > start {
                    lists.add(item(true, part(start, at)));
                    start = at;
                    lists.open();
                }
                in_digits = false;
            }
        }
    }
    if start < version.len() {
        if !in_digits {
            lists.open_for_word();
        }
        lists.add(item(in_digits, part(start, version.len())));
    }
    lists.close()
}

fn item(is_number: bool, text: &str) -> Item {
    if is_number { Item::Number(text.trim_start_matches('0').to_owned()) } else { Item::Word(word(text, false)) }
}

/// One spelling of each word; letters alone stand for words only directly before a number.
fn word(text: &str, before_number: bool) -> String {
    let meant = match text {
        "a" if before_number => "alpha",
        "b" if before_number => "beta",
        "m" if before_number => "milestone",
        "ga" | "final" | "release" => "",
        "cr" => "rc",
        other => other,
    };
    meant.to_owned()
}

/// Takes away zeros, empty words and empty lists at the end, also those before lists that stay.
fn trimmed(mut list: Vec<Item>) -> Vec<Item> {
    for index in (0..list.len()).rev() {
        match list.get(index) {
            Some(item) if is_nothing(item) => {
                list.remove(index);
            }
            Some(Item::List(_)) => {}
            _ => break,
        }
    }
    list
}

fn is_nothing(item: &Item) -> bool {
    match item {
        Item::Number(digits) => digits.is_empty(),
        Item::Word(word) => word.is_empty(),
        Item::List(list) => list.is_empty(),
    }
}

/// Known words in their order, then unknown ones by their letters.
fn rank(word: &str) -> (usize, &str) {
    KNOWN.iter().position(|known| *known == word).map_or((KNOWN.len(), word), |place| (place, ""))
}

fn compare_lists(left: &[Item], right: &[Item]) -> Ordering {
    let pairs = (0..left.len().max(right.len())).map(|index| match (left.get(index), right.get(index)) {
        (Some(left), Some(right)) => compare_items(left, right),
        (Some(left), None) => compare_to_nothing(left),
        (None, Some(right)) => compare_to_nothing(right).reverse(),
        (None, None) => Ordering::Equal,
    });
    pairs.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn compare_items(left: &Item, right: &Item) -> Ordering {
    use Item::{List, Number, Word};
    match (left, right) {
        (Number(left), Number(right)) => (left.len(), left).cmp(&(right.len(), right)),
        (Word(left), Word(right)) => rank(left).cmp(&rank(right)),
        (List(left), List(right)) => compare_lists(left, right),
        // 1.1 comes after 1-1, and that after 1-sp.
        (Number(_), _) | (List(_), Word(_)) => Ordering::Greater,
        (_, Number(_)) | (Word(_), List(_)) => Ordering::Less,
    }
}

/// 1.0 is 1; 1-rc comes before it, 1-sp after it.
fn compare_to_nothing(item: &Item) -> Ordering {
    match item {
        Item::Number(digits) if digits.is_empty() => Ordering::Equal,
        Item::Number(_) => Ordering::Greater,
        Item::Word(word) => rank(word).cmp(&rank("")),
        Item::List(items) => {
            items.iter().map(compare_to_nothing).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(left: &str, right: &str) -> Ordering {
        compare(left, right).unwrap()
    }

    #[test]
    fn one_version_in_many_spellings() {
        for same in [
            &["1", "1.0", "1.0.0", "1-0", "1.0-0", "1-ga", "1.ga", "1-final", "1.Final", "1-RELEASE", "1-", "1."][..],
            &["1-a1", "1-alpha-1", "1.0-alpha1", "1ALPHA1", "1.0.0-a1"],
            &["1-rc1", "1-cr1", "1.0-RC-1"],
            &["1-foo", "1.foo", "1.0.0-foo.0.0"],
            &["1-m3", "1-milestone-3", "1-Milestone3"],
            &["01.002", "1.2"],
        ] {
            for other in same {
                assert_eq!(order(same[0], other), Ordering::Equal, "{} and {other}", same[0]);
            }
        }
    }

    #[test]
    fn the_published_order() {
        for rising in [
            &["1-alpha2snapshot", "1-alpha2", "1-alpha-123", "1-beta-2", "1-beta123", "1-m2", "1-m11", "1-rc", "1-cr2"]
                [..],
            &[
                "1-rc123",
                "1-SNAPSHOT",
                "1",
                "1-sp",
                "1-sp2",
                "1-sp123",
                "1-abc",
                "1-def",
                "1-pom-1",
                "1-1-snapshot",
                "1-1",
            ],
            &["1-1", "1-2", "1-123", "1.1"],
            &["2.0", "2.0.a", "2-1", "2.0.2", "2.0.123", "2.1.0", "2.1-a", "2.1b", "2.1-c", "2.1-1", "2.1.0.1", "2.2"],
            &["1-foo2", "1-foo10"],
            &["1.9", "1.10", "1.99999999999999999999", "1.100000000000000000000"],
            &["1-sp-1", "1-ga-1"],
            &["5.0.7", "5.0.9.0.5", "6.1.0rc3", "6.1.0", "6.1H.5-beta", "6.1.0.1"],
        ] {
            for pair in rising.windows(2) {
                assert_eq!(order(pair[0], pair[1]), Ordering::Less, "{} before {}", pair[0], pair[1]);
            }
        }
    }

    #[test]
    fn what_is_a_version_and_of_which_kind() {
        assert!(is_valid("1.0") && is_valid("2024-01-rc.1+7_x") && is_valid("Finchley.SR2"));
        for bad in ["", "a/b", "1 0", "[1,2)", "1:2", "${revision}", "LATEST", ".1", "1*", &"1".repeat(201)] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert!(
            is_snapshot("1.0-SNAPSHOT") && is_snapshot("1-snapshot") && !is_snapshot("SNAPSHOT") && !is_snapshot("1")
        );
        for early in ["1.0-SNAPSHOT", "1-rc1", "1.0.0.CR2", "1-a1", "1.0-beta-3", "1.0.0.Alpha1", "2-M4"] {
            assert!(is_prerelease(early), "{early}");
        }
        for done in ["1.0", "1.0.Final", "1-sp1", "1-jre", "31.1-android", "1-a", "1.0-b-x"] {
            assert!(!is_prerelease(done), "{done}");
        }
    }
}
