//! Minisign: keys made and read, signatures made (prehashed, as minisign makes them) and verified (the old kind too).
//!
//! The signature is made here and not by the `minisign` crate, which adds randomness: the same file, key and comment must give
//! the same signature, so that a resumed release meets its own bytes. The crate makes keys and opens locked ones.

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use blake2::{Blake2b512, Digest as _};
use jiff::Timestamp;
use pak_model::{Problem, Result, Secret, code};

use crate::verify::{Content, Kind, Verified};

const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";
/// What a signature of today begins with: over the file's BLAKE2b digest.
const PREHASHED: &[u8] = b"ED";
/// What old signatures and all keys begin with: over the file itself.
const PLAIN: &[u8] = b"Ed";

fn invalid(code: pak_model::Code, text: impl Into<String>) -> Problem {
    Problem::new(code, text)
}

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    number: [u8; 8],
    key: [u8; 32],
}

impl PublicKey {
    /// Reads a key file, or only its line of base64 (`RW…`).
    pub fn read(text: &str) -> Result<Self> {
        let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(UNTRUSTED.trim_end()));
        let bytes = line.and_then(|line| STANDARD.decode(line).ok());
        let parsed = bytes.as_deref().and_then(|bytes| {
            let rest = bytes.strip_prefix(PLAIN)?;
            let (number, key) = rest.split_first_chunk()?;
            Some(Self { number: *number, key: key.try_into().ok()? })
        });
        parsed.ok_or_else(|| invalid(code::signing::KEY_INVALID, "This is no public key of minisign."))
    }

    /// As minisign shows it.
    pub fn id(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.number))
    }

    /// The key's file.
    pub fn to_text(&self) -> String {
        let bytes = [PLAIN, &self.number, &self.key].concat();
        format!("{UNTRUSTED}minisign public key {}\n{}\n", self.id(), STANDARD.encode(bytes))
    }
}

/// A secret key, unlocked.
pub struct SecretKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl SecretKey {
    /// Reads a key file; a locked one needs its passphrase.
    pub fn read(text: &str, passphrase: Option<&Secret>) -> Result<Self> {
        // Two bytes each say how the key signs and how it is locked; zeros: not at all.
        let line = text.lines().nth(1).and_then(|line| STANDARD.decode(line.trim()).ok()).unwrap_or_default();
        if line.len() != 158 || !line.starts_with(PLAIN) {
            return Err(invalid(code::signing::KEY_INVALID, "This is no secret key of minisign."));
        }
        let is_locked = line.get(2..4) != Some(&[0, 0]);
        let bytes = match (is_locked, passphrase) {
            // Not by the crate: minisign itself leaves out the checksum of keys that are not locked.
            (false, _) => line,
            (true, None) => {
                return Err(Problem::new(code::signing::KEY_LOCKED, "The minisign key is locked by a passphrase."));
            }
            (true, Some(passphrase)) => {
                let key = minisign::SecretKeyBox::from_string(text)
                    .and_then(|key| key.into_secret_key(Some(passphrase.expose().to_owned())));
                let wrong =
                    || Problem::new(code::signing::KEY_LOCKED, "The passphrase does not open the minisign key.");
                key.map_err(|error| wrong().cause(&error))?.to_bytes()
            }
        };
        // Algorithms, salt and cost of the lock (54 bytes), the number, then seed and public key.
        let parts = bytes.get(54..126).and_then(|bytes| {
            let (number, rest) = bytes.split_first_chunk::<8>()?;
            let (seed, public) = rest.split_first_chunk::<32>()?;
            let pair = Ed25519KeyPair::from_seed_and_public_key(seed, public).ok()?;
            Some(Self { pair, public: PublicKey { number: *number, key: public.try_into().ok()? } })
        });
        parts.ok_or_else(|| {
            invalid(code::signing::KEY_INVALID, "The two halves of the minisign key do not belong together.")
        })
    }

    /// Its public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The signature file of content. The trusted comment is what is usual, of the time given and the file's name.
    pub fn sign(&self, content: Content<'_>, time: Timestamp) -> Result<String> {
        let trusted = format!("timestamp:{}\tfile:{}\thashed", time.as_second(), printable(content.name));
        let signature = self.raw(&Blake2b512::digest(content.bytes))?;
        let whole = self.raw(&[&signature, trusted.as_bytes()].concat())?;
        let first = STANDARD.encode([PREHASHED, &self.public.number, &signature].concat());
        let comment = format!("signature from minisign secret key {}", self.public.id());
        Ok(format!("{UNTRUSTED}{comment}\n{first}\n{TRUSTED}{trusted}\n{}\n", STANDARD.encode(whole)))
    }

    fn raw(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        let signature = self.pair.try_sign(bytes);
        Ok(signature
            .map_err(|_| invalid(code::signing::SIGN_FAILED, "The minisign key does not sign."))?
            .as_ref()
            .to_vec())
    }
}

/// A name on one line.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '_' } else { c }).collect()
}

