//! Verifies detached signatures and signed texts.

use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use pgp::composed::{CleartextSignedMessage, Deserializable as _, DetachedSignature};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PacketTrait as _, Signature, SignatureType, SubpacketData};
use pgp::types::{Fingerprint, KeyDetails, KeyId};

use super::validity::{self, Part};
use super::{Certificate, armor, id};
use crate::verify::{Content, Kind, Verified};

/// Longer signatures are none.
const LIMIT: usize = 1 << 20;
/// How far clocks may differ.
const SLACK: i64 = 24 * 60 * 60;

fn invalid(why: &str) -> Problem {
    Problem::new(code::signing::SIGNATURE_INVALID, format!("The OpenPGP signature cannot be used: {why}."))
}

/// Verifies a detached signature, armoured or binary, as of a time. Of several, one by a known key that counts is enough.
pub fn verify(content: Content<'_>, signature: &[u8], keys: &[Certificate], at: Timestamp) -> Result<Verified> {
    if signature.len() > LIMIT {
        return Err(invalid("it is too large"));
    }
    let bytes = armor::signature(signature)?;
    let found: pgp::errors::Result<Vec<_>> =
        DetachedSignature::from_bytes_many(bytes.as_slice()).and_then(Iterator::collect);
    let found = found.map_err(|error| invalid("it is damaged").cause(&error))?;
    exact(found.iter().map(|one| &one.signature), &bytes)?;
    any(found.iter().map(|one| &one.signature), content, content.bytes, keys, at)
}

/// Verifies a signed text, and returns what was signed of it: nothing else of the file may be believed.
pub fn verify_text(name: &str, message: &str, keys: &[Certificate], at: Timestamp) -> Result<(String, Verified)> {
    let (before, rest) = message.split_once("-----BEGIN PGP SIGNATURE-----").unwrap_or_default();
    if before.is_empty() {
        return Err(invalid("the text has none"));
    }
    // The block's own checksum, and that nothing follows it.
    let bytes = armor::signature(format!("-----BEGIN PGP SIGNATURE-----{rest}").as_bytes())?;
    let (parsed, _) =
        CleartextSignedMessage::from_string(message).map_err(|error| invalid("it is damaged").cause(&error))?;
    exact(parsed.signatures().iter(), &bytes)?;
    let signed = parsed.signed_text();
    let text = signed.replace("\r\n", "\n");
    let content = Content { name, bytes: text.as_bytes() };
    let verified = any(parsed.signatures().iter(), content, signed.as_bytes(), keys, at)?;
    Ok((text, verified))
}

/// Whether the signatures are written as they would be anew: the library overlooks lengths that do not fit.
fn exact<'a>(signatures: impl Iterator<Item = &'a Signature>, bytes: &[u8]) -> Result<()> {
    let mut written = Vec::with_capacity(bytes.len());
    for signature in signatures {
        signature.to_writer_with_header(&mut written).map_err(|error| invalid("it is damaged").cause(&error))?;
    }
    if written == bytes { Ok(()) } else { Err(invalid("it is damaged")) }
}

fn any<'a>(
    signatures: impl Iterator<Item = &'a Signature>,
    content: Content<'_>,
    signed: &[u8],
    keys: &[Certificate],
    at: Timestamp,
) -> Result<Verified> {
    let mut first = None;
    for signature in signatures {
        match one(signature, content, signed, keys, at) {
            Ok(verified) => return Ok(verified),
            Err(problem) => {
                first.get_or_insert(problem);
            }
        }
    }
    Err(first.unwrap_or_else(|| invalid("there is none in it")))
}

