//! XML as a small tree: POMs, Maven's settings and metadata. The only place that knows the parser; it does no input.
//!
//! Called by detection and building of Maven packages and by the drivers of Maven repositories. Prefixes and attributes are left
//! out: none of these formats uses them for its facts.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

/// No file of these formats comes near these sizes; a larger one is a mistake or an attack.
const LARGEST: usize = 16 << 20;
const DEEPEST: usize = 64;
const MOST_ELEMENTS: usize = 500_000;

/// An element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name without a prefix.
    pub name: String,
    /// The text directly in it, without white space at both ends.
    pub text: String,
    /// The elements directly in it, in order.
    pub children: Vec<Element>,
    /// The bytes of the document between its tags.
    pub inner: Range<usize>,
}

/// Why a document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Error {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl Element {
    /// The first child of a name.
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of a name.
    pub fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element at a path of names, each the first of its name: `["versioning", "latest"]`.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |element, name| element.child(name))
    }

    /// The text at a path; none where it is empty or not there.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// The text of a file: UTF-8, with or without a byte order mark, or what older files declare, Latin-1.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Error> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)));
    }
    let start = String::from_utf8_lossy(bytes.get(..bytes.len().min(200)).unwrap_or_default()).to_ascii_lowercase();
    let declaration = start.split("?>").next().filter(|text| text.starts_with("<?xml")).unwrap_or_default();
    if declaration.contains("iso-8859-1") || declaration.contains("windows-1252") || declaration.contains("us-ascii") {
        return Ok(Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()));
    }
    Err(Error { line: 1, message: "neither UTF-8 nor an encoding that is known".to_owned() })
}

/// Reads a document. A document type is refused: entities of its own are how small files become huge ones.
pub fn parse(text: &str) -> Result<Element, Error> {
    let mut reader = Reader::from_str(text);
    let at = |position: u64, message: String| {
        let before = text.bytes().take(usize::try_from(position).unwrap_or(usize::MAX));
        Error { line: 1 + before.filter(|byte| *byte == b'\n').count(), message }
    };
    if text.len() > LARGEST {
        return Err(at(0, format!("larger than {LARGEST} bytes")));
    }
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let before = reader.buffer_position();
        let event = reader.read_event().map_err(|error| at(reader.error_position(), error.to_string()))?;
        let wrong = |message: &str| at(before, message.to_owned());
        match event {
            Event::Start(tag) | Event::Empty(tag) if count >= MOST_ELEMENTS || open.len() >= DEEPEST => {
                return Err(wrong(&format!("more or deeper elements than any such file has, at <{}>", local(&tag))));
            }
            Event::Start(tag) => {
                count += 1;
                let name = local(&tag);
                open.push(Element { name, inner: position(&reader)..position(&reader), ..Element::default() });
            }
            Event::Empty(tag) => {
                count += 1;
                let end = position(&reader);
                close(Element { name: local(&tag), inner: end..end, ..Element::default() }, &mut open, &mut root)
                    .map_err(wrong)?;
            }
            Event::End(_) => {
                let Some(mut element) = open.pop() else { return Err(wrong("an end without a beginning")) };
                element.inner.end = usize::try_from(before).unwrap_or(element.inner.start);
                element.text.truncate(element.text.trim_end().len());
                element.text.drain(..element.text.len() - element.text.trim_start().len());
                close(element, &mut open, &mut root).map_err(wrong)?;
            }
            Event::Text(part) => match open.last_mut() {
                Some(element) => element.text.push_str(&part.xml10_content()),
                None if part.trim().is_empty() => {}
                None => return Err(wrong("text outside of the root element")),
            },
            Event::CData(part) => match open.last_mut() {
                Some(element) => element.text.push_str(&part.xml10_content()),
                None => return Err(wrong("text outside of the root element")),
            },
            Event::GeneralRef(reference) => match open.last_mut() {
                Some(element) => referred(&reference, &mut element.text).map_err(wrong)?,
                None => return Err(wrong("text outside of the root element")),
            },
            Event::DocType(_) => return Err(wrong("a document type (<!DOCTYPE …>) is not read")),
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
    }
    match (open.pop(), root) {
        (Some(element), _) => Err(at(reader.buffer_position(), format!("<{}> is not closed", element.name))),
        (None, Some(root)) => Ok(root),
        (None, None) => Err(at(0, "no element".to_owned())),
    }
}

