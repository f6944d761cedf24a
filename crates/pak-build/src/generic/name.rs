//! What a file's name says: operating system, architecture, format. The conventions of goreleaser, cargo-dist, electron-builder
//! and of people, who all write the same words in some order: `app_1.0_Darwin_x86_64.tar.gz`, `app-aarch64-apple-darwin.zip`.

/// What a name says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) os: Option<&'static str>,
    pub(super) architecture: Option<&'static str>,
    /// Empty for a bare program.
    pub(super) format: String,
}

const SYSTEMS: &[(&str, &str)] = &[
    ("linux", "linux"),
    ("linux32", "linux"),
    ("linux64", "linux"),
    ("manylinux", "linux"),
    ("musllinux", "linux"),
    ("darwin", "macos"),
    ("macos", "macos"),
    ("macosx", "macos"),
    ("mac", "macos"),
    ("osx", "macos"),
    ("apple", "macos"),
    ("windows", "windows"),
    ("win", "windows"),
    ("win32", "windows"),
    ("win64", "windows"),
    ("mingw", "windows"),
    ("mingw64", "windows"),
    ("freebsd", "freebsd"),
    ("openbsd", "openbsd"),
    ("netbsd", "netbsd"),
    ("dragonfly", "dragonfly"),
    ("solaris", "solaris"),
    ("illumos", "illumos"),
    ("android", "android"),
    ("ios", "ios"),
    ("aix", "aix"),
    ("plan9", "plan9"),
    ("wasi", "wasi"),
    ("wasip1", "wasi"),
];

const ARCHITECTURES: &[(&str, &str)] = &[
    ("x86_64", "x86_64"),
    ("x86-64", "x86_64"),
    ("amd64", "x86_64"),
    ("amd64v1", "x86_64"),
    ("x64", "x86_64"),
    ("64bit", "x86_64"),
    ("64-bit", "x86_64"),
    ("aarch64", "aarch64"),
    ("arm64", "aarch64"),
    ("arm64v8", "aarch64"),
    ("armv8", "aarch64"),
    ("i686", "i686"),
    ("i586", "i686"),
    ("i386", "i686"),
    ("386", "i686"),
    ("x86", "i686"),
    ("ia32", "i686"),
    ("32bit", "i686"),
    ("32-bit", "i686"),
    ("armv7", "armv7"),
    ("armv7l", "armv7"),
    ("armhf", "armv7"),
    ("armv6", "armv6"),
    ("armv6l", "armv6"),
    ("armv6hf", "armv6"),
    ("armv5", "armv5"),
    ("arm", "arm"),
    ("riscv64", "riscv64"),
    ("riscv64gc", "riscv64"),
    ("ppc64le", "powerpc64le"),
    ("powerpc64le", "powerpc64le"),
    ("ppc64", "powerpc64"),
    ("powerpc64", "powerpc64"),
    ("s390x", "s390x"),
    ("loong64", "loongarch64"),
    ("loongarch64", "loongarch64"),
    ("mips", "mips"),
    ("mipsel", "mipsel"),
    ("mipsle", "mipsel"),
    ("mips64", "mips64"),
    ("mips64el", "mips64el"),
    ("mips64le", "mips64el"),
    ("wasm", "wasm32"),
    ("wasm32", "wasm32"),
    ("universal", "universal"),
    ("universal2", "universal"),
];

/// Words that say both: what they say of the architecture counts only where nothing else says it (`win32-x64`).
const BOTH: &[(&str, &str)] = &[("win32", "i686"), ("win64", "x86_64"), ("linux32", "i686"), ("linux64", "x86_64")];

/// Endings of two parts, and short ones, with the name of their format.
const FORMATS: &[(&str, &str)] = &[
    (".tar.gz", "tar.gz"),
    (".tgz", "tar.gz"),
    (".tar.xz", "tar.xz"),
    (".txz", "tar.xz"),
    (".tar.zst", "tar.zst"),
    (".tzst", "tar.zst"),
    (".tar.bz2", "tar.bz2"),
    (".tbz2", "tar.bz2"),
    (".pkg.tar.zst", "pkg.tar.zst"),
    (".7z", "7z"),
];

/// Formats that belong to one system, where the name does not tell it.
const SYSTEM_OF_FORMAT: &[(&str, &str)] = &[
    ("dmg", "macos"),
    ("pkg", "macos"),
    ("exe", "windows"),
    ("msi", "windows"),
    ("msix", "windows"),
    ("deb", "linux"),
    ("rpm", "linux"),
    ("apk", "linux"),
    ("appimage", "linux"),
    ("flatpak", "linux"),
    ("snap", "linux"),
    ("pkg.tar.zst", "linux"),
];

