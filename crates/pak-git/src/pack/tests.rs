//! Packs as servers send them, and as nobody should.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use sha1::{Digest as _, Sha1};

use super::*;
use crate::error::Error;
use crate::object::{Kind, Object, ObjectId};

const LIMITS: Limits = Limits { objects: 100, bytes: 1 << 20 };

fn none(_: &ObjectId) -> Option<Object> {
    None
}

fn blob(text: &str) -> Object {
    Object::new(Kind::Blob, text.as_bytes().to_vec())
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A pack of entries written by hand: kind and size, what names the base, data.
fn pack(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&u32::try_from(entries.len()).unwrap().to_be_bytes());
    pack.extend(entries.iter().flatten());
    let trailer = Sha1::digest(&pack);
    pack.extend_from_slice(&trailer);
    pack
}

fn entry(kind: u8, base: &[u8], data: &[u8]) -> Vec<u8> {
    assert!(data.len() < 16, "one byte of header");
    let mut entry = vec![kind << 4 | u8::try_from(data.len()).unwrap()];
    entry.extend_from_slice(base);
    entry.extend(zlib(data));
    entry
}

/// From `hello world` to `hello you`.
const DELTA: &[u8] = &[11, 9, 0x90, 6, 3, b'y', b'o', b'u'];

#[test]
fn what_is_written_is_read() {
    let long = Object::new(Kind::Tree, vec![b'x'; 300_000]);
    let objects = [blob("hello world"), blob(""), long, Object::new(Kind::Commit, Bytes::from_static(b"c"))];
    let read = read(&write(objects.iter()).unwrap(), LIMITS, none).unwrap();
    assert_eq!(read.len(), 4);
    assert!(objects.iter().all(|object| read.get(&object.id()) == Some(object)));
}

#[test]
fn deltas_lean_back_forward_and_on_what_is_elsewhere() {
    let (world, you) = (blob("hello world"), blob("hello you"));
    let name = world.id();
    let whole = entry(3, &[], b"hello world");
    let back = u8::try_from(whole.len()).unwrap();
    let by_offset = pack(&[whole.clone(), entry(OFFSET_DELTA, &[back], DELTA)]);
    let by_name = pack(&[entry(NAMED_DELTA, name.as_bytes(), DELTA), whole]);
    for pack in [by_offset, by_name] {
        let read = read(&pack, LIMITS, none).unwrap();
        assert_eq!((read.len(), read.get(&you.id())), (2, Some(&you)));
    }
    let thin = pack(&[entry(NAMED_DELTA, name.as_bytes(), DELTA)]);
    assert_eq!(read(&thin, LIMITS, none), Err(Error::Missing(name)));
    let read = read(&thin, LIMITS, |id| (*id == name).then(|| world.clone())).unwrap();
    assert_eq!(read.into_values().collect::<Vec<_>>(), [you]);
}

#[test]
fn a_delta_may_lean_on_a_delta_that_waits() {
    let named = entry(NAMED_DELTA, blob("hello world").id().as_bytes(), DELTA);
    let back = u8::try_from(named.len()).unwrap();
    // From `hello you` to `you`.
    let second = entry(OFFSET_DELTA, &[back], &[9, 3, 0x91, 6, 3]);
    let pack = pack(&[named.clone(), second.clone(), entry(3, &[], b"hello world")]);
    assert!(read(&pack, LIMITS, none).unwrap().contains_key(&blob("you").id()));
    let thin = self::pack(&[named, second]);
    let world = |id: &ObjectId| (*id == blob("hello world").id()).then(|| blob("hello world"));
    assert!(read(&thin, LIMITS, world).unwrap().contains_key(&blob("you").id()));
}

#[test]
fn packs_larger_than_the_limits_are_refused() {
    let objects = [blob("hello world"), blob("x")];
    let pack_of_two = write(objects.iter()).unwrap();
    let too_large = Err(Error::TooLarge("a pack"));
    assert_eq!(read(&pack_of_two, Limits { objects: 1, bytes: 100 }, none), too_large);
    assert_eq!(read(&pack_of_two, Limits { objects: 2, bytes: 11 }, none), too_large);
    assert_eq!(read(&pack_of_two, Limits { objects: 2, bytes: 12 }, none).unwrap().len(), 2);
    let mut bomb = vec![0xbf, 0xff, 0xff, 0xff, 0x7f];
    bomb.extend(zlib(b"x"));
    assert_eq!(read(&pack(&[bomb]), LIMITS, none), too_large, "a size that is only claimed is not allocated");
}

#[test]
fn odd_packs_are_errors() {
    let good = write([blob("hello world")].iter()).unwrap();
    for length in 0..good.len() {
        assert!(read(&good[..length], LIMITS, none).is_err(), "cut after {length}");
    }
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x10;
        assert!(read(&bad, LIMITS, none).is_err(), "byte {place}");
    }
    let whole = entry(3, &[], b"hello world");
    for (why, entries) in [
        ("no such kind", vec![entry(5, &[], b"x")]),
        ("no such kind", vec![entry(0, &[], b"x")]),
        ("the base is before the pack", vec![entry(OFFSET_DELTA, &[100], DELTA)]),
        ("the base is the delta itself", vec![entry(OFFSET_DELTA, &[0], DELTA)]),
        ("the base is in the middle of an object", vec![whole.clone(), entry(OFFSET_DELTA, &[3], DELTA)]),
        ("an offset without end", vec![whole.clone(), entry(OFFSET_DELTA, &[0xff; 9], DELTA)]),
        ("a size without end", vec![vec![0xff; 40]]),
        ("more data than its header says", vec![[&[0x31][..], &zlib(b"hello")].concat()]),
        ("less data than its header says", vec![[&[0x39][..], &zlib(b"hello")].concat()]),
        ("no zlib stream", vec![[&[0x39][..], b"hello hello hello"].concat()]),
    ] {
        assert!(read(&pack(&entries), LIMITS, none).is_err(), "{why}");
    }
    let mut longer = pack(&[whole]);
    longer.truncate(longer.len() - ObjectId::LENGTH);
    longer.push(1);
    let trailer = Sha1::digest(&longer);
    longer.extend_from_slice(&trailer);
    assert!(read(&longer, LIMITS, none).is_err(), "bytes after the last object");
}

/// Packs with a right checksum and wrong bytes inside: whatever is read, it ends, within the limits and without a panic.
#[test]
fn changed_packs_end_somehow() {
    let whole = entry(3, &[], b"hello world");
    let back = u8::try_from(whole.len()).unwrap();
    let named = entry(NAMED_DELTA, blob("hello world").id().as_bytes(), DELTA);
    let good = pack(&[whole, entry(OFFSET_DELTA, &[back], DELTA), named]);
    let body = good.len() - ObjectId::LENGTH;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % 1_000_003).unwrap()
    };
    let mut read_whole = 0;
    for _ in 0..20_000 {
        let mut bad = good[..body].to_vec();
        for _ in 0..=next() % 3 {
            let place = next() % body;
            bad[place] = u8::try_from(next() % 256).unwrap();
        }
        let trailer = Sha1::digest(&bad);
        bad.extend_from_slice(&trailer);
        if let Ok(objects) = read(&bad, LIMITS, none) {
            read_whole += 1;
            assert!(objects.iter().all(|(id, object)| object.id() == *id));
        }
    }
    assert!(read_whole > 0, "some changes change nothing, or only what is inside an object");
}
