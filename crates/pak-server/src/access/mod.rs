//! Who is calling, and what they may do.

pub mod api_key;
pub mod arrival;
pub mod caller;
mod common_password;
pub mod digest;
mod guard;
pub mod lockout;
pub mod password;
pub mod project;
pub mod rate_limit;
pub mod role;
pub mod same_origin;
pub mod scope;
pub mod session;
pub mod token;
pub mod vault;

pub use arrival::Arrival;
pub use caller::{Account, Admin, Caller, Identity, SignedIn};
pub(crate) use guard::stand;
pub use project::{At, In};
pub use role::{Approve, Audit, Deploy, Manage, Own, Read, Right, Role, Secrets};
pub use scope::Scope;

use http::HeaderMap;
use pak_model::Result;

use crate::state::App;

/// The API key a request carries: `X-API-Key`, or `Authorization: Bearer`.
fn presented_key(headers: &HeaderMap) -> Option<&str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    text("x-api-key").or_else(|| text("authorization").and_then(|value| value.strip_prefix("Bearer "))).map(str::trim)
}

/// Whose key it is: the instance's, or one of a person's.
async fn key_identity(app: &App, text: &str) -> Result<Option<Identity>> {
    if app.settings.api_key.as_ref().is_some_and(|key| digest::same(key.expose(), text)) {
        return Ok(Some(Identity::Machine));
    }
    api_key::find(app, text).await.map(Some)
}
