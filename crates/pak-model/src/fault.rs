//! Fault points: named places where a test may end the process, so that every crash window is walked.

use std::sync::Arc;

/// Called at every journal write and every request. Without a hook it does nothing.
///
/// The hook is installed by the binary (`PAK_FAULT_POINT=<n>` kills the process at the n-th point it passes).
#[derive(Clone, Default)]
pub struct FaultPlan(Option<Arc<Hook>>);

type Hook = dyn Fn(&str) + Send + Sync;

impl FaultPlan {
    /// No faults.
    pub fn none() -> Self {
        Self(None)
    }

    /// Calls `hook` with the name of every point passed.
    pub fn new(hook: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Passes a point: `journal upload-intended before`, `http PUT after`.
    pub fn pass(&self, point: &str) {
        if let Some(hook) = &self.0 {
            hook(point);
        }
    }
}

impl std::fmt::Debug for FaultPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "FaultPlan(armed)" } else { "FaultPlan(none)" })
    }
}
