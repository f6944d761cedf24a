//! Finds the value that a name is given, in whatever language: `name = "v"`, `"name": "v"`, `<name>v</name>`, `--name v`,
//! `name := v`, `env("NAME", "v")`, `name: String = String::from("v")`, `key="NAME" value="v"`.
//!
//! A small parser by hand, not a pattern: it looks at every credential word of every file, so it must be quick to say no.

use super::files::Style;

/// A name and its value, as positions in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) name: (usize, usize),
    pub(super) value: (usize, usize),
    pub(super) quoted: bool,
}

const LONGEST_NAME: usize = 80;
const LONGEST_VALUE: usize = 1024;
const MOST_SPACES: usize = 48;

/// Words of types that stand between a name and `=`.
const TYPES: &[&[u8]] =
    &[b"string", b"str", b"String", b"varchar", b"text", b"const", b"char", b"CHAR", b"VARCHAR", b"TEXT"];

fn of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The whole name around a word at `start..end`.
pub(super) fn name_around(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let floor = start.saturating_sub(LONGEST_NAME);
    let left = text.get(floor..start).unwrap_or_default();
    let letters = left.iter().rev().take_while(|byte| of_name(**byte) || **byte == b'.').count();
    let mut begin = start - letters;
    // `\nname` in a string: the letter belongs to the escape. Flags begin with dashes.
    while begin < start && text.get(begin).is_some_and(|byte| matches!(byte, b'-' | b'.')) {
        begin += 1;
    }
    if begin < start
        && begin.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'\\')
        && matches!(text.get(begin), Some(b'n' | b't' | b'r'))
    {
        begin += 1;
    }
    let right = text.get(end..(end + LONGEST_NAME).min(text.len())).unwrap_or_default();
    let mut stop = end + right.iter().take_while(|byte| of_name(**byte)).count();
    while stop > end && text.get(stop - 1) == Some(&b'-') {
        stop -= 1;
    }
    (begin, stop)
}

/// A cursor that never leaves the text.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn peek_at(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn begins(&self, word: &[u8]) -> bool {
        self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word))
    }

    fn skip(&mut self, most: usize, test: impl Fn(u8) -> bool) -> usize {
        let from = self.at;
        while self.at < self.text.len() && self.at - from < most && test(self.peek()) {
            self.at += 1;
        }
        self.at - from
    }

    fn spaces(&mut self) -> usize {
        self.skip(MOST_SPACES, |byte| matches!(byte, b' ' | b'\t'))
    }
}

/// How the value follows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Link {
    Equals,
    Colon,
    /// `name("v")`, `("name", "v")`: only a quoted value.
    Argument,
    Element,
    Space,
}

/// The value given to the name at `name`.
pub(super) fn value_of(text: &[u8], name: (usize, usize), style: Style) -> Option<Assignment> {
    let mut cursor = Cursor { text, at: name.1 };
    let closed = cursor.skip(4, |byte| matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b']' | b')')) > 0;
    if (closed || matches!(cursor.peek(), b'\n' | b'\r'))
        && let Some(at) = named_value(cursor)
    {
        cursor.at = at;
        cursor.skip(3, |byte| matches!(byte, b'"' | b'\'' | b'\\'));
    }
    let spaced = cursor.spaces();
    let link = link(&mut cursor, name, closed, spaced, style)?;
    if link != Link::Element {
        cursor.spaces();
        next_line(&mut cursor, link, style);
        wrappers(&mut cursor);
    }
    let (value, quoted) = value(cursor, link, style)?;
    Some(Assignment { name, value: scheme(text, value), quoted })
}

