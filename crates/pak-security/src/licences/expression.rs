//! SPDX licence expressions in their canonical form. Called by the writers and by everything else about licences.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::OnceLock;

use spdx::expression::{ExprNode, Operator};
use spdx::identifiers::{EXCEPTIONS, LICENSES};
use spdx::{LicenseReq, ParseMode};

/// No expression of this length was ever written in earnest.
const LONGEST: usize = 4096;

/// An expression as a tree. `AND` and `OR` of the same kind are one node; equal sides are there once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One licence, with an exception or without.
    Licence(LicenseReq),
    /// All of these apply (`AND`).
    All(Vec<Expression>),
    /// The user chooses (`OR`).
    Any(Vec<Expression>),
}

impl Expression {
    /// Parses a strict expression, except that the spelling of ids and operators may be any, and that the GNU ids without
    /// `-only` and `-or-later` are taken for what they were defined as.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let mode = ParseMode { allow_deprecated: true, ..ParseMode::STRICT };
        let parsed = spdx::Expression::parse_mode(&spelled(text), mode).ok()?;
        let mut stack = Vec::new();
        for node in parsed.iter() {
            match node {
                // The list names them, but they say that there is no licence, or no statement.
                ExprNode::Req(licence) if matches!(licence.req.to_string().as_str(), "NONE" | "NOASSERTION") => {
                    return None;
                }
                ExprNode::Req(licence) => stack.push(Self::Licence(licence.req.clone())),
                ExprNode::Op(operator) => {
                    let (right, left) = (stack.pop()?, stack.pop()?);
                    stack.push(left.joined(*operator, right));
                }
            }
        }
        stack.pop()
    }

    /// Several expressions that all apply; none of none.
    pub fn all(expressions: impl IntoIterator<Item = Self>) -> Option<Self> {
        expressions.into_iter().reduce(|left, right| left.joined(Operator::And, right))
    }

    /// Several expressions of which the user chooses one; none of none.
    pub fn any(expressions: impl IntoIterator<Item = Self>) -> Option<Self> {
        expressions.into_iter().reduce(|left, right| left.joined(Operator::Or, right))
    }

    fn joined(self, operator: Operator, other: Self) -> Self {
        let mut sides: Vec<Self> = Vec::new();
        for side in [self, other] {
            let inner = match (side, operator) {
                (Self::All(inner), Operator::And) | (Self::Any(inner), Operator::Or) => inner,
                (single, _) => vec![single],
            };
            for side in inner {
                if !sides.contains(&side) {
                    sides.push(side);
                }
            }
        }
        match (sides.len(), operator) {
            (1, _) => sides.remove(0),
            (_, Operator::And) => Self::All(sides),
            (_, Operator::Or) => Self::Any(sides),
        }
    }

    /// Whether the whole holds, given for each licence whether it does.
    pub fn holds(&self, licence: &mut dyn FnMut(&LicenseReq) -> bool) -> bool {
        match self {
            Self::Licence(one) => licence(one),
            Self::All(all) => all.iter().all(|side| side.holds(licence)),
            Self::Any(any) => any.iter().any(|side| side.holds(licence)),
        }
    }

    /// Its licences, in the order they are written.
    pub fn licences(&self) -> Vec<&LicenseReq> {
        match self {
            Self::Licence(licence) => vec![licence],
            Self::All(sides) | Self::Any(sides) => sides.iter().flat_map(Self::licences).collect(),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sides, word) = match self {
            Self::Licence(licence) => return write!(f, "{licence}"),
            Self::All(sides) => (sides, " AND "),
            Self::Any(sides) => (sides, " OR "),
        };
        for (index, side) in sides.iter().enumerate() {
            if index > 0 {
                f.write_str(word)?;
            }
            // AND binds tighter: only an OR inside it needs parentheses.
            match (self, side) {
                (Self::All(_), Self::Any(_)) => write!(f, "({side})")?,
                _ => write!(f, "{side}")?,
            }
        }
        Ok(())
    }
}

/// The canonical form of a strict expression; none where the text is none.
pub fn canonical(text: &str) -> Option<String> {
    Expression::parse(text).map(|expression| expression.to_string())
}

/// The licences of an expression that are not on SPDX's list (`LicenseRef-…`).
pub fn references(text: &str) -> BTreeSet<String> {
    let words = text.split([' ', '(', ')']);
    words.filter(|word| word.starts_with("LicenseRef-")).map(str::to_owned).collect()
}

/// The version of SPDX's list that this build knows: `3.27`.
pub fn list_version() -> String {
    let version = spdx::license_version().trim_start_matches('v');
    version.strip_suffix(".0").filter(|short| short.contains('.')).unwrap_or(version).to_owned()
}

