//! SSH signatures (`ssh-keygen -Y sign`, what git signs with too): made by a key file, verified by public keys or by a file of
//! allowed signers with its patterns, namespaces and times.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use pak_model::{Problem, Result, Secret, code};
use ssh_key::private::{KeypairData, RsaKeypair};
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, HashAlg, LineEnding, Mpint, PrivateKey, SshSig};

use crate::verify::{Content, Kind, Verified};

/// What `ssh-keygen` uses for files.
pub const NAMESPACE: &str = "file";

/// A secret key, unlocked.
#[derive(Debug)]
pub struct SecretKey(PrivateKey);

impl SecretKey {
    /// Reads a key file of OpenSSH.
    pub fn read(text: &str, passphrase: Option<&Secret>) -> Result<Self> {
        let key = PrivateKey::from_openssh(text).map_err(|error| {
            Problem::new(
                code::signing::KEY_INVALID,
                "This is no secret SSH key in OpenSSH's form, or none that can be read.",
            )
            .cause(&error)
            .next("Use an Ed25519 key. Of ECDSA keys those whose number begins with a zero byte are not read.")
        })?;
        if !key.is_encrypted() {
            return Ok(Self(key));
        }
        let locked = |text: &str| Problem::new(code::signing::KEY_LOCKED, format!("The SSH key {text}."));
        let passphrase = passphrase.ok_or_else(|| locked("is locked by a passphrase"))?;
        key.decrypt(passphrase.expose())
            .map(Self)
            .map_err(|error| locked("is not opened by the passphrase").cause(&error))
    }

    /// The public key's line.
    pub fn public(&self) -> Result<String> {
        self.0.public_key().to_openssh().map_err(|error| failed(&error))
    }

    /// The fingerprint.
    pub fn id(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    /// The signature of bytes in a namespace, usually [`NAMESPACE`].
    pub fn sign(&self, bytes: &[u8], namespace: &str) -> Result<String> {
        let signature = match self.0.key_data() {
            // Not by the library, which takes one prime for both.
            KeypairData::Rsa(key) => rsa(key, namespace, bytes)?,
            _ => self.0.sign(namespace, HashAlg::Sha512, bytes).map_err(|error| failed(&error))?,
        };
        signature.to_pem(LineEnding::LF).map_err(|error| failed(&error))
    }
}

fn rsa(key: &RsaKeypair, namespace: &str, bytes: &[u8]) -> Result<SshSig> {
    let number = |number: &Mpint| rsa::BigUint::try_from(number).map_err(|error| failed(&error));
    let (public, private) = (&key.public, &key.private);
    let primes = vec![number(&private.p)?, number(&private.q)?];
    let secret = crate::rsa::key(number(&public.n)?, number(&public.e)?, number(&private.d)?, primes)?;
    let message = SshSig::signed_data(namespace, HashAlg::Sha512, bytes).map_err(|error| failed(&error))?;
    let signature = crate::rsa::sign(&secret, crate::rsa::Digest::Sha512, &message)?;
    let algorithm = Algorithm::Rsa { hash: Some(HashAlg::Sha512) };
    let signature = ssh_key::Signature::new(algorithm, signature).map_err(|error| failed(&error))?;
    SshSig::new(KeyData::Rsa(public.clone()), namespace, HashAlg::Sha512, signature).map_err(|error| failed(&error))
}

fn failed(error: &ssh_key::Error) -> Problem {
    Problem::new(code::signing::SIGN_FAILED, "The SSH key does not sign.").cause(error)
}

/// Who may sign: a line of a file of allowed signers, or a public key alone, whose signer may be anyone.
#[derive(Debug, Clone)]
pub struct AllowedSigner {
    /// Patterns of identities.
    principals: String,
    key: ssh_key::PublicKey,
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    /// The key signs certificates and not files.
    is_authority: bool,
}

impl AllowedSigner {
    /// Reads a file of allowed signers, or of public keys, one a line.
    pub fn read_all(text: &str) -> Result<Vec<Self>> {
        let mut signers = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let invalid = || {
                let message = format!("Line {} is no allowed signer and no SSH key.", number + 1);
                Problem::new(code::signing::KEY_INVALID, message)
            };
            signers.push(Self::parse(line).ok_or_else(invalid)?);
        }
        if signers.is_empty() {
            return Err(Problem::new(code::signing::KEY_INVALID, "The file names no SSH key."));
        }
        Ok(signers)
    }

