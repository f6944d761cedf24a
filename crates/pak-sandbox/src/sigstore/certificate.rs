//! Certificates of the emulated authority: its own, and the short-lived ones it issues, each with a timestamp of the emulated
//! certificate log inside.

use std::io;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::Digest as _;

use super::der::{self, OCTET_STRING, SEQUENCE, SET, TRUE, UTF8, bits, element, object};
use super::keys::Key;

/// How long an issued certificate is good for.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);
const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
/// The arc of the claims that a certificate repeats.
const CLAIMS: &str = "1.3.6.1.4.1.57264.1";

/// What an issued certificate says of who asked for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Subject {
    /// The alternative name: 1 an address, 6 a URI.
    pub(super) kind: u8,
    /// Its text.
    pub(super) name: String,
    /// Claims by their last arc, from 8 on.
    pub(super) claims: Vec<(u8, String)>,
}

impl Subject {
    /// From the claims of an identity token: a GitHub workflow, an e-mail address, or whatever the subject is.
    pub(super) fn of(claims: &Value) -> Option<Self> {
        let text = |name: &str| claims[name].as_str().map(str::to_owned);
        let host = |name: &str| text(name).map(|path| format!("https://github.com/{path}"));
        let issuer = (8, text("iss")?);
        if let Some(workflow) = host("job_workflow_ref") {
            let run = host("repository").zip(text("run_id")).zip(text("run_attempt"));
            let run =
                run.map(|((repository, run), attempt)| format!("{repository}/actions/runs/{run}/attempts/{attempt}"));
            let told = [
                (9, Some(workflow.clone())),
                (10, text("job_workflow_sha")),
                (11, text("runner_environment")),
                (12, host("repository")),
                (13, text("sha")),
                (14, text("ref")),
                (15, text("repository_id")),
                (16, host("repository_owner")),
                (17, text("repository_owner_id")),
                (18, host("workflow_ref")),
                (19, text("workflow_sha")),
                (20, text("event_name")),
                (21, run),
                (22, text("repository_visibility")),
            ];
            let told = told.into_iter().filter_map(|(arc, value)| Some((arc, value?)));
            return Some(Self { kind: 6, name: workflow, claims: std::iter::once(issuer).chain(told).collect() });
        }
        match text("email") {
            Some(name) => Some(Self { kind: 1, name, claims: vec![issuer] }),
            None => Some(Self { kind: 6, name: text("sub")?, claims: vec![issuer] }),
        }
    }
}

/// The authority's own certificate, the same at every call: it is made once and kept.
pub(super) fn root(key: &Key) -> io::Result<Vec<u8>> {
    let now = Timestamp::now();
    let ends = now + SignedDuration::from_hours(24 * 365 * 10);
    let extensions = [
        extension("2.5.29.15", true, &element(der::BIT_STRING, &[&[1, 0x06]])),
        extension("2.5.29.19", true, &element(SEQUENCE, &[&TRUE, &element(der::INTEGER, &[&[0]])])),
        extension("2.5.29.14", false, &element(OCTET_STRING, &[&identifier(&key.public)])),
    ];
    let content = content(&own_name(), &key.public, (now, ends), &own_name(), &extensions.concat());
    signed(key, &content)
}

/// Issues a certificate for a public key.
pub(super) fn issue(authority: &Key, log: &Key, public: &[u8], subject: &Subject) -> io::Result<Vec<u8>> {
    let now = Timestamp::now();
    let alternative = element(SEQUENCE, &[&element(0x80 | subject.kind, &[subject.name.as_bytes()])]);
    let mut extensions = vec![
        extension("2.5.29.15", true, &element(der::BIT_STRING, &[&[7, 0x80]])),
        extension("2.5.29.37", false, &element(SEQUENCE, &[&object("1.3.6.1.5.5.7.3.3")])),
        extension("2.5.29.14", false, &element(OCTET_STRING, &[&identifier(public)])),
        extension("2.5.29.35", false, &element(SEQUENCE, &[&element(0x80, &[&identifier(&authority.public)])])),
        extension("2.5.29.17", true, &alternative),
    ];
    for (arc, value) in &subject.claims {
        if *arc == 8 {
            // The issuer a second time, as the first certificates had it: bare text.
            extensions.push(extension(&format!("{CLAIMS}.1"), false, value.as_bytes()));
        }
        extensions.push(extension(&format!("{CLAIMS}.{arc}"), false, &element(UTF8, &[value.as_bytes()])));
    }
    let times = (now, now + LIFETIME);
    let bare = element(SEQUENCE, &[]);
    let serial = uuid::Uuid::new_v4().into_bytes();
    let with = |extensions: &[Vec<u8>]| numbered(&serial, &own_name(), public, times, &bare, &extensions.concat());
    // The log signs the certificate as it is without the log's signature, and names the key that issues it.
    let stamp = timestamp(log, &authority.public, &with(&extensions), now)?;
    extensions.push(extension("1.3.6.1.4.1.11129.2.4.2", false, &element(OCTET_STRING, &[&stamp])));
    signed(authority, &with(&extensions))
}