/// The licences of SPDX's list.
pub(super) fn listed() -> impl Iterator<Item = spdx::LicenseId> {
    let real = LICENSES.iter().filter(|licence| !matches!(licence.name, "NONE" | "NOASSERTION"));
    real.filter_map(|licence| spdx::license_id(licence.name))
}

/// The id of SPDX's list in its own spelling; a licence or an exception.
pub(super) fn id(word: &str) -> Option<&'static str> {
    static IDS: OnceLock<HashMap<String, &'static str>> = OnceLock::new();
    let names = || LICENSES.iter().map(|licence| licence.name).chain(EXCEPTIONS.iter().map(|exception| exception.name));
    IDS.get_or_init(|| names().map(|name| (name.to_ascii_lowercase(), name)).collect())
        .get(&word.to_ascii_lowercase())
        .copied()
}

/// The same expression with ids and operators as the list and the grammar spell them.
fn spelled(text: &str) -> String {
    let ends = |character: char| character.is_whitespace() || "()".contains(character);
    let mut spelled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| !ends(character)) {
        let (between, from) = rest.split_at(start);
        let (word, after) = from.split_at(from.find(ends).unwrap_or(from.len()));
        spelled.push_str(between);
        spelled.push_str(&word_spelled(word));
        rest = after;
    }
    spelled.push_str(rest);
    spelled
}

fn word_spelled(word: &str) -> String {
    if let Some(operator) = ["AND", "OR", "WITH"].into_iter().find(|operator| operator.eq_ignore_ascii_case(word)) {
        return operator.to_owned();
    }
    let (name, plus) = match word.strip_suffix('+') {
        Some(name) => (name, true),
        None => (word, false),
    };
    // A few old ids end in `+` themselves.
    let Some(id) = id(name) else { return id(word).map_or_else(|| word.to_owned(), str::to_owned) };
    let gnu_with = id.split_once("-with-").filter(|(gnu, _)| spdx::gnu_license_id(gnu, false).is_some());
    if let Some((gnu, exception)) = gnu_with {
        let exception = match (exception, gnu) {
            ("autoconf-exception", "GPL-3.0") => "Autoconf-exception-3.0",
            ("autoconf-exception", _) => "Autoconf-exception-2.0",
            ("bison-exception", _) => "Bison-exception-2.2",
            ("classpath-exception", _) => "Classpath-exception-2.0",
            ("font-exception", _) => "Font-exception-2.0",
            ("GCC-exception", "GPL-3.0") => "GCC-exception-3.1",
            ("GCC-exception", _) => "GCC-exception-2.0",
            _ => return id.to_owned(),
        };
        return format!("{gnu}-only WITH {exception}");
    }
    let bare = !id.ends_with("-only") && !id.ends_with("-or-later");
    match spdx::gnu_license_id(id, plus).filter(|_| bare) {
        Some(gnu) => gnu.name.to_owned(),
        None => format!("{id}{}", if plus { "+" } else { "" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_one_form() {
        for (text, canonical_form) in [
            ("mit", "MIT"),
            ("MIT or apache-2.0", "MIT OR Apache-2.0"),
            ("(MIT)", "MIT"),
            ("((MIT OR ISC) AND BSD-3-Clause)", "(MIT OR ISC) AND BSD-3-Clause"),
            ("MIT OR (ISC AND Zlib)", "MIT OR ISC AND Zlib"),
            ("MIT OR ISC AND Zlib", "MIT OR ISC AND Zlib"),
            ("MIT OR (ISC OR Zlib)", "MIT OR ISC OR Zlib"),
            ("MIT AND MIT", "MIT"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("gpl-2.0+", "GPL-2.0-or-later"),
            ("LGPL-2.1-or-later", "LGPL-2.1-or-later"),
            ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
            ("GPL-3.0-only with gcc-exception-3.1", "GPL-3.0-only WITH GCC-exception-3.1"),
            ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
            ("EPL-1.0+", "EPL-1.0+"),
            ("LicenseRef-Mine AND MIT", "LicenseRef-Mine AND MIT"),
            ("  MIT\tOR\nISC ", "MIT OR ISC"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(canonical_form), "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for text in [
            "",
            "  ",
            "MIT/Apache-2.0",
            "Apache 2",
            "MIT OR",
            "(MIT",
            "MIT)",
            "Proprietary",
            "WITH",
            "é AND",
            "MIT é",
            "NONE",
            "noassertion",
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert_eq!(canonical(&"(".repeat(5000)), None);
        assert_eq!(canonical(&"(".repeat(2000)), None);
    }

    #[test]
    fn every_id_of_the_list_is_its_own_or_its_successors_form() {
        for licence in listed() {
            let once = canonical(licence.name);
            assert!(once.is_some(), "{}", licence.name);
            assert_eq!(once.as_deref().and_then(canonical), once, "{}", licence.name);
        }
    }
}
