//! Download counts. Only the public registry counts, on a host of its own.

use async_trait::async_trait;
use pak_http::{Request, origin};
use pak_model::{Problem, Result, code};
use serde::Deserialize;
use url::Url;

use super::{NpmDriver, refusal};
use crate::call::Call;
use crate::endpoint::Endpoint;
use crate::platform::{Downloads, Stats};

#[derive(Deserialize)]
struct Point {
    downloads: u64,
}

#[async_trait]
impl Stats for NpmDriver {
    async fn downloads(&self, call: &Call, name: &str) -> Result<Downloads> {
        if !is_public(call.endpoint()) {
            let message = format!("{} does not count downloads.", call.endpoint().root);
            return Err(Problem::new(code::http::NOT_FOUND, message)
                .next("Only the public npm registry tells download counts."));
        }
        let mut counts = Downloads { source: "npm downloads API".to_owned(), ..Downloads::default() };
        let periods = [
            ("last-day", &mut counts.last_day),
            ("last-week", &mut counts.last_week),
            ("last-month", &mut counts.last_month),
        ];
        for (period, count) in periods {
            // No credential: the counts are public, and this is not the registry's own host.
            let response = call.send(Request::get(point(&call.endpoint().root, period, name)?)).await?;
            *count = match response.status().as_u16() {
                200 => Some(response.json::<Point>().await?.downloads),
                404 => None,
                _ => return Err(refusal::problem("Counting downloads", response, true, false).await),
            };
        }
        Ok(counts)
    }
}

/// Whether this is the public registry.
pub(super) fn is_public(endpoint: &Endpoint) -> bool {
    Url::parse(deno_npmrc::NPM_DEFAULT_REGISTRY).is_ok_and(|public| origin(&public) == origin(&endpoint.root))
}

/// The counter's address: the registry's own with `api.` in front.
fn point(root: &Url, period: &str, name: &str) -> Result<Url> {
    let text = root.as_str().replacen("//registry.", "//api.", 1);
    Url::parse(&format!("{text}downloads/point/{period}/{name}"))
        .map_err(|error| Problem::new(code::config::URL_INVALID, format!("{text} is not a URL.")).cause(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_from_the_api_host() {
        let root = Url::parse("https://registry.example.org/").unwrap();
        let expected = "https://api.example.org/downloads/point/last-day/@a/b";
        assert_eq!(point(&root, "last-day", "@a/b").unwrap().as_str(), expected);
        assert!(!is_public(&Endpoint::new(root)));
        assert!(is_public(&Endpoint::parse(deno_npmrc::NPM_DEFAULT_REGISTRY).unwrap()));
    }
}
