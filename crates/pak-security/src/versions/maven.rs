//! Maven's version order: tokens with the separator before them, compared with "nothing" where one version ends.

use std::cmp::Ordering;

use super::{Number, is_digits};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    hyphen: bool,
    text: &'a str,
}

pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    let (one, other) = (tokens(&one), tokens(&other));
    for index in 0..one.len().max(other.len()) {
        // A number is compared with zero, a word with the release itself.
        let nothing = |like: Token<'_>| {
            let number = !like.hyphen && is_digits(like.text);
            Token { hyphen: like.hyphen, text: if number { "0" } else { "" } }
        };
        let order = match (one.get(index), other.get(index)) {
            (Some(one), Some(other)) => token(*one, *other),
            (Some(one), None) => token(*one, nothing(*one)),
            (None, Some(other)) => token(nothing(*other), *other),
            (None, None) => Ordering::Equal,
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Cut at dots, hyphens and between digits and letters (as if a hyphen stood there); tokens that mean nothing are dropped
/// from the end and before every hyphen.
fn tokens(version: &str) -> Vec<Token<'_>> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut hyphen = false;
    for (index, piece) in version.split_inclusive(['.', '-']).enumerate() {
        let last = !piece.ends_with(['.', '-']);
        let text = if last { piece } else { piece.get(..piece.len() - 1).unwrap_or_default() };
        if text.is_empty() {
            tokens.push(Token { hyphen: hyphen && index > 0, text: "0" });
        }
        let mut rest = text;
        let mut hyphen_here = hyphen;
        while let Some(first) = rest.chars().next() {
            let digits = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            tokens.push(Token { hyphen: hyphen_here, text: expanded(run, !after.is_empty()) });
            hyphen_here = true;
            rest = after;
        }
        hyphen = piece.ends_with('-');
    }
    trimmed(&tokens)
}

fn expanded(word: &str, before_digits: bool) -> &str {
    match (word, before_digits) {
        ("a", true) => "alpha",
        ("b", true) => "beta",
        ("m", true) => "milestone",
        ("cr", _) => "rc",
        ("ga" | "final" | "release", _) => "",
        (word, _) => word,
    }
}

fn trimmed<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut kept: Vec<Token<'a>> = Vec::new();
    let empty = |token: &Token<'_>| token.text.bytes().all(|byte| byte == b'0');
    for token in tokens.iter().rev() {
        // Nothing but the end or a hyphen follows: what means nothing goes.
        if empty(token) && kept.last().is_none_or(|next| next.hyphen) {
            continue;
        }
        kept.push(*token);
    }
    kept.reverse();
    // The first number stays, so that every version begins with one.
    if tokens.first().is_some_and(empty) && kept.first().is_none_or(|first| first.hyphen) {
        kept.insert(0, Token { hyphen: false, text: "0" });
    }
    kept
}

fn token(one: Token<'_>, other: Token<'_>) -> Ordering {
    let kind = |token: Token<'_>| match (is_digits(token.text), token.hyphen) {
        (false, false) => 0,
        (false, true) => 1,
        (true, true) => 2,
        (true, false) => 3,
    };
    let (left, right) = (kind(one), kind(other));
    left.cmp(&right).then_with(|| {
        if left > 1 {
            Number::new(one.text).cmp(&Number::new(other.text))
        } else {
            qualifier(one.text).cmp(&qualifier(other.text))
        }
    })
}

/// Well-known qualifiers have their order; "nothing" is the release itself; others follow by name.
fn qualifier(word: &str) -> (u8, &str) {
    let known = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];
    known.iter().zip(0..).find(|(name, _)| **name == word).map_or((7, word), |(_, place)| (place, ""))
}
