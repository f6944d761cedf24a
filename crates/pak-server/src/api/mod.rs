//! The JSON face: one file per noun.
