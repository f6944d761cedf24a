//! Which licences a text holds. Called for the licence files of components and artifacts, and for the project's own.
//!
//! Two steps, as the texts of many licences differ by a sentence: the store of SPDX's texts that the spdx crate carries finds
//! what is near and where it begins and ends; then the candidates are asked how much of that part each explains.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::OnceLock;

use spdx::detection::{LicenseType, Store, TextData};

use super::expression::{self, Expression};

/// Longer texts than any licence or collection of them; the rest is not looked at.
const LONGEST: usize = 1 << 20;

/// More licences than any file but a collection of third-party notices holds.
const MOST_PARTS: usize = 60;

/// Below this a part is no licence.
const LIKE: f32 = 0.8;

/// From here a whole text is nothing but the licence.
const EXACT: f32 = 0.995;

/// Letters and digits that a part needs to be looked at.
const SHORTEST: usize = 60;

/// How far below the nearest text others are asked too. A licence without its appendix is farther from itself than another's
/// edit of it is.
const NEAR: f32 = 0.12;

/// A licence found in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Detected {
    /// Its id on SPDX's list. A GNU licence's text alone says nothing of later versions: it is the `-only` one, unless a
    /// notice says more.
    pub id: String,
    /// How alike, 0.8 to 1.
    pub confidence: f32,
    /// The first line of it, from 1.
    pub first_line: usize,
    /// The last line of it.
    pub last_line: usize,
}

/// The licences of a text, in their order.
pub fn detect(text: &str) -> Vec<Detected> {
    let text = text.get(..text.floor_char_boundary(LONGEST)).unwrap_or(text);
    let lines: Vec<&str> = text.lines().collect();
    let mut parts = vec![(0, lines.len())];
    let mut found = Vec::new();
    for _ in 0..MOST_PARTS {
        let Some((start, end)) = parts.pop() else { break };
        let Some((start, part)) = trimmed(&lines, start, end) else { continue };
        let Some(looked) = look(&part) else { continue };
        let (first, last) = (start + looked.first, start + looked.last);
        found.push(Detected {
            id: looked.id,
            confidence: looked.confidence.min(1.0),
            first_line: first + 1,
            last_line: last,
        });
        parts.push((start, first));
        parts.push((last, end));
    }
    found.sort_by_key(|found: &Detected| (found.first_line, found.last_line));
    found
}

/// What a text says as one expression: all of its licences apply.
pub fn expression_of(detected: &[Detected]) -> Option<Expression> {
    Expression::all(detected.iter().filter_map(|one| Expression::parse(&one.id)))
}

/// Whether two licences have the same text: `-only` and `-or-later`, and ids that stand for one text.
pub fn same_text(one: &str, other: &str) -> bool {
    static GROUPS: OnceLock<HashMap<&'static str, u64>> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| {
        let digest = |text: &str| {
            let mut hasher = DefaultHasher::new();
            words(text).for_each(|word| word.hash(&mut hasher));
            hasher.finish()
        };
        expression::listed().map(|id| (id.name, digest(id.text()))).collect()
    });
    let group = |id: &str| {
        let base = base(id);
        groups.get(format!("{base}-only").as_str()).or_else(|| groups.get(base)).copied()
    };
    one == other || group(one).is_some_and(|group_of_one| group(other) == Some(group_of_one))
}

fn base(id: &str) -> &str {
    let id = id.trim_end_matches('+');
    id.strip_suffix("-or-later").or_else(|| id.strip_suffix("-only")).unwrap_or(id)
}

/// The part without empty edges, and where it begins now; none where it is too short for a licence.
fn trimmed(lines: &[&str], start: usize, end: usize) -> Option<(usize, String)> {
    let lines = lines.get(start..end)?;
    let says = |line: &&str| line.chars().any(char::is_alphanumeric);
    let first = lines.iter().position(says)?;
    let last = lines.iter().rposition(says)?;
    let part = lines.get(first..=last)?.join("\n");
    (part.chars().filter(|character| character.is_alphanumeric()).take(SHORTEST).count() == SHORTEST)
        .then_some((start + first, part))
}

struct Looked {
    id: String,
    confidence: f32,
    /// Lines of the part, the last not included.
    first: usize,
    last: usize,
}

struct Candidate<'a> {
    score: f32,
    name: &'a str,
    kind: LicenseType,
    data: &'a TextData,
}

fn look(part: &str) -> Option<Looked> {
    let data = TextData::new(part);
    let candidates = candidates(&data)?;
    let best = candidates.first()?;
    let lines = data.lines().len();
    let (first, last, score) = if best.score >= EXACT {
        (0, lines, best.score)
    } else {
        let (bounded, score) = data.optimize_bounds(best.data);
        let (first, last) = bounded.lines_view();
        (first, last, score)
    };
    if score < LIKE || first >= last {
        return look_short(part, lines);
    }
    let name = match best.kind {
        LicenseType::Header => best.name,
        LicenseType::Original | LicenseType::Alternate => {
            let lines: Vec<&str> = part.lines().skip(first).take(last - first).collect();
            explains_most(&lines.join("\n"), &candidates).unwrap_or(best.name)
        }
    };
    // The store has texts under old ids too; the text alone is no notice that permits later versions.
    let id = match best.kind {
        LicenseType::Header => expression::canonical(name).unwrap_or_else(|| name.to_owned()),
        _ => spdx::gnu_license_id(base(name), false).map_or_else(|| name.to_owned(), |id| id.name.to_owned()),
    };
    Some(Looked { id, confidence: score, first, last })
}