/// A text as it stands inside an element.
pub fn escape(text: &str) -> Cow<'_, str> {
    quick_xml::escape::partial_escape(text)
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), &'static str> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_some() => return Err("a second root element"),
        None => *root = Some(element),
    }
    Ok(())
}

/// Adds what a reference stands for. Old files use names of HTML (`&uuml;`) that XML does not define: those stay as written,
/// because they occur in texts for people only.
fn referred(reference: &BytesRef<'_>, text: &mut String) -> Result<(), &'static str> {
    match reference.resolve_char_ref() {
        Ok(Some(character)) => text.push(character),
        Ok(None) => match quick_xml::escape::resolve_xml_entity(reference) {
            Some(meant) => text.push_str(meant),
            None => text.extend(["&", reference, ";"]),
        },
        Err(_) => return Err("a character reference that stands for none"),
    }
    Ok(())
}

fn local(tag: &quick_xml::events::BytesStart<'_>) -> String {
    let name = tag.local_name();
    name.as_ref().to_owned()
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_tree_with_its_places() {
        let text = "<?xml version=\"1.0\"?>\n<!-- x --><p:project xmlns:p=\"u\" a=\"1\">\n <name> A &amp; B&#x21; <![CDATA[<c>]]></name>\n <empty/>\n <m><v>1</v><v>2</v></m></p:project>\n";
        let root = parse(text).unwrap();
        assert_eq!(root.name, "project");
        assert_eq!(root.text_at(&["name"]), Some("A & B! <c>"));
        assert_eq!(root.text_at(&["empty"]), None);
        assert!(root.child("empty").is_some());
        let versions: Vec<&str> = root.child("m").unwrap().children("v").map(|one| one.text.as_str()).collect();
        assert_eq!(versions, ["1", "2"]);
        assert_eq!(&text[root.at(&["m", "v"]).unwrap().inner.clone()], "1");
        assert_eq!(&text[root.child("m").unwrap().inner.clone()], "<v>1</v><v>2</v>");
        assert_eq!(parse("<a>M&uuml;ller</a>").unwrap().text, "M&uuml;ller");
        assert_eq!(escape("a<b>&c"), "a&lt;b&gt;&amp;c");
    }

    #[test]
    fn hostile_and_broken_documents_are_refused_with_their_line() {
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\"><!ENTITY y \"&x;&x;\">]>\n<a>&y;</a>";
        assert!(parse(bomb).unwrap_err().message.contains("DOCTYPE"));
        let deep = "<a>".repeat(DEEPEST + 1) + &"</a>".repeat(DEEPEST + 1);
        assert!(parse(&deep).unwrap_err().message.contains("deeper"));
        for bad in ["", "text", "<a>", "<a></b>", "<a/><b/>", "<a/>text", "</a>", "<a>&#x110000;</a>", "<a", "<a>&</a>"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(parse("<a>\n<b>\n</c>\n</a>").unwrap_err().line, 3);
    }

    #[test]
    fn encodings() {
        assert_eq!(decode("\u{feff}<a/>".as_bytes()).unwrap(), "<a/>");
        assert_eq!(
            decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>").unwrap().chars().last(),
            Some('>')
        );
        assert!(decode(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>").unwrap().contains('ü'));
        assert!(decode(b"<a>\xfc</a>").is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics_and_text_comes_back(odd in "[<>/&;!\\[\\]a-c\"=? -]{0,60}", text in "\\PC{0,40}") {
            let _ = parse(&odd);
            let element = parse(&format!("<a>{}</a>", escape(&text))).unwrap();
            prop_assert_eq!(element.text, text.trim());
        }
    }
}
