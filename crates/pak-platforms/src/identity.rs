//! The identity a CI system gives to a job: what trusted publishing exchanges for a short-lived token.

use pak_http::{Auth, Request, status_problem};
use pak_model::env::Env;
use pak_model::{Problem, Result, Secret, code};
use serde::Deserialize;
use url::Url;

use crate::call::Call;

/// Where identity tokens of this job come from.
#[derive(Debug, Clone)]
pub enum Identity {
    /// GitHub Actions: asked for by a request, for any audience.
    GitHub {
        /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
        url: Url,
        /// `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
        token: Secret,
    },
    /// GitLab, CircleCI and others: put into a variable for an audience the pipeline names.
    Variable {
        /// The CI system.
        system: &'static str,
        /// The variable's name.
        name: String,
        /// The token.
        token: Secret,
    },
}

impl Identity {
    /// The identity of this job for a platform, if it runs in CI that gives one.
    pub fn of_job(env: &Env, platform: &str) -> Option<Self> {
        if let (Some(url), Some(token)) =
            (env.get("ACTIONS_ID_TOKEN_REQUEST_URL"), env.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN"))
        {
            return Some(Self::GitHub { url: Url::parse(url).ok()?, token: Secret::new(token) });
        }
        // By GitLab's convention the pipeline declares one token per registry under `id_tokens:`.
        let declared = format!("{}_ID_TOKEN", platform.to_ascii_uppercase().replace('-', "_"));
        let system = if env.get("GITLAB_CI").is_some() { "GitLab CI" } else { "the CI job" };
        let of = |system, name: &str| {
            let token = Secret::new(env.get(name)?);
            Some(Self::Variable { system, name: name.to_owned(), token })
        };
        of(system, &declared).or_else(|| of("CircleCI", "CIRCLE_OIDC_TOKEN_V2"))
    }

    /// Whose identity it is, for people.
    pub fn issuer(&self) -> String {
        match self {
            Self::GitHub { .. } => "GitHub Actions".to_owned(),
            Self::Variable { system, name, .. } => format!("{system} ({name})"),
        }
    }

    /// A token for an audience.
    pub async fn token(&self, call: &Call, audience: &str) -> Result<Secret> {
        match self {
            Self::Variable { token, .. } => Ok(token.clone()),
            Self::GitHub { url, token } => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("audience", audience);
                let request = Request::get(url).auth(Auth::Bearer(token.clone())).accept("application/json");
                let response = call.send(request).await?;
                if !response.status().is_success() {
                    return Err(status_problem("Asking GitHub Actions for an identity token", response, true).await);
                }
                let answer: Answer = response.json().await.map_err(|_| {
                    // The answer is not repeated: it may hold the token.
                    Problem::new(code::http::UNEXPECTED, "GitHub Actions did not answer with an identity token.")
                })?;
                Ok(Secret::new(answer.value))
            }
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> Env {
        Env::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_job_is_recognised_by_its_variables() {
        let issuer = |pairs: &[(&str, &str)], platform| Identity::of_job(&env(pairs), platform).map(|id| id.issuer());
        assert_eq!(issuer(&[], "npm"), None);
        let github = [("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1/t"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "x")];
        assert_eq!(issuer(&github, "npm").as_deref(), Some("GitHub Actions"));
        assert_eq!(issuer(&github[..1], "npm"), None, "the job lacks the permission to ask");
        let gitlab = [("GITLAB_CI", "true"), ("PYPI_ID_TOKEN", "x")];
        assert_eq!(issuer(&gitlab, "pypi").as_deref(), Some("GitLab CI (PYPI_ID_TOKEN)"));
        assert_eq!(issuer(&gitlab, "npm"), None);
    }
}
