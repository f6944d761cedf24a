//! The one table of the files that name components: which file it is, and who reads it.

use super::file::{File, Found};
use super::{
    cargo_lock, composer_lock, gemfile_lock, go_mod, package_lock, pipfile_lock, pnpm_lock, poetry_lock, pubspec_lock,
    requirements, uv_lock, yarn_lock,
};

/// How a file is read.
#[derive(Clone, Copy)]
pub(super) enum Reader {
    /// Text in any of the encodings it comes in.
    Text(fn(&File<'_>) -> Found),
    /// A file that is not text.
    Bytes(fn(&str, &[u8]) -> Found),
}

/// Whether a file is of a format, by its path and its last part.
type Test = fn(path: &str, name: &str) -> bool;

use Reader::Text;

const FORMATS: &[(Test, Reader)] = &[
    (|_, name| name == "Cargo.lock", Text(cargo_lock::read)),
    (
        |_, name| matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | ".package-lock.json"),
        Text(package_lock::read),
    ),
    (|_, name| name == "yarn.lock", Text(yarn_lock::read)),
    (|_, name| name == "pnpm-lock.yaml", Text(pnpm_lock::read)),
    (|_, name| matches!(name, "poetry.lock" | "pdm.lock"), Text(poetry_lock::read)),
    (|_, name| name == "uv.lock", Text(uv_lock::read)),
    (|_, name| name == "Pipfile.lock", Text(pipfile_lock::read)),
    (requirements::is_one, Text(requirements::read)),
    (|_, name| name == "go.mod", Text(go_mod::read)),
    (|_, name| matches!(name, "Gemfile.lock" | "gems.locked"), Text(gemfile_lock::read)),
    (|path, name| name == "composer.lock" || path.ends_with("composer/installed.json"), Text(composer_lock::read)),
    (|_, name| name == "pubspec.lock", Text(pubspec_lock::read)),
];

/// Who reads a file; none if it names no components.
pub(super) fn reader(path: &str) -> Option<Reader> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    FORMATS.iter().find(|(test, _)| test(path, name)).map(|(_, reader)| *reader)
}
