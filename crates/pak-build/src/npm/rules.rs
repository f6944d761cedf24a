//! The rule sets that npm lays over a package besides the ignore files in it.

use camino::Utf8Path;

use super::glob::{Rule, rules};
use super::manifest::{Manifest, plain};

/// What never interests a user of the package, unless a later rule takes it in.
const DEFAULTS: &[&str] = &[
    ".npmignore",
    ".gitignore",
    "**/.git",
    "**/.svn",
    "**/.hg",
    "**/CVS",
    "**/.git/**",
    "**/.svn/**",
    "**/.hg/**",
    "**/CVS/**",
    "/.lock-wscript",
    "/.wafpickle-*",
    "/build/config.gypi",
    "npm-debug.log",
    "**/.npmrc",
    ".*.swp",
    ".DS_Store",
    "**/.DS_Store/**",
    "._*",
    "**/._*/**",
    "*.orig",
    "/archived-packages/**",
];

/// What no manifest and no ignore file can change for a package's root.
const STRICT: &[&str] = &[
    "/.git",
    "!/package.json",
    "!/readme{,.*[^~$]}",
    "!/copying{,.*[^~$]}",
    "!/license{,.*[^~$]}",
    "!/licence{,.*[^~$]}",
    "/.git",
    "/node_modules",
    ".npmrc",
    "/package-lock.json",
    "/yarn.lock",
    "/pnpm-lock.yaml",
    "/bun.lockb",
];

/// The weakest rules; `more` are lines of ignore files above a workspace member.
pub(super) fn defaults(more: &str) -> Vec<Rule> {
    DEFAULTS.iter().map(|line| Rule::parse(line)).chain(rules(more)).collect()
}

/// The strongest rules of a folder inside a package: `required` files of it that the manifest names.
pub(super) fn strict_inside(required: &[String]) -> Vec<Rule> {
    let required = required.iter().map(|file| Rule::parse(&format!("!{file}")));
    std::iter::once(Rule::parse("/.git")).chain(required).collect()
}

/// What a manifest says.
pub(super) struct FromManifest {
    /// Rules of `files`; `None` without the list.
    pub(super) files: Option<Vec<Rule>>,
    /// The strongest rules.
    pub(super) strict: Vec<Rule>,
    /// Entries of `files` that are files, relative to the root.
    pub(super) required: Vec<String>,
}

/// Turns a manifest into rules. Looks at the disk: an entry of `files` that is a file is stronger than a folder or a pattern.
pub(super) fn from_manifest(manifest: &Manifest, root: &Utf8Path) -> FromManifest {
    let mut strict: Vec<Rule> = STRICT.iter().map(|line| Rule::parse(line)).collect();
    let mut required = Vec::new();
    let files = manifest.files().map(|entries| {
        let mut lines = vec!["*".to_owned()];
        for entry in entries.into_iter().filter(|entry| !entry.is_empty()) {
            let mut entry = entry.strip_prefix('.').filter(|rest| rest.starts_with('/')).unwrap_or(entry).to_owned();
            if entry.ends_with("/*") {
                entry.push('*');
            }
            let wanted = format!("!{entry}");
            let named = plain(entry.trim_start_matches('!'));
            match std::fs::symlink_metadata(root.join(&named)) {
                // A slash behind a file's name makes it a pattern, as it does for the system.
                Ok(found) if found.is_file() && !entry.ends_with('/') => {
                    strict.insert(0, Rule::parse(wanted.trim()));
                    required.push(entry.strip_prefix('/').unwrap_or(&entry).to_owned());
                }
                Ok(found) if found.is_dir() => {
                    lines.push(format!("{wanted}/**"));
                    lines.push(wanted);
                }
                Ok(found) if !found.is_file() => {}
                _ => lines.push(wanted),
            }
        }
        rules(&lines.join("\n"))
    });
    let entries = [manifest.text("browser"), manifest.text("main")].into_iter().flatten().map(str::to_owned);
    let bins =
        manifest.bins().into_iter().map(|file| if file.ends_with('/') { format!("{file}**/[!.]*") } else { file });
    strict.extend(entries.chain(bins).map(|file| Rule::parse(format!("!/{file}").trim())));
    FromManifest { files, strict, required }
}
