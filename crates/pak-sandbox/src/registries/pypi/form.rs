//! Reads the upload form: text fields into memory, bounded, and the file to disk as it comes.

use std::io;

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart};
use http::Request;

use super::Refusal;
use crate::registries::Shared;
use crate::transfer::{self, Spooled};

/// The most that all text fields may hold together: a long description, mostly.
const TEXT_LIMIT: usize = 16 << 20;

/// A form as it was sent.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// Text fields in order.
    pub fields: Vec<(String, String)>,
    /// The file with its name.
    pub content: Option<(String, Spooled)>,
}

impl Form {
    /// The first value of a field.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(super) fn all(&self, name: &str) -> Vec<&str> {
        self.fields.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Reads a request's body.
    pub(super) async fn read(shared: &Shared, request: Request<Body>) -> Result<Self, Refusal> {
        let broken = |error: &dyn std::fmt::Display| Refusal::bad(format!("Invalid form: {error}"));
        let mut multipart = Multipart::from_request(request, &()).await.map_err(|error| broken(&error))?;
        let mut form = Self::default();
        let mut held = 0;
        while let Some(mut field) = multipart.next_field().await.map_err(|error| broken(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            if let (true, Some(file_name)) = (name == "content", file_name) {
                if field.content_type().is_some_and(|kind| kind.starts_with("image/")) {
                    return Err(Refusal::bad("Invalid distribution file."));
                }
                let content =
                    transfer::spool_field(&shared.store, field).await.map_err(|error| match error.kind() {
                        io::ErrorKind::InvalidData => broken(&error),
                        _ => error.into(),
                    })?;
                form.content = Some((file_name, content));
                continue;
            }
            let mut text = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|error| broken(&error))? {
                held += chunk.len();
                if held > TEXT_LIMIT {
                    return Err(Refusal::bad("The form's text fields are too large."));
                }
                text.extend_from_slice(&chunk);
            }
            let text = String::from_utf8(text).map_err(|_| Refusal::bad(format!("Field {name} is not UTF-8.")))?;
            form.fields.push((name, text));
        }
        Ok(form)
    }
}