fn one(
    signature: &Signature,
    content: Content<'_>,
    signed: &[u8],
    keys: &[Certificate],
    at: Timestamp,
) -> Result<Verified> {
    acceptable(signature)?;
    let hints = Hints::of(signature);
    let made = signature.created().and_then(|time| Timestamp::from_second(i64::from(time.as_secs())).ok());
    let made = made.ok_or_else(|| invalid("it does not say when it was made"))?;
    let mut candidate = false;
    for Certificate(key) in keys {
        let primary = hints.fit(&key.primary_key).then_some(Part::Primary);
        let subkeys = key.public_subkeys.iter().filter(|subkey| hints.fit(&subkey.key)).map(Part::Subkey);
        for part in primary.into_iter().chain(subkeys) {
            candidate = true;
            let (is_of, id) = match part {
                Part::Primary => (signature.verify(&key.primary_key, signed).is_ok(), id(&key.primary_key)),
                Part::Subkey(subkey) => (signature.verify(&subkey.key, signed).is_ok(), id(&subkey.key)),
            };
            if !is_of {
                continue;
            }
            validity::check(key, &part, made, at)?;
            lifetime(signature, made, at)?;
            let owner = validity::owner(key).map(|owner| format!(" ({owner})")).unwrap_or_default();
            let verified = Verified::new(Kind::Openpgp, format!("key {id}{owner}"), content).at(Some(made));
            return Ok(match part {
                Part::Primary => verified,
                Part::Subkey(_) => verified.note(format!("a subkey of {}", super::id(&key.primary_key))),
            });
        }
    }
    if candidate {
        let message = format!("The OpenPGP signature by key {hints} is not of this {}.", content.name);
        return Err(Problem::new(code::signing::SIGNATURE_WRONG, message).about("file", content.name));
    }
    let message = format!("{} is signed by the OpenPGP key {hints}, which is none of those given.", content.name);
    Err(Problem::new(code::signing::KEY_UNKNOWN, message).about("key", hints))
}

/// Refuses kinds that are not of files, digests that can be forged, and what stands in a signature without being signed.
fn acceptable(signature: &Signature) -> Result<()> {
    if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) {
        return Err(invalid("it is not of a file"));
    }
    if matches!(signature.hash_alg(), None | Some(HashAlgorithm::Md5 | HashAlgorithm::Sha1 | HashAlgorithm::Ripemd160))
    {
        return Err(invalid("its digest can be forged"));
    }
    let unsigned = signature.config().map(|config| config.unhashed_subpackets.as_slice()).unwrap_or_default();
    let is_hint =
        |data: &SubpacketData| matches!(data, SubpacketData::IssuerKeyId(_) | SubpacketData::IssuerFingerprint(_));
    if unsigned.iter().any(|one| one.is_critical || !is_hint(&one.data)) {
        return Err(invalid("it holds claims that are not signed"));
    }
    Ok(())
}

/// A signature may end by itself; none comes from the future.
fn lifetime(signature: &Signature, made: Timestamp, at: Timestamp) -> Result<()> {
    let problem = |text: String| Problem::new(code::signing::KEY_EXPIRED, text);
    if made.as_second() > at.as_second() + SLACK {
        return Err(problem(format!("The OpenPGP signature says it was made on {made}, which is still to come.")));
    }
    let lifetime = signature.signature_expiration_time().map_or(0, pgp::types::Duration::as_secs);
    let end = made.as_second() + i64::from(lifetime);
    if lifetime > 0 && at.as_second() >= end {
        let end = Timestamp::from_second(end).map(|end| end.to_string()).unwrap_or_default();
        return Err(problem(format!("The OpenPGP signature itself expired on {end}.")));
    }
    Ok(())
}

/// What a signature says of its key.
struct Hints<'a> {
    ids: Vec<&'a KeyId>,
    fingerprints: Vec<&'a Fingerprint>,
}

impl<'a> Hints<'a> {
    fn of(signature: &'a Signature) -> Self {
        Self { ids: signature.issuer_key_id(), fingerprints: signature.issuer_fingerprint() }
    }

    /// Whether all of it is of this key; a signature that says nothing may be by any.
    fn fit(&self, key: &impl KeyDetails) -> bool {
        let (id, fingerprint) = (key.legacy_key_id(), key.fingerprint());
        self.ids.iter().all(|one| **one == id) && self.fingerprints.iter().all(|one| **one == fingerprint)
    }
}

impl std::fmt::Display for Hints<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.fingerprints.first(), self.ids.first()) {
            (Some(fingerprint), _) => f.write_str(&hex::encode_upper(fingerprint.as_bytes())),
            (None, Some(id)) => f.write_str(&hex::encode_upper(id.as_ref())),
            (None, None) => f.write_str("without name"),
        }
    }
}
