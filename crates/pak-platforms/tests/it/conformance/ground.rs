//! A fresh sandbox with a driver pointed at it.

use std::sync::Arc;

use camino::Utf8PathBuf;
use pak_http::{Client, Policy};
use pak_model::fault::FaultPlan;
use pak_model::{Credential, Release, Role, Secret, Upload};
use pak_platforms::endpoint::parse_url;
use pak_platforms::{Call, Endpoint, Platform};
use pak_sandbox::serve::addresses;
use pak_sandbox::{Fault, Kind, Options, Sandbox};
use tokio_util::sync::CancellationToken;

use super::Fixture;

/// The sandbox, the driver and a folder for artifacts.
pub(crate) struct Ground {
    pub(crate) fixture: &'static dyn Fixture,
    pub(crate) driver: Arc<dyn Platform>,
    pub(crate) sandbox: Sandbox,
    pub(crate) call: Call,
    folder: tempfile::TempDir,
}

impl Ground {
    /// Starts.
    pub(crate) async fn new(fixture: &'static dyn Fixture) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = Utf8PathBuf::from_path_buf(folder.path().join("sandbox")).unwrap();
        let sandbox = Sandbox::start(Options { data, port: 0 }).await.unwrap();
        let (root, upload, index) = addresses(&sandbox.base(), fixture.platform()).unwrap();
        let mut endpoint = Endpoint::parse(&root).unwrap();
        if let Some(upload) = upload {
            endpoint = endpoint.with_upload(parse_url(&upload).unwrap());
        }
        if let Some(index) = index {
            endpoint = endpoint.with_index(parse_url(&index).unwrap());
        }
        endpoint.repository = fixture.repository().map(str::to_owned);
        let driver = pak_platforms::find(fixture.platform()).unwrap().unwrap();
        let client = Client::new(Policy::default(), FaultPlan::none());
        let call = Call::new(client, endpoint, Some(fixture.credential(sandbox.token())), CancellationToken::new())
            .with_author(Some("Ada Lovelace <ada@example.org>".to_owned()));
        Self { fixture, driver, sandbox, call, folder }
    }

    /// A release; every version and variant in a folder of its own.
    pub(crate) fn release(&self, version: &str, variant: u8) -> Release {
        self.fixture.release(&self.folder(&format!("{version}-{variant}")), version, variant)
    }

    /// A release that is refused when it is checked.
    pub(crate) fn unacceptable(&self, version: &str) -> Option<(Release, &'static str)> {
        self.fixture.unacceptable(&self.folder(&format!("{version}-unacceptable")), version)
    }

    fn folder(&self, name: &str) -> Utf8PathBuf {
        let folder = Utf8PathBuf::from_path_buf(self.folder.path().join(name)).unwrap();
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub(crate) fn uploads(&self, release: &Release) -> Vec<Upload> {
        self.driver.publish().uploads(self.call.endpoint(), release).unwrap()
    }

    /// The upload that makes the version visible.
    pub(crate) fn visible(&self, release: &Release) -> Upload {
        self.uploads(release).into_iter().rfind(|upload| upload.role == Role::Front).unwrap()
    }

    /// Injects a fault into requests of a method and path part.
    pub(crate) fn fault(&self, (method, path): (&str, &str), times: u32, kind: Kind) {
        let fault = Fault { method: Some(method.into()), path: Some(path.into()), skip: 0, times, kind };
        self.sandbox.faults().add(fault);
    }

    /// The same call with another credential.
    pub(crate) fn call_as(&self, token: Option<&str>) -> Call {
        let credential: Option<Credential> = token.map(|token| self.fixture.credential(Secret::new(token).expose()));
        self.call.with_credential(credential)
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.sandbox.requests()
    }

    /// How many writes of the last kind (the one that makes visible) the registry got, whatever it answered.
    pub(crate) fn final_writes(&self) -> usize {
        let (method, path) = *self.fixture.writes().last().unwrap();
        let is_write = |line: &&String| line.starts_with(&format!("{method} ")) && line.contains(path);
        self.requests().iter().filter(is_write).count()
    }
}
