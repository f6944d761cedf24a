//! The engine against the embedded registries: real drivers, real requests, injected faults.

mod converge;
mod failures;
mod rehearse;
mod rollback;
mod stage;
