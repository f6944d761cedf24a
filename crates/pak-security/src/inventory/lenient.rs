//! Serde types for lock files of many authors: scalars of any kind, maps in order, and nothing that refuses a whole file
//! because one field is odd. Text is borrowed from the file, so that its line can be told.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::file::{File, Refusal};

/// A scalar as text; empty for null, lists and maps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Word<'a>(pub(super) Cow<'a, str>);

impl Word<'_> {
    /// The text, if there is any.
    pub(super) fn some(&self) -> Option<&str> {
        Some(self.0.as_ref()).filter(|text| !text.is_empty())
    }

    /// Whether it is `true`.
    pub(super) fn yes(&self) -> bool {
        self.0 == "true"
    }
}

impl Deref for Word<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordVisitor)
    }
}

struct WordVisitor;

impl<'de> Visitor<'de> for WordVisitor {
    type Value = Word<'de>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("anything")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Word(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Word(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Word(Cow::Owned(text)))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Word(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Word(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Word(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Word(Cow::Owned(value.to_string())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Word::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Word::default())
    }

    /// A map with a `type`, `name` or `hash` in it (as licences and files are written in places) is that word.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = Word::default();
        while let Some(key) = map.next_key::<Word<'de>>()? {
            if matches!(key.as_ref(), "type" | "name" | "hash") {
                found = map.next_value()?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}

impl AsRef<str> for Word<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A map in the order of the file; empty for anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pairs<'a, V>(pub(super) Vec<(Word<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A list; of a single value a list of one; empty for anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Many<V>(pub(super) Vec<V>);

impl<V> Default for Many<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// A map as a struct; the struct's default for anything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Fields<V>(pub(super) V);

struct Lenient<T>(PhantomData<T>);

impl<'de, V: Deserialize<'de> + Default> Deserialize<'de> for Fields<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let many: Many<V> = deserializer.deserialize_any(Lenient::<Many<V>>(PhantomData))?;
        Ok(Self(many.0.into_iter().next().unwrap_or_default()))
    }
}

impl<V> Deref for Fields<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient::<Pairs<'de, V>>(PhantomData)).map(|pairs| Self(pairs.0))
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Many<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Lenient::<Many<V>>(PhantomData))
    }
}

/// The scalars that both take as nothing.
macro_rules! nothing {
    () => {
        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("anything")
        }

        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Self::Value::default())
        }
    };
}

impl<'de, V: Deserialize<'de>> Visitor<'de> for Lenient<Pairs<'de, V>> {
    type Value = Pairs<'de, V>;

    nothing!();

    fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Pairs::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Pairs::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

impl<'de, V: Deserialize<'de>> Visitor<'de> for Lenient<Many<V>> {
    type Value = Many<V>;

    nothing!();

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Many(V::deserialize(serde::de::value::BorrowedStrDeserializer::<E>::new(text)).into_iter().collect()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Many(V::deserialize(serde::de::value::StrDeserializer::<E>::new(text)).into_iter().collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element()? {
            values.push(value);
        }
        Ok(Many(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(Many(V::deserialize(serde::de::value::MapAccessDeserializer::new(map)).into_iter().collect()))
    }
}

/// Reads JSON. The refusal names the place and never quotes the file.
pub(super) fn json<'a, T: Deserialize<'a>>(file: &'a File<'_>) -> Result<T, Refusal> {
    serde_json::from_str(&file.text).map_err(|error| json_refusal(&error))
}

/// Why JSON is not understood.
pub(super) fn json_refusal(error: &serde_json::Error) -> Refusal {
    let what = if error.is_data() { "not in the form this file has" } else { "not JSON" };
    Refusal(format!("line {}, column {} is {what}", error.line(), error.column()))
}

/// Reads TOML. The refusal names the place and never quotes the file.
pub(super) fn toml<'a, T: Deserialize<'a>>(file: &'a File<'_>) -> Result<T, Refusal> {
    toml::from_str(&file.text).map_err(|error| {
        let line = error.span().and_then(|span| file.line_at(span.start)).unwrap_or(1);
        Refusal(format!("line {line} is not TOML, or not in the form this file has"))
    })
}

/// JSON with comments and trailing commas, made plain; every character stays where it was.
pub(super) fn without_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (mut at, mut comma) = (0, None);
    while let Some(byte) = bytes.get(at).copied() {
        match (byte, bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                at += 1;
                while let Some(inner) = bytes.get(at).copied().filter(|inner| *inner != b'"') {
                    at += if inner == b'\\' { 2 } else { 1 };
                }
            }
            (b'/', Some(b'/' | b'*')) => {
                let line = bytes.get(at + 1) == Some(&b'/');
                while let Some(inner) = bytes.get_mut(at).filter(|inner| !(line && **inner == b'\n')) {
                    let star = *inner == b'*';
                    if *inner != b'\n' {
                        *inner = b' ';
                    }
                    at += 1;
                    if !line && star && bytes.get(at) == Some(&b'/') {
                        break;
                    }
                }
                if !line && let Some(slash) = bytes.get_mut(at) {
                    *slash = b' ';
                }
                // A line's end is looked at like any other character.
                at = if line { at.saturating_sub(1) } else { at };
            }
            (b',', _) => comma = Some(at),
            (b'}' | b']', _) => {
                if let Some(place) = comma.take().and_then(|place: usize| bytes.get_mut(place)) {
                    *place = b' ';
                }
            }
            (other, _) if !other.is_ascii_whitespace() => comma = None,
            _ => {}
        }
        at += 1;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Odd<'a> {
        #[serde(borrow, default)]
        licence: Word<'a>,
        #[serde(borrow, default)]
        map: Pairs<'a, Word<'a>>,
        #[serde(borrow, default)]
        list: Many<Word<'a>>,
    }

    #[test]
    fn fields_may_be_of_any_kind() {
        let odd: Odd<'_> =
            serde_json::from_str(r#"{"licence": {"type": "MIT", "url": 1}, "map": [1], "list": "a"}"#).unwrap();
        assert_eq!((odd.licence.some(), odd.map.0.len(), odd.list.0.len()), (Some("MIT"), 0, 1));
        let odd: Odd<'_> =
            serde_json::from_str(r#"{"licence": 1.5, "map": {"b": null, "a": true}, "list": {}}"#).unwrap();
        assert_eq!((odd.licence.some(), odd.map.0[1].1.yes(), odd.list.0.len()), (Some("1.5"), true, 1));
    }

    #[test]
    fn comments_and_trailing_commas_go() {
        let text = "{ // one, }\n \"a//\\\"\": [1, 2, /* x, */ ], /* ü */\n}";
        let plain = without_comments(text);
        assert_eq!(plain.len(), text.len());
        let value: serde_json::Value = serde_json::from_str(&plain).unwrap();
        assert_eq!(value, serde_json::json!({"a//\"": [1, 2]}));
    }
}