/// Reads a file's name. The package's own name and version in it say nothing of systems (`win-tool_1.386_linux_arm64`).
pub(super) fn read(file: &str, package: &str, version: &str) -> Told {
    let lower = file.to_ascii_lowercase();
    let (stem, format) = split(&lower);
    let package = package.rsplit(['/', ':']).next().unwrap_or_default().to_ascii_lowercase();
    let rest = stem.strip_prefix(package.as_str()).filter(|rest| !rest.starts_with(alphanumeric)).unwrap_or(stem);
    let version = version.to_ascii_lowercase();
    let rest = if version.is_empty() { rest.to_owned() } else { rest.replace(&version, "_") };
    let of_format = SYSTEM_OF_FORMAT.iter().find(|(known, _)| *known == format).map(|(_, os)| *os);
    let os = last(&rest, SYSTEMS).or(of_format);
    let universal =
        || (os == Some("macos")).then(|| last(&rest, &[("all", "universal"), ("fat", "universal")])).flatten();
    let architecture = last(&rest, ARCHITECTURES).or_else(|| last(&rest, BOTH)).or_else(universal);
    Told { os, architecture, format: format.to_owned() }
}

/// The name without its ending, and the ending's format.
fn split(lower: &str) -> (&str, &str) {
    let known = FORMATS.iter().filter_map(|(ending, format)| Some((lower.strip_suffix(ending)?, *format)));
    if let Some(found) = known.min_by_key(|(stem, _)| stem.len()) {
        return found;
    }
    match lower.rsplit_once('.') {
        // What follows the last point may also be the end of a version (`app-1.0`) or a word about the system (`app.linux`).
        Some((stem, ending))
            if ending.starts_with(|first: char| first.is_ascii_alphabetic())
                && ending.len() <= 12
                && ending.chars().all(alphanumeric)
                && !SYSTEMS.iter().chain(ARCHITECTURES).any(|(word, _)| *word == ending && *word != "wasm") =>
        {
            (stem, ending)
        }
        _ => (lower, ""),
    }
}

/// The meaning of the last of these words in a text; of words that begin at one place, the longest.
fn last(text: &str, words: &[(&'static str, &'static str)]) -> Option<&'static str> {
    let found = words.iter().filter_map(|(word, meaning)| {
        let places = text.match_indices(word).map(|(at, _)| at);
        let at = places.filter(|at| stands_alone(text, *at, word.len())).last()?;
        Some((at, word.len(), *meaning))
    });
    found.max().map(|(_, _, meaning)| meaning)
}

fn stands_alone(text: &str, at: usize, length: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let after = text.get(at + length..).unwrap_or_default();
    !before.ends_with(alphanumeric) && !after.starts_with(alphanumeric)
}

fn alphanumeric(character: char) -> bool {
    character.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_many_tools() {
        for (file, os, architecture, format) in [
            ("app_1.0.0_linux_amd64.tar.gz", "linux", "x86_64", "tar.gz"),
            ("app_Darwin_arm64.tar.gz", "macos", "aarch64", "tar.gz"),
            ("app_1.0.0_darwin_all.zip", "macos", "universal", "zip"),
            ("app_1.0.0_Windows_i386.zip", "windows", "i686", "zip"),
            ("app-x86_64-unknown-linux-musl.tar.xz", "linux", "x86_64", "tar.xz"),
            ("app-aarch64-apple-darwin.tar.xz", "macos", "aarch64", "tar.xz"),
            ("app-x86_64-pc-windows-msvc.zip", "windows", "x86_64", "zip"),
            ("app-armv7-unknown-linux-gnueabihf.tgz", "linux", "armv7", "tar.gz"),
            ("app-1.0.0-win64.exe", "windows", "x86_64", "exe"),
            ("app-1.0.0-win32.zip", "windows", "i686", "zip"),
            ("app-win32-x64.zip", "windows", "x86_64", "zip"),
            ("app-macos-universal.dmg", "macos", "universal", "dmg"),
            ("app-1.0.0.dmg", "macos", "", "dmg"),
            ("app_1.0.0_amd64.deb", "linux", "x86_64", "deb"),
            ("App-1.0.0-x86_64.AppImage", "linux", "x86_64", "appimage"),
            ("app-linux-amd64", "linux", "x86_64", ""),
            ("app.linux", "linux", "", ""),
            ("app-386.tar.gz", "", "i686", "tar.gz"),
            ("app-1.0.0", "", "", ""),
            ("app.wasm", "", "", "wasm"),
            ("checksums.txt", "", "", "txt"),
            ("linux-app_freebsd_riscv64.tar.zst", "freebsd", "riscv64", "tar.zst"),
        ] {
            let told = read(file, "app", "1.0.0");
            let found = (told.os.unwrap_or(""), told.architecture.unwrap_or(""), told.format.as_str());
            assert_eq!(found, (os, architecture, format), "{file}");
        }
        let told = read("win-arm-tool_1.386.0_linux_s390x.tar.gz", "@x/win-arm-tool", "1.386.0");
        assert_eq!((told.os, told.architecture), (Some("linux"), Some("s390x")));
        assert_eq!(read("win-arm-tool-1.386.0.zip", "win-arm-tool", "1.386.0").os, None);
        assert_eq!(read("win-arm-tool-1.386.0.zip", "win-arm-tool", "1.386.0").architecture, None);
    }

    proptest! {
        #[test]
        fn nothing_panics(file in "\\PC{0,40}", package in "\\PC{0,10}", version in "\\PC{0,6}") {
            read(&file, &package, &version);
        }
    }
}
