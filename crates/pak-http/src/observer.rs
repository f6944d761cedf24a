//! What a request tells while it runs; the engine turns it into ticks.

use std::time::Duration;

/// Hears about bytes, waits and retries. Called from the request's task: must not block.
pub trait Observer: Send + Sync {
    /// This many more bytes of a body were handed to the socket.
    fn progress(&self, _bytes: u64) {}

    /// A body starts again from the beginning: bytes reported so far for it are void.
    fn rewind(&self, _bytes: u64) {}

    /// Nothing happens for a while, for a reason.
    fn waiting(&self, _why: &str, _for: Duration) {}

    /// A request is tried again.
    fn retrying(&self, _attempt: u32, _why: &str) {}
}

/// Hears nothing.
pub struct Silent;

impl Observer for Silent {}