/// All texts of the store, the nearest first. None where there is no store, which its own tests rule out.
fn candidates(data: &TextData) -> Option<Vec<Candidate<'static>>> {
    static STORE: OnceLock<Option<Store>> = OnceLock::new();
    let store = STORE.get_or_init(|| Store::load_inline().ok()).as_ref()?;
    let mut candidates = Vec::with_capacity(1000);
    for (name, entry) in store.iter() {
        let mut of = |kind, texts: &'static [TextData]| {
            candidates.extend(texts.iter().map(|text| Candidate {
                score: text.match_score(data),
                name,
                kind,
                data: text,
            }));
        };
        of(LicenseType::Original, std::slice::from_ref(&entry.original));
        of(LicenseType::Header, &entry.headers);
        of(LicenseType::Alternate, &entry.alternates);
    }
    candidates.sort_by(|one, other| other.score.total_cmp(&one.score).then_with(|| one.name.cmp(other.name)));
    Some(candidates)
}

/// Of the candidates that are near the best, the one that explains most of the part; of equals the most alike.
fn explains_most<'a>(part: &str, candidates: &[Candidate<'a>]) -> Option<&'a str> {
    let best = candidates.first()?.score;
    let near: Vec<&Candidate<'_>> = candidates
        .iter()
        .take_while(|candidate| candidate.score >= best - NEAR)
        .filter(|candidate| candidate.kind == LicenseType::Original)
        .take(12)
        .collect();
    if near.len() < 2 {
        return None;
    }
    let part = Pairs::of(part);
    let mut top: Option<(f32, &str)> = None;
    for candidate in near {
        let Some(id) = spdx::license_id(candidate.name) else { continue };
        let text = Pairs::of(id.text());
        let score = 0.05 * part.alike(&text) + 0.95 * part.within(&text);
        if top.is_none_or(|(most, _)| score > most + 1e-6) {
            top = Some((score, candidate.name));
        }
    }
    top.map(|(_, name)| name)
}

/// Licences of a few sentences, of which the store's preparation leaves nothing where a copyright line is in the same
/// paragraph: compared by their own words.
fn look_short(part: &str, lines: usize) -> Option<Looked> {
    static SHORT: OnceLock<Vec<(&'static str, Pairs)>> = OnceLock::new();
    const SHORT_TEXT: usize = 3000;
    if part.len() > SHORT_TEXT * 4 / 3 {
        return None;
    }
    let texts = SHORT.get_or_init(|| {
        let short = expression::listed().filter(|id| !id.is_deprecated() && id.text().len() < SHORT_TEXT);
        short.map(|id| (id.name, Pairs::of(id.text()))).collect()
    });
    let part = Pairs::of(part);
    let scored = texts.iter().map(|(name, text)| (part.alike(text), *name));
    let (score, name) = scored.max_by(|one, other| match one.0.total_cmp(&other.0) {
        Ordering::Equal => other.1.cmp(one.1),
        order => order,
    })?;
    (score >= 0.75).then(|| Looked { id: name.to_owned(), confidence: score.max(LIKE), first: 0, last: lines })
}

/// The pairs of neighbouring words of a text, with how often each is there.
struct Pairs {
    counts: HashMap<u64, u32>,
    total: u32,
}

impl Pairs {
    fn of(text: &str) -> Self {
        let mut counts = HashMap::new();
        let (mut total, mut last) = (0, String::new());
        for word in words(text) {
            let mut hasher = DefaultHasher::new();
            (&last, &word).hash(&mut hasher);
            *counts.entry(hasher.finish()).or_default() += 1;
            total += 1;
            last = word;
        }
        Self { counts, total }
    }

    fn common(&self, other: &Self) -> f32 {
        let (few, many) = if self.counts.len() < other.counts.len() { (self, other) } else { (other, self) };
        let common = few.counts.iter().map(|(pair, count)| count.min(many.counts.get(pair).unwrap_or(&0)));
        common.sum::<u32>() as f32
    }

    /// Twice the common part over both (Dice).
    fn alike(&self, other: &Self) -> f32 {
        2.0 * self.common(other) / (self.total + other.total).max(1) as f32
    }

    /// How much of this is in the other.
    fn within(&self, other: &Self) -> f32 {
        self.common(other) / self.total.max(1) as f32
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        detect(text).into_iter().map(|found| found.id).collect()
    }

    fn text(id: &str) -> &'static str {
        spdx::license_id(id).unwrap().text()
    }

    #[test]
    fn a_text_is_its_licence_and_two_are_two() {
        assert_eq!(ids(text("MIT")), ["MIT"]);
        assert_eq!(ids(text("GPL-3.0-or-later")), ["GPL-3.0-only"]);
        let both = format!("{}\n\n=====\n\n{}", text("Apache-2.0"), text("MIT"));
        let found = detect(&both);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].id.as_str(), found[1].id.as_str()), ("Apache-2.0", "MIT"));
        assert!(found[0].last_line < found[1].first_line);
        assert_eq!(expression_of(&found).unwrap().to_string(), "Apache-2.0 AND MIT");
    }

    #[test]
    fn what_is_no_licence_is_none() {
        for text in [
            "",
            "\n\n",
            "All rights reserved.",
            "# My project\n\nIt does things. It is under the MIT licence, see LICENSE.",
        ] {
            assert_eq!(ids(text), [""; 0], "{text}");
        }
        assert_eq!(ids(&"word ".repeat(20_000)), [""; 0]);
    }

    #[test]
    fn ids_of_one_text_are_the_same() {
        assert!(same_text("GPL-2.0-only", "GPL-2.0-or-later"));
        assert!(same_text("MIT", "MIT"));
        assert!(!same_text("GPL-2.0-only", "GPL-3.0-only"));
        assert!(!same_text("MIT", "LicenseRef-Mine"));
    }
}