    fn parse(line: &str) -> Option<Self> {
        let (first, rest) = word(line);
        let (principals, rest) = if is_algorithm(first) { ("*", line) } else { (first.trim_matches('"'), rest) };
        let (second, after) = word(rest);
        let (options, key) = if is_algorithm(second) { ("", rest) } else { (second, after) };
        let key = ssh_key::PublicKey::from_openssh(key).ok()?;
        let mut signer = Self {
            principals: principals.to_owned(),
            key,
            namespaces: None,
            after: None,
            before: None,
            is_authority: false,
        };
        for option in split(options) {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = value.trim_matches('"');
            match name.to_ascii_lowercase().as_str() {
                "cert-authority" => signer.is_authority = true,
                "namespaces" => signer.namespaces = Some(value.to_owned()),
                "valid-after" => signer.after = Some(time(value)?),
                "valid-before" => signer.before = Some(time(value)?),
                // An option that is not understood may be a limit.
                _ => return None,
            }
        }
        Some(signer)
    }

    /// The key's fingerprint.
    pub fn id(&self) -> String {
        self.key.fingerprint(HashAlg::Sha256).to_string()
    }

    /// Why the line does not allow a signature.
    fn refusal(&self, namespace: &str, identity: Option<&str>, at: Timestamp) -> Option<Problem> {
        let id = self.id();
        let problem =
            |code, why: String| Some(Problem::new(code, format!("The SSH key {id} {why}.")).about("key", &id));
        if self.is_authority {
            return problem(code::signing::KEY_UNFIT, "signs certificates and not files".to_owned());
        }
        if identity.is_some_and(|identity| !matches(&self.principals, identity)) {
            return problem(code::signing::KEY_UNKNOWN, format!("is not that of {}", identity.unwrap_or_default()));
        }
        if self.namespaces.as_ref().is_some_and(|allowed| !matches(allowed, namespace)) {
            return problem(code::signing::KEY_UNFIT, format!("may not sign in the namespace {namespace:?}"));
        }
        if self.after.is_some_and(|after| at < after) {
            return problem(code::signing::KEY_EXPIRED, "is not valid yet".to_owned());
        }
        if self.before.is_some_and(|before| at > before) {
            return problem(code::signing::KEY_EXPIRED, "is not valid any more".to_owned());
        }
        None
    }
}

fn is_algorithm(word: &str) -> bool {
    ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|prefix| word.starts_with(prefix))
}

/// The first word, blanks in quotes being part of it, and what follows.
fn word(line: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = line.find(|c: char| {
        quoted ^= c == '"';
        c.is_ascii_whitespace() && !quoted
    });
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    (word, rest.trim_start())
}

/// Options, separated by commas that are not in quotes.
fn split(options: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let parts = options.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    parts.filter(|part| !part.is_empty())
}

/// `YYYYMMDD[HHMM[SS]][Z]`; without `Z` it is the time of the place, as in OpenSSH.
fn time(text: &str) -> Option<Timestamp> {
    let (digits, zone) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, TimeZone::UTC),
        None => (text, TimeZone::system()),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return None,
    };
    Some(DateTime::strptime("%Y%m%d%H%M%S", whole).ok()?.to_zoned(zone).ok()?.timestamp())
}

/// OpenSSH's lists of patterns: `*` and `?`, separated by commas; a match of one that begins with `!` decides against.
fn matches(patterns: &str, text: &str) -> bool {
    let mut found = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if glob(pattern.as_bytes(), text.as_bytes()) => return false,
            Some(_) => {}
            None => found |= glob(pattern.as_bytes(), text.as_bytes()),
        }
    }
    found
}

/// Remembers the last `*` alone, so the time is bounded by the product of the lengths.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(c) if *c == b'?' || Some(c) == text.get(read) => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((position, taken)) = star else { return false };
                star = Some((position, taken + 1));
                at = position + 1;
                read = taken + 1;
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|c| *c == b'*'))
}

