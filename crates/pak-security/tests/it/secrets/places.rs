//! Where secrets hide: archives, wide text, windows of huge lines, binary files, history.

use std::io::Write as _;
use std::process::Command;

use camino::Utf8Path;
use pak_security::secrets::{Options, history, scan_bytes, scan_tree};

use super::random::Random;

fn token(seed: u64) -> String {
    Random(seed).form("npm_{a:30}{crc:6}")
}

#[test]
fn archives_are_opened_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let mut packed = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    let text = format!("\n\nTOKEN={}\n", token(1));
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    packed.append_data(&mut header, "package/.env", text.as_bytes()).unwrap();
    let inner = packed.into_inner().unwrap().finish().unwrap();
    let mut zip = zip::ZipWriter::new(std::fs::File::create(root.join("all.zip")).unwrap());
    zip.start_file("dist/a.tgz", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(&inner).unwrap();
    zip.finish().unwrap();

    let (found, notices) = scan_tree(root, &Options::default());
    let seen: Vec<_> = found.iter().map(|one| (one.id.as_str(), one.path.as_str(), one.line)).collect();
    assert_eq!(seen, [("npm-access-token", "all.zip!/dist/a.tgz!/package/.env", Some(3))]);
    assert_eq!(notices, []);
    let closed = Options { archives: false, ..Options::default() };
    assert_eq!(scan_tree(root, &closed).0, []);
}

#[test]
fn wide_text_and_odd_line_ends_keep_their_lines() {
    let text = format!("first\r\nsecond\r\ntoken = \"{}\"\r\n", token(2));
    let wide: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    for bytes in [text.as_bytes(), &wide] {
        let found = scan_bytes("a.ps1", bytes, &Options::default());
        assert_eq!(found.iter().map(|one| (one.line, one.column)).collect::<Vec<_>>(), [(Some(3), Some(10))]);
    }
}

#[test]
fn binary_files_are_searched_for_tokens_alone() {
    let mut bytes = b"\x7fELF\0\0\0\0password=xK9!fQz2Lm0Rt\0".to_vec();
    bytes.extend_from_slice(token(3).as_bytes());
    bytes.push(0);
    let found = scan_bytes("tool", &bytes, &Options::default());
    assert_eq!(found.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["npm-access-token"]);
}

#[test]
fn a_line_of_many_windows_is_searched_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let filler = "0123456789 abcdefg;".repeat(60_000);
    let mut file = std::fs::File::create(root.join("bundle.js")).unwrap();
    let mut expected = Vec::new();
    file.write_all(b"\n\n").unwrap();
    for seed in 10..30 {
        let value = token(seed);
        expected.push(value.len());
        write!(file, "{filler}var t=\"{value}\";").unwrap();
    }
    drop(file);
    let (found, _) = scan_tree(root, &Options::default());
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().all(|one| one.line == Some(3) && one.id == "npm-access-token"));
    let prints: std::collections::BTreeSet<_> = found.iter().map(|one| &one.fingerprint).collect();
    assert_eq!(prints.len(), found.len());
}

#[test]
fn no_report_holds_any_part_of_a_value() {
    let value = Random(5).form("{pw:20}");
    let found = scan_bytes("a.py", format!("password = \"{value}\"").as_bytes(), &Options::default());
    let report = serde_json::to_string(&found).unwrap();
    assert_eq!(found.len(), 1);
    for part in value.as_bytes().windows(5) {
        assert!(!report.contains(std::str::from_utf8(part).unwrap()));
    }
}

#[test]
fn history_is_searched_and_the_oldest_commit_named() {
    let folder = tempfile::tempdir().unwrap();
    let root = Utf8Path::from_path(folder.path()).unwrap();
    let git = |arguments: &[&str]| {
        let done = Command::new("git")
            .args([
                "-C",
                root.as_str(),
                "-c",
                "user.name=ann",
                "-c",
                "user.email=ann@pak.invalid",
                "-c",
                "commit.gpgsign=false",
            ])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", root.join("none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .output();
        let done = done.unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    git(&["init", "-q"]);
    std::fs::write(root.join("a file.env"), format!("A=1\nTOKEN={}\n", token(7))).unwrap();
    git(&["add", "."]);
    git(&["commit", "-qm", "one"]);
    let first = git(&["rev-parse", "HEAD"]);
    std::fs::write(root.join("a file.env"), format!("A=2\nTOKEN={}\n", token(7))).unwrap();
    git(&["commit", "-qam", "two"]);
    git(&["rm", "-q", "a file.env"]);
    git(&["commit", "-qm", "three"]);

    assert_eq!(scan_tree(root, &Options::default()).0, []);
    let (found, notices) = history::scan(root, &history::Range::default(), &Options::default()).unwrap();
    let seen: Vec<_> = found.iter().map(|one| (one.path.as_str(), one.line, one.commit.as_deref())).collect();
    assert_eq!((seen, notices.len()), (vec![("a file.env", Some(2), Some(first.as_str()))], 0));
    let recent = history::Range { since: Some("1.week".to_owned()) };
    assert_eq!(history::scan(root, &recent, &Options::default()).unwrap().0.len(), 1);
    let future = history::Range { since: Some("2099-01-01".to_owned()) };
    assert_eq!(history::scan(root, &future, &Options::default()).unwrap().0, []);
    let nothing = tempfile::tempdir().unwrap();
    let nothing = Utf8Path::from_path(nothing.path()).unwrap();
    assert!(history::scan(nothing, &history::Range::default(), &Options::default()).is_err());
}
