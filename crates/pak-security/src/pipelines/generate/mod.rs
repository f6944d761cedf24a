//! Hardened release pipelines.
