//! The folder a recipe copies from: what a source names, what `.dockerignore` leaves out, what may not be packed.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};
use pak_model::{Problem, Result, code};

use super::super::layer::Kind;
use super::super::{io, place};
use crate::permissions::execute_bits;

/// The build context.
pub(super) struct Context {
    pub(super) root: Utf8PathBuf,
    rules: Vec<Rule>,
}

/// A line of `.dockerignore`.
struct Rule {
    glob: GlobMatcher,
    /// `!`: takes back in what an earlier rule left out.
    keeps: bool,
}

/// Something found in the context: its path there, its path below what the source named, and what it is.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) inside: String,
    pub(super) kind: Kind,
    pub(super) executable: bool,
}

impl Context {
    /// Opens a context. The recipe's own `<name>.dockerignore` goes before the folder's.
    pub(super) fn open(folder: &Utf8Path, recipe: &Utf8Path) -> Result<Self> {
        let root = folder.canonicalize_utf8().map_err(|error| io(folder, &error))?;
        let own = Utf8PathBuf::from(format!("{recipe}.dockerignore"));
        let file = if own.is_file() { own } else { root.join(".dockerignore") };
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io(&file, &error)),
        };
        let mut rules = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (pattern, keeps) = line.strip_prefix('!').map_or((line, false), |rest| (rest.trim(), true));
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            if pattern.is_empty() || pattern == "." {
                continue;
            }
            rules.push(Rule { glob: glob(pattern).map_err(|problem| problem.about("file", &file))?, keeps });
        }
        Ok(Self { root, rules })
    }

    /// Paths that a source names, sorted; empty where it names nothing.
    pub(super) fn resolve(&self, source: &str) -> Result<Vec<String>> {
        let path = self.normal(source)?;
        if !path.contains(['*', '?', '[']) {
            return Ok(if self.root.join(&path).symlink_metadata().is_ok() && !self.left_out(&path) {
                vec![path]
            } else {
                Vec::new()
            });
        }
        let glob = glob(&path)?;
        let mut found = Vec::new();
        self.each(&Utf8PathBuf::new(), &mut |path, _| {
            if glob.is_match(path) && !self.left_out(path) {
                found.push(path.to_owned());
            }
            Ok(())
        })?;
        found.sort();
        // What lies in a folder that matches comes along with it.
        let matched = found.clone();
        found.retain(|path| !super::ancestors(path).any(|folder| matched.iter().any(|other| other == folder)));
        Ok(found)
    }

    /// The file a source names, links followed inside the context; `None` where it is a folder.
    pub(super) fn file(&self, path: &str) -> Result<Option<Found>> {
        let real = place::inside(&self.root, if path.is_empty() { "." } else { path })?;
        if real.is_dir() {
            return Ok(None);
        }
        let name = Utf8Path::new(path).file_name().unwrap_or_default().to_owned();
        self.entry(&real, name).map(Some)
    }

    /// Everything in a folder that a source names, without what is left out.
    pub(super) fn tree(&self, folder: &str) -> Result<Vec<Found>> {
        let real = place::inside(&self.root, if folder.is_empty() { "." } else { folder })?;
        let start = real.strip_prefix(&self.root).map_err(|_| outside(folder))?.to_owned();
        let mut found = Vec::new();
        self.each(&start, &mut |path, real| {
            if self.left_out(path) {
                return Ok(());
            }
            let inside = Utf8Path::new(path).strip_prefix(&start).map_or(path, Utf8Path::as_str).to_owned();
            if let Ok(target) = real.read_link_utf8() {
                check_link(path, &inside, &target)?;
            }
            found.push(self.entry(real, inside)?);
            Ok(())
        })?;
        found.sort_by(|a, b| a.inside.cmp(&b.inside));
        Ok(found)
    }

    #[expect(clippy::unused_self, reason = "entries are only made of what lies in the context")]
    fn entry(&self, path: &Utf8Path, inside: String) -> Result<Found> {
        let metadata = path.symlink_metadata().map_err(|error| io(path, &error))?;
        let kind = if metadata.is_symlink() {
            let target = path.read_link_utf8().map_err(|error| io(path, &error))?;
            Kind::Link(target.as_str().replace('\\', "/"))
        } else if metadata.is_dir() {
            Kind::Folder
        } else if metadata.is_file() {
            Kind::File(path.to_owned())
        } else {
            return Err(Problem::new(
                code::build::FILE_REFUSED,
                format!("{path} is neither a file, a folder nor a link."),
            )
            .about("file", path));
        };
        // Where files carry no such mark, docker's own client sets it on all of them.
        let executable = execute_bits(&metadata).is_none_or(|bits| bits & 0o100 != 0);
        Ok(Found { inside, kind, executable })
    }

    /// Calls for every path below a folder, folders included, links not followed.
    fn each(&self, folder: &Utf8Path, take: &mut dyn FnMut(&str, &Utf8Path) -> Result<()>) -> Result<()> {
        let start = self.root.join(folder);
        let entries = start.read_dir_utf8().map_err(|error| io(&start, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| {
                if error.kind() == std::io::ErrorKind::InvalidData {
                    return Problem::new(code::project::NOT_UTF8, format!("{start} holds a name that is not UTF-8."))
                        .about("file", &start);
                }
                io(&start, &error)
            })?;
            let path = folder.join(entry.file_name());
            // Parts joined by `/` on every system: patterns and image paths are written so.
            let shown: Vec<&str> = path.components().map(|part| part.as_str()).collect();
            take(&shown.join("/"), entry.path())?;
            let kind = entry.file_type().map_err(|error| io(entry.path(), &error))?;
            if kind.is_dir() {
                self.each(&path, take)?;
            }
        }
        Ok(())
    }

    /// Whether `.dockerignore` leaves a path out: the last rule that matches it, or a folder it is in, decides.
    fn left_out(&self, path: &str) -> bool {
        let matches =
            |rule: &&Rule| rule.glob.is_match(path) || super::ancestors(path).any(|folder| rule.glob.is_match(folder));
        self.rules.iter().rev().find(matches).is_some_and(|rule| !rule.keeps)
    }

    /// A source as a path below the context: `/x`, `./x` and `x` are the same; `..` may not lead out.
    #[expect(clippy::unused_self, reason = "sources are paths below the context")]
    fn normal(&self, source: &str) -> Result<String> {
        let mut parts: Vec<&str> = Vec::new();
        for part in source.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(|| outside(source))?;
                }
                part => parts.push(part),
            }
        }
        Ok(parts.join("/"))
    }
}

fn outside(source: &str) -> Problem {
    Problem::new(code::project::PATH_OUTSIDE, format!("`{source}` lies outside the folder that is copied from."))
}

/// A relative link that leaves what is copied would point at nothing in the image. An absolute one is the image's own affair.
fn check_link(path: &str, inside: &str, target: &Utf8Path) -> Result<()> {
    if target.has_root() {
        return Ok(());
    }
    let mut depth = inside.split('/').count() - 1;
    for part in target.as_str().replace('\\', "/").split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => {
                return Err(Problem::new(
                    code::build::LINK_REFUSED,
                    format!("{path} is a link to {target}, outside of what is copied."),
                )
                .about("file", path));
            }
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    Ok(())
}

fn glob(pattern: &str) -> Result<GlobMatcher> {
    let built = GlobBuilder::new(pattern).literal_separator(true).backslash_escape(true).build();
    built.map(|glob| glob.compile_matcher()).map_err(|error| {
        Problem::new(code::build::RECIPE_INVALID, format!("`{pattern}` is not a pattern.")).cause(&error)
    })
}
