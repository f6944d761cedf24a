//! Helm charts: the `.prov` file beside a chart is a signed text of the chart's description and the archive's digest.

use std::io::Read as _;

use flate2::read::GzDecoder;
use jiff::Timestamp;
use pak_model::{Digests, Problem, Result, code};

use super::invalid;
use crate::openpgp::{self, Certificate, SecretKey};
use crate::verify::{Content, Kind, Verified};

/// What stands between the description and the digests.
const SEPARATOR: &str = "\n...\n";
/// A description longer than this is none.
const LIMIT: u64 = 1 << 20;
/// How much of an archive is read to find it.
const ARCHIVE: u64 = 1 << 30;

/// `Chart.yaml` of the chart, not of those that lie below it.
fn description(archive: &[u8]) -> Result<String> {
    let damaged = |error: std::io::Error| invalid("Helm", "its archive is damaged").cause(&error);
    let mut archive = tar::Archive::new(GzDecoder::new(archive).take(ARCHIVE));
    for entry in archive.entries().map_err(damaged)? {
        let entry = entry.map_err(damaged)?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if path.trim_start_matches("./").split_once('/').is_some_and(|(_, file)| file == "Chart.yaml") {
            let mut text = String::new();
            entry.take(LIMIT).read_to_string(&mut text).map_err(damaged)?;
            return Ok(text);
        }
    }
    Err(invalid("Helm", "it has no Chart.yaml"))
}

/// The `.prov` file of a chart's archive.
pub fn sign(content: Content<'_>, key: &SecretKey, time: Timestamp) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._+-".contains(c);
    if content.name.is_empty() || !content.name.chars().all(is_plain) {
        let message = format!("{:?} cannot be the name of a chart's archive.", content.name);
        return Err(Problem::new(code::signing::NAME_REFUSED, message).about("file", content.name));
    }
    let description = description(content.bytes)?;
    let lines: Vec<&str> =
        description.lines().map(str::trim_end).filter(|line| *line != "..." && *line != "---").collect();
    let digest = Digests::of(content.bytes).sha256.unwrap_or_default();
    let text = format!("{}\n{SEPARATOR}files:\n  {}: sha256:{digest}\n", lines.join("\n").trim_end(), content.name);
    key.sign_text(&text, time)
}

/// Verifies a chart's archive by its `.prov` file.
pub fn verify(content: Content<'_>, provenance: &str, keys: &[Certificate], at: Timestamp) -> Result<Verified> {
    let (text, verified) = openpgp::verify_text(content.name, provenance, keys, at)?;
    let mut parts = text.split(SEPARATOR);
    let (Some(_), Some(sums), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Problem::new(
            code::signing::SIGNATURE_INVALID,
            "The signed text is no provenance of a Helm chart.",
        ));
    };
    let mut named = sums.lines().skip_while(|line| *line != "files:").skip(1).filter_map(|line| {
        let (name, digest) = line.trim().rsplit_once(": ")?;
        (name.trim_matches(['"', '\'']) == content.name).then(|| digest.trim_matches(['"', '\'']))
    });
    let own = format!("sha256:{}", Digests::of(content.bytes).sha256.unwrap_or_default());
    let (code, message) = match (named.next(), named.next()) {
        (Some(digest), None) if digest == own => {
            return Ok(Verified { kind: Kind::Helm, what: content.to_string(), ..verified });
        }
        (None, _) => (code::signing::FILE_UNLISTED, format!("The provenance is not about {}.", content.name)),
        _ => (code::signing::DIGEST_WRONG, format!("The provenance is about another {}.", content.name)),
    };
    Err(Problem::new(code, message).about("file", content.name))
}

/// Whether a signed text is the provenance of a chart.
pub fn is_provenance(text: &str) -> bool {
    text.starts_with("-----BEGIN PGP SIGNED MESSAGE-----") && text.contains(SEPARATOR) && text.contains("\nfiles:\n")
}
