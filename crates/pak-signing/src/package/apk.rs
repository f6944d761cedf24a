//! Alpine packages, version 2: three compressed streams one after the other. The first holds an RSA signature over the second
//! (the control data), and that names the digest of the third (the files).

use std::io::{Read as _, Write as _};

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use flate2::Compression;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use pak_model::{Digests, Problem, Result, code};

use super::invalid;
use crate::key::{Algorithm, PublicKey};
use crate::rsa::{self, Digest};
use crate::verify::{Content, Kind, Verified};

/// The two first streams are small.
const LIMIT: u64 = 16 << 20;
/// What is before the key's name in the name of a signature.
const SIGNATURE: &str = ".SIGN.RSA.";
/// The same for signatures with SHA-256, which newer tools know.
const SIGNATURE_256: &str = ".SIGN.RSA256.";

/// The compressed stream at the beginning of `bytes`, what it holds, and what follows it.
fn stream(bytes: &[u8]) -> Result<(&[u8], Vec<u8>, &[u8])> {
    let mut decoder = GzDecoder::new(bytes);
    let mut content = Vec::new();
    decoder
        .by_ref()
        .take(LIMIT + 1)
        .read_to_end(&mut content)
        .map_err(|error| invalid("Alpine", "it is not compressed as such").cause(&error))?;
    if content.len() as u64 > LIMIT {
        return Err(invalid("Alpine", "its control data is too large"));
    }
    let rest = decoder.into_inner();
    let stream = bytes.get(..bytes.len() - rest.len()).unwrap_or_default();
    Ok((stream, content, rest))
}

/// The files of a stream: names and contents.
fn members(tar: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let damaged = |error: std::io::Error| invalid("Alpine", "its control data is damaged").cause(&error);
    let mut archive = tar::Archive::new(tar);
    let mut members = Vec::new();
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(damaged)?;
        members.push((name, content));
    }
    Ok(members)
}

struct Parts<'a> {
    /// Key names, the signatures' algorithms, and the signatures.
    signatures: Vec<(String, &'static str, Vec<u8>)>,
    control: &'a [u8],
    package_info: String,
    data: &'a [u8],
}

fn parts(package: &[u8]) -> Result<Parts<'_>> {
    let (first, content, rest) = stream(package)?;
    let found = members(&content)?;
    let is_signature = |name: &str| name.starts_with(".SIGN.");
    let (signatures, control, control_members, data) = if found.iter().any(|(name, _)| is_signature(name)) {
        let (control, content, data) = stream(rest)?;
        (found, control, members(&content)?, data)
    } else {
        (Vec::new(), first, found, rest)
    };
    let signatures = signatures.into_iter().filter_map(|(name, bytes)| {
        let mut kinds = [SIGNATURE, SIGNATURE_256].into_iter();
        let (kind, key) = kinds.find_map(|kind| Some((kind, name.strip_prefix(kind)?)))?;
        Some((key.to_owned(), kind, bytes))
    });
    let info = control_members.into_iter().find(|(name, _)| name == ".PKGINFO");
    let (_, info) = info.ok_or_else(|| invalid("Alpine", "it has no .PKGINFO"))?;
    let package_info = String::from_utf8(info).map_err(|_| invalid("Alpine", "its .PKGINFO is no text"))?;
    Ok(Parts { signatures: signatures.collect(), control, package_info, data })
}

/// The package with a signature by an RSA key (PEM) whose public half users have as `key_name` (`me@example.org-1a2b.rsa.pub`).
/// A signature that it had is replaced. SHA-1, because that is what every `apk` reads.
pub fn sign(package: &[u8], key: &str, key_name: &str) -> Result<Vec<u8>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "._@-+".contains(c);
    if key_name.is_empty() || !key_name.chars().all(is_name) {
        let message = format!("{key_name:?} cannot be the name of an Alpine key.");
        return Err(Problem::new(code::signing::NAME_REFUSED, message).next("Use letters, digits and `._@-+`."));
    }
    let parts = parts(package)?;
    let signature = rsa::sign(&rsa::read(key)?, Digest::Sha1, parts.control)?;
    let failed = |error: std::io::Error| {
        Problem::new(code::signing::SIGN_FAILED, "The signature cannot be written.").cause(&error)
    };
    let mut header = tar::Header::new_ustar();
    header.set_path(format!("{SIGNATURE}{key_name}")).map_err(failed)?;
    header.set_size(signature.len() as u64);
    header.set_mode(0o644);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    let padding = vec![0; signature.len().next_multiple_of(512) - signature.len()];
    // Without the zeros that end an archive: the streams are one archive to those who read them as one.
    let segment = [header.as_bytes().as_slice(), &signature, &padding].concat();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&segment).map_err(failed)?;
    let first = encoder.finish().map_err(failed)?;
    Ok([first.as_slice(), parts.control, parts.data].concat())
}

/// Verifies a package by RSA keys, whatever they are called.
pub fn verify(content: Content<'_>, keys: &[PublicKey]) -> Result<Verified> {
    let parts = parts(content.bytes)?;
    let Some((first_name, ..)) = parts.signatures.first() else {
        let message = format!("{} holds no signature.", content.name);
        return Err(Problem::new(code::signing::UNSIGNED, message).about("file", content.name));
    };
    let algorithm = |kind: &str| -> &'static dyn VerificationAlgorithm {
        if kind == SIGNATURE_256 { &RSA_PKCS1_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY }
    };
    let keys: Vec<_> = keys.iter().filter(|key| key.algorithm() == Algorithm::Rsa).collect();
    let by = parts.signatures.iter().find_map(|(name, kind, signature)| {
        let fits = |key: &&&PublicKey| {
            UnparsedPublicKey::new(algorithm(kind), key.der()).verify(parts.control, signature).is_ok()
        };
        keys.iter().find(fits).map(|key| (name, kind, key.id()))
    });
    let Some((name, kind, id)) = by else {
        let message =
            format!("{} is signed as {first_name:?}, by none of the RSA keys given, or was changed.", content.name);
        return Err(Problem::new(code::signing::KEY_UNKNOWN, message).about("key", first_name.escape_debug()));
    };
    let mut named = parts.package_info.lines().filter_map(|line| line.strip_prefix("datahash = "));
    let digest = Digests::of(parts.data).sha256.unwrap_or_default();
    if named.next() != Some(&digest) || named.next().is_some() {
        let message = format!("The files in {} are not those that its signed control data names.", content.name);
        return Err(Problem::new(code::signing::DIGEST_WRONG, message).about("file", content.name));
    }
    let verified = Verified::new(Kind::Apk, format!("key {id} (as {})", name.escape_debug()), content);
    Ok(if *kind == SIGNATURE { verified.note("signed with SHA-1, as Alpine's format has it") } else { verified })
}
