//! RPM packages: an OpenPGP signature over the header, in the signature header before it. The header names the digest of the
//! payload, so that all of the package is covered.

use jiff::Timestamp;
use pak_model::{Digests, Problem, Result, code};

use super::invalid;
use crate::openpgp::{self, Certificate, SecretKey};
use crate::verify::{Content, Kind, Verified};

const LEAD: usize = 96;
const LEAD_MAGIC: &[u8] = &[0xed, 0xab, 0xee, 0xdb];
const HEADER_MAGIC: &[u8] = &[0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0];
const ENTRY: usize = 16;
/// More entries than this, or more data, are no header.
const LIMIT: usize = 256 << 20;

/// The entry that holds all others of a signature header together.
const REGION: u32 = 62;
/// Over the header, by keys that are not RSA.
const SIGNATURE: u32 = 267;
/// Over the header, by RSA keys.
const SIGNATURE_RSA: u32 = 268;
/// Signatures over header and payload, of old; and space kept for signatures.
const OUTDATED: [u32; 3] = [1002, 1005, 1008];
const PAYLOAD_DIGEST: u32 = 5092;
const PAYLOAD_DIGEST_ALGORITHM: u32 = 5093;
const SHA256: u32 = 8;

const INT32: u32 = 4;
const BINARY: u32 = 7;

struct Entry<'a> {
    tag: u32,
    kind: u32,
    count: u32,
    data: &'a [u8],
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
}

/// A header's entries, and how long it is.
fn header(bytes: &[u8]) -> Option<(Vec<Entry<'_>>, usize)> {
    bytes.starts_with(HEADER_MAGIC).then_some(())?;
    let (entries, size) = (number(bytes, 8)? as usize, number(bytes, 12)? as usize);
    (entries <= LIMIT / ENTRY && size <= LIMIT).then_some(())?;
    let start = 16 + entries * ENTRY;
    let (index, data) = (bytes.get(16..start)?, bytes.get(start..start + size)?);
    let entries = index.chunks_exact(ENTRY).map(|entry| {
        let (kind, offset, count) = (number(entry, 4)?, number(entry, 8)?, number(entry, 12)?);
        let data = data.get(offset as usize..)?;
        let length = match kind {
            0..=2 | BINARY => count as usize,
            3 => (count as usize).checked_mul(2)?,
            INT32 => (count as usize).checked_mul(4)?,
            5 => (count as usize).checked_mul(8)?,
            6 | 8 | 9 => {
                let ends = data.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(at, _)| at + 1);
                ends.take(count as usize).last().unwrap_or(0)
            }
            _ => return None,
        };
        Some(Entry { tag: number(entry, 0)?, kind, count, data: data.get(..length)? })
    });
    Some((entries.collect::<Option<_>>()?, start + size))
}

struct Parts<'a> {
    lead: &'a [u8],
    signatures: Vec<Entry<'a>>,
    /// The header's bytes: what is signed.
    header: &'a [u8],
    entries: Vec<Entry<'a>>,
    payload: &'a [u8],
}

fn parts(package: &[u8]) -> Result<Parts<'_>> {
    let parse = || {
        let (lead, rest) = package.split_at_checked(LEAD).filter(|(lead, _)| lead.starts_with(LEAD_MAGIC))?;
        let (signatures, size) = header(rest)?;
        // Only the header after it begins at a multiple of eight.
        let rest = rest.get(size.next_multiple_of(8)..)?;
        let (entries, size) = header(rest)?;
        let (header, payload) = rest.split_at_checked(size)?;
        Some(Parts { lead, signatures, header, entries, payload })
    };
    parse().ok_or_else(|| invalid("RPM", "its headers are damaged"))
}

