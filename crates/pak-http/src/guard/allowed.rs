//! What an administrator allows beyond the public internet.

use std::net::IpAddr;

use pak_model::{Problem, Result, code};

use super::address::Network;

/// Networks and hosts that may be reached although they are not public: a registry in the company's own network.
#[derive(Debug, Clone, Default)]
pub struct Allowed {
    networks: Vec<Network>,
    hosts: Vec<String>,
}

impl Allowed {
    /// Reads a list separated by commas or spaces: `10.0.0.0/8`, `fd00::/8`, `192.168.1.7`, `registry.intranet`, `*.corp.example`.
    /// A host that is listed may have any address; a network counts whatever name leads into it.
    pub fn parse(text: &str) -> Result<Self> {
        let mut allowed = Self::default();
        for part in text.split([',', ' ', '\n']).map(str::trim).filter(|part| !part.is_empty()) {
            if let Some(network) = Network::parse(part) {
                allowed.networks.push(network);
            } else if is_host(part) {
                allowed.hosts.push(part.trim_end_matches('.').to_ascii_lowercase());
            } else {
                return Err(Problem::new(
                    code::config::INVALID_VALUE,
                    format!("`{part}` is neither a network (10.0.0.0/8), an address, nor a host's name."),
                ));
            }
        }
        Ok(allowed)
    }

    /// Whether any network is listed.
    pub(super) fn has_networks(&self) -> bool {
        !self.networks.is_empty()
    }

    /// Whether an address is in a network listed.
    pub(super) fn address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// Whether a host is listed; `host` in lower case without a final dot.
    pub(super) fn host(&self, host: &str) -> bool {
        self.hosts.iter().any(|listed| match listed.strip_prefix('*') {
            Some(end) => host.ends_with(end) && host.len() > end.len(),
            None => listed == host,
        })
    }
}

fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    // What ends in a number is an address that was mistyped.
    let last = name.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_networks_are_told_apart() {
        let allowed = Allowed::parse("127.0.0.0/8, ::1 Registry.Intranet.,*.corp.example").unwrap();
        assert!(allowed.address("127.3.0.1".parse().unwrap()) && allowed.address("::1".parse().unwrap()));
        assert!(!allowed.address("10.0.0.1".parse().unwrap()));
        assert!(allowed.host("registry.intranet") && allowed.host("a.corp.example"));
        for other in ["corp.example", ".corp.example", "evilcorp.example", "xregistry.intranet"] {
            assert!(!allowed.host(other), "{other}");
        }
        for wrong in ["10.0.0.0/40", "http://x", "10.0.0", "*", "a_b/c", "*.*.x"] {
            assert!(Allowed::parse(wrong).is_err(), "{wrong}");
        }
        assert!(!Allowed::parse("").unwrap().host("x"));
    }
}
