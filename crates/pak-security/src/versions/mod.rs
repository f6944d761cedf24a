//! The order of versions in each ecosystem: what an advisory's ranges mean. Called by `advisories` and by whoever sorts versions.
//!
//! Every order is total on any text: a version that its ecosystem would refuse still has a place (mostly before all others),
//! so that a range is never walked in a random order. [`Order::understands`] says whether that place means anything.

mod alpine;
mod debian;
mod maven;
mod nuget;
mod numbers;
mod packagist;
mod pep440;
mod rpm;
mod rubygems;
mod semver;

use std::cmp::Ordering;

/// OSV's name of Rust's ecosystem.
const RUST: &str = concat!("crates", ".", "io");

/// A rule by which versions are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Semantic Versioning 2, read leniently: `v`, missing parts and further parts are accepted.
    SemVer,
    /// The same, but what follows `+` orders too (pub, Julia).
    SemVerWithBuild,
    /// PEP 440, with the legacy versions before all others.
    Pep440,
    /// Maven's version order specification.
    Maven,
    /// `Gem::Version`.
    RubyGems,
    /// NuGet: four numbers, labels without case.
    NuGet,
    /// PHP's `version_compare`, as Composer uses it.
    Packagist,
    /// Lists of numbers (Haskell's PVP, R).
    Numbers,
    /// dpkg.
    Debian,
    /// apk.
    Alpine,
    /// rpm: epoch, version, release by `rpmvercmp`.
    Rpm,
}

impl Order {
    /// The order of an ecosystem by its OSV name; what follows a colon (`Debian:12`) does not change it.
    pub fn of(ecosystem: &str) -> Option<Self> {
        let name = ecosystem.split(':').next().unwrap_or_default().trim();
        Some(match name {
            RUST | "npm" | "Go" | "Hex" | "SwiftURL" | "JSR" | "GitHub Actions" | "Bitnami" | "ConanCenter"
            | "VSCode" | "Kubernetes" | "SEMVER" => Self::SemVer,
            "Pub" | "Julia" => Self::SemVerWithBuild,
            "PyPI" => Self::Pep440,
            "Maven" => Self::Maven,
            "RubyGems" => Self::RubyGems,
            "NuGet" => Self::NuGet,
            "Packagist" => Self::Packagist,
            "Hackage" | "GHC" | "CRAN" | "Bioconductor" => Self::Numbers,
            "Debian" | "Ubuntu" | "Echo" | "opam" => Self::Debian,
            "Alpine" | "Alpaquita" | "BellSoft Hardened Containers" | "Chainguard" | "Wolfi" | "MinimOS" => {
                Self::Alpine
            }
            "Red Hat" | "Rocky Linux" | "AlmaLinux" | "SUSE" | "openSUSE" | "Mageia" | "openEuler" | "Photon OS"
            | "Azure Linux" | "Amazon Linux" | "Oracle Linux" | "Fedora" => Self::Rpm,
            _ => return None,
        })
    }

    /// How two versions are ordered, as the ecosystem's own comparison function answers.
    pub fn compare(self, one: &str, other: &str) -> Ordering {
        let (one, other) = (one.trim(), other.trim());
        match self {
            Self::SemVer => semver::compare(one, other),
            Self::SemVerWithBuild => semver::compare_with_build(one, other),
            Self::Pep440 => pep440::compare(one, other),
            Self::Maven => maven::compare(one, other),
            Self::RubyGems => rubygems::compare(one, other),
            Self::NuGet => nuget::compare(one, other),
            Self::Packagist => packagist::compare(one, other),
            Self::Numbers => numbers::compare(one, other),
            Self::Debian => debian::compare(one, other),
            Self::Alpine => alpine::compare(one, other),
            Self::Rpm => rpm::compare(one, other),
        }
    }

    /// How two versions are ordered where a range is asked about. It differs from [`Order::compare`] for Packagist alone:
    /// Composer fills versions up to four numbers before it compares, so its `1.0` is `1.0.0`.
    pub fn compare_in_range(self, one: &str, other: &str) -> Ordering {
        match self {
            Self::Packagist => packagist::compare_normalised(one.trim(), other.trim()),
            order => order.compare(one, other),
        }
    }

    /// Whether the version means something in this order. A branch (`dev-main`) or a word has a place, but no meaning.
    pub fn understands(self, version: &str) -> bool {
        let version = version.trim();
        match self {
            Self::Packagist => packagist::understands(version),
            Self::Pep440 => pep440::understands(version),
            Self::Alpine | Self::Debian | Self::Rpm | Self::Maven => version.chars().any(|c| c.is_ascii_alphanumeric()),
            _ => version.trim_start_matches(['v', 'V', '=']).trim_start().starts_with(|c: char| c.is_ascii_digit()),
        }
    }
}

/// Orders two versions of an ecosystem (its OSV name); none where the ecosystem has no order that pak knows.
pub fn compare(ecosystem: &str, one: &str, other: &str) -> Option<Ordering> {
    Order::of(ecosystem).map(|order| order.compare(one, other))
}

/// Digits of any number, ordered by value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Number<'a>(&'a str);

impl<'a> Number<'a> {
    /// The value of a run of ASCII digits; no digits are zero.
    fn new(digits: &'a str) -> Self {
        Self(digits.trim_start_matches('0'))
    }

    fn is_zero(self) -> bool {
        self.0.is_empty()
    }
}

impl Ord for Number<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(other.0))
    }
}

impl PartialOrd for Number<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Cuts the longest start off whose characters all pass.
fn take(text: &str, pass: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(|c| !pass(c)).unwrap_or(text.len()))
}

/// The numbers at the start of a text, with a dot between each two, and what follows them.
fn dotted(text: &str) -> (Vec<Number<'_>>, &str) {
    let mut numbers = Vec::new();
    let mut rest = text;
    loop {
        let (digits, after) = take(rest, |c| c.is_ascii_digit());
        if digits.is_empty() {
            return (numbers, rest);
        }
        numbers.push(Number::new(digits));
        rest = after;
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => return (numbers, rest),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Compares two lists item by item, the shorter filled up by `none`.
fn padded<T: Copy>(one: &[T], other: &[T], none: T, compare: impl Fn(T, T) -> Ordering) -> Ordering {
    let item = |list: &[T], index: usize| list.get(index).copied().unwrap_or(none);
    (0..one.len().max(other.len()))
        .map(|index| compare(item(one, index), item(other, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests;
