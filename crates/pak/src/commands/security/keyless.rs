//! Signing by sigstore from the command line: by the CI job's identity, or by a key of one's own, entered into the log.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Problem, Result, code};
use pak_platforms::http::{Client, Policy};
use pak_platforms::identity::Identity;
use pak_platforms::{Call, Endpoint};
use pak_signing::key::SecretKey;
use pak_signing::sigstore::{self, AUDIENCE, Endpoints, Payload};
use tokio_util::sync::CancellationToken;

use super::keys;
use super::output::settings;
use crate::commands::session::Place;
use crate::context::Context;
use crate::os;

/// What a bundle's file ends with.
pub(super) const SUFFIX: &str = ".sigstore.json";

/// Signs a file, and writes the bundle. Without a key the job's identity signs.
pub(super) fn file(
    file: &Utf8Path,
    key: Option<&Utf8Path>,
    output: Option<&Utf8PathBuf>,
    context: &Context,
) -> Result<Utf8PathBuf> {
    let path = context.path(Some(file));
    let bundle = bundle(Payload::File(&keys::read(&path)?), key, context)?;
    let target = output.map_or_else(|| keys::with_suffix(&path, SUFFIX), |output| context.path(Some(output)));
    keys::write(&target, bundle.as_bytes())?;
    Ok(target)
}

/// Signs, and gives the bundle.
pub(super) fn bundle(payload: Payload<'_>, key: Option<&Utf8Path>, context: &Context) -> Result<String> {
    let services = settings(&Place::default(), context)?.sigstore;
    let services = Endpoints::new(services.fulcio.as_deref(), services.rekor.as_deref())?;
    let client = Client::new(Policy::default(), os::fault_plan(&context.env));
    let bundle = if let Some(key) = key {
        let key = SecretKey::read(keys::secret_key(Some(key), context)?.expose())?;
        context.block_on(sigstore::with_key(&client, &services.rekor, &key, payload))?
    } else {
        let identity = Identity::of_job(&context.env, AUDIENCE).ok_or_else(|| {
            Problem::new(code::signing::IDENTITY_MISSING, "There is no identity to sign with: this is no CI job.")
        })?;
        let call = Call::new(client, Endpoint::parse(services.fulcio.as_str())?, None, CancellationToken::new());
        context.block_on(async {
            let token = identity.token(&call, AUDIENCE).await?;
            sigstore::keyless(call.http(), &services, &token, payload).await
        })?
    };
    let written = bundle
        .to_json()
        .map_err(|error| Problem::new(code::signing::SIGN_FAILED, "The bundle cannot be written.").cause(&error))?;
    Ok(written + "\n")
}
