//! Packet lines, the frame of every conversation: four hex digits of length (themselves included), then data.

use crate::error::Error;

/// Ends a message.
pub const FLUSH: &[u8] = b"0000";
/// Stands between the parts of a message.
pub const DELIMITER: &[u8] = b"0001";
/// The most data a packet holds.
pub const LONGEST: usize = 65_516;
/// How much of what a server tells people is kept.
const MESSAGES: usize = 8 << 10;

/// A packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0000`.
    Flush,
    /// `0001`.
    Delimiter,
    /// `0002`.
    End,
    /// Everything else.
    Data(&'a [u8]),
}

/// Appends a packet. Data longer than [`LONGEST`] is cut there: lines are short, unless the other side's words are repeated.
pub fn write(out: &mut Vec<u8>, data: impl AsRef<[u8]>) {
    let data = data.as_ref();
    let data = data.get(..LONGEST).unwrap_or(data);
    out.extend_from_slice(format!("{:04x}", data.len() + 4).as_bytes());
    out.extend_from_slice(data);
}

/// Appends data of a side band in as many packets as it takes: 1 is the answer itself, 2 is for people, 3 ends it.
pub fn write_band(out: &mut Vec<u8>, band: u8, data: &[u8]) {
    for chunk in data.chunks(LONGEST - 1) {
        out.extend_from_slice(format!("{:04x}", chunk.len() + 5).as_bytes());
        out.push(band);
        out.extend_from_slice(chunk);
    }
}

/// What a packet's first four bytes say: the length of its data, or one of the special packets.
pub fn header(digits: [u8; 4]) -> Result<Result<usize, Packet<'static>>, Error> {
    let broken = Error::Broken("a packet line");
    let length = std::str::from_utf8(&digits)
        .ok()
        .filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))
        .and_then(|text| usize::from_str_radix(text, 16).ok());
    match length {
        Some(0) => Ok(Err(Packet::Flush)),
        Some(1) => Ok(Err(Packet::Delimiter)),
        Some(2) => Ok(Err(Packet::End)),
        Some(length) if (4..=LONGEST + 4).contains(&length) => Ok(Ok(length - 4)),
        _ => Err(broken),
    }
}

/// Reads packets one after the other. Ends after an error.
#[derive(Debug, Clone)]
pub struct Packets<'a>(&'a [u8]);

impl<'a> Packets<'a> {
    /// The packets of bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    fn read(&mut self) -> Result<Packet<'a>, Error> {
        let (digits, rest) = self.0.split_first_chunk::<4>().ok_or(Error::Broken("a packet line"))?;
        let length = match header(*digits)? {
            Err(special) => {
                self.0 = rest;
                return Ok(special);
            }
            Ok(length) => length,
        };
        let (data, rest) = rest.split_at_checked(length).ok_or(Error::Broken("a packet line that breaks off"))?;
        self.0 = rest;
        Ok(Packet::Data(data))
    }
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let packet = self.read();
        if packet.is_err() {
            self.0 = &[];
        }
        Some(packet)
    }
}

/// A packet's data as a line of text.
pub fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data.strip_suffix(b"\n").unwrap_or(data)).into_owned()
}

/// The side bands of an answer, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Bands {
    /// The answer itself.
    pub data: Vec<u8>,
    /// What is for people: progress, and what hooks print.
    pub messages: String,
}

/// Takes side bands apart, up to a flush or the end. A message of the third band is [`Error::Remote`].
pub fn bands(packets: &mut Packets<'_>) -> Result<Bands, Error> {
    let mut bands = Bands::default();
    for packet in packets {
        let Packet::Data(data) = packet? else { break };
        match data.split_first() {
            Some((1, data)) => bands.data.extend_from_slice(data),
            Some((2, data)) if bands.messages.len() < MESSAGES => {
                bands.messages.push_str(&String::from_utf8_lossy(data));
            }
            Some((2, _)) => {}
            Some((3, data)) => return Err(Error::Remote(text(data))),
            _ => return Err(Error::Broken("a side band")),
        }
    }
    Ok(bands)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_round_trip() {
        let mut bytes = Vec::new();
        write(&mut bytes, "hello\n");
        write(&mut bytes, "");
        bytes.extend_from_slice(DELIMITER);
        bytes.extend_from_slice(FLUSH);
        assert_eq!(bytes, b"000ahello\n000400010000");
        let read: Vec<_> = Packets::new(&bytes).collect::<Result<_, _>>().unwrap();
        let mut long = Vec::new();
        write(&mut long, vec![b'x'; LONGEST + 1]);
        assert!(long.starts_with(b"fff0x") && long.len() == LONGEST + 4);
        assert_eq!(read, [Packet::Data(b"hello\n"), Packet::Data(b""), Packet::Delimiter, Packet::Flush]);
    }

    #[test]
    fn bands_are_split_and_joined() {
        let data: Vec<u8> = (0..200_000u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut bytes = Vec::new();
        write_band(&mut bytes, 2, b"counting\n");
        write_band(&mut bytes, 1, &data);
        bytes.extend_from_slice(FLUSH);
        bytes.extend_from_slice(b"0008more");
        let mut packets = Packets::new(&bytes);
        let read = bands(&mut packets).unwrap();
        assert_eq!((read.data, read.messages.as_str()), (data, "counting\n"));
        assert_eq!(packets.next(), Some(Ok(Packet::Data(b"more"))));
        let mut bytes = Vec::new();
        write_band(&mut bytes, 3, b"no space left\n");
        assert_eq!(bands(&mut Packets::new(&bytes)), Err(Error::Remote("no space left".into())));
    }

    #[test]
    fn odd_packets_are_errors() {
        for bad in [&b"0003"[..], b"00", b"zzzz", b"+00a1234567", b"000ahell", b"fff1", b"fffff"] {
            let mut packets = Packets::new(bad);
            assert!(packets.next().unwrap().is_err(), "{bad:?}");
            assert_eq!(packets.next(), None, "nothing after an error");
        }
    }
}