/// `key="NAME" value="v"`, `"name": "NAME", "value": "v"`, `- name: NAME` and `value: v` on the next line, Terraform's
/// `variable "name" { default = "v" }`: where the word is that stands before the value.
fn named_value(mut cursor: Cursor<'_>) -> Option<usize> {
    cursor.skip(64, |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'"' | b'\'' | b'{'));
    if cursor.begins(b"type") || cursor.begins(b"description") || cursor.begins(b"sensitive") {
        let rest = cursor.text.get(cursor.at..(cursor.at + 160).min(cursor.text.len()))?;
        let rest = rest.split(|byte| *byte == b'}').next()?;
        cursor.at += memchr::memmem::find(rest, b"default")?;
    }
    [&b"value"[..], b"Value", b"VALUE", b"default"]
        .iter()
        .find(|word| cursor.begins(word))
        .map(|word| cursor.at + word.len())
}

fn link(cursor: &mut Cursor<'_>, name: (usize, usize), closed: bool, spaced: usize, style: Style) -> Option<Link> {
    match cursor.peek() {
        b'=' => {
            cursor.skip(3, |byte| matches!(byte, b'=' | b'>' | b'~'));
            Some(Link::Equals)
        }
        b':' if cursor.peek_at(1) == b':' => {
            cursor.at += 2;
            cursor.skip(24, of_name);
            (cursor.peek() == b'(').then(|| cursor.at += 1).map(|()| Link::Argument)
        }
        b':' => {
            cursor.at += 1;
            let shell = cursor.skip(1, |byte| matches!(byte, b'=' | b'-' | b'+')) > 0;
            if !shell && let Some(at) = after_type(*cursor) {
                cursor.at = at;
            }
            Some(if shell { Link::Equals } else { Link::Colon })
        }
        b'?' | b'|' | b'+' if matches!(cursor.peek_at(1), b'=' | b'?' | b'|') => {
            cursor.at += 2;
            cursor.skip(1, |byte| byte == b'=');
            Some(Link::Equals)
        }
        b'(' if !closed || spaced == 0 => {
            cursor.at += 1;
            Some(Link::Argument)
        }
        b',' if closed => {
            cursor.at += 1;
            Some(Link::Argument)
        }
        b'>' if name.0 > 0 && cursor.text.get(name.0 - 1).is_some_and(|byte| matches!(byte, b'<' | b':' | b'.')) => {
            cursor.at += 1;
            Some(Link::Element)
        }
        b'"' | b'\'' | b'`' if spaced > 0 && !closed && style != Style::Prose => Some(Link::Space),
        _ if spaced > 0 && !closed => {
            let rest = cursor.text.get(cursor.at..).unwrap_or_default();
            if let Some(word) = TYPES.iter().find(|word| rest.starts_with(word)) {
                cursor.at += word.len();
                cursor.skip(8, |byte| byte.is_ascii_digit() || matches!(byte, b'(' | b')' | b'[' | b']'));
                cursor.spaces();
                return (cursor.peek() == b'=').then(|| cursor.at += 1).map(|()| Link::Equals);
            }
            let flag = name.0 >= 2 && cursor.text.get(name.0 - 1) == Some(&b'-');
            let first = cursor.text.get(name.0.saturating_sub(8)..name.0).unwrap_or_default();
            let instruction = first.ends_with(b"ENV ")
                || first.ends_with(b"ARG ")
                || first.ends_with(b"env ")
                || first.ends_with(b"setx ");
            (flag || instruction || style == Style::Words).then_some(Link::Space)
        }
        _ => None,
    }
}

/// After `: Type =` of Rust, TypeScript and Python: where the value begins.
fn after_type(cursor: Cursor<'_>) -> Option<usize> {
    let rest = cursor.text.get(cursor.at..(cursor.at + 64).min(cursor.text.len()))?;
    let of_type = |(at, byte): (usize, &u8)| {
        let lifetime = *byte == b'\'' && rest.get(at..).is_some_and(|rest| rest.starts_with(b"'static"));
        byte.is_ascii_alphanumeric() || lifetime || b"_&<> [].|?:".contains(byte)
    };
    let equals = rest.iter().enumerate().position(|part| !of_type(part))?;
    let after = rest.get(equals + 1)?;
    (rest.get(equals) == Some(&b'=') && equals > 1 && !matches!(after, b'=' | b'>')).then_some(cursor.at + equals + 1)
}

