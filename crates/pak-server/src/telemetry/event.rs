//! A reported event as it comes in, and what of it is taken: everything is bounded, and a wrong field is named.

use pak_model::{Problem, Result, code};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The largest `metadata`, written as JSON.
const METADATA_SIZE: usize = 16 << 10;
/// How deep `metadata` may be nested.
const METADATA_DEPTH: usize = 8;
/// How far in the future an event may be, for clocks that are wrong: a day.
const AHEAD: i64 = 24 * 3600 * 1000;
/// How far back an event may be: five years.
pub const OLDEST: i64 = 5 * 366 * 24 * 3600 * 1000;

/// An event as a client reports it.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// What happened.
    #[schema(example = "package_deployed", min_length = 1, max_length = 100)]
    pub event: String,
    /// The package it is about.
    #[schema(example = "my-package", max_length = 255)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The package's version.
    #[schema(example = "1.2.3", max_length = 128)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The platform it is about.
    #[schema(example = "npm", max_length = 64)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The project it belongs to. Left out, it is the project named like the package, if the caller may deploy that.
    #[schema(example = "my-package", max_length = 255)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// When it happened; now, where it is left out.
    #[schema(format = DateTime, example = "2024-01-01T00:00:00Z")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Anything else. `deployment_time` (seconds) and `file_size` (bytes) are added up for statistics.
    #[schema(value_type = Option<Object>, example = json!({"deployment_time": 45.2, "file_size": 1_024_000}))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
}

/// An event that was checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it happened, in milliseconds.
    pub at: i64,
    /// Its name.
    pub event: String,
    /// The package, or nothing.
    pub package: String,
    /// The version, or nothing.
    pub version: String,
    /// The platform, or nothing.
    pub platform: String,
    /// The project its sender named.
    pub project: Option<String>,
    /// What else was said, as JSON.
    pub metadata: Option<String>,
    /// `deployment_time`.
    pub seconds: Option<f64>,
    /// `file_size`.
    pub bytes: Option<f64>,
}

impl Report {
    /// Checks every field. `now` in milliseconds.
    pub fn check(self, now: i64) -> Result<Event> {
        let text = |field: &'static str, value: Option<String>, most: usize| {
            let value = value.unwrap_or_default();
            if value.len() > most {
                return Err(invalid(field, format_args!("is longer than {most} bytes")));
            }
            if value.chars().any(char::is_control) {
                return Err(invalid(field, "contains control characters"));
            }
            Ok(value)
        };
        if self.event.trim().is_empty() {
            return Err(invalid("event", "is empty"));
        }
        let number = |name: &str| {
            let value = self.metadata.as_ref()?.get(name)?.as_f64()?;
            (0.0..1e18).contains(&value).then_some(value)
        };
        Ok(Event {
            seconds: number("deployment_time"),
            bytes: number("file_size"),
            at: self.timestamp.map_or(Ok(now), |text| moment(&text, now))?,
            metadata: self.metadata.filter(|fields| !fields.is_empty()).map(metadata).transpose()?,
            event: text("event", Some(self.event), 100)?,
            package: text("package", self.package, 255)?,
            version: text("version", self.version, 128)?,
            platform: text("platform", self.platform, 64)?,
            project: self.project,
        })
    }
}

fn moment(text: &str, now: i64) -> Result<i64> {
    let at = text
        .parse::<jiff::Timestamp>()
        .map_err(|_| invalid("timestamp", "is no time as RFC 3339 writes it, such as 2024-01-01T00:00:00Z"))?
        .as_millisecond();
    if at - now > AHEAD {
        return Err(invalid("timestamp", "is in the future"));
    }
    if now - at > OLDEST {
        return Err(invalid("timestamp", "is more than five years ago"));
    }
    Ok(at)
}

fn metadata(fields: Map<String, Value>) -> Result<String> {
    let value = Value::Object(fields);
    if !is_shallow(&value, METADATA_DEPTH) {
        return Err(invalid("metadata", format_args!("is nested more than {METADATA_DEPTH} deep")));
    }
    let text = value.to_string();
    if text.len() > METADATA_SIZE {
        return Err(invalid("metadata", format_args!("is larger than {} KiB", METADATA_SIZE >> 10)));
    }
    Ok(text)
}

