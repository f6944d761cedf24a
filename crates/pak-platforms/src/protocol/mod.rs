//! Wire protocols that several drivers speak.

pub mod files;
pub mod forge;
pub mod git;
pub mod memory;
pub mod multipart_form;
pub mod netrc;
pub mod oci;
pub mod tap;
