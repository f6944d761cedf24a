//! Walks a package and asks the rules about every name, folder by folder, as npm's own walker does.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};

use super::glob::{MOST_NAMES, Names, Rule, rules};
use super::manifest::Manifest;
use super::rules::{defaults, from_manifest, strict_inside};
use super::{bundle, glob};

/// Deeper folders are refused: nobody has them, and a loop of mounts would. A few names less than rules can hold, for slashes.
const DEPTH: usize = MOST_NAMES - 6;

/// The files of a package: path in the package (with `/`) and path on disk, in the order they are packed.
pub fn select(project: &Utf8Path, root: &Utf8Path) -> Result<Vec<(String, Utf8PathBuf)>> {
    let manifest = Manifest::read(root)?;
    let above = ignored_above(project, root);
    let mut found = walk_package(root, &manifest, Kind::Root { above: &above })?;
    bundle::add(root, &manifest, &mut found)?;
    let mut files: Vec<(String, Utf8PathBuf)> = found.into_iter().collect();
    // npm's order: alike files side by side, which compresses better.
    files.sort_by_cached_key(|(path, _)| {
        let path = Utf8Path::new(path);
        let lower = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
        (lower(path.extension()), lower(path.file_name()), path.to_owned())
    });
    Ok(files)
}

/// What is walked.
#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    /// The package itself; `above`: lines of ignore files above it, in a workspace.
    Root { above: &'a str },
    /// An installed dependency that travels along: as it is, but for what its manifest leaves out.
    Bundled,
    /// The same, linked to where it is developed: its ignore files count.
    Linked,
}

/// Files of one package without what it bundles.
pub(super) fn walk_package(
    root: &Utf8Path,
    manifest: &Manifest,
    kind: Kind<'_>,
) -> Result<BTreeMap<String, Utf8PathBuf>> {
    let from = from_manifest(manifest, root);
    let above = if let Kind::Root { above } = kind { above } else { "" };
    let reads_ignore_files = !matches!(kind, Kind::Bundled);
    let has_files_list = from.files.is_some();
    let ignore = |name: &str| if reads_ignore_files && !has_files_list { read_rules(root, name) } else { Vec::new() };
    let npmignore = ignore(".npmignore");
    let gitignore = if root.join(".npmignore").is_file() { Vec::new() } else { ignore(".gitignore") };
    let walker = Walker {
        name: String::new(),
        parent: None,
        // Weakest first; each may turn round what those before it said.
        rules: [
            if reads_ignore_files { defaults(above) } else { Vec::new() },
            from.files.unwrap_or_default(),
            npmignore,
            gitignore,
            from.strict,
        ],
        exact: false,
    };
    let mut walk = Walk {
        root: root.to_owned(),
        // Inside a workspace root npm reads every package.json below as if it were an ignore file. Its lines match nothing,
        // but the ignore files beside it no longer count.
        manifests_silence: matches!(kind, Kind::Root { .. }) && bundle::has_members(root, manifest),
        found: BTreeMap::new(),
    };
    walk.folder(&walker, Utf8Path::new(""), &from.required, 0)?;
    Ok(walk.found)
}

/// One folder's rules, with those of the folders above.
struct Walker<'a> {
    name: String,
    parent: Option<&'a Walker<'a>>,
    rules: [Vec<Rule>; 5],
    /// The folder itself was taken in, not only something it may hold.
    exact: bool,
}

impl Walker<'_> {
    /// Whether a path below this folder is taken in. `partial`: as a folder that may hold something wanted; `own`: the name
    /// the question began with, when it comes from a folder below.
    fn takes(&self, path: &str, partial: bool, own: Option<&str>) -> bool {
        let mut included = true;
        if let Some(parent) = self.parent {
            let above = format!("{}/{path}", self.name);
            included = parent.takes(&above, partial, Some(own.unwrap_or(path)));
            if !included && !self.exact {
                return false;
            }
        }
        let text = format!("/{path}/");
        let forms = Forms::of(&text);
        let own_text = own.filter(|_| partial).map(|own| format!("/{own}/"));
        let own_forms = own_text.as_deref().map(Forms::of);
        for rule in self.rules.iter().flatten() {
            if rule.negated != included && hits(rule, &forms, own_forms.as_ref(), partial) {
                included = rule.negated;
            }
        }
        included
    }
}

/// The forms in which a rule is asked about a path, each taken apart once.
struct Forms<'a> {
    rooted: Names<'a>,
    bare: Names<'a>,
    rooted_folder: Names<'a>,
    bare_folder: Names<'a>,
}

impl<'a> Forms<'a> {
    /// From the path with a slash at both ends.
    fn of(text: &'a str) -> Self {
        let end = text.len() - 1;
        Self {
            rooted: Names::of(&text[..end]),
            bare: Names::of(&text[1..end]),
            rooted_folder: Names::of(text),
            bare_folder: Names::of(&text[1..]),
        }
    }

    fn are_on_the_way(&self, rule: &Rule) -> bool {
        rule.matches(&self.rooted_folder, false)
            || rule.matches(&self.bare_folder, false)
            || rule.negated && (rule.matches(&self.rooted, true) || rule.matches(&self.bare, true))
    }
}

fn hits(rule: &Rule, forms: &Forms<'_>, own: Option<&Forms<'_>>, partial: bool) -> bool {
    rule.matches(&forms.rooted, false)
        || rule.matches(&forms.bare, false)
        || partial
            && (forms.are_on_the_way(rule) || rule.is_bare && own.is_some_and(|forms| forms.are_on_the_way(rule)))
}

