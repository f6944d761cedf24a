//! A receiver of webhooks on loopback that does what it is told: takes, fails, hangs, redirects.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;

/// What it does with a message.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Reply {
    /// Answers with a status.
    Status(u16),
    /// Does not answer.
    Hang,
    /// Leads back to itself.
    Redirect,
}

/// A message as it came.
#[derive(Debug, Clone)]
pub(crate) struct Came {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Clone, Default)]
pub(crate) struct Receiver(Arc<Mutex<Inner>>, String);

#[derive(Default)]
struct Inner {
    came: Vec<Came>,
    replies: VecDeque<Reply>,
    always: Option<Reply>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let receiver = Self(Arc::default(), format!("http://{}", listener.local_addr().unwrap()));
        let router = Router::new().fallback(take).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        receiver
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.1)
    }

    /// What it does with the next messages, one after the other; it takes those after them.
    pub(crate) fn replies(&self, replies: &[Reply]) {
        self.0.lock().unwrap().replies.extend(replies);
    }

    /// What it does with every message, until told otherwise.
    pub(crate) fn always(&self, reply: Option<Reply>) {
        self.0.lock().unwrap().always = reply;
    }

    /// What came so far.
    pub(crate) fn came(&self) -> Vec<Came> {
        self.0.lock().unwrap().came.clone()
    }
}

async fn take(State(receiver): State<Receiver>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let reply = {
        let mut inner = receiver.0.lock().unwrap();
        inner.came.push(Came { path: parts.uri.path().to_owned(), headers: parts.headers, body });
        inner.always.or_else(|| inner.replies.pop_front())
    };
    match reply {
        None => axum::Json(serde_json::json!({ "status": "success" })).into_response(),
        Some(Reply::Status(status)) => (StatusCode::from_u16(status).unwrap(), "sorry\u{7}").into_response(),
        Some(Reply::Redirect) => (StatusCode::FOUND, [(header::LOCATION, receiver.url("/elsewhere"))]).into_response(),
        Some(Reply::Hang) => {
            tokio::time::sleep(Duration::from_mins(2)).await;
            StatusCode::OK.into_response()
        }
    }
}
