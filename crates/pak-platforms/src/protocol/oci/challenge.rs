//! `WWW-Authenticate` of registries: which scheme, which realm, which service.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::header::WWW_AUTHENTICATE;

/// One challenge: `Bearer realm="…",service="…"` or `Basic realm="…"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Challenge {
    /// In lower case.
    pub(super) scheme: String,
    /// Names in lower case.
    pub(super) parameters: BTreeMap<String, String>,
}

/// Every challenge of an answer: some registries send several headers, some several challenges in one.
pub(super) fn parse(headers: &HeaderMap) -> Vec<Challenge> {
    headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).flat_map(parse_one).collect()
}

fn parse_one(text: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    for item in split_outside_quotes(text) {
        // `Scheme name=value` begins a challenge, `name=value` belongs to the one before, `Scheme` stands alone.
        let (word, rest) = item.split_once(char::is_whitespace).unwrap_or((item, ""));
        let parameter = if word.contains('=') {
            item
        } else {
            challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: BTreeMap::new() });
            rest.trim()
        };
        if let (Some(challenge), Some((name, value))) = (challenges.last_mut(), parameter.split_once('=')) {
            challenge.parameters.insert(name.trim().to_ascii_lowercase(), unquote(value.trim()));
        }
    }
    challenges
}

fn split_outside_quotes(text: &str) -> Vec<&str> {
    let (mut quoted, mut escaped, mut from) = (false, false, 0);
    let mut items = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                items.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    items.push(&text[from..]);
    items.into_iter().map(str::trim).filter(|item| !item.is_empty()).collect()
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').map(|rest| rest.strip_suffix('"').unwrap_or(rest)) else {
        return value.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        plain.extend(if c == '\\' { characters.next() } else { Some(c) });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(values: &[&str]) -> Vec<Challenge> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, value.parse().unwrap());
        }
        parse(&headers)
    }

    #[test]
    fn challenges_are_read_in_every_form_seen() {
        let found =
            read(&[r#"Bearer realm="https://a/token?x=1,2",service="s \"q\"",scope="repository:a/b:pull,push""#]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].scheme, "bearer");
        assert_eq!(found[0].parameters["realm"], "https://a/token?x=1,2");
        assert_eq!(found[0].parameters["service"], r#"s "q""#);
        assert_eq!(found[0].parameters["scope"], "repository:a/b:pull,push");

        let found = read(&[r#"BASIC realm=r, Bearer Realm="x" , service=y"#, "Negotiate"]);
        let schemes: Vec<&str> = found.iter().map(|challenge| challenge.scheme.as_str()).collect();
        assert_eq!(schemes, ["basic", "bearer", "negotiate"]);
        assert_eq!(found[1].parameters["service"], "y");
    }

    #[test]
    fn odd_input_is_no_panic() {
        for odd in ["", ",,,", "=", "\"", "Bearer realm=\"\\", "a=b", "Bearer ,= ,x=\"y"] {
            let _ = read(&[odd]);
        }
    }
}