/// A value that stands on the next line: after YAML's `|` and `>-`, or quoted after a line's end.
fn next_line(cursor: &mut Cursor<'_>, link: Link, style: Style) {
    let mut ahead = *cursor;
    if link == Link::Colon && style == Style::Yaml && matches!(ahead.peek(), b'|' | b'>') {
        ahead.skip(3, |byte| matches!(byte, b'|' | b'>' | b'-' | b'+'));
        ahead.spaces();
        if ahead.skip(2, |byte| matches!(byte, b'\r' | b'\n')) > 0 && ahead.spaces() > 0 {
            *cursor = ahead;
        }
        return;
    }
    ahead.skip(1, |byte| byte == b'\\');
    if ahead.skip(2, |byte| matches!(byte, b'\r' | b'\n')) > 0 {
        ahead.spaces();
        if matches!(ahead.peek(), b'"' | b'\'' | b'`') {
            *cursor = ahead;
        }
    }
}

/// Steps over `String::from(`, `new Secret(`, `b"`, `(`, up to a quote. Stays where it is if there is none.
fn wrappers(cursor: &mut Cursor<'_>) {
    let mut ahead = *cursor;
    for _ in 0..3 {
        ahead.skip(48, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'@' | b'$' | b'&' | b'!')
        });
        match ahead.peek() {
            b'"' | b'\'' | b'`' => {
                // A quote directly after a long word ends a string instead of beginning one.
                let word = ahead.at - cursor.at;
                let after_bracket = ahead.at > 0 && matches!(cursor.text.get(ahead.at - 1), Some(b'(' | b'[' | b' '));
                if word <= 2 || after_bracket {
                    *cursor = ahead;
                }
                return;
            }
            b'(' | b'[' | b' ' if ahead.at > cursor.at || ahead.peek() != b' ' => {
                let new = ahead.peek() == b' '
                    && !cursor.text.get(cursor.at..ahead.at).is_some_and(|word| word.ends_with(b"new"));
                if new {
                    return;
                }
                ahead.at += 1;
            }
            _ => return,
        }
    }
}

fn value(mut cursor: Cursor<'_>, link: Link, style: Style) -> Option<((usize, usize), bool)> {
    let escaped = cursor.peek() == b'\\' && matches!(cursor.peek_at(1), b'"' | b'\'');
    if escaped {
        cursor.at += 1;
    }
    let quote = cursor.peek();
    if link != Link::Element && matches!(quote, b'"' | b'\'' | b'`') {
        cursor.at += 1;
        if !escaped && cursor.peek() == quote && cursor.peek_at(1) == quote {
            cursor.at += 2;
        }
        let rest = cursor.text.get(cursor.at..(cursor.at + LONGEST_VALUE).min(cursor.text.len()))?;
        let mut skip = false;
        let length = rest.iter().position(|byte| {
            if skip {
                skip = false;
                return escaped && *byte == quote;
            }
            skip = *byte == b'\\';
            *byte == quote || *byte == b'\n' && quote != b'`'
        })?;
        let newline = rest.get(length) == Some(&b'\n');
        let stop = if escaped && length > 0 && rest.get(length - 1) == Some(&b'\\') { length - 1 } else { length };
        return (!newline && stop > 0).then_some(((cursor.at, cursor.at + stop), true));
    }
    if link == Link::Argument {
        return None;
    }
    let rest = cursor.text.get(cursor.at..(cursor.at + LONGEST_VALUE).min(cursor.text.len()))?;
    let ends = |byte: &u8| match (link, style) {
        (Link::Element, _) => matches!(byte, b'<' | b'\n' | b'\r'),
        (_, Style::Lines | Style::Yaml | Style::Words) => byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\''),
        _ => byte.is_ascii_whitespace() || b"\"'`;,)]}<>&|\\".contains(byte),
    };
    let length = rest.iter().position(ends).unwrap_or(rest.len());
    let whole = length < LONGEST_VALUE && length > 0;
    whole.then_some(((cursor.at, cursor.at + length), link == Link::Element))
}