/// The public key (SubjectPublicKeyInfo) of a certificate.
pub(super) fn public_key(certificate: &[u8]) -> Option<Vec<u8>> {
    let whole = der::parts(certificate)?;
    // [0] version, serial, algorithm, issuer, validity, subject, key
    let content = der::parts(whole.first()?.whole)?;
    Some(content.get(6)?.whole.to_vec())
}

/// The alternative name of a certificate.
pub(super) fn name(certificate: &[u8]) -> Option<String> {
    let content = der::parts(der::parts(certificate)?.first()?.whole)?;
    let wrapped = content.iter().find(|part| part.tag == 0xa3)?;
    let extensions = der::parts(wrapped.content)?;
    let parts = extensions.iter().filter_map(|extension| der::read(extension.content));
    let of_name = object("2.5.29.17");
    let mut holding = parts.filter(|parts| parts.first().is_some_and(|first| first.whole == of_name));
    let names = der::parts(holding.next()?.last()?.content)?;
    String::from_utf8(names.first()?.content.to_vec()).ok()
}

/// Whether a certificate was signed by the holder of a key.
pub(super) fn is_by(certificate: &[u8], public: &[u8]) -> bool {
    let Some(parts) = der::parts(certificate) else { return false };
    match parts[..] {
        [content, _, signature] => {
            signature.content.split_first().is_some_and(|(_, bytes)| super::keys::signed(public, content.whole, bytes))
        }
        _ => false,
    }
}

/// A signed certificate timestamp in its list, as RFC 6962 encodes it.
fn timestamp(log: &Key, issuer: &[u8], content: &[u8], now: Timestamp) -> io::Result<Vec<u8>> {
    let milliseconds = u64::try_from(now.as_millisecond()).unwrap_or(0).to_be_bytes();
    let length = u32::try_from(content.len()).unwrap_or(0).to_be_bytes();
    let issuer: [u8; 32] = sha2::Sha256::digest(issuer).into();
    let message = [&[0, 0][..], &milliseconds, &[0, 1], &issuer, &length[1..], content, &[0, 0]].concat();
    let signature = log.sign(&message)?;
    let sized = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap_or(0).to_be_bytes()[..], bytes].concat();
    let stamp = [&[0][..], &log.id(), &milliseconds, &[0, 0], &[4, 3], &sized(&signature)].concat();
    Ok(sized(&sized(&stamp)))
}

fn extension(oid: &str, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { &TRUE[..] } else { &[] };
    element(SEQUENCE, &[&object(oid), critical, &element(OCTET_STRING, &[value])])
}

/// The key identifier: a hash of the key.
fn identifier(public: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(public).into()
}

fn own_name() -> Vec<u8> {
    let part = |oid: &str, text: &str| {
        element(SET, &[&element(SEQUENCE, &[&object(oid), &element(UTF8, &[text.as_bytes()])])])
    };
    element(SEQUENCE, &[&part("2.5.4.10", "pak sandbox"), &part("2.5.4.3", "pak sandbox authority")])
}

fn algorithm() -> Vec<u8> {
    element(SEQUENCE, &[&object(ECDSA_SHA256)])
}

fn content(issuer: &[u8], public: &[u8], times: (Timestamp, Timestamp), subject: &[u8], extensions: &[u8]) -> Vec<u8> {
    numbered(&uuid::Uuid::new_v4().into_bytes(), issuer, public, times, subject, extensions)
}

/// The part of a certificate that is signed.
fn numbered(
    serial: &[u8; 16],
    issuer: &[u8],
    public: &[u8],
    times: (Timestamp, Timestamp),
    subject: &[u8],
    extensions: &[u8],
) -> Vec<u8> {
    let version = element(0xa0, &[&element(der::INTEGER, &[&[2]])]);
    // A leading byte keeps it positive and of one length.
    let serial = element(der::INTEGER, &[&[0x01], serial]);
    let validity = element(SEQUENCE, &[&der::time(times.0), &der::time(times.1)]);
    let extensions = element(0xa3, &[&element(SEQUENCE, &[extensions])]);
    element(SEQUENCE, &[&version, &serial, &algorithm(), issuer, &validity, subject, public, &extensions])
}

fn signed(key: &Key, content: &[u8]) -> io::Result<Vec<u8>> {
    let signature = key.sign(content)?;
    Ok(element(SEQUENCE, &[content, &algorithm(), &bits(&signature)]))
}
