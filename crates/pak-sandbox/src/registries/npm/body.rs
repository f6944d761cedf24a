//! Reads a publish document of any size: long strings (the tarball in base64) go to files while they come in, the rest is parsed.

use std::io::{self, Read, Write as _};

use axum::body::Body;
use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::store::Store;

/// Strings longer than this go to a file.
const LONGEST_STRING: usize = 1 << 20;
/// What may remain in memory.
const LONGEST_DOCUMENT: usize = 64 << 20;
/// Begins the text that stands for a string in a file; a NUL cannot come from a client that means it.
const MARK: &str = "\0spilled ";

/// A parsed document with its long strings.
pub(super) struct Parsed {
    pub(super) value: Value,
    spilled: Vec<NamedTempFile>,
}

impl Parsed {
    /// The bytes that a string of the document says in base64.
    pub(super) fn decode(&self, string: &Value) -> io::Result<Box<dyn Read + Send>> {
        let text = string.as_str().unwrap_or_default();
        let source: Box<dyn Read + Send> = match self.spilled(text) {
            Some(file) => Box::new(file.reopen()?),
            None => Box::new(io::Cursor::new(text.to_owned().into_bytes())),
        };
        Ok(Box::new(DecoderReader::new(source, &STANDARD)))
    }

    fn spilled(&self, text: &str) -> Option<&NamedTempFile> {
        self.spilled.get(text.strip_prefix(MARK)?.parse::<usize>().ok()?)
    }

    /// Whether a long string lies anywhere in this part of the document.
    pub(super) fn holds_spilled(value: &Value) -> bool {
        match value {
            Value::String(text) => text.starts_with(MARK),
            Value::Array(items) => items.iter().any(Self::holds_spilled),
            Value::Object(fields) => fields.values().any(Self::holds_spilled),
            _ => false,
        }
    }
}

/// Reads and parses a body.
pub(super) async fn read(store: &Store, mut body: Body) -> io::Result<Parsed> {
    let mut scanner = Scanner { store: store.clone(), text: Vec::new(), place: Place::Outside, spilled: Vec::new() };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string()))?;
        if let Some(data) = frame.data_ref() {
            scanner.take(data)?;
        }
    }
    for file in &mut scanner.spilled {
        file.flush()?;
    }
    Ok(Parsed { value: serde_json::from_slice(&scanner.text)?, spilled: scanner.spilled })
}

/// Splits JSON text into short strings and structure (kept) and long strings (to files), piece by piece.
struct Scanner {
    store: Store,
    text: Vec<u8>,
    place: Place,
    spilled: Vec<NamedTempFile>,
}

#[derive(Clone, Copy)]
enum Place {
    Outside,
    /// In a string that began at this index of the text.
    Inside {
        start: usize,
        escaped: bool,
    },
    /// In a string whose content goes to the last file.
    Spilling {
        escaped: bool,
    },
}

impl Scanner {
    fn take(&mut self, mut data: &[u8]) -> io::Result<()> {
        while let Some(&first) = data.first() {
            let plain = match self.place {
                Place::Outside => data.iter().position(|byte| *byte == b'"'),
                _ => data.iter().position(|byte| matches!(byte, b'"' | b'\\')),
            };
            let is_escaped =
                matches!(self.place, Place::Inside { escaped: true, .. } | Place::Spilling { escaped: true });
            let (piece, rest) = data.split_at(if is_escaped { 1 } else { plain.unwrap_or(data.len()).max(1) });
            let ends = !is_escaped && first == b'"';
            let begins_escape = !is_escaped && first == b'\\';
            data = rest;
            match self.place {
                Place::Outside => {
                    self.text.extend_from_slice(piece);
                    if first == b'"' {
                        self.place = Place::Inside { start: self.text.len(), escaped: false };
                    }
                }
                Place::Inside { start, .. } => {
                    self.text.extend_from_slice(piece);
                    self.place = if ends { Place::Outside } else { Place::Inside { start, escaped: begins_escape } };
                    if !ends && self.text.len() - start > LONGEST_STRING {
                        let mut file = self.store.temporary()?;
                        file.write_all(&self.text[start..])?;
                        self.text.truncate(start);
                        self.spilled.push(file);
                        self.place = Place::Spilling { escaped: begins_escape };
                    }
                }
                Place::Spilling { .. } if ends => {
                    let mark = serde_json::to_string(&format!("{MARK}{}", self.spilled.len() - 1))?;
                    self.text.extend_from_slice(mark.trim_start_matches('"').as_bytes());
                    self.place = Place::Outside;
                }
                Place::Spilling { .. } => {
                    if let Some(file) = self.spilled.last_mut() {
                        file.write_all(piece)?;
                    }
                    self.place = Place::Spilling { escaped: begins_escape };
                }
            }
            if self.text.len() > LONGEST_DOCUMENT {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the document is too large"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn long_strings_go_to_files_wherever_pieces_are_cut() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(camino::Utf8PathBuf::from_path_buf(folder.path().to_owned()).unwrap()).unwrap();
        let long = "QUJD".repeat(LONGEST_STRING / 2);
        let text =
            format!(r#"{{"a":"x\"\\","_attachments":{{"f":{{"data":"{long}","length":3}}}},"b":["é\u0041",1]}}"#);
        for size in [7, 64 * 1024 + 1, text.len()] {
            let pieces: Vec<io::Result<Vec<u8>>> =
                text.as_bytes().chunks(size).map(|piece| Ok(piece.to_vec())).collect();
            let parsed = read(&store, Body::from_stream(futures_util::stream::iter(pieces))).await.unwrap();
            assert_eq!(parsed.value["a"], "x\"\\");
            assert_eq!(parsed.value["b"][0], "éA");
            let mut decoded = Vec::new();
            parsed.decode(&parsed.value["_attachments"]["f"]["data"]).unwrap().read_to_end(&mut decoded).unwrap();
            assert_eq!(decoded, b"ABC".repeat(LONGEST_STRING / 2));
            assert!(Parsed::holds_spilled(&parsed.value));
        }
        assert!(read(&store, Body::from("{\"a\":\"")).await.is_err());
    }
}
