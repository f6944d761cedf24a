//! One folder per platform family.

pub mod npm;

pub mod cargo;
pub mod oci;
