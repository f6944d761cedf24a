//! An artifact and what lies beside it: which of it is a signature of what kind, and what all of it proves together.

use jiff::Timestamp;
use pak_model::{Problem, Result, code};
use serde_json::Value;

use super::{Content, Keyring, Kind, Verified};
use crate::package::{apk, deb, helm, rpm};
use crate::sigstore::{self, TrustRoot};
use crate::{checksums, minisign, openpgp, ssh, statement};

/// What follows a file's name in the names of its signatures.
const SUFFIXES: &[&str] = &[
    ".asc",
    ".sig",
    ".sign",
    ".gpg",
    ".pgp",
    ".minisig",
    ".sshsig",
    ".sigstore",
    ".sigstore.json",
    ".bundle",
    ".intoto.jsonl",
    ".intoto.json",
    ".att.jsonl",
    ".dsse.json",
    ".prov",
    ".sha256",
    ".sha512",
    ".sha256sum",
    ".sha512sum",
];
/// Words in the names of lists of checksums.
const LISTS: &[&str] = &["sha256sums", "sha512sums", "checksums", "sha256sum.txt", "sha512sum.txt"];
/// Signed texts begin so.
const SIGNED_TEXT: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// A file that may prove something.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What all evidence together proves.
#[derive(Debug)]
pub struct Outcome {
    /// What was proven, by whom.
    pub verified: Vec<Verified>,
    /// What did not prove anything: the file it is about, and why.
    pub refused: Vec<(String, Problem)>,
}

impl Outcome {
    /// The artifact is verified: someone known signed it, and nothing beside it contradicts.
    pub fn conclude(&self, name: &str) -> Result<()> {
        let contradicts = |problem: &&Problem| {
            [code::signing::SIGNATURE_WRONG, code::signing::DIGEST_WRONG, code::signing::KEY_REVOKED]
                .contains(&problem.code())
        };
        let mut problems = self.refused.iter().map(|(_, problem)| problem);
        if let Some(problem) = problems.clone().find(contradicts) {
            return Err(problem.clone());
        }
        if self.verified.iter().any(|one| one.signer.is_some()) {
            return Ok(());
        }
        Err(match problems.next() {
            Some(problem) => problem.clone(),
            None if !self.verified.is_empty() => {
                let message = format!("{name} is whole, and nobody signed it or the list of checksums.");
                Problem::new(code::signing::UNSIGNED, message).about("file", name)
            }
            None => {
                Problem::new(code::signing::UNSIGNED, format!("There is no signature of {name}.")).about("file", name)
            }
        })
    }
}

/// Which of the files in an artifact's folder may prove something about it: those named after it, lists of checksums, and
/// signatures of these lists.
pub fn beside<'a>(name: &str, names: &'a [String]) -> Vec<&'a str> {
    let is_own = |other: &str| other.strip_prefix(name).is_some_and(|suffix| SUFFIXES.contains(&suffix));
    let is_list = |other: &str| {
        let lower = other.to_ascii_lowercase();
        LISTS.iter().any(|list| lower.contains(list))
    };
    names.iter().map(String::as_str).filter(|other| *other != name && (is_own(other) || is_list(other))).collect()
}

/// The kind of a signature, by its content.
pub fn kind_of(bytes: &[u8]) -> Option<Kind> {
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        // A signature packet, in the old or the new form.
        return bytes.first().is_some_and(|first| first & 0xfc == 0x88 || *first == 0xc2).then_some(Kind::Openpgp);
    }
    let text = std::str::from_utf8(bytes).ok()?.trim_start();
    if text.starts_with("-----BEGIN PGP SIGNATURE-----") {
        return Some(Kind::Openpgp);
    }
    if text.starts_with(SIGNED_TEXT) {
        return Some(if helm::is_provenance(text) { Kind::Helm } else { Kind::Openpgp });
    }
    if text.starts_with("-----BEGIN SSH SIGNATURE-----") {
        return Some(Kind::Ssh);
    }
    if minisign::is_signature(text) {
        return Some(Kind::Minisign);
    }
    if text.starts_with('{') {
        let first = serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok()?;
        let has = |field: &str| first.get(field).is_some();
        return match () {
            () if has("verificationMaterial") => Some(Kind::Sigstore),
            () if has("payloadType") => Some(Kind::Dsse),
            () => None,
        };
    }
    checksums::read(text).is_ok().then_some(Kind::Checksums)
}

