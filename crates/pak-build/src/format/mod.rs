//! Archive writers whose output depends on nothing but their input.

pub mod tar_gz;
pub mod zip;
