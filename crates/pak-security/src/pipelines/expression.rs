//! Expressions of GitHub's workflows, `${{ … }}`: which values flow out of them into the text they stand in.

/// Brackets and calls within each other.
const DEEPEST: u32 = 32;

/// An expression in a text.
#[derive(Debug)]
pub(super) struct Found<'text> {
    /// Where its `${{` begins, in bytes.
    pub(super) offset: usize,
    /// What stands between the braces.
    pub(super) inner: &'text str,
}

/// A value an expression reads: `github.event.issue.title`. `*` stands for an index that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    /// The words, in lower case.
    pub(super) path: Vec<String>,
    /// Whether it may be in the result, rather than only decide about it.
    pub(super) flows: bool,
}

impl Read {
    /// The path as it is written.
    pub(super) fn dotted(&self) -> String {
        self.path.join(".")
    }
}

/// The expressions of a text.
pub(super) fn find(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(start) = text.get(from..).and_then(|rest| rest.find("${{")).map(|at| from + at) {
        let Some(length) = text.get(start + 3..).and_then(end) else { break };
        found.push(Found { offset: start, inner: text.get(start + 3..start + 3 + length).unwrap_or_default() });
        from = start + 3 + length + 2;
    }
    found
}

/// Where `}}` ends an expression; braces in its words do not.
fn end(text: &str) -> Option<usize> {
    let mut in_word = false;
    let bytes = text.as_bytes();
    bytes.iter().enumerate().find_map(|(at, byte)| {
        in_word ^= *byte == b'\'';
        (!in_word && bytes.get(at..at + 2) == Some(b"}}")).then_some(at)
    })
}

/// What an expression reads. One that cannot be understood reads nothing known: `["?"]`, which flows.
pub(super) fn reads(inner: &str) -> Vec<Read> {
    let mut parser = Parser { tokens: tokens(inner), at: 0 };
    match parser.either(0) {
        Some(reads) if parser.at == parser.tokens.len() => reads,
        _ => vec![Read { path: vec!["?".to_owned()], flows: true }],
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Name(String),
    Literal(String),
    Sign(&'static str),
}

const SIGNS: [&str; 16] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", "[", "]", ",", ".", "*"];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length;
        if first == '\'' {
            let word = rest.get(1..).unwrap_or_default();
            let closed = word.find('\'').unwrap_or(word.len());
            tokens.push(Token::Literal(word.get(..closed).unwrap_or_default().to_owned()));
            length = (closed + 2).min(rest.len());
        } else if first.is_ascii_alphanumeric() || matches!(first, '_' | '-' | '+') {
            let ends = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+'));
            length = rest.find(ends).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or_default().to_ascii_lowercase();
            let is_value = first.is_ascii_digit() || matches!(word.as_str(), "true" | "false" | "null");
            tokens.push(if is_value { Token::Literal(word) } else { Token::Name(word) });
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            length = sign.len();
        } else {
            tokens.push(Token::Sign("?"));
            length = first.len_utf8();
        }
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    tokens
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self, signs: &[&str]) -> Option<&'static str> {
        match self.peek() {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                let sign = *sign;
                self.at += 1;
                Some(sign)
            }
            _ => None,
        }
    }

    /// `a || b`: either may be the result.
    fn either(&mut self, depth: u32) -> Option<Vec<Read>> {
        let mut reads = self.both(depth)?;
        while self.take(&["||"]).is_some() {
            reads.extend(self.both(depth)?);
        }
        Some(reads)
    }

    /// `a && b`: `a` is the result only where it is empty or false, which harms no one.
    fn both(&mut self, depth: u32) -> Option<Vec<Read>> {
        let mut reads = self.comparison(depth)?;
        while self.take(&["&&"]).is_some() {
            decides(&mut reads);
            reads.extend(self.comparison(depth)?);
        }
        Some(reads)
    }

    /// `a == b` is true or false, whatever they are.
    fn comparison(&mut self, depth: u32) -> Option<Vec<Read>> {
        let mut reads = self.single(depth)?;
        while self.take(&["==", "!=", "<=", ">=", "<", ">"]).is_some() {
            reads.extend(self.single(depth)?);
            decides(&mut reads);
        }
        Some(reads)
    }

    fn single(&mut self, depth: u32) -> Option<Vec<Read>> {
        if depth > DEEPEST {
            return None;
        }
        if self.take(&["!"]).is_some() {
            let mut reads = self.single(depth + 1)?;
            decides(&mut reads);
            return Some(reads);
        }
        if self.take(&["("]).is_some() {
            let reads = self.either(depth + 1)?;
            self.take(&[")"])?;
            return self.indexes(reads, depth);
        }
        let token = self.peek()?.clone();
        self.at += 1;
        match token {
            Token::Literal(_) => Some(Vec::new()),
            Token::Name(name) if self.take(&["("]).is_some() => {
                let reads = self.call(&name, depth)?;
                self.indexes(reads, depth)
            }
            Token::Name(name) => self.path(name, depth),
            Token::Sign(_) => None,
        }
    }

    fn call(&mut self, name: &str, depth: u32) -> Option<Vec<Read>> {
        let mut reads = Vec::new();
        while self.take(&[")"]).is_none() {
            reads.extend(self.either(depth + 1)?);
            self.take(&[","]);
        }
        if matches!(
            name,
            "contains" | "startswith" | "endswith" | "hashfiles" | "success" | "failure" | "always" | "cancelled"
        ) {
            decides(&mut reads);
        }
        Some(reads)
    }

    /// What follows brackets or a call: a part of the same values.
    fn indexes(&mut self, mut reads: Vec<Read>, depth: u32) -> Option<Vec<Read>> {
        let inner = self.path(String::new(), depth)?;
        reads.extend(inner.into_iter().skip(1));
        Some(reads)
    }

    fn path(&mut self, first: String, depth: u32) -> Option<Vec<Read>> {
        let mut path = vec![first];
        let mut others = Vec::new();
        loop {
            match self.take(&[".", "["]) {
                Some(".") => {
                    match self.peek()? {
                        Token::Name(word) | Token::Literal(word) => path.push(word.clone()),
                        Token::Sign("*") => path.push("*".to_owned()),
                        Token::Sign(_) => return None,
                    }
                    self.at += 1;
                }
                Some(_) => {
                    let is_word = matches!(self.tokens.get(self.at + 1), Some(Token::Sign("]")));
                    if let (Some(Token::Literal(word)), true) = (self.peek().cloned(), is_word) {
                        path.push(word.to_ascii_lowercase());
                        self.at += 1;
                    } else if self.take(&["*"]).is_some() {
                        path.push("*".to_owned());
                    } else {
                        let mut index = self.either(depth + 1)?;
                        decides(&mut index);
                        others.extend(index);
                        path.push("*".to_owned());
                    }
                    self.take(&["]"])?;
                }
                None => break,
            }
        }
        let mut reads = vec![Read { path, flows: true }];
        reads.append(&mut others);
        Some(reads)
    }
}

