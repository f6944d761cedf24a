//! Licences: what components declare, what their texts are, and whether that fits the project and its policy.
//!
//! [`declared`] reads the packages that lie about, with [`lax`] for what people write and [`detect`] for what the texts are;
//! [`findings`] holds the result against the project's licence and the settings; [`notices`] writes what has to come along.
//! Answers are results of a policy, not legal advice.

pub mod classes;
pub mod compatibility;
pub mod declared;
pub mod detect;
pub mod expression;
mod judge;
pub mod lax;
pub mod notices;

pub use detect::{Detected, detect};
pub use judge::{disagreements, findings, missing_text, unknown};
