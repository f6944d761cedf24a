//! One folder per platform family.

pub mod cargo;
pub mod central;
pub mod generic;
pub mod homebrew;
pub mod maven;
pub mod npm;
pub mod oci;
pub mod pypi;
pub mod scoop;
