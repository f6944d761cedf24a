//! Trusted publishing: a CI identity token against a short-lived token for one package.

use async_trait::async_trait;
use pak_http::{Auth, Body, Request};
use pak_model::{Credential, Problem, Recovery, Result, Secret, code};
use serde::Deserialize;

use super::{NpmDriver, name};
use crate::call::Call;
use crate::platform::TrustedPublishing;

#[derive(Deserialize)]
struct Exchanged {
    token: String,
}

#[async_trait]
impl TrustedPublishing for NpmDriver {
    async fn audience(&self, call: &Call) -> Result<String> {
        Ok(format!("npm:{}", call.endpoint().root.host_str().unwrap_or_default()))
    }

    async fn exchange(&self, call: &Call, identity: &Secret, package: &str) -> Result<Credential> {
        let path = format!("-/npm/v1/oidc/token/exchange/package/{}", name::escaped(package));
        let request = Request::post(call.endpoint().join(&path)?, Body::empty())
            .auth(Auth::Bearer(identity.clone()))
            .signs_in()
            // An identity token is taken once: a second try could only fail.
            .attempts(1);
        let response = call.send(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(Credential::Token(Secret::new(response.json::<Exchanged>().await?.token)));
        }
        if !matches!(status.as_u16(), 400..=404) {
            return Err(pak_http::status_problem("Exchanging the identity token", response, true).await);
        }
        let url = pak_http::safe(response.url());
        let message =
            format!("The registry knows no trusted publisher of {package} that fits this job ({}).", status.as_u16());
        let problem = Problem::new(code::npm::TRUST_REFUSED, message).recovery(Recovery::AskUser).about("url", url);
        Err(match pak_http::refusal_text(&response.text().await) {
            Some(said) => problem.said(said),
            None => problem,
        })
    }
}
