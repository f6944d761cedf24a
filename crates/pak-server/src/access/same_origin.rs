//! Protection of cookie requests against other sites: a request that changes something must come from a page of this server.
//!
//! A browser says where a request is from in `Sec-Fetch-Site` (on https and localhost) or in `Origin` (on every request that changes
//! something); pages can forge neither. A request with neither comes from no browser, so no stranger's page sent it. Forms carry a hidden
//! field besides, bound to the session. Requests with an API key need none of this: no browser adds a key by itself.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, Method, header};
use pak_model::{Problem, Result, code};

use super::digest;

/// The name of the hidden field.
pub const FIELD: &str = "csrf";

/// Refuses a request that changes something and comes from elsewhere. `base` is the server's own origin where it is configured
/// (`https://pak.example.org`); `Host` is what a browser believes it talks to, which a page can not choose.
pub fn check(method: &Method, headers: &HeaderMap, base: Option<&str>) -> Result<()> {
    if method.is_safe() {
        return Ok(());
    }
    let refuse = || {
        Err(Problem::new(
            code::server::CROSS_SITE,
            "This request was sent by a page of another site. Nothing was changed.",
        ))
    };
    // A header that is there but is no text is not a browser's.
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => return Ok(()),
        Some(_) => return refuse(),
        None => {}
    }
    let Some(origin) = text(header::ORIGIN.as_str()) else { return Ok(()) };
    let same_as_base = base.is_some_and(|base| base.trim_end_matches('/').eq_ignore_ascii_case(origin));
    let host = text(header::HOST.as_str());
    let same_as_host = origin
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
        .is_some_and(|(_, place)| host.is_some_and(|host| host.eq_ignore_ascii_case(place)));
    if same_as_base || same_as_host { Ok(()) } else { refuse() }
}

/// The hidden field's value for a session: who does not know the session's cookie can not make it.
pub fn form_token(session: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, session.as_bytes());
    URL_SAFE_NO_PAD.encode(hmac::sign(&key, b"pak form"))
}

/// Whether a form's hidden field belongs to the session.
pub fn check_form(session: &str, field: &str) -> Result<()> {
    if digest::same(&form_token(session), field) {
        return Ok(());
    }
    Err(Problem::new(code::server::CROSS_SITE, "The form does not belong to this session. Nothing was changed.")
        .next("Load the page again and send the form once more."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(method: &Method, headers: &[(&'static str, &str)], base: Option<&str>) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), http::HeaderValue::from_str(value).unwrap()));
        check(method, &headers.collect(), base).is_ok()
    }

    #[test]
    fn only_our_own_pages_and_programs_may_change_something() {
        let base = Some("https://pak.example.org");
        let host = ("host", "pak.example.org");
        let post = |headers: &[(&'static str, &str)]| verdict(&Method::POST, headers, base);
        assert!(post(&[host]));
        assert!(post(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(post(&[host, ("sec-fetch-site", "none")]));
        assert!(post(&[host, ("origin", "https://pak.example.org")]));
        assert!(
            post(&[("host", "internal:5000"), ("origin", "https://pak.example.org")]),
            "behind a proxy that renames"
        );
        assert!(!post(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(!post(&[host, ("sec-fetch-site", "same-site"), ("origin", "https://pak.example.org")]));
        assert!(!post(&[host, ("sec-fetch-site", "odd")]));
        for origin in [
            "null",
            "https://evil.example.org",
            "https://pak.example.org.evil.org",
            "https://pak.example.org:444",
            "file://pak.example.org",
        ] {
            assert!(!post(&[host, ("origin", origin)]), "{origin}");
        }
        assert!(verdict(&Method::GET, &[host, ("sec-fetch-site", "cross-site")], base));
        assert!(verdict(&Method::DELETE, &[("host", "localhost:5000"), ("origin", "http://localhost:5000")], None));
        assert!(!verdict(&Method::DELETE, &[("host", "localhost:5000"), ("origin", "http://localhost:5001")], None));
        assert!(!verdict(&Method::PUT, &[("origin", "http://localhost:5000")], None), "no host to compare with");
    }

    #[test]
    fn a_form_belongs_to_its_session() {
        let token = form_token("session one");
        assert!(check_form("session one", &token).is_ok());
        assert!(check_form("session two", &token).is_err());
        assert!(check_form("session one", "").is_err());
    }
}
