//! Words of an instruction: quotes, backslashes and variables as Dockerfiles have them.

use std::iter::Peekable;
use std::str::Chars;

/// Splits at white space outside quotes, drops quotes, and puts variables in. `Err` says what is wrong.
pub(super) fn split(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<Vec<String>, String> {
    scan(text, value, true)
}

/// Puts variables into a text that is one word whatever is in it.
pub(super) fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    Ok(scan(text, value, false)?.pop().unwrap_or_default())
}

fn scan(text: &str, value: &dyn Fn(&str) -> Option<String>, splits: bool) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, None) if splits && c.is_whitespace() => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            ('$', None | Some('"')) => {
                let text = variable(&mut characters, value)?;
                word.get_or_insert_default().push_str(&text);
            }
            ('\\', None | Some('"')) => {
                let next = characters.next();
                let word = word.get_or_insert_default();
                // Inside double quotes a backslash only protects what would mean something there.
                if quote.is_some() && !matches!(next, Some('"' | '\\' | '$')) {
                    word.push('\\');
                }
                word.extend(next);
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err(format!("a quote is not closed in `{text}`"));
    }
    words.extend(word);
    Ok(words)
}

/// What follows a `$`: `name`, `{name}`, `{name:-word}`, `{name:+word}`.
fn variable(rest: &mut Peekable<Chars<'_>>, value: &dyn Fn(&str) -> Option<String>) -> Result<String, String> {
    if rest.next_if_eq(&'{').is_some() {
        let inner = braced(rest)?;
        let end = inner.find(|c: char| !is_name(c)).unwrap_or(inner.len());
        let (name, modifier) = inner.split_at(end);
        let set = value(name).filter(|text| !text.is_empty());
        if name.is_empty() {
            return Err(format!("`${{{inner}}}` names no variable"));
        }
        return match modifier.split_at_checked(2) {
            None if modifier.is_empty() => Ok(set.unwrap_or_default()),
            Some((":-", word)) => set.map_or_else(|| expand(word, value), Ok),
            Some((":+", word)) => set.map_or(Ok(String::new()), |_| expand(word, value)),
            _ => Err(format!("`${{{inner}}}` is a form that is not supported")),
        };
    }
    let mut name = String::new();
    while let Some(c) = rest.next_if(|c| is_name(*c)) {
        name.push(c);
    }
    Ok(if name.is_empty() { "$".to_owned() } else { value(&name).unwrap_or_default() })
}

fn braced(rest: &mut Peekable<Chars<'_>>) -> Result<String, String> {
    let (mut inner, mut depth) = (String::new(), 1);
    for c in rest.by_ref() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(inner);
        }
        if depth > 8 {
            break;
        }
        inner.push(c);
    }
    Err("a `${` is not closed".to_owned())
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "A" => Some("one two".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn words_are_split_and_filled() {
        for (text, expected) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            (r#"k="v w" l='x $A'"#, vec!["k=v w", "l=x $A"]),
            ("$A/${A}x", vec!["one two/one twox"]),
            (r"\$A a\ b", vec!["$A", "a b"]),
            ("${B:-d} ${EMPTY:-e} ${A:+set} ${B:+unset}.", vec!["d", "e", "set", "."]),
            ("${B:-$A}", vec!["one two"]),
            ("$ $1 ''", vec!["$", "", ""]),
            (r#""a\"b\n""#, vec![r#"a"b\n"#]),
        ] {
            assert_eq!(split(text, &value).unwrap(), expected, "{text}");
        }
        for bad in ["'x", "${A", "${}", "${A?x}", "${A:", "${A:?no}"] {
            assert!(split(bad, &value).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a${}:\\\\'\" +-]{0,30}") {
            let _ = split(&text, &value);
            let _ = expand(&text, &value);
        }
    }
}
