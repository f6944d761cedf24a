//! Signatures inside of packages, where their package managers look for them.

pub mod apk;
pub mod deb;
pub mod helm;
pub mod rpm;

use pak_model::{Problem, code};

/// A package that is damaged or of another format.
fn invalid(format: &str, why: &str) -> Problem {
    Problem::new(code::signing::ARTIFACT_INVALID, format!("This is no {format} package: {why}."))
}
