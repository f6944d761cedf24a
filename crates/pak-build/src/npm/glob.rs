//! One line of an ignore file or one entry of `files`, with the matching rules of npm's walker: braces, `**`, patterns without
//! a slash that match at any depth, and half matches for folders on the way to a wanted file.

use super::segment::Segment;

/// How many alternatives braces may make; more are left out.
const ALTERNATIVES: usize = 4096;

/// A rule: which names, and whether it takes them in (`!`) or leaves them out.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Takes in.
    pub(super) negated: bool,
    /// One of the alternatives is a bare name: it also holds for the folder itself, wherever it lies.
    pub(super) is_bare: bool,
    alternatives: Vec<Vec<Part>>,
}

#[derive(Debug, Clone)]
enum Part {
    Globstar,
    Segment(Segment),
}

impl Rule {
    /// Parses a line, trimmed and not empty.
    pub(super) fn parse(line: &str) -> Self {
        let bare = line.trim_start_matches('!');
        let negated = (line.len() - bare.len()) % 2 == 1;
        if line.starts_with('#') {
            return Self { negated: false, is_bare: false, alternatives: Vec::new() };
        }
        let expanded = expand(bare);
        let split: Vec<Vec<&str>> = expanded.iter().map(|text| parts(text)).collect();
        let is_bare = split.iter().any(|parts| {
            let closed = parts.last().is_some_and(|part| part.is_empty());
            parts.len() <= if closed { 2 } else { 1 }
        });
        let parse = |part: &&str| if *part == "**" { Part::Globstar } else { Part::Segment(Segment::parse(part)) };
        let alternatives = split.iter().map(|parts| parts.iter().map(parse).collect()).collect();
        Self { negated, is_bare, alternatives }
    }

    /// Whether a path matches. `partial`: a path that could still become a match further down counts.
    pub(super) fn matches(&self, path: &Names<'_>, partial: bool) -> bool {
        self.alternatives.iter().any(|pattern| match pattern[..] {
            // Without a slash: the name alone counts, at any depth.
            [_] => walk(pattern, &[path.last], partial),
            _ => walk(pattern, &path.names, partial),
        })
    }
}

/// A path taken apart once, to be held against many rules.
pub(super) struct Names<'a> {
    names: Vec<&'a str>,
    last: &'a str,
}

impl<'a> Names<'a> {
    /// Takes a path apart.
    pub(super) fn of(path: &'a str) -> Self {
        let names = parts(path);
        let last = names.iter().rev().find(|name| !name.is_empty()).copied().unwrap_or("");
        Self { names, last }
    }
}

/// Rules of a whole ignore file.
pub(super) fn rules(text: &str) -> Vec<Rule> {
    let lines = text.split('\n').map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(Rule::parse).collect()
}

/// Splits at slashes, several counting as one; `x/..` falls away.
fn parts(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    let mut pieces = text.split('/').enumerate().peekable();
    while let Some((index, part)) = pieces.next() {
        // Only the first and the last piece may be empty.
        if part.is_empty() && index > 0 && pieces.peek().is_some() {
            continue;
        }
        let previous = parts.last().copied();
        match part {
            "**" if previous == Some("**") => {}
            ".." if previous.is_some_and(|name| !matches!(name, "" | "." | ".." | "**")) => drop(parts.pop()),
            _ => parts.push(part),
        }
    }
    if parts.is_empty() {
        parts.push("");
    }
    parts
}

/// How many names a path may have: the places reached are kept as bits.
pub(super) const MOST_NAMES: usize = 126;

/// Matches parts against names, remembering nothing but the set of places reached.
fn walk(pattern: &[Part], names: &[&str], partial: bool) -> bool {
    if names.len() > MOST_NAMES {
        return false;
    }
    // Bit i: the pattern so far can have used up the first i names.
    let bit = |place: usize| 1u128 << place;
    let end = bit(names.len());
    let mut reached = bit(0);
    for (index, part) in pattern.iter().enumerate() {
        // The names end before the pattern does: good enough for a folder on the way.
        if partial && reached & end != 0 {
            return true;
        }
        let is_last = index + 1 == pattern.len();
        let mut next = 0;
        match part {
            Part::Globstar => {
                let mut open = false;
                for place in 0..=names.len() {
                    // At the end of a pattern it stands for at least one name.
                    let enough = !is_last || reached & (bit(place) - 1) != 0;
                    open = open || reached & bit(place) != 0;
                    if open && enough {
                        next |= bit(place);
                    }
                    if names.get(place).is_some_and(|name| matches!(*name, "." | "..")) {
                        open = false;
                    }
                }
            }
            Part::Segment(segment) => {
                for (place, name) in names.iter().enumerate() {
                    if reached & bit(place) != 0 && segment.matches(name) {
                        next |= bit(place + 1);
                    }
                }
            }
        }
        reached = next;
        if reached == 0 {
            return false;
        }
    }
    let before_slash = names.last() == Some(&"") && names.len() > 1 && reached & (end >> 1) != 0;
    reached & end != 0 || before_slash
}

