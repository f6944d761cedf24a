//! One line: the event as JSON, a space, and 16 hex digits of the JSON's SHA-256.

use pak_model::Digests;
use pak_model::event::Event;

/// The line of an event, with its line feed.
pub(super) fn encode(event: &Event) -> serde_json::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(event)?;
    let sum = checksum(&line);
    line.push(b' ');
    line.extend_from_slice(sum.as_bytes());
    line.push(b'\n');
    Ok(line)
}

/// Why a line is not an event.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// Cut short or altered.
    Damaged,
    /// Whole, but of a form this version does not know; the parser's words.
    Unknown(String),
}

/// The event of a line without its line feed.
pub(super) fn decode(line: &[u8]) -> Result<Event, Bad> {
    let split = line.len().checked_sub(17).ok_or(Bad::Damaged)?;
    let (json, sum) = line.split_at(split);
    if sum.first() != Some(&b' ') || checksum(json).as_bytes() != sum.get(1..).unwrap_or_default() {
        return Err(Bad::Damaged);
    }
    serde_json::from_slice(json).map_err(|error| Bad::Unknown(error.to_string()))
}

fn checksum(json: &[u8]) -> String {
    let mut hex = Digests::of(json).sha256.unwrap_or_default();
    hex.truncate(16);
    hex
}

#[cfg(test)]
mod tests {
    use super::*;
    use pak_model::event::{Body, Fact};
    use proptest::prelude::*;

    fn event(step: &str) -> Event {
        Event {
            run: uuid::Uuid::nil(),
            seq: 3,
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            body: Body::Fact(Fact::StepStarted { step: step.to_owned() }),
        }
    }

    proptest! {
        #[test]
        fn lines_round_trip(step in ".*") {
            let line = encode(&event(&step)).unwrap();
            prop_assert_eq!(decode(&line[..line.len() - 1]), Ok(event(&step)));
            prop_assert_eq!(line.iter().position(|byte| *byte == b'\n'), Some(line.len() - 1));
        }

        #[test]
        fn every_cut_and_every_changed_byte_is_noticed(cut in 0usize..150, flip in 0usize..150) {
            let line = encode(&event("npm/js")).unwrap();
            let line = &line[..line.len() - 1];
            if cut < line.len() {
                prop_assert_eq!(decode(&line[..cut]), Err(Bad::Damaged));
            }
            let mut changed = line.to_vec();
            let at = flip % changed.len();
            changed[at] ^= 1;
            prop_assert_eq!(decode(&changed), Err(Bad::Damaged));
        }
    }
}