fn decides(reads: &mut [Read]) {
    for read in reads {
        read.flows = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flowing(inner: &str) -> Vec<String> {
        reads(inner).iter().filter(|read| read.flows).map(Read::dotted).collect()
    }

    #[test]
    fn expressions_are_found_in_texts() {
        let text = "echo ${{ a }} ${{ format('}}', b) }} ${{ open";
        let found: Vec<_> = find(text).iter().map(|found| (found.offset, found.inner.trim().to_owned())).collect();
        assert_eq!(found, [(5, "a".to_owned()), (14, "format('}}', b)".to_owned())]);
    }

    #[test]
    fn only_what_may_be_in_the_result_flows() {
        assert_eq!(flowing("github.event.issue.title"), ["github.event.issue.title"]);
        assert_eq!(flowing("github['head_ref'] || 'main'"), ["github.head_ref"]);
        assert_eq!(flowing("github.actor == 'me' && secrets.A || inputs.b"), ["secrets.a", "inputs.b"]);
        assert_eq!(flowing("contains(github.event.pull_request.labels.*.name, 'x')"), Vec::<String>::new());
        assert_eq!(flowing("format('{0}', github.event.issue.body)"), ["github.event.issue.body"]);
        assert_eq!(flowing("secrets[format('T_{0}', matrix.name)]"), ["secrets.*"]);
        assert_eq!(flowing("fromJSON(needs.a.outputs.b).c"), ["needs.a.outputs.b"]);
        assert_eq!(flowing("!github.event.x"), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_understood_may_be_anything() {
        for odd in ["", "a b", "(", "a[", "a..b", "£", &"(".repeat(10_000), "a('", "f(,,"] {
            assert_eq!(flowing(odd), ["?"], "{odd}");
        }
    }
}
