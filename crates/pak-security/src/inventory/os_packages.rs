//! The package databases of Linux distributions, as images hold them: Alpine's, Debian's, and (named, not read) rpm's.
//!
//! The distribution itself stands in another file, `os-release`; [`named`] adds it once both were seen.

use super::file::{File, Found, Refusal, declared_licence};
use super::purl::Purl;
use crate::report::{Certainty, Component, Origin, Scope};

/// A distribution, by its `os-release`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Distribution {
    id: String,
    version: String,
}

impl Distribution {
    /// Reads `etc/os-release`.
    pub(super) fn read(text: &str) -> Self {
        let word = |key: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
            Some(line.trim().trim_matches(['"', '\'']).to_owned())
        };
        Self { id: word("ID").unwrap_or_default(), version: word("VERSION_ID").unwrap_or_default() }
    }

    /// The distribution a purl names by its qualifier `distro`, or by its namespace.
    pub(super) fn of_purl(purl: &Purl) -> Option<Self> {
        if !matches!(purl.kind.as_str(), "apk" | "deb" | "rpm") {
            return None;
        }
        let (id, version) = match purl.qualifiers.get("distro").and_then(|distro| distro.split_once('-')) {
            Some((id, version)) => (id.to_owned(), version.to_owned()),
            None => (purl.namespace.clone()?, String::new()),
        };
        Some(Self { id, version })
    }

    /// The ecosystem as OSV names it, with the release advisories are kept for; empty for a distribution OSV has none of.
    pub(super) fn ecosystem(&self) -> String {
        if self.version.is_empty() {
            let plain = ["Alpine", "Debian", "Ubuntu", "Wolfi", "Chainguard"];
            let found = plain.into_iter().find(|one| one.eq_ignore_ascii_case(&self.id));
            return found.unwrap_or_default().to_owned();
        }
        let major = self.version.split('.').next().unwrap_or_default();
        let minor = || self.version.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
        match self.id.as_str() {
            "alpine" => format!("Alpine:v{}", minor()),
            "debian" => format!("Debian:{major}"),
            "ubuntu" => {
                // Releases of April in even years are supported for long, and OSV says so.
                let year = major.parse::<u32>().unwrap_or(1);
                let long = year.is_multiple_of(2) && self.version.ends_with(".04");
                format!("Ubuntu:{}{}", self.version, if long { ":LTS" } else { "" })
            }
            "wolfi" => "Wolfi".to_owned(),
            "chainguard" => "Chainguard".to_owned(),
            "rocky" => format!("Rocky Linux:{major}"),
            "almalinux" => format!("AlmaLinux:{major}"),
            _ => String::new(),
        }
    }
}

/// Adds the distribution to components of its databases.
pub(super) fn named(components: &mut [Component], distribution: &Distribution) {
    for component in components.iter_mut() {
        let Some(mut purl) =
            Purl::parse(&component.purl).filter(|purl| matches!(purl.kind.as_str(), "apk" | "deb" | "rpm"))
        else {
            continue;
        };
        if distribution.id.is_empty() {
            continue;
        }
        component.ecosystem = distribution.ecosystem();
        purl.namespace = Some(distribution.id.clone());
        let release = format!("{}-{}", distribution.id, distribution.version);
        component.purl = purl.with("distro", release.trim_end_matches('-')).to_string();
    }
}

fn component(file: &File<'_>, kind: &str, name: &str, version: &str, architecture: &str, source: &str) -> Component {
    let namespace = match kind {
        "apk" => "alpine",
        _ => "debian",
    };
    let purl =
        Purl::new(kind, Some(namespace), name, Some(version)).with("arch", architecture).with("upstream", source);
    Component {
        purl: purl.to_string(),
        ecosystem: if kind == "apk" { "Alpine".to_owned() } else { "Debian".to_owned() },
        name: name.to_owned(),
        version: Some(version.to_owned()),
        path: file.path.to_owned(),
        line: file.line_of(name),
        scope: Scope::Runtime,
        direct: None,
        origin: Origin::Registry,
        certainty: Certainty::Exact,
        licence: None,
        digests: Vec::new(),
        dependencies: Vec::new(),
    }
}

/// `lib/apk/db/installed`: a letter and a colon a line, an empty line between packages. Advisories name the origin (`o:`).
pub(super) fn apk(file: &File<'_>) -> Found {
    let read = |block: &str| {
        let word = |key: &str| block.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        let (name, version) = (word("P:"), word("V:"));
        if name.is_empty() || version.is_empty() {
            return None;
        }
        let origin = Some(word("o:")).filter(|origin| *origin != name).unwrap_or_default();
        let mut component = component(file, "apk", name, version, word("A:"), origin);
        component.line = block.lines().find_map(|line| line.strip_prefix("P:")).and_then(|name| file.line_of(name));
        component.licence = declared_licence(word("L:"));
        Some(component)
    };
    Ok(file.text.split("\n\n").filter_map(read).collect())
}

/// `var/lib/dpkg/status` and `status.d/*`: what is installed. Advisories name the source package.
pub(super) fn dpkg(file: &File<'_>) -> Found {
    let read = |block: &str| {
        let word = |key: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
            line.map(str::trim).unwrap_or_default()
        };
        let (name, version, status) = (word("Package"), word("Version"), word("Status"));
        if name.is_empty() || version.is_empty() || !(status.is_empty() || status.ends_with(" installed")) {
            return None;
        }
        // `Source: name (version)`, where it is not the same.
        let source = word("Source").split(" (").next().unwrap_or_default();
        let mut component = component(file, "deb", name, version, word("Architecture"), source);
        component.line =
            block.lines().find_map(|line| line.strip_prefix("Package:")).and_then(|name| file.line_of(name));
        Some(component)
    };
    Ok(file.text.split("\n\n").filter_map(read).collect())
}

/// The databases of rpm: Berkeley DB, ndb or SQLite.
pub(super) fn rpm(_: &str, _: &[u8]) -> Found {
    Err(Refusal(
        "it is a database of rpm, which pak does not read yet; a bill of materials of the image may be given instead"
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::testing::{line, read};

    #[test]
    fn databases_get_their_distribution() {
        let text = "C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\n\nP:libcrypto3\nV:3.3.1-r0\nA:x86_64\no:openssl\nF:lib\n\n";
        let mut components = read("lib/apk/db/installed", text).unwrap();
        named(&mut components, &Distribution::read("NAME=\"Alpine\"\nID=alpine\nVERSION_ID=3.20.1\n"));
        assert_eq!(
            components.iter().map(line).collect::<Vec<_>>(),
            [
                "pkg:apk/alpine/libcrypto3@3.3.1-r0?arch=x86_64&distro=alpine-3.20.1&upstream=openssl :8",
                "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.1 :2",
            ]
        );
        assert_eq!(components[0].ecosystem, "Alpine:v3.20");
        let text = "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc (2.36)\nVersion: 2.36-9+deb12u4\nDescription: x\n more\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n";
        let mut components = read("var/lib/dpkg/status", text).unwrap();
        named(&mut components, &Distribution::read("ID=ubuntu\nVERSION_ID=\"22.04\""));
        assert_eq!(
            components.iter().map(line).collect::<Vec<_>>(),
            ["pkg:deb/ubuntu/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=ubuntu-22.04&upstream=glibc :1"]
        );
        assert_eq!(components[0].ecosystem, "Ubuntu:22.04:LTS");
    }
}
