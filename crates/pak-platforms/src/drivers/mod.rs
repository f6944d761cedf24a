//! One folder per platform family.

pub mod cargo;
pub mod oci;
