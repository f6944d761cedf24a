//! The JSON face: one file per noun.

pub mod deployments;
pub mod events;
pub mod health;
pub mod inbox;
pub mod input;
pub mod projects;
pub mod telemetry;
pub mod webhooks;

use serde::Serialize;

/// The answer of an action that has nothing to show.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Done {
    /// Always true.
    pub success: bool,
    /// What was done.
    #[schema(example = "Logged out successfully")]
    pub message: String,
}

impl Done {
    /// An action that was done.
    pub fn new(message: impl Into<String>) -> Self {
        Self { success: true, message: message.into() }
    }
}