/// Writes out `{a,b}` and `{1..3}`.
fn expand(text: &str) -> Vec<String> {
    let mut results = vec![String::new()];
    let mut rest = text;
    while let Some((literal, body, after)) = next_braces(rest) {
        let choices = choices(body);
        let mut more = Vec::new();
        for result in &results {
            for choice in &choices {
                if more.len() < ALTERNATIVES {
                    more.push(format!("{result}{literal}{choice}"));
                }
            }
        }
        results = more;
        rest = after;
    }
    for result in &mut results {
        result.push_str(rest);
    }
    results
}

/// The first braces that hold alternatives: the text before, inside and after them.
fn next_braces(text: &str) -> Option<(&str, &str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == '{'
            && !escaped
            && !text[..at].ends_with('$')
            && let Some(length) = closing(&text[at + 1..])
        {
            let body = &text[at + 1..at + 1 + length];
            if split(body).len() > 1 || sequence(body).is_some() {
                return Some((&text[..at], body, &text[at + 2 + length..]));
            }
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The length of what lies before the brace that closes.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut escaped) = (0usize, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {}
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

fn choices(body: &str) -> Vec<String> {
    match sequence(body) {
        Some(sequence) => sequence,
        None => split(body).into_iter().flat_map(expand).collect(),
    }
}

/// Splits at commas that lie in no inner braces.
fn split(body: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin, mut escaped) = (Vec::new(), 0usize, 0, false);
    for (at, c) in body.char_indices() {
        match c {
            _ if escaped => {}
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&body[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    parts.push(&body[begin..]);
    parts
}

/// `1..3`, `a..e`, `1..9..2`.
fn sequence(body: &str) -> Option<Vec<String>> {
    let fields: Vec<&str> = body.split("..").collect();
    let (from, to, by) = match fields[..] {
        [from, to] => (from, to, 1),
        [from, to, by] => (from, to, by.parse::<i64>().ok()?.abs().max(1)),
        _ => return None,
    };
    let letter = |text: &str| {
        let mut chars = text.chars();
        let first = chars.next().filter(char::is_ascii_alphabetic)?;
        chars.next().is_none().then_some(i64::from(u32::from(first)))
    };
    let (low, high, letters) = match (from.parse::<i64>(), to.parse::<i64>()) {
        (Ok(low), Ok(high)) => (low, high, false),
        _ => (letter(from)?, letter(to)?, true),
    };
    let padded = |text: &str| text.trim_start_matches('-').len() > 1 && text.trim_start_matches('-').starts_with('0');
    let width = if padded(from) || padded(to) { from.len().max(to.len()) } else { 0 };
    let by = if high < low { -by } else { by };
    let values = std::iter::successors(Some(low), |value| value.checked_add(by));
    let within = values.take_while(|value| if by > 0 { *value <= high } else { *value >= high });
    let shown = within.take(ALTERNATIVES).map(|value| {
        if letters {
            u32::try_from(value).ok().and_then(char::from_u32).map(String::from).unwrap_or_default()
        } else {
            format!("{value:0width$}")
        }
    });
    Some(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces() {
        for (text, expected) in [
            ("a{b,c}d", "abd acd"),
            ("readme{,.*[^~$]}", "readme readme.*[^~$]"),
            ("{a,{b,c}}x{1..3}", "ax1 ax2 ax3 bx1 bx2 bx3 cx1 cx2 cx3"),
            ("{08..10}", "08 09 10"),
            ("{c..a}", "c b a"),
            ("{a}", "{a}"),
            ("{a}{b,c}", "{a}b {a}c"),
            ("\\{a,b}", "\\{a,b}"),
            ("{a,b", "{a,b"),
            ("${a,b}", "${a,b}"),
        ] {
            assert_eq!(expand(text).join(" "), expected, "{text}");
        }
        assert!(expand(&"{a,b}".repeat(40)).len() <= ALTERNATIVES);
    }

    #[test]
    fn paths() {
        for (rule, path, partial, expected) in [
            ("*.js", "deep/er/a.js", false, true),
            ("/a.js", "/a.js", false, true),
            ("/a.js", "a.js", false, false),
            ("/a.js", "/x/a.js", false, false),
            ("lib/**", "lib/a/b", false, true),
            ("lib/**", "lib", false, false),
            ("lib/**", "lib/", false, true),
            ("lib/**", "lib", true, true),
            ("lib/**/*.js", "lib/a.js", false, true),
            ("lib/**/*.js", "lib/a/b", true, true),
            ("lib/**/*.js", "src/a", true, false),
            ("**/x/**", "a/x/b", false, true),
            ("**/x/**", "x", false, false),
            ("a/*", "a/b/", false, true),
            ("a/", "a/", false, true),
            ("a/", "a", false, false),
            ("a//b", "a/b", false, true),
            ("x/../a", "a", false, true),
        ] {
            assert_eq!(
                Rule::parse(rule).matches(&Names::of(path), partial),
                expected,
                "{rule} on {path} (partial: {partial})"
            );
        }
        assert!(Rule::parse("!a").negated && !Rule::parse("!!a").negated);
    }
}
