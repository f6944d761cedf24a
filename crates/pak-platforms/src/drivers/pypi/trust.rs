//! Trusted publishing: a CI system's identity token for a token of fifteen minutes.

use async_trait::async_trait;
use pak_http::{Body, Request};
use pak_model::{Credential, Problem, Recovery, Result, Secret, code};
use serde::Deserialize;

use super::PypiDriver;
use crate::call::Call;
use crate::endpoint::join;
use crate::platform::TrustedPublishing;

#[derive(Deserialize)]
struct Audience {
    audience: String,
}

#[derive(Deserialize)]
struct Minted {
    token: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    message: String,
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
    #[serde(default)]
    description: String,
}

#[async_trait]
impl TrustedPublishing for PypiDriver {
    async fn audience(&self, call: &Call) -> Result<String> {
        let url = join(&self.addresses(call.endpoint()).site(), "_/oidc/audience")?;
        let response = call.send(Request::get(url).accept("application/json")).await?;
        if !response.status().is_success() {
            return Err(pak_http::status_problem("Trusted publishing", response, true).await);
        }
        Ok(response.json::<Audience>().await?.audience)
    }

    async fn exchange(&self, call: &Call, identity: &Secret, package: &str) -> Result<Credential> {
        let url = join(&self.addresses(call.endpoint()).site(), "_/oidc/mint-token")?;
        let body = serde_json::json!({ "token": identity.expose() }).to_string();
        // The identity token is used up by the first attempt that arrives.
        let request = Request::post(url, Body::bytes(body)).content_type("application/json").signs_in().attempts(1);
        let response = call.send(request).await?;
        match response.status().as_u16() {
            200 | 201 => Ok(Credential::Token(Secret::new(response.json::<Minted>().await?.token))),
            400..=403 | 422 => {
                let refused: Refused = serde_json::from_str(&response.text().await).unwrap_or_default();
                let reasons = refused.errors.iter().map(|reason| format!("{}: {}", reason.code, reason.description));
                let said = reasons.chain((!refused.message.is_empty()).then_some(refused.message.clone()));
                let problem = Problem::new(
                    code::pypi::IDENTITY_REFUSED,
                    format!("The index gave no token for {package} in exchange for the CI identity."),
                )
                .recovery(Recovery::AskUser);
                Err(said.fold(problem, Problem::said))
            }
            _ => Err(pak_http::status_problem("Trusted publishing", response, true).await),
        }
    }
}
