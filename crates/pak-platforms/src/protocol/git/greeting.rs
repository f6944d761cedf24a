//! What a server says first: the protocol's version, what it can do and, before version 2, all of its refs.

use std::collections::BTreeMap;

use pak_git::packet::{self, Packet, Packets};
use pak_git::{Error, ObjectId};

/// A server's first words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Greeting {
    /// Version 2, which only reading knows.
    pub(super) v2: bool,
    /// What it can do: `name` or `name=value`.
    pub(super) capabilities: Vec<String>,
    /// Refs, where it names them all.
    pub(super) refs: BTreeMap<String, ObjectId>,
}

impl Greeting {
    /// Reads it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let mut greeting = Self::default();
        let mut begun = false;
        for packet in Packets::new(bytes) {
            let data = match packet? {
                Packet::Data(data) => data,
                // Over http a line that names the service and a flush come first.
                _ if begun => break,
                _ => continue,
            };
            let line = packet::text(data);
            if let Some(said) = line.strip_prefix("ERR ") {
                return Err(Error::Remote(said.to_owned()));
            }
            if !begun && line.starts_with("# service=") {
                continue;
            }
            if !begun && line == "version 2" {
                greeting.v2 = true;
            } else if greeting.v2 {
                greeting.capabilities.push(line);
            } else if line != "version 1" {
                greeting.take_ref(&line, begun)?;
            }
            begun = true;
        }
        if greeting.value("object-format").is_some_and(|format| format != "sha1") {
            return Err(Error::Remote("its objects are named by SHA-256, which is not supported yet".to_owned()));
        }
        Ok(greeting)
    }

    /// `<id> <name>`, the first one with the capabilities behind a NUL.
    fn take_ref(&mut self, line: &str, begun: bool) -> Result<(), Error> {
        let (line, capabilities) = line.split_once('\0').unwrap_or((line, ""));
        if !begun || !capabilities.is_empty() {
            self.capabilities.extend(capabilities.split(' ').filter(|word| !word.is_empty()).map(str::to_owned));
        }
        let (id, name) = line.split_once(' ').ok_or(Error::Broken("a greeting"))?;
        // `shallow <id>`, `.have` and the stand-in of an empty repository are no refs.
        if id != "shallow" && name != ".have" && name != "capabilities^{}" {
            self.refs.insert(name.to_owned(), id.parse()?);
        }
        Ok(())
    }

    /// Whether the server can do something.
    pub(super) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// What it says about something: empty for a bare name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.capabilities.iter().find_map(|word| match word.split_once('=') {
            Some((key, value)) => (key == name).then_some(value),
            None => (word == name).then_some(""),
        })
    }

    /// Whether what it says about something has a word in it: `fetch=shallow filter`.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        self.value(name).is_some_and(|value| value.split(' ').any(|one| one == word))
    }

    /// Where HEAD leads, before version 2: `symref=HEAD:refs/heads/main`.
    pub(super) fn head(&self) -> Option<&str> {
        self.capabilities.iter().find_map(|word| word.strip_prefix("symref=HEAD:"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packets(lines: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in lines {
            if line.is_empty() {
                bytes.extend_from_slice(packet::FLUSH);
            } else {
                packet::write(&mut bytes, line);
            }
        }
        bytes
    }

    #[test]
    fn both_forms_are_read() {
        let service = "# service=git-upload-pack\n";
        let two = packets(&[
            service,
            "",
            "version 2\n",
            "agent=git/2.47\n",
            "fetch=shallow filter\n",
            "object-format=sha1\n",
            "",
        ]);
        let greeting = Greeting::parse(&two).unwrap();
        assert!(
            greeting.v2
                && greeting.lists("fetch", "filter")
                && !greeting.lists("fetch", "fil")
                && greeting.has("agent")
        );
        let id = "ce013625030ba8dba906f756967f9e9ca394464a";
        let first = format!("{id} HEAD\0ofs-delta symref=HEAD:refs/heads/main agent=git/1\n");
        let zero = packets(&[service, "", &first, &format!("{id} refs/heads/main\n"), &format!("{id} .have\n"), ""]);
        let greeting = Greeting::parse(&zero).unwrap();
        assert_eq!((greeting.v2, greeting.head(), greeting.refs.len()), (false, Some("refs/heads/main"), 2));
        assert!(greeting.has("ofs-delta"));
        let empty = packets(&[&format!("{} capabilities^{{}}\0report-status\n", ObjectId::ZERO), ""]);
        let greeting = Greeting::parse(&empty).unwrap();
        assert!(greeting.refs.is_empty() && greeting.has("report-status"));
    }

    #[test]
    fn refusals_and_odd_greetings_are_errors() {
        assert_eq!(
            Greeting::parse(&packets(&["ERR no such repository"])),
            Err(Error::Remote("no such repository".into()))
        );
        assert!(Greeting::parse(&packets(&["version 2\n", "object-format=sha256\n", ""])).is_err());
        for bad in [&b"<html>"[..], b"000dx HEAD\0\n0000", b"0005x"] {
            assert!(Greeting::parse(bad).is_err(), "{bad:?}");
        }
    }
}
