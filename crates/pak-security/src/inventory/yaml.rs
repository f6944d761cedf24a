//! The YAML that lock files, workflows and charts are written in, as a tree whose text is borrowed from the file.
//!
//! A general YAML library builds every hash of a lock file of a megabyte into values, and expands aliases; this reader does
//! neither: it knows block maps and lists, flow collections, quoted and plain scalars and block scalars, takes anchors
//! away and leaves aliases as text. Its work is linear in the file's size and its depth is bounded.

use std::borrow::Cow;

use super::file::{File, Refusal};

/// Deeper than anything meant.
const DEEPEST: usize = 64;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node<'a> {
    /// Text of any kind; empty for null.
    Scalar(Cow<'a, str>),
    /// A map in the order of the file.
    Map(Vec<(Cow<'a, str>, Node<'a>)>),
    /// A list.
    List(Vec<Node<'a>>),
}

impl<'a> Node<'a> {
    /// The value of a key; none if this is no map or has no such key.
    pub(super) fn get(&self, key: &str) -> Option<&Node<'a>> {
        self.pairs().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Scalar(text) => Some(text.as_ref()).filter(|text| !matches!(*text, "" | "~" | "null")),
            _ => None,
        }
    }

    /// The text of a key's scalar.
    pub(super) fn word(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Node::text)
    }

    /// The pairs of a map; none of anything else.
    pub(super) fn pairs(&self) -> &[(Cow<'a, str>, Node<'a>)] {
        match self {
            Self::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Node<'a>] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The pairs below a key.
    pub(super) fn below(&self, key: &str) -> &[(Cow<'a, str>, Node<'a>)] {
        self.get(key).map_or(&[], Node::pairs)
    }
}

/// Reads a file's first document.
pub(super) fn read<'a>(file: &'a File<'_>) -> Result<Node<'a>, Refusal> {
    Ok(documents(file)?.into_iter().next().unwrap_or(Node::Scalar(Cow::Borrowed(""))))
}

/// Reads all documents of a file.
pub(super) fn documents<'a>(file: &'a File<'_>) -> Result<Vec<Node<'a>>, Refusal> {
    let mut reader = Reader { text: &file.text, at: 0, virtual_indent: None };
    let mut documents = Vec::new();
    let refusal = |reader: &Reader<'_>, what: &str| {
        Refusal(format!("line {} is YAML that {what}", file.line_at(reader.at).unwrap_or(1)))
    };
    while let Some(line) = reader.peek() {
        if line.content == "---"
            || line.content.starts_with("--- ")
            || line.content.starts_with('%')
            || line.content == "..."
        {
            reader.at = line.end;
            continue;
        }
        match reader.block(line.indent, 0) {
            Ok(node) => documents.push(node),
            Err(what) => return Err(refusal(&reader, what)),
        }
    }
    Ok(documents)
}

/// Where the reader is. A list item's content is a block of its own that begins within the line: `virtual_indent` is its column.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    virtual_indent: Option<usize>,
}

#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    /// Without indentation, line end and trailing blanks.
    content: &'a str,
    /// Where the content begins.
    start: usize,
    /// Where the next line begins.
    end: usize,
}

type Read<T> = Result<T, &'static str>;

const UNFINISHED: &str = "opens a quote or bracket and never closes it";

