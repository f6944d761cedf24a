//! The JSON face: one file per noun.

pub mod account;
pub mod api_keys;
pub mod audit;
pub mod credentials;
pub mod deployments;
pub mod devices;
pub mod environments;
pub mod events;
pub mod health;
pub mod inbox;
pub mod input;
pub mod members;
pub mod packages;
pub mod plan;
pub mod platforms;
pub mod projects;
pub mod scan;
pub mod schedules;
pub mod settings;
pub mod source;
pub mod telemetry;
pub mod users;
pub mod webhooks;

use serde::Serialize;

use crate::error::{not_found, shown};

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

/// A number of a path.
pub(crate) fn number(text: &str, what: &str) -> pak_model::Result<i64> {
    text.parse().map_err(|_| not_found(format!("{what} `{}`", shown(text, 40))))
}
