//! The transparency log: an entry goes in once, and is found again when the answer was lost.

use std::time::Duration;

use pak_http::{Body, Client, Request, Response, status_problem};
use pak_model::{Problem, Recovery, Result};
use serde_json::Value;
use sigstore_types::{KindVersion, TransparencyLogEntry};
use sigstore_verify::rekor::LogEntry;
use url::Url;

use super::{below, unexpected};

/// How often an entry is sent at the most.
const SENDS: u32 = 4;

/// Enters something into the log, or finds that it is there. `signature` is what the entry must hold, in base64.
pub(super) async fn enter(
    client: &Client,
    rekor: &Url,
    proposed: &Value,
    kind: KindVersion,
    signature: &str,
) -> Result<TransparencyLogEntry> {
    let response = send(client, rekor, proposed).await?;
    let answer: Value = if response.status().as_u16() == 409 {
        // The same entry came through before: that one is ours.
        let id = response.header("location").and_then(id_at_end).map(str::to_owned);
        let id = id.ok_or_else(|| unexpected("The log has the entry already and does not say where."))?;
        let request = Request::get(below(rekor, &format!("api/v1/log/entries/{id}"))).accept("application/json");
        let response = client.send(request).await?;
        if !response.status().is_success() {
            return Err(status_problem("Reading the log entry", response, true).await);
        }
        response.json().await?
    } else {
        response.json().await?
    };
    let entry = answer.as_object().and_then(|entries| entries.values().next()).cloned().unwrap_or_default();
    let unreadable =
        |error: &(dyn std::error::Error + 'static)| unexpected("The log's answer is no log entry.").cause(error);
    let entry: LogEntry = serde_json::from_value(entry).map_err(|error| unreadable(&error))?;
    let entry = entry.to_bundle_entry(kind).map_err(|error| unreadable(&error))?;
    if entry.inclusion_proof.is_none() || entry.inclusion_promise.is_none() {
        return Err(unexpected("The log took the entry and gives no proof of it."));
    }
    if !String::from_utf8_lossy(entry.canonicalized_body.as_bytes()).contains(signature) {
        return Err(unexpected("The log answered with another entry than it was sent."));
    }
    Ok(entry)
}

/// Sends the entry until there is an answer. Sending it twice does no harm: the log holds each entry once.
async fn send(client: &Client, rekor: &Url, proposed: &Value) -> Result<Response> {
    let mut last: Option<Problem> = None;
    for attempt in 0..SENDS {
        if attempt > 0 {
            let pause = Duration::from_millis(200 << attempt);
            client.observer().waiting("before asking the log again", pause);
            tokio::time::sleep(pause).await;
        }
        let request = Request::post(below(rekor, "api/v1/log/entries"), Body::bytes(proposed.to_string()))
            .content_type("application/json")
            .accept("application/json");
        match client.send(request).await {
            Ok(response) if response.status().is_success() || response.status().as_u16() == 409 => return Ok(response),
            Ok(response) => {
                let again = response.status().is_server_error();
                let problem = status_problem("Entering the signature into the log", response, false).await;
                if !again {
                    return Err(problem);
                }
                last = Some(problem);
            }
            Err(problem) if matches!(problem.recovery_of(), Recovery::LookUpFirst | Recovery::RetryAfter(_)) => {
                last = Some(problem);
            }
            Err(problem) => return Err(problem),
        }
    }
    Err(last.unwrap_or_else(|| unexpected("The log did not answer.")))
}

/// The entry's id at the end of an address.
fn id_at_end(location: &str) -> Option<&str> {
    let id = location.rsplit('/').next()?;
    (matches!(id.len(), 64 | 80) && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_are_taken_from_locations() {
        let id = "0".repeat(80);
        assert_eq!(id_at_end(&format!("/api/v1/log/entries/{id}")), Some(id.as_str()));
        assert_eq!(id_at_end(&format!("https://elsewhere.example/{id}")), Some(id.as_str()));
        assert_eq!(id_at_end("/api/v1/log/entries/../../x"), None);
        assert_eq!(id_at_end(&format!("/{}g", "0".repeat(79))), None);
    }
}