impl Parts<'_> {
    /// Whether the header names this payload's digest.
    fn check(&self, name: &str) -> Result<()> {
        let entry = |tag: u32| self.entries.iter().find(|entry| entry.tag == tag);
        let algorithm = entry(PAYLOAD_DIGEST_ALGORITHM).filter(|entry| entry.kind == INT32);
        let digest = entry(PAYLOAD_DIGEST).map(|entry| entry.data.split(|byte| *byte == 0).next().unwrap_or_default());
        let (Some(SHA256), Some(digest)) = (algorithm.and_then(|entry| number(entry.data, 0)), digest) else {
            let message =
                format!("The header of {name} does not name its payload's SHA-256, so nothing covers the payload.");
            return Err(Problem::new(code::signing::DIGEST_WRONG, message)
                .about("file", name)
                .next("Build the package with rpm 4.14 or newer."));
        };
        if Digests::of(self.payload).sha256.is_some_and(|own| own.as_bytes() == digest) {
            return Ok(());
        }
        let message = format!("The payload of {name} is not the one that its header names.");
        Err(Problem::new(code::signing::DIGEST_WRONG, message).about("file", name))
    }
}

/// The package with a signature over its header. Signatures that it had are replaced.
pub fn sign(package: &[u8], key: &SecretKey, time: Timestamp) -> Result<Vec<u8>> {
    let parts = parts(package)?;
    parts.check("the package")?;
    let signature = key.sign(parts.header, time)?.to_bytes()?;
    let tag = if key.is_rsa() { SIGNATURE_RSA } else { SIGNATURE };
    let count = u32::try_from(signature.len()).unwrap_or_default();
    let replaced =
        |entry: &Entry<'_>| [REGION, SIGNATURE, SIGNATURE_RSA].contains(&entry.tag) || OUTDATED.contains(&entry.tag);
    let mut entries: Vec<_> = parts.signatures.into_iter().filter(|entry| !replaced(entry)).collect();
    entries.push(Entry { tag, kind: BINARY, count, data: &signature });
    entries.sort_by_key(|entry| entry.tag);
    let header = write(&entries);
    let padding = vec![0; header.len().next_multiple_of(8) - header.len()];
    Ok([parts.lead, &header, &padding, parts.header, parts.payload].concat())
}

/// A signature header of entries. Its region's own data is the last of it: an entry that points back over the whole index.
fn write(entries: &[Entry<'_>]) -> Vec<u8> {
    let count = u32::try_from(entries.len() + 1).unwrap_or_default();
    let index_size = count * 16;
    let (mut index, mut data) = (Vec::new(), Vec::<u8>::new());
    let put = |index: &mut Vec<u8>, numbers: [u32; 4]| index.extend(numbers.into_iter().flat_map(u32::to_be_bytes));
    for entry in entries {
        let alignment = match entry.kind {
            3 => 2,
            INT32 => 4,
            5 => 8,
            _ => 1,
        };
        data.resize(data.len().next_multiple_of(alignment), 0);
        put(&mut index, [entry.tag, entry.kind, u32::try_from(data.len()).unwrap_or_default(), entry.count]);
        data.extend_from_slice(entry.data);
    }
    let mut region = Vec::new();
    put(&mut region, [REGION, BINARY, u32::try_from(data.len()).unwrap_or_default(), 16]);
    put(&mut data, [REGION, BINARY, index_size.wrapping_neg(), 16]);
    let mut sizes = Vec::new();
    sizes.extend(count.to_be_bytes());
    sizes.extend(u32::try_from(data.len()).unwrap_or_default().to_be_bytes());
    [HEADER_MAGIC, &sizes, &region, &index, &data].concat()
}

/// Verifies a package by its signature over the header, and the payload by the header.
pub fn verify(content: Content<'_>, keys: &[Certificate], at: Timestamp) -> Result<Verified> {
    let parts = parts(content.bytes)?;
    let mut first = None;
    let own = |entry: &&Entry<'_>| [SIGNATURE, SIGNATURE_RSA].contains(&entry.tag) && entry.kind == BINARY;
    for entry in parts.signatures.iter().filter(own) {
        match openpgp::verify(Content { bytes: parts.header, ..content }, entry.data, keys, at) {
            Ok(verified) => {
                parts.check(content.name)?;
                return Ok(Verified { kind: Kind::Rpm, what: content.to_string(), ..verified });
            }
            Err(problem) => {
                first.get_or_insert(problem);
            }
        }
    }
    let unsigned =
        || Problem::new(code::signing::UNSIGNED, format!("{} holds no signature of its header.", content.name));
    Err(first.unwrap_or_else(unsigned))
}
