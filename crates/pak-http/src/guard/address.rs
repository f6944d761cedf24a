//! Which addresses belong to the public internet, and networks as an administrator writes them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Azure's host agent: the one metadata service on an address that looks public.
const HOST_AGENT: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

/// IPv4 that is not of the public internet, with the word for messages.
const V4: &[([u8; 4], u8, &str)] = &[
    ([0, 0, 0, 0], 8, "this network"),
    ([10, 0, 0, 0], 8, "a private network"),
    ([100, 64, 0, 0], 10, "a carrier's network"),
    ([127, 0, 0, 0], 8, "this machine"),
    ([169, 254, 0, 0], 16, "the local link"),
    ([172, 16, 0, 0], 12, "a private network"),
    ([192, 0, 0, 0], 24, "a reserved network"),
    ([192, 0, 2, 0], 24, "a network of examples"),
    ([192, 88, 99, 0], 24, "a tunnel's entry"),
    ([192, 168, 0, 0], 16, "a private network"),
    ([198, 18, 0, 0], 15, "a network for measurements"),
    ([198, 51, 100, 0], 24, "a network of examples"),
    ([203, 0, 113, 0], 24, "a network of examples"),
    ([224, 0, 0, 0], 4, "multicast"),
    ([240, 0, 0, 0], 4, "a reserved network"),
];

/// Parts of IPv6's public space (2000::/3) that lead elsewhere: tunnels carry an IPv4 address inside.
const V6: &[([u16; 3], u8, &str)] = &[
    ([0x2001, 0, 0], 23, "a reserved network or a tunnel"),
    ([0x2001, 0xdb8, 0], 32, "a network of examples"),
    ([0x2002, 0, 0], 16, "a tunnel's entry"),
    ([0x3fff, 0, 0], 20, "a network of examples"),
];

/// Why an address is not of the public internet; nothing when it is.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(HOST_AGENT) => Some("a cloud's metadata service"),
        IpAddr::V4(address) => V4.iter().find_map(|&([a, b, c, d], bits, why)| {
            Network::new(Ipv4Addr::new(a, b, c, d).into(), bits).contains(address.into()).then_some(why)
        }),
        IpAddr::V6(address) if address.is_loopback() => Some("this machine"),
        IpAddr::V6(address) if address.is_multicast() => Some("multicast"),
        IpAddr::V6(address) if address.is_unique_local() => Some("a private network"),
        IpAddr::V6(address) if address.is_unicast_link_local() => Some("the local link"),
        // Mapped, compatible, NAT64 and whatever else is not 2000::/3.
        IpAddr::V6(address) if address.segments()[0] & 0xe000 != 0x2000 => Some("no public network"),
        IpAddr::V6(address) => V6.iter().find_map(|&([a, b, c], bits, why)| {
            let network = Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0);
            Network::new(network.into(), bits).contains(address.into()).then_some(why)
        }),
    }
}

/// An address with how many of its leading bits count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    const fn new(address: IpAddr, bits: u8) -> Self {
        Self { address, bits }
    }

    /// `10.0.0.0/8`, `fd00::/8` or one address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address.parse().ok()?, Some(bits.parse().ok()?)),
            None => (text.trim_matches(['[', ']']).parse().ok()?, None),
        };
        let most = if matches!(address, IpAddr::V4(_)) { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Self { address, bits })
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let shift = |width: u32| width.saturating_sub(u32::from(self.bits));
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_what_they_say() {
        for (network, address, expected) in [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("fd00::/8", "fdab::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "2001::1", true),
            ("10.0.0.0/8", "::ffff:10.0.0.1", false),
        ] {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network:?} {address}");
        }
        for wrong in ["10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "/8", "10.0.0.0/-1", ""] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_edges_of_reserved_networks() {
        for (address, public) in [
            ("9.255.255.255", true),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("172.15.255.255", true),
            ("172.16.0.0", false),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("198.17.255.255", true),
            ("198.19.255.255", false),
            ("198.20.0.0", true),
            ("223.255.255.255", true),
            ("224.0.0.0", false),
            ("255.255.255.255", false),
            ("168.63.129.16", false),
            ("2001:1ff::1", false),
            ("2001:200::1", true),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("2a00:1450::1", true),
            ("3fff::1", false),
            ("4000::1", false),
            ("64:ff9b::7f00:1", false),
            ("::ffff:8.8.8.8", false),
            ("::7f00:1", false),
        ] {
            assert_eq!(not_public(address.parse().unwrap()).is_none(), public, "{address}");
        }
    }
}
