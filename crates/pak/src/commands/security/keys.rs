//! What signing and verifying share: files, keys and passphrases. A passphrase is never an argument.

use std::io::Write as _;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use pak_model::{Problem, Result, Secret, code};

use crate::commands::secret;
use crate::context::Context;

/// Holds the path of the key file, or the key itself, as the secret settings of CI services do.
const KEY: &str = "PAK_SIGNING_KEY";
/// Holds the key's passphrase.
const PASSPHRASE: &str = "PAK_SIGNING_PASSPHRASE";

/// A file's content.
pub(super) fn read(path: &Utf8Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Problem::new(code::config::FILE_UNREADABLE, format!("{path} cannot be read.")).about("file", path).cause(&error)
    })
}

/// A file's own name.
pub(super) fn name(path: &Utf8Path) -> &str {
    path.file_name().unwrap_or(path.as_str())
}

/// The secret key's file: by `--key`, or `PAK_SIGNING_KEY`.
pub(super) fn secret_key(given: Option<&Utf8Path>, context: &Context) -> Result<Secret> {
    let held = context.env.get(KEY);
    if let (None, Some(text)) =
        (given, held.filter(|text| text.trim_start().starts_with("-----BEGIN ") || text.contains('\n')))
    {
        return Ok(Secret::new(text));
    }
    let path = given.or(held.map(Utf8Path::new)).ok_or_else(|| {
        Problem::new(code::signing::KEY_INVALID, "There is no key to sign with.")
            .next(format!("Name its file by `--key`, or set {KEY} to its path or its text."))
    })?;
    let path = context.path(Some(path));
    String::from_utf8(read(&path)?).map(Secret::new).map_err(|_| {
        Problem::new(code::signing::KEY_INVALID, format!("{path} is no text; give an armoured key."))
            .about("file", &path)
    })
}

/// Opens a key by the passphrase set, or by asking for it where someone can answer.
pub(super) fn unlocked<T>(context: &Context, open: impl Fn(Option<&Secret>) -> Result<T>) -> Result<T> {
    let set = context.env.get(PASSPHRASE).map(Secret::new);
    match open(set.as_ref()) {
        Err(problem) if problem.code() == code::signing::KEY_LOCKED && set.is_none() && context.output.can_ask() => {
            open(Some(&secret::asked("The key's passphrase:")?))
        }
        result => result,
    }
}

/// The passphrase of a new key.
pub(super) fn new_passphrase(context: &Context) -> Result<Secret> {
    match context.env.get(PASSPHRASE) {
        Some(passphrase) => Ok(Secret::new(passphrase)),
        None if context.output.can_ask() => secret::asked("A passphrase for the new key:"),
        None => Err(Problem::new(code::signing::KEY_LOCKED, "A new key needs a passphrase.")
            .next(format!("Set {PASSPHRASE}, or say `--no-passphrase` to leave the key unlocked."))),
    }
}

fn unwritable(path: &Utf8Path, error: &std::io::Error) -> Problem {
    Problem::new(code::config::FILE_UNWRITABLE, format!("{path} cannot be written.")).about("file", path).cause(error)
}

/// Writes a file whole or not at all, so that a package signed in place is never half of one.
pub(super) fn write(path: &Utf8Path, bytes: &[u8]) -> Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .make_in(folder, |path| std::fs::OpenOptions::new().write(true).create_new(true).open(path))?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error).map(|_| ())
    };
    write().map_err(|error| unwritable(path, &error))
}

/// Writes a new secret file that only its owner reads; one that is there already stays.
pub(super) fn write_secret(path: &Utf8Path, secret: &Secret) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // Elsewhere the folder's own rules hold.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(format!("{}\n", secret.expose()).as_bytes()));
    written.map_err(|error| unwritable(path, &error))
}

/// When a signature says it was made: `SOURCE_DATE_EPOCH`, so that the same files give the same signatures; or now.
pub(super) fn time(context: &Context) -> Timestamp {
    let epoch = context.env.get("SOURCE_DATE_EPOCH").and_then(|epoch| epoch.trim().parse().ok());
    epoch.and_then(|epoch| Timestamp::from_second(epoch).ok()).unwrap_or_else(Timestamp::now)
}

/// A path with more at its end.
pub(super) fn with_suffix(path: &Utf8Path, suffix: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}{suffix}"))
}
