//! Docker Hub's own API: pull counts, which the distribution protocol does not know.

use async_trait::async_trait;
use http::StatusCode;
use pak_http::{Request, status_problem};
use pak_model::Result;
use serde::Deserialize;

use super::OciDriver;
use super::lookup::full_name;
use crate::call::Call;
use crate::endpoint;
use crate::platform::{Downloads, Stats};

#[async_trait]
impl Stats for OciDriver {
    /// The target's `index` is the address of a Hub API; without one nothing is counted, and that is what is answered.
    async fn downloads(&self, call: &Call, name: &str) -> Result<Downloads> {
        #[derive(Deserialize)]
        struct Page {
            pull_count: Option<u64>,
        }
        let Some(index) = &call.endpoint().index else {
            return Ok(Downloads { source: "none: this registry counts no pulls".to_owned(), ..Downloads::default() });
        };
        let url = endpoint::join(index, &format!("v2/repositories/{}/", full_name(call, name)))?;
        let source = pak_http::safe(&url);
        let response = call.send(Request::get(url)).await?;
        if response.status() != StatusCode::OK {
            return Err(status_problem(&format!("Asking for the pulls of {name}"), response, true).await);
        }
        let page: Page = response.json().await?;
        Ok(Downloads { total: page.pull_count, source, ..Downloads::default() })
    }
}
