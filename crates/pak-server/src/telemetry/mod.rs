//! Telemetry: recorded in batches, added up by hour and day, read for charts.

pub mod batch;
pub mod event;
pub mod query;
pub mod record;
pub mod retention;