/// Verifies a signature in [`NAMESPACE`]: by one of the signers, who must be `identity` where one is asked for, as of a time.
pub fn verify(
    content: Content<'_>,
    signature: &str,
    signers: &[AllowedSigner],
    identity: Option<&str>,
    at: Timestamp,
) -> Result<Verified> {
    let invalid = |text: &str| Problem::new(code::signing::SIGNATURE_INVALID, format!("The SSH signature {text}."));
    // Blanks around the block are common; other text would look as if it were signed.
    let parsed = SshSig::from_pem(signature.trim_matches([' ', '\t', '\r', '\n']))
        .map_err(|error| invalid("is damaged").cause(&error))?;
    // The library overlooks lengths that do not fit.
    let same = |text: &str| text.split_ascii_whitespace().collect::<String>();
    if parsed.to_pem(LineEnding::LF).map_or(true, |written| same(&written) != same(signature)) {
        return Err(invalid("is damaged"));
    }
    let key = parsed.public_key();
    let id = key.fingerprint(HashAlg::Sha256).to_string();
    if !parsed.reserved().is_empty() || parsed.version() != SshSig::VERSION {
        return Err(invalid("holds what is not defined yet"));
    }
    let mut refused = None;
    let allowed = signers.iter().filter(|signer| signer.key.key_data() == key).find(|signer| {
        match signer.refusal(parsed.namespace(), identity, at) {
            Some(problem) => {
                refused.get_or_insert(problem);
                false
            }
            None => true,
        }
    });
    let Some(signer) = allowed else {
        let message = format!("{} is signed by the SSH key {id}, which is none of those given.", content.name);
        return Err(refused.unwrap_or_else(|| Problem::new(code::signing::KEY_UNKNOWN, message).about("key", id)));
    };
    let wrong = |text: String| Problem::new(code::signing::SIGNATURE_WRONG, text).about("file", content.name);
    if parsed.namespace() != NAMESPACE {
        let message = format!("The SSH signature is for {:?} and not for files.", parsed.namespace());
        return Err(wrong(message));
    }
    signer
        .key
        .verify(NAMESPACE, content.bytes, &parsed)
        .map_err(|_| wrong(format!("The SSH signature by key {id} is not of this {}.", content.name)))?;
    if matches!(key, KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_)) && !was_touched(&parsed) {
        return Err(wrong(format!("The SSH key {id} signed without being touched by anyone.")));
    }
    let who = identity.unwrap_or(&signer.principals);
    let who = if who == "*" { String::new() } else { format!(" ({})", who.escape_debug()) };
    Ok(Verified::new(Kind::Ssh, format!("key {id}{who}"), content)
        .note("an SSH signature does not say when it was made"))
}

/// Security keys end their signatures with flags and a counter (4 bytes); the lowest flag says that someone was there.
fn was_touched(signature: &SshSig) -> bool {
    let bytes = signature.signature_bytes();
    bytes.len().checked_sub(5).and_then(|at| bytes.get(at)).is_some_and(|flags| flags & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti user@example.com";

    #[test]
    fn patterns_are_those_of_openssh() {
        for (patterns, text, expected) in [
            ("*", "anyone", true),
            ("*@example.org", "a@example.org", true),
            ("*@example.org", "a@example.org.evil", false),
            ("*@example.org,!eve@*", "eve@example.org", false),
            ("!eve@*", "a@example.org", false),
            ("a?c,x", "abc", true),
            ("a*b*c", "aXbYbZc", true),
            ("", "", true),
        ] {
            assert_eq!(matches(patterns, text), expected, "{patterns} {text}");
        }
        assert!(!glob("*a".repeat(50).as_bytes(), "a".repeat(49).as_bytes()));
    }

    #[test]
    fn lines_of_allowed_signers_are_read_with_their_limits() {
        let text = format!(
            "# who\n{KEY}\na@x,b@x {KEY}\n\"c d\" namespaces=\"git,file\",valid-after=\"20240101Z\",valid-before=\"202501020304Z\" {KEY}\n"
        );
        let signers = AllowedSigner::read_all(&text).unwrap();
        assert_eq!(signers.iter().map(|one| one.principals.as_str()).collect::<Vec<_>>(), ["*", "a@x,b@x", "c d"]);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let code =
            |namespace, identity, when| signers[2].refusal(namespace, identity, at(when)).map(|problem| problem.code());
        assert_eq!(code("file", Some("c d"), "2024-06-01T00:00:00Z"), None);
        assert_eq!(code("mail", None, "2024-06-01T00:00:00Z"), Some(code::signing::KEY_UNFIT));
        assert_eq!(code("file", Some("a@x"), "2024-06-01T00:00:00Z"), Some(code::signing::KEY_UNKNOWN));
        assert_eq!(code("file", None, "2023-12-31T23:59:59Z"), Some(code::signing::KEY_EXPIRED));
        assert_eq!(code("file", None, "2025-01-02T03:05:00Z"), Some(code::signing::KEY_EXPIRED));
        for line in ["", "x", &format!("a@x unknown-option {KEY}"), &format!("a@x valid-after=soon {KEY}")] {
            assert!(AllowedSigner::read_all(line).is_err(), "{line}");
        }
    }
}
