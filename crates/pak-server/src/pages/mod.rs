//! The face for people: one file per noun, templates beside it.
