//! Telemetry: recorded in batches, rolled up by the hour, read for charts.

pub mod event;
