//! Ecosystems: how OSV and purls name them, and how each writes the names and versions of its packages.

use std::borrow::Cow;

use super::purl::Purl;

/// OSV's name for Rust's registry, which is that of its host.
pub const RUST: &str = concat!("crates", ".", "io");

/// Where packages come from, as the file formats of this module know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ecosystem {
    Npm,
    Jsr,
    PyPi,
    Cargo,
    Go,
    RubyGems,
    Packagist,
    Maven,
    NuGet,
    Hex,
    Pub,
    Swift,
    CocoaPods,
    Hackage,
    Cran,
    Bioconductor,
    Conan,
    Conda,
    Julia,
    Opam,
    Cpan,
    LuaRocks,
    GitHubActions,
    Docker,
    Helm,
    Terraform,
    Vcpkg,
    Homebrew,
    Arch,
    Nix,
}

impl Ecosystem {
    /// The name as OSV writes it; empty where OSV has none.
    pub(super) fn osv(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::PyPi => "PyPI",
            Self::Cargo => RUST,
            Self::Go => "Go",
            Self::RubyGems => "RubyGems",
            Self::Packagist => "Packagist",
            Self::Maven => "Maven",
            Self::NuGet => "NuGet",
            Self::Hex => "Hex",
            Self::Pub => "Pub",
            Self::Swift => "SwiftURL",
            Self::Hackage => "Hackage",
            Self::Cran => "CRAN",
            Self::Bioconductor => "Bioconductor",
            Self::Conan => "ConanCenter",
            Self::Julia => "Julia",
            Self::Opam => "opam",
            Self::GitHubActions => "GitHub Actions",
            Self::Jsr
            | Self::CocoaPods
            | Self::Conda
            | Self::Cpan
            | Self::LuaRocks
            | Self::Docker
            | Self::Helm
            | Self::Terraform
            | Self::Vcpkg
            | Self::Homebrew
            | Self::Arch
            | Self::Nix => "",
        }
    }

    /// The type of its purls.
    pub(super) fn purl_type(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Jsr => "jsr",
            Self::PyPi => "pypi",
            Self::Cargo => "cargo",
            Self::Go => "golang",
            Self::RubyGems => "gem",
            Self::Packagist => "composer",
            Self::Maven => "maven",
            Self::NuGet => "nuget",
            Self::Hex => "hex",
            Self::Pub => "pub",
            Self::Swift => "swift",
            Self::CocoaPods => "cocoapods",
            Self::Hackage => "hackage",
            Self::Cran => "cran",
            Self::Bioconductor => "bioconductor",
            Self::Conan => "conan",
            Self::Conda => "conda",
            Self::Julia => "julia",
            Self::Opam => "opam",
            Self::Cpan => "cpan",
            Self::LuaRocks => "luarocks",
            Self::GitHubActions => "github",
            Self::Docker => "docker",
            Self::Helm => "helm",
            Self::Terraform => "terraform",
            Self::Homebrew => "brew",
            Self::Arch => "alpm",
            Self::Vcpkg | Self::Nix => "generic",
        }
    }

    /// The ecosystem of a purl type; none for types that need more than the type to tell (deb, rpm) or have none.
    pub(super) fn of_purl_type(kind: &str) -> Option<Self> {
        const ALL: [Ecosystem; 28] = [
            Ecosystem::Npm,
            Ecosystem::Jsr,
            Ecosystem::PyPi,
            Ecosystem::Cargo,
            Ecosystem::Go,
            Ecosystem::RubyGems,
            Ecosystem::Packagist,
            Ecosystem::Maven,
            Ecosystem::NuGet,
            Ecosystem::Hex,
            Ecosystem::Pub,
            Ecosystem::Swift,
            Ecosystem::CocoaPods,
            Ecosystem::Hackage,
            Ecosystem::Cran,
            Ecosystem::Bioconductor,
            Ecosystem::Conan,
            Ecosystem::Conda,
            Ecosystem::Julia,
            Ecosystem::Opam,
            Ecosystem::Cpan,
            Ecosystem::LuaRocks,
            Ecosystem::GitHubActions,
            Ecosystem::Docker,
            Ecosystem::Helm,
            Ecosystem::Terraform,
            Ecosystem::Homebrew,
            Ecosystem::Arch,
        ];
        ALL.into_iter().find(|one| one.purl_type() == kind)
    }

    /// The name as the ecosystem compares it: PyPI by PEP 503, Packagist, Hex and others in lower case.
    pub(super) fn normal_name(self, name: &str) -> Cow<'_, str> {
        let name = name.trim();
        match self {
            Self::PyPi => pep503(name),
            Self::Packagist | Self::Hex | Self::Pub | Self::GitHubActions | Self::Arch => lower(name),
            Self::Swift => {
                let url = name.split_once("://").map_or(name, |(_, rest)| rest);
                let url = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
                lower(url.trim_end_matches('/').trim_end_matches(".git"))
            }
            _ => Cow::Borrowed(name),
        }
    }

    /// The version as advisories write it: Go's and Packagist's without the leading `v`.
    pub(super) fn normal_version(self, version: &str) -> Cow<'_, str> {
        let version = version.trim();
        let digits = |rest: &&str| rest.starts_with(|first: char| first.is_ascii_digit());
        match self {
            Self::Go | Self::Packagist | Self::Swift => {
                Cow::Borrowed(version.strip_prefix(['v', 'V']).filter(digits).unwrap_or(version))
            }
            _ => Cow::Borrowed(version),
        }
    }

    /// The purl of a package by its normal name and version.
    pub(super) fn purl(self, name: &str, version: Option<&str>) -> Purl {
        let (namespace, last) = match self {
            Self::Maven => name.rsplit_once(':').map_or((None, name), |(group, artifact)| (Some(group), artifact)),
            Self::LuaRocks
            | Self::Npm
            | Self::Jsr
            | Self::Go
            | Self::Packagist
            | Self::Swift
            | Self::GitHubActions
            | Self::Docker
            | Self::Terraform
            | Self::Hex => name.rsplit_once('/').map_or((None, name), |(space, last)| (Some(space), last)),
            Self::Arch => (Some("arch"), name),
            _ => (None, name),
        };
        let mut purl = Purl::new(self.purl_type(), namespace, last, version);
        match self {
            // Go's versions have the letter in their own spelling; pseudo-versions and tags alike.
            Self::Go => {
                if let Some(version) = purl.version.as_mut().filter(|one| one.starts_with(|c: char| c.is_ascii_digit()))
                {
                    version.insert(0, 'v');
                }
            }
            // `owner/repository/folder`: the folder is no part of the repository's name.
            Self::GitHubActions => {
                let mut parts = name.splitn(3, '/');
                if let (Some(owner), Some(repository), Some(folder)) = (parts.next(), parts.next(), parts.next()) {
                    purl = Purl::new(self.purl_type(), Some(owner), repository, version);
                    purl.subpath = Some(folder.to_owned());
                }
            }
            // `Alamofire/Core` is a part of Alamofire.
            Self::CocoaPods => {
                if let Some((pod, part)) = name.split_once('/') {
                    purl = Purl::new(self.purl_type(), None, pod, version);
                    purl.subpath = Some(part.to_owned());
                }
            }
            _ => {}
        }
        purl
    }
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// PEP 503: runs of `-`, `_` and `.` are one `-`; lower case.
pub(super) fn pep503(name: &str) -> Cow<'_, str> {
    let separator = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    let odd = |pair: &[u8]| matches!(pair, [b'-', b'-']);
    let bytes = name.as_bytes();
    if !bytes.iter().any(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'.')) && !bytes.windows(2).any(odd)
    {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    for letter in name.chars() {
        if !u8::try_from(letter).is_ok_and(separator) {
            normal.push(letter.to_ascii_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_those_their_ecosystem_compares() {
        let purl = |ecosystem: Ecosystem, name: &str, version: &str| {
            let name = ecosystem.normal_name(name).into_owned();
            ecosystem.purl(&name, Some(&ecosystem.normal_version(version))).to_string()
        };
        let cases = [
            (Ecosystem::Npm, "@Scope/name", "1.0.0", "pkg:npm/%40Scope/name@1.0.0"),
            (Ecosystem::PyPi, "Ruamel__Yaml.Clib", "1.0+local", "pkg:pypi/ruamel-yaml-clib@1.0%2Blocal"),
            (
                Ecosystem::Go,
                "github.com/Azure/go-autorest",
                "v1.0.0+incompatible",
                "pkg:golang/github.com/azure/go-autorest@v1.0.0%2Bincompatible",
            ),
            (Ecosystem::Packagist, "Monolog/Monolog", "v2.0", "pkg:composer/monolog/monolog@2.0"),
            (Ecosystem::Packagist, "a/b", "vnext", "pkg:composer/a/b@vnext"),
            (Ecosystem::Maven, "org.apache:commons", "1", "pkg:maven/org.apache/commons@1"),
            (
                Ecosystem::Swift,
                "https://GitHub.com/Apple/swift-nio.git",
                "2.0.0",
                "pkg:swift/github.com/apple/swift-nio@2.0.0",
            ),
            (Ecosystem::GitHubActions, "Actions/cache/restore", "v4", "pkg:github/actions/cache@v4#restore"),
            (Ecosystem::CocoaPods, "A/Core", "1.0", "pkg:cocoapods/A@1.0#Core"),
            (Ecosystem::Arch, "pacman", "6.0-1", "pkg:alpm/arch/pacman@6.0-1"),
        ];
        for (ecosystem, name, version, expected) in cases {
            assert_eq!(purl(ecosystem, name, version), expected);
        }
        assert_eq!(Ecosystem::of_purl_type("golang"), Some(Ecosystem::Go));
        assert_eq!(Ecosystem::of_purl_type("deb"), None);
    }
}