impl<'a> Reader<'a> {
    /// The next line with something on it, without moving past it.
    fn peek(&mut self) -> Option<Line<'a>> {
        loop {
            let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
            let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
            let line = rest.get(..length)?;
            let content = line.trim_start_matches([' ', '\t']);
            let lead = line.len() - content.len();
            let content = content.trim_end();
            let end = self.at + length;
            if content.is_empty() || content.starts_with('#') {
                self.at = end;
                self.virtual_indent = None;
                continue;
            }
            let indent = self.virtual_indent.map_or(lead, |indent| indent + lead);
            return Some(Line { indent, content, start: self.at + lead, end });
        }
    }

    fn step(&mut self, to: usize) {
        self.at = to;
        self.virtual_indent = None;
    }

    /// The block whose lines begin at `indent`.
    fn block(&mut self, indent: usize, depth: usize) -> Read<Node<'a>> {
        if depth > DEEPEST {
            return Err("is nested too deeply");
        }
        let Some(first) = self.peek() else { return Ok(Node::Scalar(Cow::Borrowed(""))) };
        if is_item(first.content) {
            self.list(indent, depth)
        } else if first.content.starts_with("? ") || key(first.content).is_some() {
            self.map(indent, depth)
        } else {
            self.value(first, first.content, first.start, indent.saturating_sub(1), depth)
        }
    }

    fn list(&mut self, indent: usize, depth: usize) -> Read<Node<'a>> {
        let mut items = Vec::new();
        while let Some(line) = self.peek().filter(|line| line.indent == indent && is_item(line.content)) {
            let rest = line.content.get(1..).unwrap_or_default();
            let inner = rest.trim_start();
            let gap = 1 + rest.len() - inner.len();
            let bare = without_properties(inner, 0).0;
            if bare.is_empty() || bare.starts_with('#') {
                self.step(line.end);
                match self.peek().filter(|next| next.indent > indent) {
                    Some(next) => items.push(self.block(next.indent, depth + 1)?),
                    None => items.push(Node::Scalar(Cow::Borrowed(""))),
                }
            } else if is_item(inner) || inner.starts_with("? ") || key(inner).is_some() {
                self.at = line.start + gap;
                self.virtual_indent = Some(indent + gap);
                items.push(self.block(indent + gap, depth + 1)?);
            } else {
                items.push(self.value(line, inner, line.start + gap, indent, depth)?);
            }
            // What is deeper than the item and was not part of it is an odd continuation.
            while let Some(odd) = self.peek().filter(|next| next.indent > indent) {
                self.step(odd.end);
            }
        }
        Ok(Node::List(items))
    }

    fn map(&mut self, indent: usize, depth: usize) -> Read<Node<'a>> {
        let mut pairs = Vec::new();
        while let Some(line) = self.peek() {
            if line.indent > indent {
                self.step(line.end);
                continue;
            }
            if line.indent < indent || matches!(line.content, "---" | "...") || is_item(line.content) {
                break;
            }
            // A key that is too long for one line with its value: `? key` and `: value` below it.
            if let Some(long) = line.content.strip_prefix("? ") {
                let name = scalar(long.trim())?.0;
                self.step(line.end);
                if let Some(next) = self.peek().filter(|next| next.indent == indent && next.content.starts_with(':')) {
                    let value = next.content.get(1..).unwrap_or_default().trim_start();
                    let start = next.start + next.content.len() - value.len();
                    pairs.push((name, self.pair_value(next, value, start, indent, depth)?));
                }
                continue;
            }
            let Some((name, after)) = key(line.content) else {
                self.step(line.end);
                continue;
            };
            let value = line.content.get(after..).unwrap_or_default();
            let trimmed = value.trim_start();
            let start = line.start + after + value.len() - trimmed.len();
            pairs.push((name, self.pair_value(line, trimmed, start, indent, depth)?));
        }
        Ok(Node::Map(pairs))
    }

    /// What follows `key:`.
    fn pair_value(
        &mut self,
        line: Line<'a>,
        value: &'a str,
        start: usize,
        indent: usize,
        depth: usize,
    ) -> Read<Node<'a>> {
        let (value, start) = without_properties(value, start);
        if !value.is_empty() && !value.starts_with('#') {
            if is_item(value) || (value.starts_with("? ") && line.content.starts_with(": ")) {
                self.step(line.end);
                return Ok(Node::Scalar(Cow::Borrowed(value)));
            }
            return self.value(line, value, start, indent, depth);
        }
        self.step(line.end);
        match self.peek() {
            Some(next) if next.indent > indent => self.block(next.indent, depth + 1),
            Some(next) if next.indent == indent && is_item(next.content) => self.list(indent, depth + 1),
            _ => Ok(Node::Scalar(Cow::Borrowed(""))),
        }
    }

    /// A value that begins on this line; moves past it and past its continuation.
    fn value(&mut self, line: Line<'a>, value: &'a str, start: usize, indent: usize, depth: usize) -> Read<Node<'a>> {
        let (value, start) = without_properties(value, start);
        match value.as_bytes().first() {
            Some(b'|' | b'>') => {
                self.step(line.end);
                let from = self.at;
                while let Some(next) = self.peek_raw().filter(|next| next.content.is_empty() || next.indent > indent) {
                    self.step(next.end);
                }
                Ok(Node::Scalar(Cow::Borrowed(self.text.get(from..self.at).unwrap_or_default())))
            }
            Some(b'{' | b'[' | b'"' | b'\'') => {
                let rest = self.text.get(start..).unwrap_or_default();
                let (node, used) = flow(rest, depth)?;
                let from = (start + used).max(line.start);
                let rest = self.text.get(from..).unwrap_or_default();
                self.step(from + memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1));
                Ok(node)
            }
            _ => {
                let end = value.find(" #").unwrap_or(value.len());
                self.step(line.end);
                // A plain scalar may go on below; nobody here needs the rest of it.
                while let Some(next) = self.peek().filter(|next| next.indent > indent) {
                    self.step(next.end);
                }
                Ok(Node::Scalar(Cow::Borrowed(value.get(..end).unwrap_or_default().trim_end())))
            }
        }
    }

    /// The next line as it is, blank ones and comments too.
    fn peek_raw(&self) -> Option<Line<'a>> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        let line = rest.get(..length)?;
        let content = line.trim_start_matches(' ');
        let lead = line.len() - content.len();
        Some(Line { indent: lead, content: content.trim_end(), start: self.at + lead, end: self.at + length })
    }
}

