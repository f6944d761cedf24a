//! A secret key of one of the kinds that make a signature file beside an artifact, whatever the kind is. Called by
//! `pak security sign` and by releases.

use jiff::Timestamp;
use pak_model::{Problem, Result, Secret, code};

use crate::verify::{Content, Kind};
use crate::{minisign, openpgp, ssh};

/// A secret key, unlocked.
pub enum Signer {
    /// Of minisign.
    Minisign(minisign::SecretKey),
    /// Of OpenPGP.
    Openpgp(Box<openpgp::SecretKey>),
    /// Of OpenSSH.
    Ssh(Box<ssh::SecretKey>),
}

impl Signer {
    /// Reads a key file of a kind. Expired and revoked OpenPGP keys do not sign any more.
    pub fn read(kind: Kind, bytes: &[u8], passphrase: Option<&Secret>, now: Timestamp) -> Result<Self> {
        let text = || {
            std::str::from_utf8(bytes)
                .map_err(|error| Problem::new(code::signing::KEY_INVALID, "The key is no text.").cause(&error))
        };
        match kind {
            Kind::Minisign => Ok(Self::Minisign(minisign::SecretKey::read(text()?, passphrase)?)),
            Kind::Openpgp => Ok(Self::Openpgp(Box::new(openpgp::SecretKey::read(bytes, passphrase, now)?))),
            Kind::Ssh => Ok(Self::Ssh(Box::new(ssh::SecretKey::read(text()?, passphrase)?))),
            _ => Err(Problem::new(code::signing::KEY_UNFIT, "Keys of this kind make no signature files.")),
        }
    }

    /// What the key is known by.
    pub fn id(&self) -> String {
        match self {
            Self::Minisign(key) => key.public().id(),
            Self::Openpgp(key) => key.id(),
            Self::Ssh(key) => key.id(),
        }
    }

    /// What follows the file's name in the signature's.
    pub fn suffix(&self) -> &'static str {
        match self {
            Self::Minisign(_) => ".minisig",
            Self::Openpgp(_) => ".asc",
            Self::Ssh(_) => ".sig",
        }
    }

    /// The signature file. With the same key, content and time it is the same, P-521 excepted.
    pub fn sign(&self, content: Content<'_>, time: Timestamp) -> Result<String> {
        match self {
            Self::Minisign(key) => key.sign(content, time),
            Self::Openpgp(key) => key.sign(content.bytes, time)?.to_armor(),
            Self::Ssh(key) => key.sign(content.bytes, ssh::NAMESPACE),
        }
    }
}
