//! PEP 440; what it does not know is a legacy version, ordered as setuptools once did and before all others.

use std::cmp::Ordering;

use super::{Number, is_digits, take};

/// Compared field by field; the order of the fields is the order of the specification.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version<'a> {
    epoch: Number<'a>,
    release: Vec<Number<'a>>,
    pre: Pre<'a>,
    post: Option<Number<'a>>,
    dev: Dev<'a>,
    local: Vec<Local<'a>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pre<'a> {
    /// A development release of the final version itself: before its alphas.
    DevelopmentOnly,
    Alpha(Number<'a>),
    Beta(Number<'a>),
    Candidate(Number<'a>),
    Final,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Dev<'a> {
    Dev(Number<'a>),
    Not,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local<'a> {
    Word(&'a str),
    Number(Number<'a>),
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    match (read(&one), read(&other)) {
        (Some(left), Some(right)) => left.cmp(&right),
        (None, None) => legacy(&one).cmp(&legacy(&other)),
        (left, right) => left.is_some().cmp(&right.is_some()),
    }
}

/// Whether it is a version at all, by PEP 440 or by what came before it.
pub(super) fn understands(version: &str) -> bool {
    version.bytes().any(|byte| byte.is_ascii_digit())
}

fn read(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (epoch, rest) = match text.split_once('!') {
        Some((epoch, rest)) if is_digits(epoch) => (Number::new(epoch), rest),
        _ => (Number(""), text),
    };
    let (mut release, mut rest) = (Vec::new(), rest);
    loop {
        let (digits, after) = take(rest, |c| c.is_ascii_digit());
        if digits.is_empty() {
            return None;
        }
        release.push(Number::new(digits));
        rest = after;
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => break,
        }
    }
    while release.last().is_some_and(|number| number.is_zero()) {
        release.pop();
    }
    let mut pre = None;
    if let Some((number, after)) = labelled(rest, &["alpha", "a"]) {
        (pre, rest) = (Some(Pre::Alpha(number)), after);
    } else if let Some((number, after)) = labelled(rest, &["beta", "b"]) {
        (pre, rest) = (Some(Pre::Beta(number)), after);
    } else if let Some((number, after)) = labelled(rest, &["rc", "c", "preview", "pre"]) {
        (pre, rest) = (Some(Pre::Candidate(number)), after);
    }
    let mut post = None;
    if let Some((digits, after)) = rest.strip_prefix('-').map(|after| take(after, |c| c.is_ascii_digit()))
        && !digits.is_empty()
    {
        (post, rest) = (Some(Number::new(digits)), after);
    } else if let Some((number, after)) = labelled(rest, &["post", "rev", "r"]) {
        (post, rest) = (Some(number), after);
    }
    let mut dev = Dev::Not;
    if let Some((number, after)) = labelled(rest, &["dev"]) {
        (dev, rest) = (Dev::Dev(number), after);
    }
    let mut local = Vec::new();
    if let Some(after) = rest.strip_prefix('+') {
        for part in after.split(['.', '-', '_']) {
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                return None;
            }
            local.push(if is_digits(part) { Local::Number(Number::new(part)) } else { Local::Word(part) });
        }
        rest = "";
    }
    let pre = match pre {
        Some(pre) => pre,
        None if post.is_none() && dev != Dev::Not => Pre::DevelopmentOnly,
        None => Pre::Final,
    };
    rest.is_empty().then_some(Version { epoch, release, pre, post, dev, local })
}

/// `.rc-1`: an optional separator, a word, an optional separator and number.
fn labelled<'a>(text: &'a str, words: &[&str]) -> Option<(Number<'a>, &'a str)> {
    let after = text.strip_prefix(['.', '-', '_']).unwrap_or(text);
    let after = words.iter().find_map(|word| after.strip_prefix(word))?;
    let numbered = after.strip_prefix(['.', '-', '_']).unwrap_or(after);
    let (digits, rest) = take(numbered, |c| c.is_ascii_digit());
    // A separator without a number belongs to what follows.
    if digits.is_empty() { Some((Number(""), after)) } else { Some((Number::new(digits), rest)) }
}

/// The key of `parse_version` of old setuptools.
fn legacy(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in pieces(text) {
        let part = match part {
            "." => continue,
            "pre" | "preview" | "rc" => "*c".to_owned(),
            "-" => "*final-".to_owned(),
            "dev" => "*@".to_owned(),
            digits if is_digits(digits) => {
                let digits = digits.trim_start_matches('0');
                // Its length before it, so that text orders like numbers.
                format!("{:08}{digits}", digits.len())
            }
            word => format!("*{word}"),
        };
        push(&mut parts, part);
    }
    push(&mut parts, "*final".to_owned());
    parts
}

fn push(parts: &mut Vec<String>, part: String) {
    if part.starts_with('*') {
        if part.as_str() < "*final" {
            while parts.last().is_some_and(|last| last == "*final-") {
                parts.pop();
            }
        }
        while parts.last().is_some_and(|last| last == "00000000") {
            parts.pop();
        }
    }
    parts.push(part);
}

/// Runs of digits, runs of letters, dots and hyphens one by one, runs of anything else.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| match c {
        '0'..='9' => 0,
        'a'..='z' => 1,
        '.' => 2,
        '-' => 3,
        _ => 4,
    };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let (piece, after) = if first == 2 || first == 3 { rest.split_at(1) } else { take(rest, |c| kind(c) == first) };
        rest = after;
        Some(piece)
    })
}
