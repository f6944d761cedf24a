//! What is known of a request before anyone looks at who sent it: its id and where it came from.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use http::HeaderMap;
use http::request::Parts;
use pak_model::{Problem, code};

use crate::error::ApiError;

/// A request's id and source.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Its id, in the log and in the answer's `X-Request-Id`.
    pub id: uuid::Uuid,
    /// The client's address.
    pub address: IpAddr,
}

impl Arrival {
    /// Reads a request. A forwarded address counts only from a proxy that the settings name.
    pub fn of(request: &Request, proxies: &[IpAddr]) -> Self {
        let peer = request
            .extensions()
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |ConnectInfo(address)| address.ip());
        let address =
            if proxies.contains(&peer) { forwarded(request.headers(), proxies).unwrap_or(peer) } else { peer };
        Self { id: uuid::Uuid::new_v4(), address: address.to_canonical() }
    }
}

impl<S: Sync> FromRequestParts<S> for Arrival {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let passed = parts.extensions.get::<Self>().cloned();
        passed.ok_or_else(|| {
            Problem::new(code::server::INTERNAL, "A request reached a handler without passing the door.").into()
        })
    }
}

/// The last address of `X-Forwarded-For` that is no proxy of ours: what stands before it was written by the client itself.
fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let addresses: Vec<IpAddr> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map_while(|text| text.trim().parse().ok())
        .collect();
    addresses.iter().rev().find(|address| !proxies.contains(address)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hop_before_our_own_proxies_is_believed() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let request = |peer: &str, header: &str| {
            let mut request =
                Request::builder().header("x-forwarded-for", header).body(axum::body::Body::empty()).unwrap();
            request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
            Arrival::of(&request, &[proxy]).address.to_string()
        };
        assert_eq!(request("192.0.2.9", "198.51.100.1"), "192.0.2.9");
        assert_eq!(request("10.0.0.1", "203.0.113.66, 198.51.100.1"), "198.51.100.1");
        assert_eq!(request("10.0.0.1", "198.51.100.1, 10.0.0.1"), "198.51.100.1");
        assert_eq!(request("10.0.0.1", "nonsense"), "10.0.0.1");
    }
}
