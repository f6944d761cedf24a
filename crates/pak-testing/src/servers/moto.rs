//! moto, which answers as Amazon's object store does. For the server's file store.

use super::{Launch, Server};
use crate::http::Http;
use crate::tools::Tool;

/// An object store with one bucket.
pub struct Moto {
    server: Server,
}

/// The bucket's name.
pub const BUCKET: &str = "pak-files";

/// Starts it and makes the bucket.
///
/// # Panics
/// Where it is installed and does not start.
pub fn start() -> Option<Moto> {
    let program = Tool::MotoServer.require_or_skip()?;
    let server = Server::start("moto", &program, "/moto-api/", |_, port| {
        Launch::arguments(["-H", "127.0.0.1", "-p", &port.to_string()])
    });
    let made = Http::new(server.port()).send("PUT", &format!("/{BUCKET}"), &[], b"").expect("moto answers");
    assert_eq!(made.status, 200, "moto makes a bucket");
    Some(Moto { server })
}

impl Moto {
    /// The variables by which a client finds it.
    pub fn variables(&self) -> Vec<(String, String)> {
        let address = self.server.url();
        [
            ("AWS_ENDPOINT_URL", address.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "testing"),
            ("AWS_SECRET_ACCESS_KEY", "testing"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Uploads in parts that were begun and neither completed nor given up, as the store lists them.
    pub fn unfinished_uploads(&self) -> usize {
        let listed = Http::new(self.server.port()).get(&format!("/{BUCKET}?uploads")).expect("moto answers");
        listed.text().matches("<UploadId>").count()
    }
}
