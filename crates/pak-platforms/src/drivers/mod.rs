//! One file per wire protocol family.
