//! Files that mean harm: nothing panics, nothing takes long, and what is not understood is told.

use std::time::{Duration, Instant};

use pak_security::inventory::{of_archive, of_file};
use pak_security::report::NoticeKind;
use proptest::prelude::*;

/// A path of each format.
const PATHS: &[&str] = &[
    "Cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "poetry.lock",
    "pdm.lock",
    "uv.lock",
    "Pipfile.lock",
    "pylock.toml",
    "requirements.txt",
    "environment.yml",
    "conda-lock.yml",
    "pixi.lock",
    "conda-meta/a.json",
    "go.mod",
    "go.sum",
    "vendor/modules.txt",
    "Gemfile.lock",
    "a.gemspec",
    "composer.lock",
    "vendor/composer/installed.json",
    "pom.xml",
    "gradle.lockfile",
    "gradle/verification-metadata.xml",
    "gradle/libs.versions.toml",
    "build.sbt.lock",
    "deps.edn",
    "project.clj",
    "META-INF/maven/g/a/pom.properties",
    "packages.lock.json",
    "packages.config",
    "a.csproj",
    "Directory.Packages.props",
    "a.deps.json",
    "a.nuspec",
    "mix.lock",
    "rebar.lock",
    "pubspec.lock",
    "Package.resolved",
    "Podfile.lock",
    "cabal.project.freeze",
    "stack.yaml.lock",
    "renv.lock",
    "conan.lock",
    "vcpkg.json",
    "Manifest.toml",
    "a.opam",
    "cpanfile.snapshot",
    "luarocks.lock",
    ".github/workflows/a.yml",
    "action.yml",
    "Dockerfile",
    "compose.yaml",
    "Chart.lock",
    "Chart.yaml",
    ".terraform.lock.hcl",
    "Brewfile.lock.json",
    ".SRCINFO",
    "flake.lock",
    "lib/apk/db/installed",
    "var/lib/dpkg/status",
    "var/lib/rpm/rpmdb.sqlite",
    "bom.json",
]; // fmt: skip

#[test]
fn large_files_of_repeated_nonsense_take_little_time() {
    let pieces = [
        "[",
        "{\"a\":",
        "a: {",
        "- ",
        "\"",
        "<a>",
        "a==1 \\\n",
        "  a (1)\n",
        "\"a@1\":\n  version \"1\"\n",
        "[[package]]\n",
        "a:\n",
        "  - a: b\n",
        "depends: \"a\" {",
        "# a v1\n",
        "$A",
        "P:a\nV:1\n\n",
        "\n",
        "{:",
        "\u{feff}",
        "a@",
        "((((",
    ];
    let mut slowest = (Duration::ZERO, String::new());
    for path in PATHS {
        for piece in pieces {
            let text = piece.repeat(60_000 / piece.len());
            let begun = Instant::now();
            let _ = of_file(path, text.as_bytes());
            slowest = slowest.max((begun.elapsed(), format!("{path} with {piece:?}")));
        }
    }
    println!("slowest: {slowest:?}");
    // Work that grows with the square of such a size takes minutes in a build like this one.
    assert!(slowest.0 < Duration::from_secs(10), "{slowest:?}");
}

#[test]
fn what_is_not_understood_is_told() {
    let deep = "[".repeat(100_000);
    let merge = "{\n<<<<<<< ours\n\"a\": 1\n=======\n>>>>>>> theirs\n}";
    for (path, text) in
        [("package-lock.json", deep.as_str()), ("uv.lock", &deep), ("yarn.lock", merge), ("go.mod", merge)]
    {
        let notice = of_file(path, text.as_bytes()).unwrap().unwrap_err();
        assert_eq!((notice.kind, notice.path.as_deref()), (NoticeKind::Unreadable, Some(path)));
    }
    assert!(of_file("Cargo.lock", b"\xff\xfe\x00").unwrap().is_err());
    assert!(of_file("README.md", b"x").is_none());
    let large = vec![b' '; (64 << 20) + 1];
    assert_eq!(of_file("package-lock.json", &large).unwrap().unwrap_err().kind, NoticeKind::TooLarge);
    // A notice quotes nothing of the file: it may hold credentials.
    let secret = ["hun", "ter2"].concat();
    let notice = of_file("Cargo.lock", format!("package = \"{secret}\"").as_bytes()).unwrap().unwrap_err();
    assert!(!notice.message.contains(&secret));
}

#[test]
fn line_ends_and_marks_change_nothing() {
    let text = "[[package]]\nname = \"a\"\nversion = \"1.0\"\n";
    let plain = of_file("poetry.lock", text.as_bytes()).unwrap().unwrap();
    assert_eq!(plain.len(), 1);
    let windows = text.replace('\n', "\r\n");
    let marked = format!("\u{feff}{text}");
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [windows.as_bytes(), marked.as_bytes(), &wide] {
        assert_eq!(of_file("poetry.lock", bytes).unwrap().unwrap(), plain);
    }
}

proptest! {
    #[test]
    fn nothing_panics(path in prop::sample::select(PATHS), text in "([a-z0-9@:=/\"'{}\\[\\]<>#,. \n-]|\\(|\\)|  ){0,200}") {
        let _ = of_file(path, text.as_bytes());
    }

    #[test]
    fn no_archive_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = of_archive("a.tar", &bytes);
        let _ = of_archive("a", &[b"\x7fELF\x02\x01", bytes.as_slice()].concat());
        let _ = of_archive("a", &[b"\x7fELF \xff Go buildinf:\x08\x02", bytes.as_slice()].concat());
    }
}
