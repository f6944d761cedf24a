//! Reads packs, deltas resolved. Memory is bounded by [`Limits`], time by the pack's length and those limits.

use std::collections::HashMap;
use std::io::Read as _;

use flate2::bufread::ZlibDecoder;
use sha1::{Digest as _, Sha1};

use super::{NAMED_DELTA, OFFSET_DELTA};
use crate::delta;
use crate::error::Error;
use crate::object::{Kind, Object, ObjectId};

/// The objects of a pack by name.
pub type Objects = HashMap<ObjectId, Object>;

/// How much a pack may hold.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Objects.
    pub objects: u32,
    /// Bytes of all of them, uncompressed.
    pub bytes: usize,
}

const BROKEN: Error = Error::Broken("a pack");

/// Reads a pack. `elsewhere` finds objects that are not in it, for packs whose deltas lean on what the reader has.
pub fn read(pack: &[u8], limits: Limits, elsewhere: impl Fn(&ObjectId) -> Option<Object>) -> Result<Objects, Error> {
    let (body, trailer) = pack.split_last_chunk::<{ ObjectId::LENGTH }>().ok_or(BROKEN)?;
    let (header, entries) = body.split_first_chunk::<12>().ok_or(BROKEN)?;
    let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, count @ ..] = *header else { return Err(BROKEN) };
    if Sha1::digest(body).as_slice() != trailer {
        return Err(Error::Broken("a pack with a wrong checksum"));
    }
    let count = u32::from_be_bytes(count);
    if count > limits.objects {
        return Err(Error::TooLarge("a pack"));
    }
    let mut reader = Reader { left: limits.bytes, ..Reader::default() };
    let mut rest = entries;
    for _ in 0..count {
        let offset = entries.len() - rest.len();
        reader.entry(offset, &mut rest)?;
    }
    if !rest.is_empty() {
        return Err(BROKEN);
    }
    reader.lean_on(elsewhere)?;
    Ok(reader.objects)
}

/// What a delta leans on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    At(usize),
    Named(ObjectId),
}

#[derive(Default)]
struct Reader {
    objects: Objects,
    /// Names by offset.
    names: HashMap<usize, ObjectId>,
    /// Deltas whose base has not been seen, with their offsets.
    waiting: HashMap<Base, Vec<(usize, Vec<u8>)>>,
    /// How many more bytes may be held.
    left: usize,
}

impl Reader {
    fn entry(&mut self, offset: usize, rest: &mut &[u8]) -> Result<(), Error> {
        let (kind, size) = kind_and_size(rest)?;
        let base = match kind {
            OFFSET_DELTA => Some(Base::At(offset.checked_sub(distance(rest)?).ok_or(BROKEN)?)),
            NAMED_DELTA => {
                let (name, after) = rest.split_at_checked(ObjectId::LENGTH).ok_or(BROKEN)?;
                *rest = after;
                ObjectId::from_bytes(name).map(Base::Named)
            }
            _ => None,
        };
        let data = self.inflate(size, rest)?;
        let Some(base) = base else {
            let kind = match kind {
                1 => Kind::Commit,
                2 => Kind::Tree,
                3 => Kind::Blob,
                4 => Kind::Tag,
                _ => return Err(BROKEN),
            };
            return self.keep(offset, Object::new(kind, data));
        };
        match self.find(base) {
            Some(object) => {
                let made = self.carry_out(&object, &data)?;
                self.keep(offset, made)
            }
            None => {
                self.waiting.entry(base).or_default().push((offset, data));
                Ok(())
            }
        }
    }

