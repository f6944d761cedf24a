//! The embedded registries as the engine sees them: stand-ins for the real ones, started in this process.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;
use pak_deploy::Embedded;
use pak_model::{Credential, Result, Secret};
use pak_platforms::endpoint::parse_url;
use pak_platforms::{Endpoint, PackageSource};
use pak_sandbox::occupancy::{self, Running};
use pak_sandbox::{Options, Sandbox, Upstream};
use url::Url;

/// Running registries: this process's own, which stop when this is dropped, or those that `pak sandbox serve` keeps up.
pub(crate) struct Registries {
    base: String,
    token: String,
    own: Option<Sandbox>,
}

impl Registries {
    /// Starts them on a free port, with what is kept in a folder, unless they are up already.
    pub(crate) async fn start(data: Utf8PathBuf) -> Result<Self> {
        if let Some(Running { base, token }) = occupancy::running(&data) {
            return Ok(Self { base, token, own: None });
        }
        let sandbox = Sandbox::start(Options { data, port: 0 }).await?;
        Ok(Self { base: sandbox.base(), token: sandbox.token().to_owned(), own: Some(sandbox) })
    }

    /// The only origin that a run against them may reach.
    pub(crate) fn origins(&self) -> BTreeSet<String> {
        std::iter::once(self.base.clone()).collect()
    }
}

impl Embedded for Registries {
    fn stand_in(&self, driver: &str) -> Result<Option<(Endpoint, Credential)>> {
        let Some((root, upload, index)) = pak_sandbox::serve::addresses(&self.base, driver) else {
            return Ok(None);
        };
        let mut endpoint = Endpoint::parse(&root)?;
        if let Some(upload) = upload {
            endpoint = endpoint.with_upload(parse_url(&upload)?);
        }
        if let Some(index) = index {
            endpoint = endpoint.with_index(parse_url(&index)?);
        }
        // Images, Python packages and Maven components are sent with a user name; the others take the token alone.
        let token = Secret::new(&self.token);
        let credential = match driver {
            "oci" | "pypi" | "maven" => {
                Credential::Basic { user: pak_sandbox::access::USER.to_owned(), password: token }
            }
            _ => Credential::Token(token),
        };
        Ok(Some((endpoint, credential)))
    }

    fn signing(&self) -> Option<(Url, Secret)> {
        let claims = pak_sandbox::identity::workflow("pak/sandbox");
        let token = pak_sandbox::identity::issue_claims(&self.token, pak_signing::sigstore::AUDIENCE, claims);
        Some((Url::parse(&self.base).ok()?, Secret::new(token)))
    }

    fn send_on(&self, platform: &str, source: &PackageSource) -> bool {
        let Some(sandbox) = &self.own else { return false };
        let upstream = Upstream { index: source.index.clone(), download: source.download.clone() };
        sandbox.upstreams().set(platform, upstream);
        true
    }
}
