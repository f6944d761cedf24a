//! One folder per platform family.

pub mod cargo;
pub mod npm;
pub mod oci;
pub mod pypi;
