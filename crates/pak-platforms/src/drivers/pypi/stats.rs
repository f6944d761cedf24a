//! Download counts of the public index, from the service that publishes them.

use async_trait::async_trait;
use pak_http::Request;
use pak_model::python::normalized_name;
use pak_model::{Problem, Result, code};
use serde::Deserialize;

use super::PypiDriver;
use crate::call::Call;
use crate::endpoint::{join, parse_url};
use crate::platform::{Downloads, Stats};

const SERVICE: &str = "https://pypistats.org/api/packages/";

#[derive(Deserialize)]
struct Recent {
    data: Counts,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(rename = "last_day")]
    day: Option<u64>,
    #[serde(rename = "last_week")]
    week: Option<u64>,
    #[serde(rename = "last_month")]
    month: Option<u64>,
}

#[async_trait]
impl Stats for PypiDriver {
    async fn downloads(&self, call: &Call, name: &str) -> Result<Downloads> {
        if !self.addresses(call.endpoint()).is_public() {
            return Err(Problem::new(code::http::NOT_FOUND, "Downloads are counted for the public index only.")
                .next("Private indexes have no interface for download counts."));
        }
        let url = join(&parse_url(SERVICE)?, &format!("{}/recent", normalized_name(name)))?;
        let response = call.send(Request::get(url).accept("application/json")).await?;
        match response.status().as_u16() {
            200 => Ok(downloads(&response.json().await?)),
            // A name without downloads is not known to the service.
            404 => Ok(Downloads { source: "pypistats.org".to_owned(), ..Downloads::default() }),
            _ => Err(pak_http::status_problem(&format!("Downloads of {name}"), response, true).await),
        }
    }
}

fn downloads(recent: &Recent) -> Downloads {
    let Counts { day, week, month } = recent.data;
    let source = "pypistats.org".to_owned();
    Downloads { total: None, last_day: day, last_week: week, last_month: month, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        let text = r#"{"data":{"last_day":1,"last_month":3,"last_week":2},"package":"x","type":"recent_downloads"}"#;
        let counts = downloads(&serde_json::from_str(text).unwrap());
        assert_eq!((counts.last_day, counts.last_week, counts.last_month), (Some(1), Some(2), Some(3)));
    }
}
