//! Whether a part of a certificate could sign at a time: bound to its primary key, made for signing, neither expired nor revoked.

use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use pgp::composed::{SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{KeyFlags, RevocationCode, Signature, SignatureType};
use pgp::types::{KeyDetails as _, Tag};

use super::id;

/// The part of a certificate that a signature is by.
pub(super) enum Part<'a> {
    Primary,
    Subkey(&'a SignedPublicSubKey),
}

/// Certifications that a key makes of its own names.
fn is_certification(signature: &Signature) -> bool {
    use SignatureType::{CertCasual, CertGeneric, CertPersona, CertPositive};
    matches!(signature.typ(), Some(CertGeneric | CertPersona | CertCasual | CertPositive))
}

/// The newest of signatures that were made by a time.
fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>, at: Timestamp) -> Option<&'a Signature> {
    signatures.filter(|one| created(one) <= at.as_second()).max_by_key(|one| created(one))
}

fn created(signature: &Signature) -> i64 {
    signature.created().map_or(i64::MAX, |time| i64::from(time.as_secs()))
}

/// Signatures by which the key describes itself, each checked.
fn self_signatures(key: &SignedPublicKey) -> impl Iterator<Item = &Signature> {
    let primary = &key.primary_key;
    let direct = key.details.direct_signatures.iter();
    let direct = direct.filter(|one| one.typ() == Some(SignatureType::Key) && one.verify_key(primary).is_ok());
    let named = key.details.users.iter().flat_map(move |user| {
        let own = move |one: &&Signature| {
            is_certification(one) && one.verify_certification(primary, Tag::UserId, &user.id).is_ok()
        };
        user.signatures.iter().filter(own)
    });
    direct.chain(named)
}

/// The owner by name: of the names that the key itself certifies the one marked as primary, or the first.
pub(super) fn owner(key: &SignedPublicKey) -> Option<String> {
    let certified = key.details.users.iter().filter(|user| {
        let own = |one: &Signature| {
            is_certification(one) && one.verify_certification(&key.primary_key, Tag::UserId, &user.id).is_ok()
        };
        user.signatures.iter().any(own)
    });
    let user = certified.max_by_key(|user| user.is_primary())?;
    Some(String::from_utf8_lossy(user.id.id()).escape_debug().to_string())
}

/// Why a signature by this part, made at one time, does not count at another; the problem says it.
pub(super) fn check(key: &SignedPublicKey, part: &Part<'_>, signed: Timestamp, at: Timestamp) -> Result<()> {
    let primary = &key.primary_key;
    let unfit = |id: String, why: &str| {
        Problem::new(code::signing::KEY_UNFIT, format!("The OpenPGP key {id} {why}.")).about("key", id)
    };
    let own = newest(self_signatures(key), at)
        .ok_or_else(|| unfit(id(primary), "is not confirmed by a signature of its own"))?;
    let revocations = key.details.revocation_signatures.iter();
    let revocations = revocations.filter(|one| one.verify_key(primary).is_ok());
    revoked(revocations, &id(primary), signed)?;
    let lifetime = own.key_expiration_time().map(pgp::types::Duration::as_secs);
    expired(&id(primary), primary.created_at().as_secs(), lifetime, signed, at)?;
    let Part::Subkey(subkey) = part else {
        let flags = own.key_flags();
        // Very old keys say nothing of what they are for.
        let may = flags.sign() || flags == KeyFlags::default();
        return if may { Ok(()) } else { Err(unfit(id(primary), "is not made for signing")) };
    };
    let of_kind = |kind: SignatureType| {
        let signatures = subkey.signatures.iter();
        signatures.filter(move |one| one.typ() == Some(kind) && one.verify_subkey_binding(primary, &subkey.key).is_ok())
    };
    let subkey_id = id(&subkey.key);
    let binding = newest(of_kind(SignatureType::SubkeyBinding), at)
        .ok_or_else(|| unfit(subkey_id.clone(), "is not bound to its primary key"))?;
    revoked(of_kind(SignatureType::SubkeyRevocation), &subkey_id, signed)?;
    let lifetime = binding.key_expiration_time().map(pgp::types::Duration::as_secs);
    expired(&subkey_id, subkey.key.created_at().as_secs(), lifetime, signed, at)?;
    if !binding.key_flags().sign() {
        return Err(unfit(subkey_id, "is not made for signing"));
    }
    // Without the subkey's own consent a stranger's signing key could be bound, and its signatures claimed.
    let consent = binding.embedded_signature();
    match consent.filter(|one| one.verify_primary_key_binding(&subkey.key, primary).is_ok()) {
        Some(_) => Ok(()),
        None => Err(unfit(subkey_id, "did not consent to its primary key")),
    }
}

fn revoked<'a>(mut revocations: impl Iterator<Item = &'a Signature>, id: &str, signed: Timestamp) -> Result<()> {
    let counts = |one: &&Signature| {
        // A key that is only out of use keeps what it signed before; of every other one nothing is certain any more.
        let soft =
            matches!(one.revocation_reason_code(), Some(RevocationCode::KeySuperseded | RevocationCode::KeyRetired));
        !soft || created(one) <= signed.as_second()
    };
    match revocations.find(counts) {
        Some(_) => {
            Err(Problem::new(code::signing::KEY_REVOKED, format!("The OpenPGP key {id} is revoked.")).about("key", id))
        }
        None => Ok(()),
    }
}

fn expired(id: &str, created: u32, lifetime: Option<u32>, signed: Timestamp, at: Timestamp) -> Result<()> {
    let problem = |text: String| {
        Problem::new(code::signing::KEY_EXPIRED, format!("The OpenPGP key {id} {text}.")).about("key", id)
    };
    if signed.as_second() < i64::from(created) {
        return Err(problem("did not exist when the signature says it was made".to_owned()));
    }
    // Zero: for ever.
    let Some(lifetime) = lifetime.filter(|lifetime| *lifetime > 0) else { return Ok(()) };
    let end = i64::from(created) + i64::from(lifetime);
    let day = Timestamp::from_second(end).map(|time| time.to_string()).unwrap_or_default();
    if signed.as_second() >= end {
        return Err(problem(format!("expired on {day}, before the signature was made")));
    }
    if at.as_second() >= end {
        return Err(problem(format!("expired on {day}; the signature was made before")));
    }
    Ok(())
}
