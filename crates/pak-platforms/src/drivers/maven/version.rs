//! The order of Maven versions, as the POM reference specifies it. Decides what `latest` and `release` name.

use std::cmp::Ordering;

/// One token with what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A number after a dot (or at the beginning), without leading zeros.
    Dotted(String),
    /// A number after a hyphen, or where letters end.
    Hyphened(String),
    /// Letters, by the rank of their meaning, then by themselves.
    Word(u8, String),
}

/// What an absent token counts as beside words: plain, as `ga` and `final`.
const PLAIN: u8 = 5;

/// Whether a version is a snapshot, by its name in the POM or under which it is stored.
pub(super) fn is_snapshot(version: &str) -> bool {
    version.ends_with("-SNAPSHOT")
}

/// Compares two versions. Never fails: every text is a version to Maven.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (tokens(left), tokens(right));
    for index in 0..left.len().max(right.len()) {
        let order = match (left.get(index), right.get(index)) {
            (Some(left), Some(right)) => token_order(left, right),
            (Some(left), None) => token_order(left, &absent(left)),
            (None, Some(right)) => token_order(&absent(right), right),
            (None, None) => Ordering::Equal,
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    Ordering::Equal
}

fn absent(beside: &Token) -> Token {
    match beside {
        Token::Dotted(_) => Token::Dotted(String::new()),
        Token::Hyphened(_) | Token::Word(..) => Token::Word(PLAIN, String::new()),
    }
}

fn token_order(left: &Token, right: &Token) -> Ordering {
    let kind = |token: &Token| match token {
        Token::Word(..) => 0,
        Token::Hyphened(_) => 1,
        Token::Dotted(_) => 2,
    };
    // Numbers have no leading zeros, so the longer one is the larger one, whatever its size.
    let number = |left: &str, right: &str| left.len().cmp(&right.len()).then_with(|| left.cmp(right));
    match (left, right) {
        (Token::Dotted(left), Token::Dotted(right)) | (Token::Hyphened(left), Token::Hyphened(right)) => {
            number(left, right)
        }
        (Token::Word(rank, text), Token::Word(other, beside)) => rank.cmp(other).then_with(|| text.cmp(beside)),
        _ => kind(left).cmp(&kind(right)),
    }
}

/// Cuts at dots, hyphens and between digits and letters; parts that mean nothing are dropped where something else follows
/// after a hyphen, and at the end.
fn tokens(version: &str) -> Vec<Token> {
    let mut found: Vec<(bool, Token)> = Vec::new();
    let mut hyphened = false;
    let mut rest = version.to_ascii_lowercase();
    // An explicit loop: what follows a word decides how it is read (`a1` is alpha-1, `a` is a).
    loop {
        let digits = rest.starts_with(|first: char| first.is_ascii_digit());
        let end =
            rest.find(|next: char| next == '.' || next == '-' || next.is_ascii_digit() != digits).unwrap_or(rest.len());
        let tail = rest.split_off(end);
        let cut = tail.starts_with(['.', '-']);
        let token = if rest.is_empty() || digits {
            let number = rest.trim_start_matches('0').to_owned();
            if hyphened { Token::Hyphened(number) } else { Token::Dotted(number) }
        } else {
            word(&rest, !cut && !tail.is_empty())
        };
        found.push((hyphened, token));
        if tail.is_empty() {
            break;
        }
        hyphened = !tail.starts_with('.');
        rest = if cut { tail.get(1..).unwrap_or_default().to_owned() } else { tail };
    }
    let mut kept: Vec<Token> = Vec::new();
    for (hyphened, token) in found {
        // Before a word a dot is as good as a hyphen.
        if hyphened || matches!(token, Token::Word(..)) {
            trim(&mut kept);
        }
        kept.push(token);
    }
    trim(&mut kept);
    kept
}

fn trim(tokens: &mut Vec<Token>) {
    let is_nothing = |token: &Token| match token {
        Token::Dotted(number) | Token::Hyphened(number) => number.is_empty(),
        Token::Word(rank, _) => *rank == PLAIN,
    };
    while tokens.last().is_some_and(is_nothing) {
        tokens.pop();
    }
}

fn word(text: &str, number_follows: bool) -> Token {
    let known = match text {
        "alpha" => 0,
        "beta" => 1,
        "milestone" => 2,
        "rc" | "cr" => 3,
        "snapshot" => 4,
        "ga" | "final" | "release" => PLAIN,
        "sp" => 6,
        "a" if number_follows => 0,
        "b" if number_follows => 1,
        "m" if number_follows => 2,
        _ => return Token::Word(7, text.to_owned()),
    };
    Token::Word(known, String::new())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn versions_in_their_order() {
        // The sequences of Maven's own documentation and tests.
        for sequence in [
            vec![
                "1-alpha2snapshot",
                "1-alpha2",
                "1-alpha-123",
                "1-beta-2",
                "1-beta123",
                "1-m2",
                "1-m11",
                "1-rc",
                "1-cr2",
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
                "1-2",
                "1-123",
            ],
            vec![
                "2.0", "2.0.a", "2-1", "2.0.2", "2.0.123", "2.1.0", "2.1-a", "2.1b", "2.1-c", "2.1-1", "2.1.0.1", "2.2",
            ],
            vec!["1.9", "1.10", "2.0-rc1", "2.0", "10", "99999999999999999999999"],
        ] {
            for pair in sequence.windows(2) {
                assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{} < {}", pair[0], pair[1]);
                assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{} > {}", pair[1], pair[0]);
            }
        }
        for (one, other) in
            [("1", "1.0.0"), ("1.0-ga", "1"), ("1-a1", "1-alpha-1"), ("1.0.0-RC1", "1-cr1"), ("1x", "1-x")]
        {
            assert_eq!(compare(one, other), Ordering::Equal, "{one} = {other}");
        }
    }

    proptest! {
        #[test]
        fn every_text_has_a_place(one in "\\PC{0,12}", other in "[0-9a-c.+-]{0,12}") {
            prop_assert_eq!(compare(&one, &one), Ordering::Equal);
            prop_assert_eq!(compare(&one, &other), compare(&other, &one).reverse());
        }
    }
}
