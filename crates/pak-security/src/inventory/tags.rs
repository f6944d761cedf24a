//! XML as a flat list of elements with their attributes: what NuGet's and Gradle's files need. (POMs are read as a tree by
//! `pak_model::xml`.) A document type is refused, so no entity of its own expands.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::file::{File, Refusal};

/// An element.
#[derive(Debug)]
pub(super) struct Tag {
    /// Its name without a prefix.
    pub(super) name: String,
    /// How deep it is; the root has 0.
    pub(super) depth: usize,
    /// The text directly in it, without white space at both ends.
    pub(super) text: String,
    /// Its line.
    pub(super) line: Option<u32>,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// An attribute; MSBuild minds no case.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// The elements of a file in order.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Tag>, Refusal> {
    let mut reader = Reader::from_str(&file.text);
    let position = |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or_default();
    let (mut tags, mut open): (Vec<Tag>, Vec<usize>) = (Vec::new(), Vec::new());
    loop {
        let line = file.line_at(position(&reader));
        let refusal = |what: &str| Refusal(format!("line {} {what}", line.unwrap_or(1)));
        let event = reader.read_event().map_err(|_| refusal("is not XML"))?;
        match event {
            Event::Start(start) => {
                open.push(tags.len());
                tags.push(tag(&start, open.len() - 1, line));
            }
            Event::Empty(start) => tags.push(tag(&start, open.len(), line)),
            Event::End(_) => {
                open.pop();
            }
            Event::Text(text) => {
                if let Some(tag) = open.last().and_then(|place| tags.get_mut(*place)) {
                    tag.text.push_str(text.xml10_content().trim());
                }
            }
            Event::DocType(_) => return Err(refusal("has a document type, which is not read")),
            Event::Eof if open.is_empty() && !tags.is_empty() => return Ok(tags),
            Event::Eof => return Err(Refusal("it ends within an element".to_owned())),
            _ => {}
        }
    }
}

/// The text of a child of an element, which follows it in the list.
pub(super) fn child<'t>(tags: &'t [Tag], place: usize, name: &str) -> Option<&'t str> {
    let depth = tags.get(place)?.depth;
    let below = tags.get(place + 1..)?.iter().take_while(|tag| tag.depth > depth);
    below.filter(|tag| tag.depth == depth + 1).find(|tag| tag.name == name).map(|tag| tag.text.as_str())
}

fn tag(start: &BytesStart<'_>, depth: usize, line: Option<u32>) -> Tag {
    let attributes = start
        .attributes()
        .filter_map(Result::ok)
        .map(|attribute| {
            let key = attribute.key.local_name();
            (key.as_ref().to_owned(), attribute.value.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
        })
        .collect();
    Tag { name: start.local_name().as_ref().to_owned(), depth, text: String::new(), line, attributes }
}