fn is_item(content: &str) -> bool {
    content == "-" || content.starts_with("- ")
}

/// Takes anchors and tags away: `&name`, `!tag`.
fn without_properties(mut value: &str, mut start: usize) -> (&str, usize) {
    while value.starts_with(['&', '!']) {
        let end = value.find(char::is_whitespace).unwrap_or(value.len());
        let rest = value.get(end..).unwrap_or_default();
        let trimmed = rest.trim_start();
        start += end + rest.len() - trimmed.len();
        value = trimmed;
    }
    (value, start)
}

/// The key a line begins with, and where what follows its colon begins.
fn key(content: &str) -> Option<(Cow<'_, str>, usize)> {
    if content.starts_with(['"', '\'']) {
        let (name, used) = scalar(content).ok()?;
        let rest = content.get(used..)?;
        let trimmed = rest.trim_start();
        let after = trimmed.strip_prefix(':')?;
        return (after.is_empty() || after.starts_with([' ', '\t'])).then(|| (name, content.len() - after.len()));
    }
    if content.starts_with(['{', '[', '#', '|', '>', '%', '@', '`']) {
        return None;
    }
    let bytes = content.as_bytes();
    for place in memchr::memchr_iter(b':', bytes) {
        if matches!(bytes.get(place + 1), None | Some(b' ' | b'\t')) {
            return Some((Cow::Borrowed(content.get(..place)?.trim_end()), place + 1));
        }
    }
    None
}

/// A quoted or plain scalar at the beginning of a text, and its length there.
fn scalar(text: &str) -> Read<(Cow<'_, str>, usize)> {
    let bytes = text.as_bytes();
    match bytes.first() {
        Some(b'\'') => {
            let mut at = 1;
            while let Some(place) = memchr::memchr(b'\'', bytes.get(at..).unwrap_or_default()) {
                at += place + 1;
                if bytes.get(at) != Some(&b'\'') {
                    let inner = text.get(1..at - 1).unwrap_or_default();
                    let inner =
                        if inner.contains('\'') { Cow::Owned(inner.replace("''", "'")) } else { Cow::Borrowed(inner) };
                    return Ok((inner, at));
                }
                at += 1;
            }
            Err(UNFINISHED)
        }
        Some(b'"') => {
            let mut at = 1;
            while let Some(place) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
                at += place + 1;
                if bytes.get(at - 1) == Some(&b'"') {
                    let inner = text.get(1..at - 1).unwrap_or_default();
                    return Ok((unescape(inner), at));
                }
                at += 1;
            }
            Err(UNFINISHED)
        }
        _ => Ok((Cow::Borrowed(text), text.len())),
    }
}

/// The escapes of double quotes that occur in names and versions; others stay as they are.
fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some(other @ ('"' | '\\' | '/')) => plain.push(other),
            Some(other) => plain.extend(['\\', other]),
            None => {}
        }
    }
    Cow::Owned(plain)
}

/// A flow value at the beginning of a text, and its length there.
fn flow(text: &str, depth: usize) -> Read<(Node<'_>, usize)> {
    if depth > DEEPEST {
        return Err("is nested too deeply");
    }
    match text.as_bytes().first() {
        Some(b'{' | b'[') => collection(text, depth),
        Some(b'"' | b'\'') => scalar(text).map(|(word, used)| (Node::Scalar(word), used)),
        _ => {
            let bytes = text.as_bytes();
            let mut at = 0;
            while let Some(byte) = bytes.get(at) {
                let colon = *byte == b':'
                    && matches!(bytes.get(at + 1), None | Some(b' ' | b',' | b'}' | b']' | b'\r' | b'\n'));
                if colon || matches!(byte, b',' | b'}' | b']' | b'\n') {
                    break;
                }
                at += 1;
            }
            Ok((Node::Scalar(Cow::Borrowed(text.get(..at).unwrap_or_default().trim())), at))
        }
    }
}