fn is_shallow(value: &Value, depth: usize) -> bool {
    match value {
        Value::Array(_) | Value::Object(_) if depth == 0 => false,
        Value::Array(items) => items.iter().all(|item| is_shallow(item, depth - 1)),
        Value::Object(fields) => fields.values().all(|item| is_shallow(item, depth - 1)),
        _ => true,
    }
}

fn invalid(field: &'static str, why: impl std::fmt::Display) -> Problem {
    Problem::new(code::server::INPUT, format!("`{field}` {why}.")).about("field", field)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_735_689_600_000; // 2025-01-01

    fn check(text: &str) -> Result<Event, String> {
        let report: Report = serde_json::from_str(text).map_err(|error| error.to_string())?;
        report.check(NOW).map_err(|problem| problem.message().to_owned())
    }

    #[test]
    fn the_promised_example() {
        let event = check(
            r#"{"event":"package_deployed","package":"my-package","version":"1.2.3","platform":"npm",
                "timestamp":"2024-01-01T00:00:00Z","metadata":{"deployment_time":45.2,"file_size":1024000}}"#,
        )
        .unwrap();
        assert_eq!(event.at, 1_704_067_200_000);
        assert_eq!((event.seconds, event.bytes), (Some(45.2), Some(1_024_000.0)));
        assert_eq!(event.metadata.as_deref(), Some(r#"{"deployment_time":45.2,"file_size":1024000}"#));
        let least = check(r#"{"event":"x"}"#).unwrap();
        assert_eq!((least.at, least.package.as_str(), least.metadata), (NOW, "", None));
        assert_eq!(check(r#"{"event":"x","timestamp":"2024-06-01T12:00:00.25+02:00"}"#).unwrap().at, 1_717_236_000_250);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let long = "a".repeat(256);
        let deep = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(METADATA_SIZE));
        for (text, expected) in [
            (r#"{"event":""}"#, "`event` is empty."),
            (r#"{"event":"  "}"#, "`event` is empty."),
            (r#"{"event":"a\u0000b"}"#, "`event` contains control characters."),
            (r#"{"event":"x","package":"a\nb"}"#, "`package` contains control characters."),
            (&format!(r#"{{"event":"x","package":"{long}"}}"#), "`package` is longer than 255 bytes."),
            (&format!(r#"{{"event":"x","platform":"{long}"}}"#), "`platform` is longer than 64 bytes."),
            (
                r#"{"event":"x","timestamp":"yesterday"}"#,
                "`timestamp` is no time as RFC 3339 writes it, such as 2024-01-01T00:00:00Z.",
            ),
            (r#"{"event":"x","timestamp":"2025-01-02T00:00:01Z"}"#, "`timestamp` is in the future."),
            (r#"{"event":"x","timestamp":"1999-01-01T00:00:00Z"}"#, "`timestamp` is more than five years ago."),
            (&format!(r#"{{"event":"x","metadata":{deep}}}"#), "`metadata` is nested more than 8 deep."),
            (&format!(r#"{{"event":"x","metadata":{large}}}"#), "`metadata` is larger than 16 KiB."),
        ] {
            assert_eq!(check(text), Err(expected.to_owned()), "{text:.60}");
        }
        for odd in ["{}", r#"{"event":1}"#, r#"{"event":"x","evil":1}"#, r#"{"event":"x","metadata":[]}"#, "[]", "null"]
        {
            assert!(check(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_added_up_are_kept_but_not_counted() {
        for value in ["-1", "\"45\"", "null", "1e300", "{}"] {
            let event = check(&format!(r#"{{"event":"x","metadata":{{"deployment_time":{value}}}}}"#)).unwrap();
            assert_eq!(event.seconds, None, "{value}");
            assert!(event.metadata.is_some());
        }
    }

    proptest! {
        #[test]
        fn no_input_breaks_it(text in ".{0,200}", event in "\\PC{0,120}", at in "[-+:.TZ0-9]{0,30}") {
            let _ = check(&text);
            let report = Report { event, timestamp: Some(at), ..Report::default() };
            let _ = report.check(NOW);
        }
    }
}
