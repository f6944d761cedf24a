//! Rules of the repository that no compiler holds. Run by `cargo test`, so that they are seen before CI.

#![allow(clippy::expect_used, reason = "test code")]

mod dependencies;
mod sources;

use camino::{Utf8Path, Utf8PathBuf};

/// The repository's root.
fn root() -> Utf8PathBuf {
    let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).expect("crates/pak-testing is two folders down").to_owned()
}