/// A new key pair: the secret key's file, locked if there is a passphrase, and the public one's.
pub fn generate(passphrase: Option<&Secret>) -> Result<(Secret, String)> {
    let failed = |error: &minisign::PError| invalid(code::signing::SIGN_FAILED, "No key can be made.").cause(error);
    let pair = match passphrase {
        Some(passphrase) => minisign::KeyPair::generate_encrypted_keypair(Some(passphrase.expose().to_owned())),
        None => minisign::KeyPair::generate_unencrypted_keypair(),
    };
    let secret = pair.and_then(|pair| pair.sk.to_box(Some("minisign secret key"))).map_err(|error| failed(&error))?;
    let secret = Secret::new(secret.into_string());
    let public = SecretKey::read(secret.expose(), passphrase)?.public.to_text();
    Ok((secret, public))
}

/// A signature file, taken apart.
struct Parsed<'a> {
    prehashed: bool,
    number: [u8; 8],
    signature: [u8; 64],
    trusted: &'a str,
    whole: [u8; 64],
}

fn parse(text: &str) -> Option<Parsed<'_>> {
    let mut lines = text.lines();
    lines.next()?.strip_prefix(UNTRUSTED.trim_end())?;
    let first = STANDARD.decode(lines.next()?).ok()?;
    let trusted = lines.next()?.strip_prefix(TRUSTED)?;
    let whole = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
    let prehashed = first.starts_with(PREHASHED);
    let rest = first.strip_prefix(if prehashed { PREHASHED } else { PLAIN })?;
    let (number, signature) = rest.split_first_chunk()?;
    // Nothing may follow: it would look as if it were signed.
    lines.all(str::is_empty).then_some(())?;
    Some(Parsed { prehashed, number: *number, signature: signature.try_into().ok()?, trusted, whole })
}

/// Whether a text is a signature of minisign.
pub fn is_signature(text: &str) -> bool {
    text.starts_with(UNTRUSTED.trim_end()) && text.lines().nth(2).is_some_and(|line| line.starts_with(TRUSTED))
}

/// Verifies a signature by one of the keys, the trusted comment included.
pub fn verify(content: Content<'_>, signature: &str, keys: &[PublicKey]) -> Result<Verified> {
    let parsed = parse(signature).ok_or_else(|| {
        invalid(code::signing::SIGNATURE_INVALID, "The minisign signature is damaged.").about("file", content.name)
    })?;
    let id = format!("{:016X}", u64::from_le_bytes(parsed.number));
    let mut same = keys.iter().filter(|key| key.number == parsed.number).peekable();
    if same.peek().is_none() {
        let message = format!("{} is signed by the minisign key {id}, which is none of those given.", content.name);
        return Err(invalid(code::signing::KEY_UNKNOWN, message).about("key", id));
    }
    let digest;
    let signed = if parsed.prehashed {
        digest = Blake2b512::digest(content.bytes);
        digest.as_slice()
    } else {
        content.bytes
    };
    let whole = [parsed.signature.as_slice(), parsed.trusted.as_bytes()].concat();
    let fits = |key: &PublicKey| {
        let key = UnparsedPublicKey::new(&ED25519, key.key);
        key.verify(signed, &parsed.signature).is_ok() && key.verify(&whole, &parsed.whole).is_ok()
    };
    if !same.any(fits) {
        let message = format!("The minisign signature by key {id} is not of this {}.", content.name);
        return Err(invalid(code::signing::SIGNATURE_WRONG, message).about("file", content.name));
    }
    let time = parsed.trusted.split('\t').find_map(|word| word.strip_prefix("timestamp:")?.parse().ok());
    let verified = Verified::new(Kind::Minisign, format!("key {id}"), content)
        .at(time.and_then(|second| Timestamp::from_second(second).ok()))
        .note(format!("trusted comment: {}", printable(parsed.trusted)));
    Ok(if parsed.prehashed { verified } else { verified.note("an old signature, over the file itself") })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: Content<'_> = Content { name: "a.tgz", bytes: b"content" };

    #[test]
    fn a_signature_is_the_same_each_time_and_names_its_key() {
        let (secret, public) = generate(None).unwrap();
        let key = SecretKey::read(secret.expose(), None).unwrap();
        let time = Timestamp::from_second(1_700_000_000).unwrap();
        let signature = key.sign(CONTENT, time).unwrap();
        assert_eq!(signature, key.sign(CONTENT, time).unwrap());
        let public = PublicKey::read(&public).unwrap();
        let verified = verify(CONTENT, &signature, std::slice::from_ref(&public)).unwrap();
        assert_eq!((verified.signer, verified.at), (Some(format!("key {}", public.id())), Some(time)));
        let other = PublicKey::read(&generate(None).unwrap().1).unwrap();
        let problem = verify(CONTENT, &signature, &[other]).unwrap_err();
        assert_eq!(problem.code(), code::signing::KEY_UNKNOWN);
        let more = format!("{signature}trusted comment: approved\n");
        assert_eq!(verify(CONTENT, &more, &[public]).unwrap_err().code(), code::signing::SIGNATURE_INVALID);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let locked =
            format!("untrusted comment: x\n{}\n", STANDARD.encode([b"EdScB2".as_slice(), &[0xff; 152]].concat()));
        assert_eq!(SecretKey::read(&locked, None).err().unwrap().code(), code::signing::KEY_LOCKED);
        for text in ["", "x\ny\n", "untrusted comment: x\nAAAA\n", "untrusted comment: x\nRWQ=\n"] {
            assert_eq!(SecretKey::read(text, None).err().unwrap().code(), code::signing::KEY_INVALID, "{text:?}");
            assert!(PublicKey::read(text).is_err());
        }
    }
}
