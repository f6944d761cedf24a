//! SIGN: signatures and provenance of the artifacts. No signer is configured yet, and the step says so.

use pak_model::Result;

use super::build::Built;
use crate::session::Session;

/// Signs the built artifacts; the note is shown to the user.
pub fn run(_session: &Session, _built: &Built) -> Result<String> {
    Ok("nothing configured".to_owned())
}
