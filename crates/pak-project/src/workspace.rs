//! Who belongs to a workspace: the roots' globs, whatever tool wrote them. `detect.rs` leaves other folders below a root out.

use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use pak_model::{Ecosystem, Result};
use serde::Deserialize;

use crate::manifest::invalid;

/// The root of a workspace with its rules.
#[derive(Debug)]
pub(crate) struct Workspace {
    pub(crate) ecosystem: Ecosystem,
    /// The root's folder, relative to the project; empty for the project itself.
    pub(crate) folder: Utf8PathBuf,
    /// The file with the rules.
    pub(crate) file: Utf8PathBuf,
    members: GlobSet,
    excluded: GlobSet,
    /// Members by being named exactly: no exclusion holds against that in cargo.
    named: Vec<Utf8PathBuf>,
    /// Members by being depended on (cargo), relative to the project.
    pub(crate) reached: Vec<Utf8PathBuf>,
}

impl Workspace {
    /// A root from its globs. A glob that begins with `!` excludes.
    pub(crate) fn new(ecosystem: Ecosystem, file: &Utf8Path, members: &[String], excluded: &[String]) -> Result<Self> {
        let (negative, positive): (Vec<&str>, Vec<&str>) =
            members.iter().map(String::as_str).partition(|glob| glob.starts_with('!'));
        let negative = negative.into_iter().map(|glob| glob.trim_start_matches('!'));
        let excluded: Vec<&str> = excluded.iter().map(String::as_str).chain(negative).collect();
        let below: Vec<String> = excluded.iter().map(|glob| format!("{}/**", clean(glob))).collect();
        let named = match ecosystem {
            Ecosystem::Cargo => positive.iter().map(|member| Utf8PathBuf::from(clean(member))).collect(),
            Ecosystem::Npm | Ecosystem::Python | Ecosystem::Oci | Ecosystem::Maven | Ecosystem::Generic => Vec::new(),
        };
        Ok(Self {
            ecosystem,
            folder: file.parent().map(Utf8Path::to_owned).unwrap_or_default(),
            file: file.to_owned(),
            members: globs(file, positive)?,
            excluded: globs(file, excluded.into_iter().chain(below.iter().map(String::as_str)))?,
            named,
            reached: Vec::new(),
        })
    }

    /// The rules of a `pnpm-workspace.yaml`; `None` where it has settings only.
    pub(crate) fn pnpm(file: &Utf8Path, text: &str) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct PnpmWorkspace {
            packages: Option<Vec<String>>,
        }
        let read: Option<PnpmWorkspace> = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().and_then(|location| usize::try_from(location.line()).ok());
            let words = error.to_string();
            invalid(file, line, words.lines().next().unwrap_or_default()).said(words.trim_end())
        })?;
        let Some(globs) = read.and_then(|read| read.packages) else { return Ok(None) };
        Self::new(Ecosystem::Npm, file, &globs, &[]).map(Some)
    }

    /// Whether a folder is below the root, so that the rules are about it.
    pub(crate) fn is_above(&self, folder: &Utf8Path) -> bool {
        folder != self.folder && folder.starts_with(&self.folder)
    }

    /// Whether a folder below the root is a member.
    pub(crate) fn takes(&self, folder: &Utf8Path) -> bool {
        let Ok(relative) = folder.strip_prefix(&self.folder) else { return false };
        self.named.iter().any(|named| named == relative)
            || !self.excluded.is_match(relative)
                && (self.members.is_match(relative) || self.reached.iter().any(|reached| reached == folder))
    }
}

/// `./packages/*/` and `packages/*` are one glob.
fn clean(glob: &str) -> &str {
    let glob = glob.trim();
    glob.strip_prefix("./").unwrap_or(glob).trim_end_matches('/')
}

fn globs<'a>(file: &Utf8Path, patterns: impl IntoIterator<Item = &'a str>) -> Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let glob = GlobBuilder::new(clean(pattern)).literal_separator(true).build();
        set.add(glob.map_err(|error| invalid(file, None, format!("`{pattern}` is not a glob: {}", error.kind())))?);
    }
    set.build().map_err(|error| invalid(file, None, error))
}

/// A relative path from a folder of the project, without `.` and `..`; `None` where it leaves the project or is absolute.
pub(crate) fn resolve(folder: &Utf8Path, relative: &str) -> Option<Utf8PathBuf> {
    use camino::Utf8Component::{CurDir, Normal, ParentDir, Prefix, RootDir};

    let mut path = folder.to_owned();
    for component in Utf8Path::new(relative).components() {
        match component {
            CurDir => {}
            Normal(part) => path.push(part),
            ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Prefix(_) | RootDir => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(ecosystem: Ecosystem, file: &str, members: &[&str], excluded: &[&str]) -> Workspace {
        let owned = |list: &[&str]| -> Vec<String> { list.iter().map(|one| (*one).to_owned()).collect() };
        Workspace::new(ecosystem, file.into(), &owned(members), &owned(excluded)).unwrap()
    }

    #[test]
    fn globs_name_folders() {
        let npm = workspace(Ecosystem::Npm, "js/package.json", &["./packages/*/", "tools/**", "!packages/old"], &[]);
        assert!(npm.is_above("js/packages/a".into()) && !npm.is_above("js".into()) && !npm.is_above("jsx/a".into()));
        assert!(npm.takes("js/packages/a".into()) && npm.takes("js/tools/a/b".into()));
        assert!(!npm.takes("js/packages/a/deep".into()) && !npm.takes("js/packages/old".into()));
    }

    #[test]
    fn cargo_takes_what_is_named_or_depended_on() {
        let mut cargo =
            workspace(Ecosystem::Cargo, "Cargo.toml", &["crates/*", "crates/old/kept"], &["crates/old", "x"]);
        assert!(
            cargo.takes("crates/a".into())
                && !cargo.takes("crates/old".into())
                && cargo.takes("crates/old/kept".into())
        );
        assert!(!cargo.takes("lib".into()));
        cargo.reached = vec!["lib".into(), "x/y".into()];
        assert!(cargo.takes("lib".into()) && !cargo.takes("x/y".into()));
    }

    #[test]
    fn pnpm_files() {
        let file = Utf8Path::new("pnpm-workspace.yaml");
        let workspace = Workspace::pnpm(file, "packages:\n  - 'packages/*'\n  - '!**/test'\n").unwrap().unwrap();
        assert!(workspace.takes("packages/a".into()) && !workspace.takes("packages/test".into()));
        assert!(Workspace::pnpm(file, "onlyBuiltDependencies: [x]\n").unwrap().is_none());
        assert!(Workspace::pnpm(file, "").unwrap().is_none());
        let problem = Workspace::pnpm(file, "packages:\n  - a\n b: [\n").unwrap_err();
        assert!(problem.message().starts_with("pnpm-workspace.yaml, line "), "{problem}");
    }

    #[test]
    fn paths_stay_inside() {
        assert_eq!(resolve("a/b".into(), "../c/./d").as_deref(), Some(Utf8Path::new("a/c/d")));
        assert_eq!(resolve("a".into(), "../..").as_deref(), None);
        assert_eq!(resolve("a".into(), "/etc"), None);
    }
}
