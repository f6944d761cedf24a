//! Licences: what components declare, what their texts are, and whether that fits the project and its policy.
//!
//! Answers are results of a policy, not legal advice.

pub mod classes;
pub mod compatibility;
pub mod detect;
pub mod expression;
pub mod lax;