struct Walk {
    root: Utf8PathBuf,
    manifests_silence: bool,
    found: BTreeMap<String, Utf8PathBuf>,
}

impl Walk {
    fn folder(&mut self, walker: &Walker<'_>, folder: &Utf8Path, required: &[String], depth: usize) -> Result<()> {
        let path = self.root.join(folder);
        if depth > DEPTH {
            let message = format!("{path} lies more than {DEPTH} folders deep.");
            return Err(Problem::new(code::build::FILE_REFUSED, message).about("file", &path));
        }
        let entries = std::fs::read_dir(&path).map_err(|error| unreadable(&path, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&path, &error))?;
            let name = entry.file_name();
            let name = match name.to_str() {
                Some(name) => name.to_owned(),
                None => {
                    // Asked about by what can be read of it: a name that is left out anyway harms nobody.
                    let shown = name.to_string_lossy().into_owned();
                    if walker.takes(&shown, false, None) {
                        let message = format!("{path} holds a name that is not UTF-8: {shown}.");
                        return Err(Problem::new(code::build::FILE_REFUSED, message).about("file", path.join(&shown)));
                    }
                    continue;
                }
            };
            let as_file = walker.takes(&name, false, None);
            let as_folder = walker.takes(&name, true, None);
            // A star cannot be in a file name on Windows.
            if !(as_file || as_folder) || name.contains('*') {
                continue;
            }
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            let below = folder.join(&name);
            if kind.is_symlink() && as_file {
                self.refuse_outside(&below)?;
            } else if kind.is_file() && as_file {
                self.found.insert(below.as_str().replace('\\', "/"), self.root.join(&below));
            } else if kind.is_dir() && as_folder {
                let inside: Vec<String> = required.iter().filter_map(|file| directly_in(file, &name)).collect();
                let exact = as_file || walker.takes(&format!("{name}/"), false, None);
                let rules = self.rules_of(&below, &inside);
                let child = Walker { name, parent: Some(walker), rules, exact };
                self.folder(&child, &below, &inside, depth + 1)?;
            }
        }
        Ok(())
    }

    /// Rules of a folder inside the package.
    fn rules_of(&self, folder: &Utf8Path, required: &[String]) -> [Vec<Rule>; 5] {
        let path = self.root.join(folder);
        let silenced = self.manifests_silence && path.join("package.json").is_file();
        let read = |name: &str| if silenced { Vec::new() } else { read_rules(&path, name) };
        let gitignore = if path.join(".npmignore").is_file() { Vec::new() } else { read(".gitignore") };
        [defaults(""), Vec::new(), read(".npmignore"), gitignore, strict_inside(required)]
    }

    /// npm drops symbolic links without a word. One that leaves the package is more likely a file the user misses later.
    fn refuse_outside(&self, link: &Utf8Path) -> Result<()> {
        let path = self.root.join(link);
        let target = path.canonicalize_utf8();
        let root = self.root.canonicalize_utf8();
        match (target, root) {
            (Ok(target), Ok(root)) if !target.starts_with(&root) => Err(Problem::new(
                code::build::LINK_REFUSED,
                format!("{path} is a symbolic link to {target}, outside the package; npm packages hold no links."),
            )
            .about("file", &path)),
            _ => Ok(()),
        }
    }
}

/// The name of a required file, if it lies directly in this folder.
fn directly_in(file: &str, folder: &str) -> Option<String> {
    let (place, name) = file.rsplit_once('/')?;
    (place.trim_start_matches("./") == folder).then(|| name.to_owned())
}

/// Rules of an ignore file; none where there is none that can be read.
fn read_rules(folder: &Utf8Path, name: &str) -> Vec<Rule> {
    std::fs::read(folder.join(name)).map(|bytes| rules(&String::from_utf8_lossy(&bytes))).unwrap_or_default()
}

/// In a workspace, ignore files from its root down to the folder above the member count too, each folder's `.npmignore` before
/// its `.gitignore`.
fn ignored_above(project: &Utf8Path, member: &Utf8Path) -> String {
    let above: Vec<&Utf8Path> = member.ancestors().skip(1).take_while(|folder| folder.starts_with(project)).collect();
    let is_root = |folder: &&&Utf8Path| {
        let Ok(manifest) = Manifest::read(folder) else { return false };
        member.strip_prefix(folder).is_ok_and(|below| is_member(&manifest, below))
    };
    let Some(root) = above.iter().find(is_root) else { return String::new() };
    let mut text = String::new();
    for folder in above.iter().rev().filter(|folder| folder.starts_with(root)) {
        let read = |name: &str| std::fs::read(folder.join(name)).ok();
        if let Some(bytes) = read(".npmignore").or_else(|| read(".gitignore")) {
            text.push_str(&String::from_utf8_lossy(&bytes));
            text.push('\n');
        }
    }
    text
}

/// Whether a folder is a member by the root's `workspaces`.
pub(super) fn is_member(root: &Manifest, folder: &Utf8Path) -> bool {
    let path = folder.as_str().replace('\\', "/");
    root.workspaces().iter().fold(false, |member, pattern| {
        let plain = pattern.trim_start_matches('!');
        let plain = plain.trim_start_matches("./").trim_start_matches('/').trim_end_matches('/');
        let rule = glob::Rule::parse(plain);
        let is_negative = (pattern.len() - pattern.trim_start_matches('!').len()) % 2 == 1;
        // A pattern of one part holds for one part only.
        let hit = (plain.contains('/') || !path.contains('/')) && rule.matches(&Names::of(&path), false);
        if hit { !is_negative } else { member }
    })
}

fn unreadable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::build::FILE_REFUSED, format!("{path} cannot be read.")).about("file", path).cause(error)
}