fn collection(text: &str, depth: usize) -> Read<(Node<'_>, usize)> {
    let bytes = text.as_bytes();
    let map = bytes.first() == Some(&b'{');
    let (mut pairs, mut items, mut at) = (Vec::new(), Vec::new(), 1);
    loop {
        match bytes.get(at) {
            None => return Err(UNFINISHED),
            Some(b'}') if map => return Ok((Node::Map(pairs), at + 1)),
            Some(b']') if !map => return Ok((Node::List(items), at + 1)),
            Some(b'}' | b']') => return Err("closes a bracket of another kind"),
            Some(b' ' | b'\t' | b'\r' | b'\n' | b',') => at += 1,
            Some(b'#') => at += memchr::memchr(b'\n', bytes.get(at..).unwrap_or_default()).unwrap_or(bytes.len() - at),
            Some(_) => {
                let (node, used) = flow(text.get(at..).unwrap_or_default(), depth + 1)?;
                at += used;
                let rest = text.get(at..).unwrap_or_default();
                let trimmed = rest.trim_start();
                if let Some(after) = trimmed.strip_prefix(':') {
                    at += rest.len() - trimmed.len() + 1;
                    let blank = after.len() - after.trim_start().len();
                    at += blank;
                    let (value, used) = match bytes.get(at) {
                        Some(b',' | b'}' | b']') | None => (Node::Scalar(Cow::Borrowed("")), 0),
                        Some(_) => flow(text.get(at..).unwrap_or_default(), depth + 1)?,
                    };
                    at += used;
                    let Node::Scalar(name) = node else { continue };
                    if map {
                        pairs.push((name, value));
                    } else {
                        items.push(Node::Map(vec![(name, value)]));
                    }
                } else if map {
                    let Node::Scalar(name) = node else { continue };
                    pairs.push((name, Node::Scalar(Cow::Borrowed(""))));
                } else {
                    items.push(node);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(text: &str) -> File<'_> {
        File::new("a.yaml", text.as_bytes(), crate::inventory::Options::default()).unwrap()
    }

    #[test]
    fn the_forms_of_lock_files_are_read() {
        let text = concat!(
            "# a lock\r\nlockfileVersion: '9.0'\r\n\r\npackages:\n\n  /a/1.0.0:\n    resolution: {integrity: sha512-x==, tarball: 'https://x/y:1'}\n",
            "    engines: {node: '>=6'}\n    deps:\n    - one\n    - two: 2\n      three: \"3\\\"\"\n    -\n      four: 4 # x\n",
            "  ? '@b/long'\n  : version: 1\n    dev: true\n  \"c:d\": &anchor\n    x: *other\n  text: |\n    a: b\n\n    c\n  folded: some\n    words\n  last: [a, {b: c}, \n    'd']\n---\nsecond: 2\n",
        );
        let file = file(text);
        let documents = documents(&file).unwrap();
        let packages = documents[0].get("packages").unwrap();
        let names: Vec<&str> = packages.pairs().iter().map(|(name, _)| name.as_ref()).collect();
        assert_eq!(names, ["/a/1.0.0", "@b/long", "c:d", "text", "folded", "last"]);
        let first = packages.get("/a/1.0.0").unwrap();
        assert_eq!(first.get("resolution").unwrap().word("integrity"), Some("sha512-x=="));
        assert_eq!(first.get("resolution").unwrap().word("tarball"), Some("https://x/y:1"));
        let items = first.get("deps").unwrap().items();
        assert_eq!(
            (items[0].text(), items[1].word("three"), items[2].word("four")),
            (Some("one"), Some("3\""), Some("4"))
        );
        assert_eq!(packages.get("c:d").unwrap().word("x"), Some("*other"));
        assert_eq!(packages.word("text"), Some("    a: b\n\n    c\n"));
        assert_eq!(packages.word("folded"), Some("some"));
        assert_eq!(packages.get("last").unwrap().items().len(), 3);
        assert_eq!(documents[0].word("lockfileVersion"), Some("9.0"));
        assert_eq!(documents[1].word("second"), Some("2"));
        assert_eq!(file.line_of(&packages.pairs()[0].0), Some(6));
    }

    #[test]
    fn bombs_and_endless_brackets_are_refused_or_cheap() {
        let deep = "- ".repeat(10_000);
        let open = "[".repeat(100_000);
        let aliases = "a: &a [x]\n".to_owned() + &"b: [*a,*a,*a,*a]\n".repeat(10_000);
        let quotes = "a: \"\n".repeat(100_000);
        for (text, fine) in [(deep, false), (open, false), (aliases, true), (quotes + "b: \"", false)] {
            assert_eq!(documents(&file(&text)).is_ok(), fine);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics_or_hangs(text in "([-? \\n:{}\\[\\],'\"a#|>&*!]|  ){0,60}") {
            let _ = documents(&file(&text));
        }
    }
}
