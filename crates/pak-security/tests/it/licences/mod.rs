//! Licences: texts as they are found in the wild are told apart, and what does not fit a project is found.

mod fit;
mod texts;