/// Everything that evidence proves about an artifact, what it holds itself included.
pub fn artifact(content: Content<'_>, evidence: &[Evidence], keys: &Keyring, at: Timestamp) -> Outcome {
    let mut outcome = Outcome { verified: Vec::new(), refused: Vec::new() };
    let lists: Vec<&str> = evidence
        .iter()
        .filter(|one| kind_of(&one.bytes) == Some(Kind::Checksums))
        .map(|one| one.name.as_str())
        .collect();
    let mut take = |name: &str, result: Result<Verified>| match result {
        Ok(verified) => outcome.verified.push(verified.note(format!("by {name}"))),
        Err(problem) => outcome.refused.push((name.to_owned(), problem)),
    };
    match inside(content, keys, at) {
        // Most packages are not signed inside; that alone says nothing.
        Some(Err(problem)) if problem.code() == code::signing::UNSIGNED => {}
        Some(result) => take(content.name, result),
        None => {}
    }
    for one in evidence {
        match kind_of(&one.bytes) {
            Some(Kind::Checksums) => {
                // A list of a release names many files; one that does not name this file says nothing of it.
                match list(content, one, evidence, keys, at) {
                    Err(problem) if problem.code() == code::signing::FILE_UNLISTED => {}
                    result => take(&one.name, result),
                }
            }
            // Signatures of lists were looked at together with their lists.
            Some(_) if lists.iter().any(|list| is_of(&one.name, list)) => {}
            Some(kind) => take(&one.name, signature(content, kind, &one.bytes, keys, at)),
            None => {
                let message = format!("{} is no signature of a kind that is known.", one.name);
                take(&one.name, Err(Problem::new(code::signing::SIGNATURE_INVALID, message)));
            }
        }
    }
    outcome
}

fn is_of(signature: &str, file: &str) -> bool {
    signature.strip_prefix(file).is_some_and(|suffix| SUFFIXES.contains(&suffix))
}

/// A list of checksums proves who made a file where the list itself is signed.
fn list(
    content: Content<'_>,
    list: &Evidence,
    evidence: &[Evidence],
    keys: &Keyring,
    at: Timestamp,
) -> Result<Verified> {
    let text = std::str::from_utf8(&list.bytes).map_err(|error| {
        Problem::new(code::signing::LIST_INVALID, format!("{} is no text.", list.name)).cause(&error)
    })?;
    let whole = checksums::verify(content, text)?;
    let own = Content { name: &list.name, bytes: &list.bytes };
    let signatures = evidence.iter().filter(|one| is_of(&one.name, &list.name));
    let mut refused = None;
    for one in signatures {
        let Some(kind) = kind_of(&one.bytes) else { continue };
        match signature(own, kind, &one.bytes, keys, at) {
            Ok(signed) => {
                let signed = Verified { what: content.to_string(), ..signed };
                return Ok(signed.note(format!("{}, signed by {}, lists the file", list.name, one.name)));
            }
            Err(problem) => {
                refused.get_or_insert(problem);
            }
        }
    }
    // A list whose signature is wrong is worth less than one without.
    refused.map_or(Ok(whole), Err)
}

/// Signatures that a package holds itself; none: it is no such package.
fn inside(content: Content<'_>, keys: &Keyring, at: Timestamp) -> Option<Result<Verified>> {
    let bytes = content.bytes;
    if bytes.starts_with(b"!<arch>\ndebian-binary") {
        return Some(deb::verify(content, &keys.openpgp, at));
    }
    if bytes.starts_with(&[0xed, 0xab, 0xee, 0xdb]) {
        return Some(rpm::verify(content, &keys.openpgp, at));
    }
    // Any compressed archive may end in `.apk`; Android's packages are no such archives.
    let is_apk = content.name.ends_with(".apk") && bytes.starts_with(&[0x1f, 0x8b]);
    is_apk.then(|| apk::verify(content, &keys.plain))
}

/// Verifies one signature of a known kind.
fn signature(content: Content<'_>, kind: Kind, bytes: &[u8], keys: &Keyring, at: Timestamp) -> Result<Verified> {
    let text = || {
        std::str::from_utf8(bytes)
            .map_err(|error| Problem::new(code::signing::SIGNATURE_INVALID, "The signature is no text.").cause(&error))
    };
    match kind {
        Kind::Minisign => minisign::verify(content, text()?, &keys.minisign),
        Kind::Openpgp if bytes.starts_with(SIGNED_TEXT.as_bytes()) => {
            let (list, signed) = openpgp::verify_text(content.name, text()?, &keys.openpgp, at)?;
            checksums::verify(content, &list)?;
            Ok(Verified { what: content.to_string(), ..signed }.note("the signed text lists the file"))
        }
        Kind::Openpgp => openpgp::verify(content, bytes, &keys.openpgp, at),
        Kind::Ssh => ssh::verify(content, text()?, &keys.ssh, keys.principal.as_deref(), at),
        Kind::Dsse => statement::verify(content, text()?, &keys.plain),
        Kind::Helm => helm::verify(content, text()?, &keys.openpgp, at),
        Kind::Sigstore => bundle(content, bytes, keys),
        Kind::Checksums => checksums::verify(content, text()?),
        Kind::Deb | Kind::Rpm | Kind::Apk => {
            Err(Problem::new(code::signing::SIGNATURE_INVALID, "Such signatures lie inside of packages."))
        }
    }
}

