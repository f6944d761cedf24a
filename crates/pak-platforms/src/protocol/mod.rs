//! Wire protocols that several drivers speak.

pub mod oci;
