//! Digests and size of a finished file, in constant memory. Called wherever an artifact is read back.

use std::fs::File;
use std::io::{self, Read as _};

use camino::Utf8Path;
use pak_model::{Digests, Hasher, Problem, Result, code};

/// Digests by every algorithm, and the size in bytes.
pub fn file(path: &Utf8Path) -> Result<(Digests, u64)> {
    hash(path, Hasher::new()).map_err(|error| {
        Problem::new(code::build::IO, format!("{path} cannot be read.")).about("file", path).cause(&error)
    })
}

/// The same with a hasher of the caller's choice.
pub fn hash(path: &Utf8Path, mut hasher: Hasher) -> io::Result<(Digests, u64)> {
    let mut file = File::open(path)?;
    let mut chunk = vec![0; 128 << 10];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hasher.update(chunk.get(..read).unwrap_or_default()),
        }
    }
    let size = hasher.length();
    Ok((hasher.finish(), size))
}
