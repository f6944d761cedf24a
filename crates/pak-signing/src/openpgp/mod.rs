//! OpenPGP: detached signatures and signed texts, made with a key from a file and verified by certificates from files.
//!
//! For keys that GnuPG holds (cards, agents) the release asks GnuPG itself; this here needs no other program.

mod armor;
mod validity;
mod verify;

use jiff::Timestamp;
use pak_model::{Problem, Result, Secret, code};
use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, DetachedSignature, PublicOrSecret, SignedPublicKey, SignedSecretKey,
};
use pgp::crypto::public_key::PublicKeyAlgorithm;
use pgp::packet::{SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize as _;
use pgp::types::{KeyDetails, KeyVersion, Password, S2kParams, SecretParams, SigningKey, StringToKey};

use validity::Part;
pub use verify::{verify, verify_text};

/// Key files longer than this are none.
const LIMIT: usize = 64 << 20;

/// A public key with its names, subkeys and signatures: whom a signature can be by.
#[derive(Debug, Clone)]
pub struct Certificate(SignedPublicKey);

impl Certificate {
    /// Reads a key file or key ring: armoured (several blocks may follow each other) or binary. Of secret keys the public half
    /// is taken.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>> {
        let keys = keys(bytes)?.into_iter().map(|key| match key {
            PublicOrSecret::Public(key) => Self(key),
            PublicOrSecret::Secret(key) => Self(key.to_public_key()),
        });
        Ok(keys.collect())
    }

    /// The fingerprint.
    pub fn id(&self) -> String {
        id(&self.0.primary_key)
    }

    /// The armoured key.
    pub fn to_armor(&self) -> Result<String> {
        self.0.to_armored_string(ArmorOptions::default()).map_err(|error| failed(&error))
    }

    /// The binary key, as keyrings of apt and rpm take it.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.0.to_bytes().map_err(|error| failed(&error))
    }
}

fn id(key: &impl KeyDetails) -> String {
    hex::encode_upper(key.fingerprint().as_bytes())
}

fn failed(error: &pgp::errors::Error) -> Problem {
    Problem::new(code::signing::SIGN_FAILED, "The OpenPGP key does not sign.").cause(error)
}

fn keys(bytes: &[u8]) -> Result<Vec<PublicOrSecret>> {
    let invalid = || Problem::new(code::signing::KEY_INVALID, "This is no OpenPGP key.");
    if bytes.len() > LIMIT {
        return Err(invalid());
    }
    let mut keys = Vec::new();
    for block in armor::blocks(bytes) {
        let (found, _) = PublicOrSecret::from_reader_many(block).map_err(|error| invalid().cause(&error))?;
        // A ring may hold keys of kinds that are not known here; what is left counts.
        keys.extend(found.flatten());
    }
    if keys.is_empty() { Err(invalid()) } else { Ok(keys) }
}

/// A secret key, unlocked, of which one part signs.
pub struct SecretKey {
    key: SignedSecretKey,
    /// The subkey that signs; none: the primary key.
    subkey: Option<usize>,
    passphrase: Password,
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey({})", self.id())
    }
}

/// A detached signature.
pub struct Signature(DetachedSignature);

impl Signature {
    /// As a `.asc` file.
    pub fn to_armor(&self) -> Result<String> {
        self.0.to_armored_string(ArmorOptions::default()).map_err(|error| failed(&error))
    }

    /// As a `.sig` file.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        self.0.to_bytes().map_err(|error| failed(&error))
    }
}

impl SecretKey {
    /// Reads a file with one secret key. Its newest part that can sign now is taken, as GnuPG does it.
    pub fn read(bytes: &[u8], passphrase: Option<&Secret>, now: Timestamp) -> Result<Self> {
        let invalid = |text: &str| Problem::new(code::signing::KEY_INVALID, text);
        let mut secret = keys(bytes)?.into_iter().filter_map(|key| match key {
            PublicOrSecret::Secret(key) => Some(key),
            PublicOrSecret::Public(_) => None,
        });
        let key = secret.next().ok_or_else(|| invalid("The file holds no secret OpenPGP key."))?;
        if secret.next().is_some() {
            return Err(invalid("The file holds several secret OpenPGP keys, and which one signs is not said.")
                .next("Export the one to sign with into a file of its own."));
        }
        let certificate = key.to_public_key();
        let can = |part: &Part<'_>| validity::check(&certificate, part, now, now);
        let subkeys = key.secret_subkeys.iter().enumerate().filter(|(_, subkey)| is_there(subkey.key.secret_params()));
        let newest = subkeys
            .filter_map(|(index, subkey)| {
                let public = subkey.signed_public_key();
                can(&Part::Subkey(&public)).ok().map(|()| (subkey.key.created_at(), index))
            })
            .max();
        if newest.is_none() {
            can(&Part::Primary)?;
            if !is_there(key.primary_key.secret_params()) {
                return Err(invalid("The file holds the secret of no part of the OpenPGP key that can sign."));
            }
        }
        let locked = passphrase.is_none();
        let passphrase = passphrase.map_or_else(Password::empty, |passphrase| passphrase.expose().into());
        let key = Self { key, subkey: newest.map(|(_, index)| index), passphrase };
        if key.version() != KeyVersion::V4 {
            return Err(invalid("Only OpenPGP keys of version 4 sign here."));
        }
        key.unlock(locked)?;
        Ok(key)
    }

