//! What is wrong with a release before anything is pushed.

use pak_model::{Finding, Release, Result, code};
use semver::Version;
use url::{Host, Url};

use super::author::author;
use super::files::File;
use super::format::Subject;
use super::place::Place;
use super::{Tap, lookup};
use crate::call::Call;
use crate::protocol::git::Remote;

/// Every finding of the family, and those of the format.
pub(super) async fn check(tap: &Tap, call: &Call, release: &Release) -> Result<Vec<Finding>> {
    let place = Place::of_release(call.endpoint(), release, tap.format)?;
    let text = tap.text(release, &place)?;
    let subject = Subject { release, name: place.name() };
    let mut findings = about(release);
    findings.extend(name_of_repository(tap, &place));
    findings.extend(File::all(release).flat_map(check_file));
    findings.extend(tap.format.check(&subject, &text));
    let options = release.options.commit.as_ref().and_then(|commit| commit.author.as_deref());
    if let Err(problem) = author(call, options) {
        findings.push(Finding::error(problem.code(), problem.message()));
    }
    findings.extend(older(tap, call, release, &place).await?);
    Ok(findings)
}

fn about(release: &Release) -> Vec<Finding> {
    let about = &release.package.about;
    let template = release.options.commit.as_ref().is_some_and(|commit| commit.template.is_some());
    let parts = [("description", &about.description), ("homepage", &about.homepage), ("license", &about.license)];
    let mut findings: Vec<Finding> = parts
        .into_iter()
        .filter(|(_, text)| text.as_ref().is_none_or(|text| text.trim().is_empty()))
        .map(|(part, _)| {
            let message = format!("{} has no {part}.", release.package.label());
            // A template of one's own need not use it.
            let missing = if template { Finding::note } else { Finding::error };
            missing(code::tap::ABOUT_MISSING, message)
        })
        .collect();
    if let Some(page) = about.homepage.as_deref().filter(|page| !page.trim().is_empty()) {
        match Url::parse(page) {
            Ok(url) if url.scheme() == "https" => {}
            Ok(url) if url.scheme() == "http" => {
                let message = format!("The homepage {page} is not on https.");
                findings.push(Finding::warning(code::tap::URL_INVALID, message));
            }
            _ => findings.push(Finding::error(code::tap::URL_INVALID, format!("The homepage `{page}` is no address."))),
        }
    }
    findings
}

fn name_of_repository(tap: &Tap, place: &Place) -> Option<Finding> {
    let prefix = tap.format.repository_prefix()?;
    let (owner, name) = place.repository.rsplit_once('/').unwrap_or(("", &place.repository));
    if name.starts_with(prefix) {
        return None;
    }
    let message = format!("The repository {} should be named {owner}/{prefix}{name}.", place.repository);
    Some(Finding::warning(code::tap::REPOSITORY_NAME, message))
}

/// Clients download over https; only a machine that talks to itself does not.
fn check_file(file: File<'_>) -> Vec<Finding> {
    let (asset, mut findings) = (file.asset, Vec::new());
    let local = |url: &Url| match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match Url::parse(&asset.url) {
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && local(&url)) => {}
        _ => findings.push(Finding::error(
            code::tap::URL_INVALID,
            format!("{} would be downloaded from {}, which is not an https address.", asset.name, asset.url),
        )),
    }
    if file.sha256().is_empty() {
        findings
            .push(Finding::error(code::tap::DIGEST_MISSING, format!("The SHA-256 of {} is not known.", asset.name)));
    }
    findings
}

/// Whether the repository offers a newer version: users would be led back.
async fn older(tap: &Tap, call: &Call, release: &Release, place: &Place) -> Result<Option<Finding>> {
    let Some(found) = lookup::live(call, place).await? else { return Ok(None) };
    let bytes = found.remote.blob(call, &found.tip, found.entry.id).await?;
    let Some(there) = tap.format.version_of(&String::from_utf8_lossy(&bytes)) else { return Ok(None) };
    let is_newer = match (Version::parse(&there), Version::parse(&release.version)) {
        (Ok(there), Ok(here)) => there > here,
        _ => false,
    };
    let shown = Remote::shown(&found.remote);
    let message = format!("{} in {shown} is for version {there}, and this is {}.", place.path, release.version);
    Ok(is_newer.then(|| Finding::warning(code::tap::OLDER_VERSION, message)))
}
