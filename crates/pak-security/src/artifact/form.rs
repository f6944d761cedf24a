//! What kind of package an artifact is, and how its files' paths compare from one version to the next.

/// Kinds of packages that have rules of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Npm,
    Sdist,
    Wheel,
    Crate,
    Gem,
    NuGet,
    Jar,
    Debian,
    Rpm,
    Other,
}

impl Form {
    /// By the file's name, and by the ecosystem where names agree.
    pub(super) fn of(name: &str, ecosystem: &str) -> Self {
        let lower = name.to_ascii_lowercase();
        let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
        match ecosystem {
            "npm" => Self::Npm,
            _ if ends(&[".whl"]) => Self::Wheel,
            _ if ends(&[".crate"]) => Self::Crate,
            _ if ends(&[".gem"]) => Self::Gem,
            _ if ends(&[".nupkg", ".snupkg"]) => Self::NuGet,
            _ if ends(&[".jar", ".war", ".aar", ".pom"]) => Self::Jar,
            _ if ends(&[".deb"]) => Self::Debian,
            _ if ends(&[".rpm"]) => Self::Rpm,
            "PyPI" => Self::Sdist,
            _ if ends(&[".tgz"]) => Self::Npm,
            _ => Self::Other,
        }
    }

    /// Whether all files are those of the source tree, save what the packer itself writes.
    pub(super) fn is_source(self) -> bool {
        matches!(self, Self::Sdist | Self::Crate)
    }

    /// A member's path below the package's own root, without anything that changes with the version.
    pub(super) fn inner(self, path: &str) -> String {
        let path = path.split_once("!/").map_or(path, |(_, inner)| inner);
        match self {
            Self::Npm | Self::Sdist | Self::Crate => path.split_once('/').map_or(path, |(_, inner)| inner).to_owned(),
            Self::Wheel => match path.split_once('/') {
                Some((top, rest)) if top.ends_with(".dist-info") => format!("dist-info/{rest}"),
                Some((top, rest)) if top.ends_with(".data") => format!("data/{rest}"),
                _ => path.to_owned(),
            },
            Self::Gem => path.strip_prefix("data.tar.gz!/").unwrap_or(path).to_owned(),
            Self::Debian => match path.split_once("!/") {
                Some((member, inner)) if member.starts_with("control.tar") => format!("DEBIAN/{inner}"),
                Some((_, inner)) => inner.to_owned(),
                None => path.to_owned(),
            },
            // A folder named after the release.
            Self::Other => match path.split_once('/') {
                Some((top, rest)) if top.contains('-') && top.contains(|one: char| one.is_ascii_digit()) => {
                    rest.to_owned()
                }
                _ => path.to_owned(),
            },
            Self::NuGet | Self::Jar | Self::Rpm => path.to_owned(),
        }
    }
}

/// A path without what bundlers put into names: `assets/index-3fa9c21b.js` is the same file with every content.
pub(super) fn stable(path: &str) -> String {
    let (folder, file) = path.rsplit_once('/').map_or(("", path), |(folder, file)| (folder, file));
    let parts: Vec<&str> = file
        .split_inclusive(['-', '.', '_'])
        .map(|part| {
            let word = part.trim_end_matches(['-', '.', '_']);
            let mixed =
                word.contains(|one: char| one.is_ascii_digit()) && word.contains(|one: char| one.is_ascii_alphabetic());
            if mixed && (8..=64).contains(&word.len()) && word.chars().all(|one| one.is_ascii_alphanumeric()) {
                part.strip_prefix(word).unwrap_or_default()
            } else {
                part
            }
        })
        .collect();
    format!("{folder}/{}", parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lose_what_changes_with_the_version() {
        assert_eq!(Form::Npm.inner("a.tgz!/package/lib/x.js"), "lib/x.js");
        assert_eq!(Form::Sdist.inner("a.tar.gz!/greeter-1.0/setup.py"), "setup.py");
        assert_eq!(Form::Wheel.inner("a.whl!/greeter-1.0.dist-info/RECORD"), "dist-info/RECORD");
        assert_eq!(Form::Gem.inner("a.gem!/data.tar.gz!/lib/a.rb"), "lib/a.rb");
        assert_eq!(Form::Debian.inner("a.deb!/control.tar.xz!/postinst"), "DEBIAN/postinst");
        assert_eq!(Form::Other.inner("a.tar.gz!/tool-1.2.3/bin/tool"), "bin/tool");
        assert_eq!(stable("assets/index-3fa9c21b.js"), stable("assets/index-77aa00c1.js"));
        assert_ne!(stable("assets/index.js"), stable("assets/other.js"));
    }
}
