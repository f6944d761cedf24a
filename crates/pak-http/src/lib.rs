//! The one outbound client: policy, retries, rebuildable bodies, progress, redaction, fault points.
//!
//! Drivers never see it directly; they are handed a `Call`, which holds one of these with the run's policy in it.

mod body;
mod client;
mod failure;
mod guard;
mod observer;
mod policy;
mod request;
mod response;
mod retry;
mod stream;
mod url;

pub use body::{Body, FilePart, Part};
pub use client::Client;
pub use failure::{Refusal, refusal_text, status_problem};
pub use guard::{Allowed, Guard, Names};
pub use observer::{Observer, Silent};
pub use policy::Policy;
pub use request::{Auth, Request};
pub use response::Response;
pub use url::{is_loopback, origin, safe};

pub use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
