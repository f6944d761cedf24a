//! One part of a glob, between two slashes: `*`, `?`, `[a-z]` and the extended forms `+(a|b)`, `!(a)`. Case never counts.
//!
//! Matching keeps the set of places reached in the text instead of trying every way through, so no pattern can make it slow.

use std::collections::BTreeSet;

/// How deep extended forms may lie in each other; deeper ones are plain text.
const DEPTH: usize = 3;

/// A parsed part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    nodes: Vec<Node>,
    /// Only stars: matches anything but nothing.
    not_empty: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Char(char),
    Any,
    Star,
    Class { negated: bool, items: Vec<Item> },
    Extended { kind: char, options: Vec<Vec<Node>> },
}

#[derive(Debug, Clone, PartialEq)]
enum Item {
    Range(char, char),
    Named(&'static str),
}

impl Segment {
    /// Parses a part; everything that is no valid form is plain text.
    pub(super) fn parse(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0 };
        let nodes = parser.sequence(0, false).unwrap_or_default();
        Self { not_empty: !nodes.is_empty() && nodes.iter().all(|node| *node == Node::Star), nodes }
    }

    /// Whether a file name matches.
    pub(super) fn matches(&self, name: &str) -> bool {
        let Some(is_literal) = self.fits_outside(name) else { return false };
        if is_literal {
            return true;
        }
        let text: Vec<char> = name.chars().collect();
        if self.not_empty && text.is_empty() {
            return false;
        }
        ends(&self.nodes, &text, BTreeSet::from([0]), true).contains(&text.len())
    }
}

impl Segment {
    /// Compares the plain characters at both ends, which settles nearly every question without a search: `None` where they
    /// differ, else whether the pattern is nothing but plain characters and therefore matches.
    fn fits_outside(&self, name: &str) -> Option<bool> {
        let plain = |node: &Node| if let Node::Char(wanted) = node { Some(*wanted) } else { None };
        let mut text = name.chars();
        let mut nodes = self.nodes.iter();
        while let Some(wanted) = nodes.as_slice().first().and_then(plain) {
            nodes.next();
            if !text.next().is_some_and(|c| same(c, wanted)) {
                return None;
            }
        }
        if nodes.as_slice().is_empty() {
            return text.next().is_none().then_some(true);
        }
        while let Some(wanted) = nodes.as_slice().last().and_then(plain) {
            nodes.next_back();
            if !text.next_back().is_some_and(|c| same(c, wanted)) {
                return None;
            }
        }
        Some(false)
    }
}

/// Where in the text a sequence can end that begins at one of these places. `last`: nothing follows the sequence.
fn ends(nodes: &[Node], text: &[char], mut places: BTreeSet<usize>, last: bool) -> BTreeSet<usize> {
    for (index, node) in nodes.iter().enumerate() {
        let rest = nodes.get(index + 1..).unwrap_or_default();
        places = step(node, rest, text, &places, last);
        if places.is_empty() {
            break;
        }
    }
    places
}

fn step(node: &Node, rest: &[Node], text: &[char], places: &BTreeSet<usize>, last: bool) -> BTreeSet<usize> {
    let one = |fits: &dyn Fn(char) -> bool| {
        places.iter().filter(|place| text.get(**place).is_some_and(|c| fits(*c))).map(|place| place + 1).collect()
    };
    match node {
        Node::Char(wanted) => one(&|c| same(c, *wanted)),
        Node::Any => one(&|_| true),
        Node::Class { negated, items } => one(&|c| items.iter().any(|item| item.holds(c)) != *negated),
        Node::Star => places.first().map(|first| (*first..=text.len()).collect()).unwrap_or_default(),
        Node::Extended { kind: '!', options } => {
            // Not one of the options, seen together with all that follows.
            let allowed = places.iter().filter(|place| {
                let start = BTreeSet::from([**place]);
                !options.iter().any(|option| {
                    let after = ends(option, text, start.clone(), false);
                    let tail = ends(rest, text, after.clone(), last);
                    if last { tail.contains(&text.len()) } else { !tail.is_empty() }
                })
            });
            allowed.flat_map(|place| *place..=text.len()).collect()
        }
        Node::Extended { kind, options } => {
            let round = |from: &BTreeSet<usize>| -> BTreeSet<usize> {
                options.iter().flat_map(|option| ends(option, text, from.clone(), false)).collect()
            };
            let mut reached = round(places);
            if matches!(kind, '+' | '*') {
                loop {
                    let more: BTreeSet<usize> = round(&reached).difference(&reached).copied().collect();
                    if more.is_empty() {
                        break;
                    }
                    reached.extend(more);
                }
            }
            if matches!(kind, '?' | '*') {
                reached.extend(places);
            }
            reached
        }
    }
}

fn same(a: char, b: char) -> bool {
    a == b || a.to_lowercase().eq(b.to_lowercase())
}

impl Item {
    fn holds(&self, c: char) -> bool {
        let both = c.to_lowercase().chain(c.to_uppercase()).chain([c]);
        match self {
            Self::Range(low, high) => both.into_iter().any(|c| (*low..=*high).contains(&c)),
            Self::Named(name) => match *name {
                "alnum" => c.is_alphanumeric(),
                "alpha" | "lower" | "upper" => c.is_alphabetic(),
                "ascii" => c.is_ascii(),
                "blank" => matches!(c, ' ' | '\t'),
                "cntrl" => c.is_control(),
                "digit" => c.is_ascii_digit(),
                "graph" => !c.is_control() && !c.is_whitespace(),
                "print" => !c.is_control(),
                "punct" => c.is_ascii_punctuation(),
                "space" => c.is_whitespace(),
                "word" => c.is_alphanumeric() || c == '_',
                "xdigit" => c.is_ascii_hexdigit(),
                _ => false,
            },
        }
    }
}