fn bundle(content: Content<'_>, bytes: &[u8], keys: &Keyring) -> Result<Verified> {
    let built_in;
    let trust = match &keys.trust {
        Some(trust) => trust,
        None => {
            built_in = TrustRoot::public()?;
            &built_in
        }
    };
    if let Some(identity) = &keys.identity {
        return sigstore::verify(content, bytes, trust, identity);
    }
    let mut first = None;
    for key in &keys.plain {
        match sigstore::verify_by_key(content, bytes, trust, key) {
            Ok(verified) => return Ok(verified),
            Err(problem) => {
                first.get_or_insert(problem);
            }
        }
    }
    Err(first.unwrap_or_else(|| {
        let message = format!("{} is signed by an identity, and which one is believed is not said.", content.name);
        Problem::new(code::signing::KEY_UNKNOWN, message)
            .about("file", content.name)
            .next("Say who must have signed: `--identity` and `--issuer`; or give the public key by `--key`.")
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minisign::{SecretKey, generate};

    const CONTENT: Content<'_> = Content { name: "a.tgz", bytes: b"content" };

    fn evidence(name: &str, text: &str) -> Evidence {
        Evidence { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
    }

    fn key() -> (SecretKey, Keyring) {
        let (secret, public) = generate(None).unwrap();
        let mut keys = Keyring::default();
        keys.add(public.as_bytes()).unwrap();
        (SecretKey::read(secret.expose(), None).unwrap(), keys)
    }

    #[test]
    fn what_lies_beside_an_artifact_is_found_by_name() {
        let names =
            ["a.tgz", "a.tgz.asc", "a.tgz.txt", "b.tgz.asc", "SHA256SUMS", "SHA256SUMS.asc", "a_1.0_SHA256SUMS", "x"];
        let names = names.map(str::to_owned);
        assert_eq!(beside("a.tgz", &names), ["a.tgz.asc", "SHA256SUMS", "SHA256SUMS.asc", "a_1.0_SHA256SUMS"]);
    }

    #[test]
    fn nothing_and_unsigned_lists_and_unknown_keys_are_not_verified() {
        let (key, keys) = key();
        let at = Timestamp::now();
        let conclude = |evidence: &[Evidence], keys: &Keyring| {
            artifact(CONTENT, evidence, keys, at).conclude("a.tgz").map_err(|problem| problem.code())
        };
        assert_eq!(conclude(&[], &keys), Err(code::signing::UNSIGNED));
        let digest = checksums::Algorithm::Sha256.of(CONTENT.bytes);
        let list = evidence("SHA256SUMS", &format!("{digest}  a.tgz\n"));
        assert_eq!(conclude(std::slice::from_ref(&list), &keys), Err(code::signing::UNSIGNED));
        let signature = evidence("a.tgz.minisig", &key.sign(CONTENT, at).unwrap());
        assert_eq!(conclude(std::slice::from_ref(&signature), &Keyring::default()), Err(code::signing::KEY_UNKNOWN));
        assert_eq!(conclude(std::slice::from_ref(&signature), &keys), Ok(()));
        // A signed list covers its files.
        let own = Content { name: "SHA256SUMS", bytes: &list.bytes };
        let signed = evidence("SHA256SUMS.minisig", &key.sign(own, at).unwrap());
        assert_eq!(conclude(&[list.clone(), signed.clone()], &keys), Ok(()));
        // And one thing that contradicts is enough.
        let wrong = evidence("SHA256SUMS", &format!("{}  a.tgz\n", digest.replace('a', "b")));
        assert_eq!(conclude(&[signature.clone(), wrong], &keys), Err(code::signing::DIGEST_WRONG));
        let more = evidence("SHA256SUMS", &format!("{digest}  a.tgz\n{digest}  b.tgz\n"));
        assert_eq!(conclude(&[signature, more, signed], &keys), Err(code::signing::SIGNATURE_WRONG));
    }

    #[test]
    fn keys_are_told_apart_by_content() {
        let mut keys = Keyring::default();
        keys.add(crate::key::SecretKey::generate().unwrap().0.public().to_pem().as_bytes()).unwrap();
        let line = generate(None).unwrap().1;
        keys.add(line.lines().nth(1).unwrap().as_bytes()).unwrap();
        assert_eq!((keys.plain.len(), keys.minisign.len()), (1, 1));
        let secret = crate::key::SecretKey::generate().unwrap().1;
        let problem = keys.add(secret.expose().as_bytes()).unwrap_err();
        assert!(problem.message().contains("secret key"), "{problem}");
        assert!(keys.add(b"").is_err());
    }
}
