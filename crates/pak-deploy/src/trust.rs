//! Trusted publishing: where a target has no credential, the job's CI identity is exchanged for one, just before it is needed.

use pak_model::Result;
use pak_platforms::identity::Identity;
use pak_platforms::{Call, TrustedPublishing};

use crate::session::Session;
use crate::targets::Target;

/// The identity that would be used for a target: it has no credential, its registry trusts CI, and this is a CI job.
pub(crate) fn identity(session: &Session, target: &Target) -> Option<Identity> {
    if target.credential.is_some() || session.embedded.is_some() {
        return None;
    }
    target.platform.trust()?;
    Identity::of_job(&session.env, &target.platform.definition().id)
}

/// The same door, opened with a fresh token for one package.
pub(crate) async fn exchange(
    identity: &Identity,
    trust: &dyn TrustedPublishing,
    call: &Call,
    package: &str,
) -> Result<Call> {
    let audience = trust.audience(call).await?;
    let token = identity.token(call, &audience).await?;
    let credential = trust.exchange(call, &token, package).await?;
    Ok(call.with_credential(Some(credential)))
}
