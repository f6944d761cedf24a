//! URLs in messages, without what must not be seen.

use url::{Host, Url};

/// A URL for messages: no user, no password, no query (upload sessions carry state and sometimes signatures there).
pub fn safe(url: &Url) -> String {
    let mut shown = url.clone();
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.set_query(None);
    shown.set_fragment(None);
    shown.to_string()
}

/// Scheme, host and port: what a credential is meant for.
pub fn origin(url: &Url) -> String {
    let origin = url.origin();
    match (origin.is_tuple(), url.host_str()) {
        // Schemes the web does not know (ssh) have no origin of their own.
        (false, Some(host)) => match url.port() {
            Some(port) => format!("{}://{host}:{port}", url.scheme()),
            None => format!("{}://{host}", url.scheme()),
        },
        _ => origin.ascii_serialization(),
    }
}

/// Whether the host is this machine itself, by address (a name could be pointed elsewhere, `localhost` excepted).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_neither_password_nor_query() {
        let url = Url::parse("https://alice:pw@example.org/a/b?state=signed#x").unwrap();
        assert_eq!(safe(&url), "https://example.org/a/b");
    }

    #[test]
    fn origins_are_scheme_host_and_port() {
        for (text, expected) in [
            ("https://example.org/a", "https://example.org"),
            ("http://127.0.0.1:80/", "http://127.0.0.1"),
            ("ssh://git@example.org/a", "ssh://example.org"),
            ("ssh://git@example.org:2222/a", "ssh://example.org:2222"),
        ] {
            assert_eq!(origin(&Url::parse(text).unwrap()), expected);
        }
    }

    #[test]
    fn loopback_is_an_address_not_a_look() {
        for (text, expected) in [
            ("http://127.0.0.1:80/", true),
            ("http://127.9.9.9/", true),
            ("http://[::1]/", true),
            ("http://localhost/", true),
            ("http://127.0.0.1.example.org/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(text).unwrap()), expected, "{text}");
        }
    }
}