/// Leaves out the scheme of an `Authorization` value.
fn scheme(text: &[u8], (start, end): (usize, usize)) -> (usize, usize) {
    let Some(value) = text.get(start..end) else { return (start, end) };
    let known = ["bearer ", "basic ", "token ", "apikey ", "key ", "digest "];
    let skip = known
        .iter()
        .find(|word| value.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes())));
    (start + skip.map_or(0, |word| word.len()), end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, word: &str, style: Style) -> Option<(String, String)> {
        let at = text.find(word).unwrap();
        let name = name_around(text.as_bytes(), at, at + word.len());
        let found = value_of(text.as_bytes(), name, style)?;
        Some((text[found.name.0..found.name.1].to_owned(), text[found.value.0..found.value.1].to_owned()))
    }

    #[test]
    fn values_are_found_in_every_language() {
        let cases = [
            (r#"db_password = "v@l""#, Style::Code, "db_password"),
            (r#"{"password": "v@l"}"#, Style::Code, "password"),
            (r#"{"password":"v@l"}"#, Style::Code, "password"),
            (r#"const password: &str = "v@l";"#, Style::Code, "password"),
            (r#"const password string = "v@l""#, Style::Code, "password"),
            (r#"private String password = new String("v@l");"#, Style::Code, "password"),
            (r#"let password = String::from("v@l");"#, Style::Code, "password"),
            (r#"password: str = "v@l""#, Style::Code, "password"),
            (r#"config.setPassword("v@l")"#, Style::Code, "config.setPassword"),
            (r#"env("DB_PASSWORD", "v@l")"#.trim(), Style::Code, "DB_PASSWORD"),
            (r#"os.environ["password"] = "v@l""#, Style::Code, "password"),
            (r"'password' => 'v@l',", Style::Code, "password"),
            (r#"password := "v@l""#, Style::Code, "password"),
            (r#"<add key="password" value="v@l" />"#, Style::Code, "password"),
            (r"<password>v@l</password>", Style::Code, "password"),
            ("- name: \"password\"\n  value: v@l\n", Style::Yaml, "password"),
            ("password: v@l\n", Style::Yaml, "password"),
            ("password: |\n  v@l\n", Style::Yaml, "password"),
            ("export DB_password=v@l\n", Style::Shell, "DB_password"),
            ("ENV password v@l\n", Style::Shell, "password"),
            ("tool --password v@l --other", Style::Shell, "password"),
            ("machine h login u password v@l\n", Style::Words, "password"),
            (r#""password = \"v@l\"\n","#, Style::Code, "password"),
            (r"${password:-v@l}", Style::Shell, "password"),
            (
                r#"variable "password" {
  type    = string
  default = "v@l"
}"#,
                Style::Code,
                "password",
            ),
            ("PGpassword=v@l psql", Style::Shell, "PGpassword"),
            ("Server=x;password=v@l;Timeout=3", Style::Code, "password"),
            ("-H 'X-password: v@l'", Style::Shell, "X-password"),
        ];
        for (text, style, name) in cases {
            let word = if text.contains("assword") {
                if text.contains("password") {
                    "password"
                } else if text.contains("PASSWORD") {
                    "PASSWORD"
                } else {
                    "Password"
                }
            } else {
                "PASSWORD"
            };
            assert_eq!(of(text, word, style), Some((name.to_owned(), "v@l".to_owned())), "{text}");
        }
        assert_eq!(of("if password.len() > 3", "password", Style::Code), None);
        assert_eq!(of("password", "password", Style::Code), None);
        assert_eq!(of("login(user, password)", "password", Style::Code), None);
    }
}
