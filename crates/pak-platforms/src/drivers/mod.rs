//! One folder per platform family.

pub mod oci;