    fn unlock(&self, without: bool) -> Result<()> {
        let opened = match self.part() {
            Ok(subkey) => subkey.unlock(&self.passphrase, |_, _| Ok(())),
            Err(primary) => primary.unlock(&self.passphrase, |_, _| Ok(())),
        };
        opened.and_then(|inner| inner).map_err(|error| {
            let why = if without { "is locked by a passphrase" } else { "is not opened by the passphrase" };
            Problem::new(code::signing::KEY_LOCKED, format!("The OpenPGP key {} {why}.", self.id())).cause(&error)
        })
    }

    /// The subkey that signs, or else the primary key.
    fn part(&self) -> std::result::Result<&pgp::packet::SecretSubkey, &pgp::packet::SecretKey> {
        let subkey = self.subkey.and_then(|index| self.key.secret_subkeys.get(index));
        subkey.map(|subkey| &subkey.key).ok_or(&self.key.primary_key)
    }

    fn version(&self) -> KeyVersion {
        self.part().map_or_else(KeyDetails::version, KeyDetails::version)
    }

    /// The fingerprint of the part that signs.
    pub fn id(&self) -> String {
        self.part().map_or_else(id, id)
    }

    /// Whether the part that signs is an RSA key, which RPM tells apart.
    pub fn is_rsa(&self) -> bool {
        let algorithm = self.part().map_or_else(KeyDetails::algorithm, KeyDetails::algorithm);
        algorithm == PublicKeyAlgorithm::RSA
    }

    /// The public half.
    pub fn certificate(&self) -> Certificate {
        Certificate(self.key.to_public_key())
    }

    /// Signs bytes. The time is the signature's; a key does not sign before it was made.
    pub fn sign(&self, bytes: &[u8], time: Timestamp) -> Result<Signature> {
        let signature = match self.part() {
            Ok(key) => config(key, SignatureType::Binary, time)?.sign(key, &self.passphrase, bytes),
            Err(key) => config(key, SignatureType::Binary, time)?.sign(key, &self.passphrase, bytes),
        };
        Ok(Signature(DetachedSignature::new(signature.map_err(|error| failed(&error))?)))
    }

    /// Signs a text that stays readable (`InRelease`, `.prov`). As in GnuPG, the last line's end is not signed along, and
    /// lines must not end in spaces, which would not be signed either.
    pub fn sign_text(&self, text: &str, time: Timestamp) -> Result<String> {
        if text.lines().any(|line| line.ends_with([' ', '\t'])) {
            let message = "The text has spaces at a line's end, which a signature would not cover.";
            return Err(Problem::new(code::signing::NAME_REFUSED, message).next("Remove them."));
        }
        let text = text.trim_end_matches(['\n', '\r']);
        let message = match self.part() {
            Ok(key) => {
                CleartextSignedMessage::new(text, config(key, SignatureType::Text, time)?, key, &self.passphrase)
            }
            Err(key) => {
                CleartextSignedMessage::new(text, config(key, SignatureType::Text, time)?, key, &self.passphrase)
            }
        };
        let message = message.and_then(|message| message.to_armored_string(ArmorOptions::default()));
        message.map_err(|error| failed(&error))
    }
}

/// Whether the secret is in the file: GnuPG writes a stub for what is on a card or kept elsewhere.
fn is_there(secret: &SecretParams) -> bool {
    let SecretParams::Encrypted(secret) = secret else { return true };
    let params = secret.string_to_key_params();
    match params {
        S2kParams::Aead { s2k, .. } | S2kParams::Cfb { s2k, .. } | S2kParams::MalleableCfb { s2k, .. } => {
            !matches!(s2k, StringToKey::Private { .. })
        }
        S2kParams::LegacyCfb { .. } | S2kParams::Unprotected => true,
    }
}

/// What a signature says of itself: its time and its key, and nothing that would differ the next time.
fn config(key: &impl SigningKey, kind: SignatureType, time: Timestamp) -> Result<SignatureConfig> {
    let seconds = u32::try_from(time.as_second()).unwrap_or_default().max(key.created_at().as_secs());
    let subpackets = || -> pgp::errors::Result<_> {
        let time = pgp::types::Timestamp::from_secs(seconds);
        let hashed = vec![
            Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
            Subpacket::regular(SubpacketData::SignatureCreationTime(time))?,
        ];
        Ok((hashed, vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?]))
    };
    let (hashed, unhashed) = subpackets().map_err(|error| failed(&error))?;
    let mut config = SignatureConfig::v4(kind, key.algorithm(), key.hash_alg());
    config.hashed_subpackets = hashed;
    config.unhashed_subpackets = unhashed;
    Ok(config)
}
