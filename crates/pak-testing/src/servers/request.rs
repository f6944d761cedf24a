//! The few requests that starting a server takes: HTTP/1.0 on loopback, by hand, so that the kit needs no client of its own.

use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use pak_model::Secret;
use serde_json::Value;

/// An answer.
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The body as JSON; null where it is none.
    pub(super) json: Value,
}

/// Reads a path.
pub(super) fn get(port: u16, path: &str) -> Result<Answer> {
    send(port, "GET", path, "", "")
}

/// Puts JSON to a path, with the account's name and password where they are given.
pub(super) fn put(port: u16, path: &str, account: Option<(&str, &Secret)>, body: &Value) -> Result<Answer> {
    let authorization = account.map(|(user, password)| {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose()));
        format!("Authorization: Basic {pair}\r\n")
    });
    send(port, "PUT", path, &authorization.unwrap_or_default(), &body.to_string())
}

fn send(port: u16, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let about_body = if body.is_empty() {
        String::new()
    } else {
        format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
    };
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\nAccept: application/json\r\n{about_body}{headers}\r\n{body}"
    )?;
    let mut bytes = Vec::new();
    stream.take(1 << 20).read_to_end(&mut bytes)?;
    parse(&String::from_utf8_lossy(&bytes)).ok_or_else(|| Error::from(ErrorKind::InvalidData))
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, json: serde_json::from_str(body).unwrap_or_default() })
}
