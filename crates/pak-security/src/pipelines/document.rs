//! YAML with the place of every value. Hostile files are bounded: size, depth, number of values with aliases expanded.

use std::collections::BTreeMap;

use granit_parser::{Event, Options, Parser, Span};

/// No pipeline is larger.
const MOST_BYTES: usize = 4 << 20;
/// Values of a file, each use of an alias counted again.
const MOST_VALUES: usize = 100_000;
/// Lists and mappings within each other.
const DEEPEST: usize = 64;

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Node {
    /// The line of its first character, from 1; for a block of text (`|`), of the first of its lines.
    pub(super) line: u32,
    /// The column, from 1.
    pub(super) column: u32,
    pub(super) value: Value,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Value {
    /// A word or text.
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// Why a file is not looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no YAML; says where.
    Broken(String),
    /// It is larger or deeper than any pipeline.
    TooLarge(&'static str),
}

/// The documents of a file.
pub(super) fn parse(text: &str) -> Result<Vec<Node>, Refusal> {
    if text.len() > MOST_BYTES {
        return Err(Refusal::TooLarge("it has more than 4 MiB"));
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    let mut reader = Reader {
        events: Parser::new_from_str_with_options(text, options),
        anchors: BTreeMap::new(),
        left: MOST_VALUES,
    };
    let mut documents = Vec::new();
    while let Some((event, span)) = reader.next()? {
        match event {
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
            Event::DocumentStart(..) => reader.anchors.clear(),
            event => documents.push(reader.node(event, span, 0)?),
        }
    }
    Ok(documents)
}

struct Reader<'text> {
    events: Parser<'text, granit_parser::StrInput<'text>>,
    /// Anchored values with the number of values in each.
    anchors: BTreeMap<usize, (Node, usize)>,
    left: usize,
}

impl<'text> Reader<'text> {
    fn next(&mut self) -> Result<Option<(Event<'text>, Span)>, Refusal> {
        self.events.next_event().transpose().map_err(|error| Refusal::Broken(error.to_string()))
    }

    fn needed(&mut self) -> Result<(Event<'text>, Span), Refusal> {
        self.next()?.ok_or_else(|| Refusal::Broken("the file ends too early".to_owned()))
    }

    fn spend(&mut self, values: usize) -> Result<(), Refusal> {
        self.left = self.left.checked_sub(values).ok_or(Refusal::TooLarge("it has more than 100000 values"))?;
        Ok(())
    }

    fn node(&mut self, event: Event<'text>, span: Span, depth: usize) -> Result<Node, Refusal> {
        if depth > DEEPEST {
            return Err(Refusal::TooLarge("its lists and mappings are more than 64 deep"));
        }
        self.spend(1)?;
        let before = self.left;
        let (line, column) = place(&span);
        let at = |value| Node { line, column, value };
        let (anchor, node) = match event {
            Event::Scalar(text, _, anchor, _) => (anchor, at(Value::Scalar(text.into_owned()))),
            Event::SequenceStart(_, anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.needed()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                (anchor, at(Value::List(items)))
            }
            Event::MappingStart(_, anchor, _) => (anchor, at(Value::Map(self.entries(depth)?))),
            Event::Alias(id) => {
                let Some(values) = self.anchors.get(&id).map(|(_, values)| *values) else {
                    return Err(Refusal::Broken(format!("an alias of line {line} stands within what it names")));
                };
                // Before it is copied, not after.
                self.spend(values)?;
                return Ok(self.anchors.get(&id).map_or_else(|| at(Value::List(Vec::new())), |(node, _)| node.clone()));
            }
            _ => return Err(Refusal::Broken(format!("line {line} cannot be understood"))),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), before - self.left + 1));
        }
        Ok(node)
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<(Node, Node)>, Refusal> {
        let mut entries = Vec::new();
        loop {
            let key = match self.needed()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (event, span) => self.node(event, span, depth + 1)?,
            };
            let (event, span) = self.needed()?;
            entries.push((key, self.node(event, span, depth + 1)?));
        }
    }
}

fn place(span: &Span) -> (u32, u32) {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    (number(span.start.line()), number(span.start.col()).saturating_add(1))
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// A key and its value.
    pub(super) fn entry(&self, key: &str) -> Option<(&Self, &Self)> {
        self.entries().find(|(name, _)| name.text() == Some(key))
    }

    /// The entries of a mapping; none of anything else. Merged ones (`<<`) are among them.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Self, &Self)> {
        let own: &[(Self, Self)] = match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        };
        let merged = own.iter().filter(|(key, _)| key.text() == Some("<<")).flat_map(|(_, value)| match &value.value {
            Value::Map(entries) => entries.iter().collect::<Vec<_>>(),
            _ => Vec::new(),
        });
        own.iter().chain(merged).map(|(key, value)| (key, value))
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The words of a list, or the one word that stands for a list of one.
    pub(super) fn words(&self) -> Vec<&str> {
        match self.text() {
            Some(text) => vec![text],
            None => self.items().iter().filter_map(Self::text).collect(),
        }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The text of a key's scalar.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// The line of a position in its text, from 1.
    pub(super) fn line_of(&self, offset: usize) -> u32 {
        let before = self.text().and_then(|text| text.get(..offset)).unwrap_or_default().matches('\n').count();
        self.line.saturating_add(u32::try_from(before).unwrap_or(u32::MAX))
    }

    /// Every scalar within, keys left out.
    pub(super) fn scalars(&self) -> Vec<&Self> {
        let mut found = Vec::new();
        let mut left = vec![self];
        while let Some(node) = left.pop() {
            match &node.value {
                Value::Scalar(_) => found.push(node),
                Value::List(items) => left.extend(items),
                Value::Map(entries) => left.extend(entries.iter().map(|(_, value)| value)),
            }
        }
        found.sort_by_key(|node| (node.line, node.column));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place() {
        let text =
            "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          one\n          two\n      - {uses: x}\n";
        let document = parse(text).unwrap().remove(0);
        let steps = document.get("jobs").unwrap().get("a").unwrap().get("steps").unwrap();
        let run = steps.items()[0].get("run").unwrap();
        assert_eq!((run.line, run.text().unwrap()), (6, "one\ntwo\n"));
        assert_eq!(run.line_of(run.text().unwrap().find("two").unwrap()), 7);
        let uses = steps.items()[1].get("uses").unwrap();
        assert_eq!((uses.line, uses.column), (8, 16));
    }

    #[test]
    fn aliases_and_merges_are_what_they_name() {
        let document = parse("a: &x {k: v}\nb: *x\nc:\n  <<: *x\n  l: m\n").unwrap().remove(0);
        assert_eq!(document.get("b").unwrap().text_of("k"), Some("v"));
        assert_eq!(document.get("c").unwrap().text_of("k"), Some("v"));
    }

    #[test]
    fn hostile_files_are_refused_in_bounded_time() {
        let level = |level: u32| format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(","));
        let bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned() + &(1..30).map(level).collect::<String>();
        assert!(matches!(parse(&bomb), Err(Refusal::TooLarge(_))));
        assert!(parse(&"[".repeat(100_000)).is_err());
        assert!(parse(&"- ".repeat(100_000)).is_err());
        assert!(matches!(parse(&"x".repeat(MOST_BYTES + 1)), Err(Refusal::TooLarge(_))));
        assert!(parse("a: &a [*a]").is_err());
        assert!(parse("a: 'b").is_err());
        assert_eq!(parse("").unwrap().len(), 0);
    }
}
