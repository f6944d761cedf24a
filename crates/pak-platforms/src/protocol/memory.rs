//! What a driver knows of uploads from one question to the next. Never an answer to whether something is there: only where it
//! lies, or that this process sent it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use pak_model::Coordinates;

use crate::call::Call;

/// A fact per upload and registry, for as long as the driver lives.
#[derive(Debug)]
pub struct Memory<T>(Mutex<HashMap<(String, Coordinates), T>>);

impl<T: Clone> Memory<T> {
    /// Keeps a fact of an upload.
    pub fn keep(&self, call: &Call, at: &Coordinates, fact: T) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key(call, at), fact);
    }

    /// What was kept.
    pub fn recall(&self, call: &Call, at: &Coordinates) -> Option<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key(call, at)).cloned()
    }
}

impl<T> Default for Memory<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

fn key(call: &Call, at: &Coordinates) -> (String, Coordinates) {
    (call.endpoint().root.to_string(), at.clone())
}