    fn inflate(&mut self, size: usize, rest: &mut &[u8]) -> Result<Vec<u8>, Error> {
        self.spend(size)?;
        let mut data = Vec::with_capacity(size.min(1 << 20));
        let mut decoder = ZlibDecoder::new(*rest);
        // One byte more than promised, so that a stream that holds more is noticed, and the checksum at its end read.
        let limit = (size as u64).saturating_add(1);
        decoder.by_ref().take(limit).read_to_end(&mut data).map_err(|_| BROKEN)?;
        let used = usize::try_from(decoder.total_in()).map_err(|_| BROKEN)?;
        *rest = rest.get(used..).ok_or(BROKEN)?;
        if data.len() == size { Ok(data) } else { Err(BROKEN) }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Error> {
        self.left = self.left.checked_sub(bytes).ok_or(Error::TooLarge("a pack"))?;
        Ok(())
    }

    fn find(&self, base: Base) -> Option<Object> {
        let name = match base {
            Base::At(offset) => self.names.get(&offset)?,
            Base::Named(ref name) => name,
        };
        self.objects.get(name).cloned()
    }

    fn carry_out(&mut self, base: &Object, delta: &[u8]) -> Result<Object, Error> {
        self.spend(delta::result_size(delta)?)?;
        Ok(Object::new(base.kind, delta::apply(&base.data, delta)?))
    }

    /// Keeps an object and everything that waited for it, in a loop: chains of deltas can be long.
    fn keep(&mut self, offset: usize, object: Object) -> Result<(), Error> {
        let mut made = vec![(Some(offset), object)];
        while let Some((offset, object)) = made.pop() {
            let name = object.id();
            let at = offset.and_then(|offset| {
                self.names.insert(offset, name);
                self.waiting.remove(&Base::At(offset))
            });
            let named = self.waiting.remove(&Base::Named(name));
            for (offset, delta) in at.into_iter().chain(named).flatten() {
                made.push((Some(offset), self.carry_out(&object, &delta)?));
            }
            self.objects.insert(name, object);
        }
        Ok(())
    }

    /// Resolves what leans on objects that are not in the pack.
    fn lean_on(&mut self, elsewhere: impl Fn(&ObjectId) -> Option<Object>) -> Result<(), Error> {
        let named = |base: &Base| if let Base::Named(name) = base { Some(*name) } else { None };
        for name in self.waiting.keys().filter_map(named).collect::<Vec<_>>() {
            // It may have been made in the meantime, from another one.
            if !self.waiting.contains_key(&Base::Named(name)) {
                continue;
            }
            let Some(object) = elsewhere(&name) else { continue };
            for (offset, delta) in self.waiting.remove(&Base::Named(name)).unwrap_or_default() {
                let made = self.carry_out(&object, &delta)?;
                self.keep(offset, made)?;
            }
        }
        match self.waiting.keys().find_map(named) {
            Some(name) => Err(Error::Missing(name)),
            None if self.waiting.is_empty() => Ok(()),
            None => Err(BROKEN),
        }
    }
}

/// Kind and size: four bits of the size in the first byte, then seven a byte.
fn kind_and_size(input: &mut &[u8]) -> Result<(u8, usize), Error> {
    let (&first, rest) = input.split_first().ok_or(BROKEN)?;
    *input = rest;
    let (mut byte, mut size, mut shift) = (first, u64::from(first & 0x0f), 4);
    while byte & 0x80 != 0 {
        let (&next, rest) = input.split_first().ok_or(BROKEN)?;
        if shift > 39 {
            return Err(BROKEN);
        }
        size |= u64::from(next & 0x7f) << shift;
        (byte, shift, *input) = (next, shift + 7, rest);
    }
    Ok((first >> 4 & 7, usize::try_from(size).map_err(|_| BROKEN)?))
}

/// How far back a delta's base begins: seven bits a byte, highest first, each continued byte counting one more.
fn distance(input: &mut &[u8]) -> Result<usize, Error> {
    let mut distance = 0usize;
    for place in 0..6 {
        let (&byte, rest) = input.split_first().ok_or(BROKEN)?;
        *input = rest;
        if place > 0 {
            distance = distance.checked_add(1).ok_or(BROKEN)?;
        }
        distance = distance.checked_mul(0x80).ok_or(BROKEN)? | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Ok(distance);
        }
    }
    Err(BROKEN)
}
