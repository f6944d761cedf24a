//! Trusted publishing: a CI identity becomes a token that lives half an hour and can only publish.

use async_trait::async_trait;
use pak_http::{Body, Request, StatusCode, status_problem};
use pak_model::{Credential, Problem, Result, Secret, code};
use serde::Deserialize;

use super::CargoDriver;
use crate::call::Call;
use crate::platform::TrustedPublishing;

#[derive(Deserialize)]
struct Answer {
    token: String,
}

#[async_trait]
impl TrustedPublishing for CargoDriver {
    async fn audience(&self, call: &Call) -> Result<String> {
        let api = self.registry(call).await?.api("")?;
        api.host_str().map(str::to_owned).ok_or_else(|| {
            Problem::new(code::config::URL_INVALID, "The registry's web API has no host name.").about("url", &api)
        })
    }

    async fn exchange(&self, call: &Call, identity: &Secret, package: &str) -> Result<Credential> {
        let url = self.registry(call).await?.api("trusted_publishing/tokens")?;
        let body = serde_json::json!({"jwt": identity.expose()}).to_string();
        // Identity tokens are good for one exchange: a second try would be refused, and hide why the first one failed.
        let request = Request::post(url, Body::bytes(body)).content_type("application/json").signs_in().attempts(1);
        let response = call.send(request.accept("application/json")).await?;
        if response.status() != StatusCode::OK {
            return Err(status_problem(&format!("Trusted publishing of {package}"), response, true).await.next(
                "Register this repository and workflow as a trusted publisher of the crate; the crate must exist already.",
            ));
        }
        let answer: Answer = response.json().await?;
        Ok(Credential::Token(Secret::new(answer.token)))
    }
}
