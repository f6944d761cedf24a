//! The keys that a user trusts, of whatever kind, told apart by their content.

use pak_model::{Problem, Result, code};

use crate::key::PublicKey;
use crate::minisign;
use crate::openpgp::Certificate;
use crate::sigstore::{Identity, TrustRoot};
use crate::ssh::AllowedSigner;

/// Whom to believe. Empty at first: nobody.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    pub(super) minisign: Vec<minisign::PublicKey>,
    pub(super) openpgp: Vec<Certificate>,
    pub(super) ssh: Vec<AllowedSigner>,
    pub(super) plain: Vec<PublicKey>,
    /// Who must have signed with SSH, by the name in a file of allowed signers.
    pub principal: Option<String>,
    /// Who must have signed with an identity instead of a key.
    pub identity: Option<Identity>,
    /// Which authorities and logs are believed then. Default: the public ones, as they were when `pak` was built.
    pub trust: Option<TrustRoot>,
}

impl Keyring {
    /// Adds the keys of a file: OpenPGP (armoured or binary, several too), minisign, SSH (public keys or allowed signers), PEM,
    /// or a trusted root of sigstore.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        let is_binary = bytes.first().is_some_and(|first| first & 0x80 != 0);
        let text = std::str::from_utf8(bytes).unwrap_or_default().trim_start_matches('\u{feff}').trim();
        if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----")
            || text.contains("PRIVATE KEY-----") && !text.contains("PGP")
        {
            return Err(Problem::new(
                code::signing::KEY_INVALID,
                "This is a secret key, and verifying needs the public one.",
            ));
        }
        if is_binary || text.contains("-----BEGIN PGP ") {
            self.openpgp.extend(Certificate::read_all(bytes)?);
        } else if text.contains("-----BEGIN PUBLIC KEY-----") {
            self.plain.push(PublicKey::read(text)?);
        } else if text.starts_with("untrusted comment:") || text.starts_with("RW") && !text.contains(' ') {
            self.minisign.push(minisign::PublicKey::read(text)?);
        } else if text.starts_with('{') {
            self.trust = Some(TrustRoot::read(text)?);
        } else {
            self.ssh.extend(AllowedSigner::read_all(text)?);
        }
        Ok(())
    }
}
