//! A small HTTP client for loopback: a connection for each request, cookies kept, answers bounded. It starts registry servers,
//! drives the browser and speaks to the server under test, so that the kit needs no client of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Error, ErrorKind, Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Mutex;
use std::time::Duration;

use base64::Engine;
use pak_model::Secret;
use serde_json::Value;

/// No answer of a test is larger.
const LARGEST: u64 = 64 << 20;

/// One client of one server: it keeps cookies, and sends its headers with every request.
pub struct Http {
    port: u16,
    headers: Vec<(String, String)>,
    cookies: Mutex<BTreeMap<String, String>>,
    patience: Duration,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Http {
    /// A client of the server on this port of 127.0.0.1.
    pub fn new(port: u16) -> Self {
        Self { port, headers: Vec::new(), cookies: Mutex::default(), patience: Duration::from_secs(30) }
    }

    /// A header that goes with every request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The account's name and password with every request.
    #[must_use]
    pub fn basic(self, user: &str, password: &Secret) -> Self {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{}", password.expose()));
        self.header("Authorization", &format!("Basic {pair}"))
    }

    /// How long an answer may take.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The cookies it holds now.
    ///
    /// # Panics
    /// Where another thread panicked with them in hand.
    pub fn cookies(&self) -> BTreeMap<String, String> {
        self.cookies.lock().expect("the cookies").clone()
    }

    /// Takes a cookie from somewhere else.
    ///
    /// # Panics
    /// Where another thread panicked with them in hand.
    pub fn keep_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().expect("the cookies").insert(name.to_owned(), value.to_owned());
    }

    /// Reads a path.
    pub fn get(&self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, &[], b"")
    }

    /// Sends JSON.
    pub fn json(&self, method: &str, path: &str, body: &Value) -> io::Result<Answer> {
        self.send(method, path, &[("Content-Type", "application/json")], body.to_string().as_bytes())
    }

    /// Sends a request with these headers and body.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> io::Result<Answer> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5).min(self.patience))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(self.patience))?;
        stream.set_write_timeout(Some(self.patience))?;
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n", self.port);
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend(own.filter(|(name, _)| !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name))));
        if !all.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            all.push(("Accept", "application/json"));
        }
        for (name, value) in all {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let cookies: Vec<String> = self.cookies().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            let _ = write!(head, "Cookie: {}\r\n", cookies.join("; "));
        }
        if !body.is_empty() || method != "GET" {
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        // A server may answer, and close, before it has read everything: its answer counts.
        let sent = stream.write_all(&bytes);
        match read_answer(&mut stream.take(LARGEST), method == "HEAD") {
            Ok(answer) => {
                self.keep(&answer);
                Ok(answer)
            }
            Err(error) => Err(sent.err().unwrap_or(error)),
        }
    }

    fn keep(&self, answer: &Answer) {
        for (_, cookie) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, rules) = cookie.split_once(';').unwrap_or((cookie, ""));
            let Some((name, value)) = pair.split_once('=') else { continue };
            let mut cookies = self.cookies.lock().expect("the cookies");
            if value.is_empty() || rules.to_lowercase().contains("max-age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn broken(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what.to_owned())
}

fn read_answer(stream: &mut impl Read, no_body: bool) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = find(&bytes, b"\r\n\r\n") {
            break end;
        }
        more(stream, &mut bytes)?;
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut body = bytes.split_off(end + 4);
    let mut lines = head.split("\r\n");
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or_else(|| broken("no status"))?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer { status, headers, body: Vec::new() };
    if no_body || status == 204 || status == 304 {
        return Ok(answer);
    }
    if answer.header("transfer-encoding").is_some_and(|coding| coding.contains("chunked")) {
        answer.body = chunks(stream, &mut body)?;
    } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse().ok()) {
        while body.len() < length {
            more(stream, &mut body)?;
        }
        body.truncate(length);
        answer.body = body;
    } else {
        stream.read_to_end(&mut body)?;
        answer.body = body;
    }
    Ok(answer)
}

fn chunks(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = loop {
            if let Some(end) = find(buffer, b"\r\n") {
                break end;
            }
            more(stream, buffer)?;
        };
        let size = String::from_utf8_lossy(&buffer[..end]).into_owned();
        let size = usize::from_str_radix(size.split(';').next().unwrap_or("").trim(), 16)
            .map_err(|_| broken("a chunk without a size"))?;
        buffer.drain(..end + 2);
        if size == 0 {
            return Ok(body);
        }
        while buffer.len() < size + 2 {
            more(stream, buffer)?;
        }
        body.extend(buffer.drain(..size + 2).take(size));
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn more(stream: &mut impl Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut piece = [0; 16384];
    let count = loop {
        match stream.read(&mut piece) {
            // A signal came by, such as a child's end: nothing is wrong with the connection.
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            read => break read?,
        }
    };
    if count == 0 {
        return Err(Error::from(ErrorKind::UnexpectedEof));
    }
    bytes.extend_from_slice(&piece[..count]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Answer {
        read_answer(&mut text.as_bytes(), false).unwrap()
    }

    #[test]
    fn bodies_come_in_three_ways() {
        assert_eq!(read("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more").text(), "hi");
        assert_eq!(
            read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;x\r\n!\r\n0\r\n\r\n").text(),
            "hi!"
        );
        assert_eq!(read("HTTP/1.0 404 Not Found\r\n\r\nhi").text(), "hi");
        assert!(read_answer(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"[..], false).is_err(), "cut off");
    }

    #[test]
    fn cookies_are_kept_and_forgotten() {
        let http = Http::new(1);
        http.keep(&read("HTTP/1.1 200 OK\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(http.cookies().len(), 2);
        http.keep(&read("HTTP/1.1 200 OK\r\nSet-Cookie: a=x; Max-Age=0\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!(http.cookies().into_iter().collect::<Vec<_>>(), [("b".to_owned(), "2".to_owned())]);
    }
}