const NAMED: &[&str] = &[
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word",
    "xdigit",
];

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Nodes up to the end, or inside an extended form up to its `|` or `)`; `None` where that never comes.
    fn sequence(&mut self, depth: usize, inside: bool) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek(0) {
            if inside && matches!(c, '|' | ')') {
                return Some(nodes);
            }
            if matches!(c, '!' | '?' | '+' | '*' | '@') && self.peek(1) == Some('(') && depth < DEPTH {
                let begin = self.at;
                if let Some(node) = self.extended(c, depth) {
                    nodes.push(node);
                    continue;
                }
                self.at = begin;
            }
            self.at += 1;
            nodes.push(match c {
                '\\' => match self.peek(0) {
                    Some(escaped) => {
                        self.at += 1;
                        Node::Char(escaped)
                    }
                    None => Node::Char('\\'),
                },
                '*' if nodes.last() == Some(&Node::Star) => continue,
                '*' => Node::Star,
                '?' => Node::Any,
                '[' => self.class().unwrap_or(Node::Char('[')),
                _ => Node::Char(c),
            });
        }
        (!inside).then_some(nodes)
    }

    /// At the sign before the parenthesis.
    fn extended(&mut self, kind: char, depth: usize) -> Option<Node> {
        self.at += 2;
        let mut options = Vec::new();
        loop {
            options.push(self.sequence(depth + 1, true)?);
            self.at += 1;
            if self.chars.get(self.at - 1) == Some(&')') {
                return Some(Node::Extended { kind, options });
            }
        }
    }

    /// Behind the bracket; leaves the place alone where it is no class.
    fn class(&mut self) -> Option<Node> {
        let begin = self.at;
        let found = self.class_items();
        if found.is_none() {
            self.at = begin;
        }
        found
    }

    fn class_items(&mut self) -> Option<Node> {
        let negated = matches!(self.peek(0), Some('!' | '^'));
        self.at += usize::from(negated);
        let mut items = Vec::new();
        let mut is_first = true;
        loop {
            let mut c = self.peek(0)?;
            if c == ']' && !is_first {
                self.at += 1;
                return Some(Node::Class { negated, items });
            }
            is_first = false;
            if c == '['
                && let Some(name) = self.named()
            {
                items.push(Item::Named(name));
                continue;
            }
            if c == '\\' {
                self.at += 1;
                c = self.peek(0)?;
            }
            self.at += 1;
            if self.peek(0) == Some('-') && self.peek(1).is_some_and(|next| next != ']') {
                self.at += 1;
                let mut high = self.peek(0)?;
                if high == '\\' {
                    self.at += 1;
                    high = self.peek(0)?;
                }
                self.at += 1;
                if c <= high {
                    items.push(Item::Range(c, high));
                }
            } else {
                items.push(Item::Range(c, c));
            }
        }
    }

    /// `[:alpha:]`.
    fn named(&mut self) -> Option<&'static str> {
        let rest: String = self.chars.get(self.at..)?.iter().take(12).collect();
        let name = NAMED.iter().find(|name| rest.starts_with(&format!("[:{name}:]")))?;
        self.at += name.len() + 4;
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Segment;

    #[test]
    fn forms() {
        for (pattern, yes, no) in [
            ("*.js", "a.JS|.js", "a.ts|js"),
            ("*", "a|.a", ""),
            ("a?c", "abc|aéc", "ac|abbc"),
            ("[a-c]x", "ax|Bx", "dx|x"),
            ("[!a-c]x", "dx", "ax|Bx"),
            ("[^~$]", "a", "~|$"),
            ("[]]x", "]x", "x"),
            ("[a", "[a", "a"),
            ("[[:digit:]_]", "1|_", "a"),
            ("\\*", "*", "a"),
            ("+(a|b)", "a|ab|bba", "|c|abc"),
            ("*(a|b).js", ".js|ab.js", "c.js"),
            ("?(a).js", ".js|a.js", "aa.js"),
            ("@(a|b)c", "ac|bc", "c|abc"),
            ("!(a).js", "b.js|aa.js|.js", "a.js"),
            ("!(*.test).js", "a.js", "a.test.js"),
            ("+(a", "+(a", "a"),
            ("a+(b@(c|d))e", "abce|abdbce", "abe"),
            ("", "", "a"),
        ] {
            let segment = Segment::parse(pattern);
            let each =
                |list: &'static str| list.split('|').filter(move |text| !text.is_empty() || list.starts_with('|'));
            for name in each(yes) {
                assert!(segment.matches(name), "{pattern} must match {name}");
            }
            for name in each(no) {
                assert!(!segment.matches(name), "{pattern} must not match {name}");
            }
        }
    }

    #[test]
    fn hard_patterns_stay_quick() {
        let segment = Segment::parse(&"*a".repeat(40));
        assert!(!segment.matches(&"a".repeat(39)));
        assert!(!Segment::parse("+(+(+(a|b)|c)|d)x").matches(&"abcd".repeat(100)));
    }
}
