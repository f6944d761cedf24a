//! When to try again, and after how long.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use jiff::Timestamp;

/// The longest wait a server may ask for before we give the decision back to the user.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(2);

/// Backoff before attempt `next` (2, 3, …): doubling from 200 ms, up to 10 s, with up to a quarter of jitter.
pub(crate) fn backoff(next: u32) -> Duration {
    let doubled = 200u64.saturating_mul(1 << (next.saturating_sub(2)).min(10)).min(10_000);
    let jitter = u64::from(Timestamp::now().subsec_nanosecond().unsigned_abs()) % (doubled / 4).max(1);
    Duration::from_millis(doubled + jitter)
}

/// The wait a server asks for: `Retry-After` in seconds or as an HTTP date (crates.io sends dates).
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

/// Statuses after which a request that changes nothing is worth repeating.
pub(crate) fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_reads_both_forms() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let headers = |value: &str| HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]);
        assert_eq!(retry_after(&headers("7"), now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(&headers("Fri, 02 Jan 2026 03:04:15 GMT"), now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(&headers("Fri, 02 Jan 2026 03:00:00 GMT"), now), Some(Duration::ZERO), "a past date");
        assert_eq!(retry_after(&headers("soon"), now), None);
    }

    #[test]
    fn backoff_grows_and_is_bounded() {
        assert!(backoff(2) < Duration::from_millis(260));
        assert!(backoff(4) >= Duration::from_millis(800));
        assert!(backoff(40) <= Duration::from_millis(12_500));
    }
}
