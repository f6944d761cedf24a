//! Server-sent events: pieces of a stream put together to events, whatever the pieces are cut like.

/// The longest event; a server that sends more is none of ours.
const LONGEST: usize = 16 << 20;

/// An event.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Event {
    /// Its number, where it has one.
    pub(crate) id: Option<i64>,
    /// Its name.
    pub(crate) name: String,
    /// Its text.
    pub(crate) data: String,
}

/// Puts events together.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    line: Vec<u8>,
    event: Event,
    has_data: bool,
}

impl Parser {
    /// Takes a piece; the events that are whole now. An event that never ends is dropped.
    pub(crate) fn take(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut found = Vec::new();
        for &byte in piece {
            match byte {
                b'\n' => {
                    let line = std::mem::take(&mut self.line);
                    let line = String::from_utf8_lossy(&line);
                    found.extend(self.line(line.trim_end_matches('\r')));
                }
                _ if self.line.len() + self.event.data.len() < LONGEST => self.line.push(byte),
                _ => {}
            }
        }
        found
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return std::mem::take(&mut self.has_data).then_some(event);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "id" => self.event.id = value.parse().ok(),
            "event" => value.clone_into(&mut self.event.name),
            "data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.event.data.push('\n');
                }
                self.event.data.push_str(value);
            }
            // Comments keep the connection awake; other fields mean nothing here.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_whole_however_the_stream_is_cut() {
        let stream = b": awake\n\nid: 7\nevent: fact\ndata: {\"a\":\ndata: 1}\r\n\r\nevent: end\ndata: {}\n\nevent: cut\ndata: x";
        let expected = [
            Event { id: Some(7), name: "fact".into(), data: "{\"a\":\n1}".into() },
            Event { id: None, name: "end".into(), data: "{}".into() },
        ];
        for size in 1..stream.len() {
            let mut parser = Parser::default();
            let found: Vec<Event> = stream.chunks(size).flat_map(|piece| parser.take(piece)).collect();
            assert_eq!(found, expected, "pieces of {size}");
        }
    }
}
