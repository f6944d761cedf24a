//! Download counts, from the web API of crates.io and of registries that copy it.

use async_trait::async_trait;
use jiff::civil::Date;
use jiff::{Span, tz::TimeZone};
use pak_http::{Request, StatusCode, status_problem};
use pak_model::Result;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{CargoDriver, checked_name};
use crate::call::Call;
use crate::platform::{Downloads, Stats};

#[derive(Deserialize)]
struct About {
    #[serde(rename = "crate")]
    of: Total,
}

#[derive(Deserialize)]
struct Total {
    downloads: u64,
}

/// The last ninety days: the newest five versions one by one, the others together.
#[derive(Deserialize)]
struct Daily {
    version_downloads: Vec<Day>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Deserialize, Default)]
struct Meta {
    #[serde(default)]
    extra_downloads: Vec<Day>,
}

#[derive(Deserialize)]
struct Day {
    date: Date,
    downloads: u64,
}

#[async_trait]
impl Stats for CargoDriver {
    async fn downloads(&self, call: &Call, name: &str) -> Result<Downloads> {
        let name = checked_name(name)?;
        let about: About = self.ask(call, name, &format!("crates/{name}")).await?;
        let daily: Daily = self.ask(call, name, &format!("crates/{name}/downloads")).await?;
        let yesterday = call.now().to_zoned(TimeZone::UTC).date().saturating_sub(Span::new().days(1));
        Ok(Downloads { total: Some(about.of.downloads), ..count(&daily, yesterday) })
    }
}

impl CargoDriver {
    async fn ask<T: DeserializeOwned>(&self, call: &Call, name: &str, path: &str) -> Result<T> {
        let registry = self.registry(call).await?;
        let request = Request::get(registry.api(path)?).accept("application/json").auth(registry.reading_auth(call));
        let response = call.send(request).await?;
        if response.status() != StatusCode::OK {
            return Err(status_problem(&format!("Downloads of {name}"), response, true).await);
        }
        response.json().await
    }
}

/// Sums up the days that end with `last`, the last whole day.
fn count(daily: &Daily, last: Date) -> Downloads {
    let within = |days: i64| {
        let first = last.saturating_sub(Span::new().days(days - 1));
        let all = daily.version_downloads.iter().chain(&daily.meta.extra_downloads);
        Some(all.filter(|day| (first..=last).contains(&day.date)).map(|day| day.downloads).sum())
    };
    Downloads {
        total: None,
        last_day: within(1),
        last_week: within(7),
        last_month: within(30),
        source: "crates.io API, version_downloads".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_days_are_summed_over_all_versions() {
        let daily: Daily = serde_json::from_str(
            r#"{"version_downloads":[{"version":1,"downloads":5,"date":"2026-03-10"},{"version":1,"downloads":7,"date":"2026-03-09"},
                {"version":1,"downloads":100,"date":"2026-03-11"},{"version":1,"downloads":2,"date":"2026-03-03"}],
                "meta":{"extra_downloads":[{"downloads":1,"date":"2026-03-10"},{"downloads":50,"date":"2025-12-20"}]}}"#,
        )
        .unwrap();
        let counted = count(&daily, "2026-03-10".parse().unwrap());
        assert_eq!((counted.last_day, counted.last_week, counted.last_month), (Some(6), Some(13), Some(15)));
    }
}
