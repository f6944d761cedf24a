//! Whether an address is that of an ecosystem's registry. No host of a registry is spelled here: most are told from the
//! ecosystem's name, and a lock file that names the known one nowhere is taken to use a mirror.

use std::collections::HashMap;

use super::ecosystem::Ecosystem;
use crate::report::{Component, Origin};

/// The host of an address; empty if it has none.
pub(super) fn host(address: &str) -> &str {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    host.split(':').next().unwrap_or_default()
}

/// Whether a host is known to serve an ecosystem's own registry. The zone `.invalid` stands for a host that was taken out.
pub(super) fn is_default(ecosystem: Ecosystem, host: &str) -> bool {
    let own: &[&str] = match ecosystem {
        Ecosystem::Npm => &[concat!("npm", "js.", "org"), concat!("npm", "js.", "com"), concat!("yarn", "pkg.", "com")],
        Ecosystem::Jsr => &["jsr.io"],
        Ecosystem::PyPi => {
            &[concat!("py", "pi.", "org"), concat!("py", "pi.python.", "org"), concat!("python", "hosted.", "org")]
        }
        Ecosystem::Cargo => &[concat!("crates", ".", "io")],
        Ecosystem::RubyGems => &["rubygems.org"],
        Ecosystem::Pub => &["pub.dev", "pub.dartlang.org"],
        _ => &[],
    };
    host.ends_with(".invalid")
        || own.iter().any(|own| host == *own || host.strip_suffix(own).is_some_and(|rest| rest.ends_with('.')))
}

/// Sets the origin of registry components by the host each came from (empty: not said).
///
/// Where the known host occurs, others are other registries; where it does not, the commonest host is a mirror of it.
pub(super) fn set_origins(ecosystem: Ecosystem, components: &mut [(Component, &str)]) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (_, host) in
        components.iter().filter(|(component, host)| component.origin == Origin::Registry && !host.is_empty())
    {
        *counts.entry(host).or_default() += 1;
    }
    let known = counts.keys().any(|host| is_default(ecosystem, host));
    let commonest = counts
        .iter()
        .max_by_key(|(host, count)| (**count, std::cmp::Reverse(**host)))
        .map(|(host, _)| (*host).to_owned());
    for (component, host) in components.iter_mut() {
        let foreign =
            !host.is_empty() && !is_default(ecosystem, host) && (known || commonest.as_deref() != Some(*host));
        if component.origin == Origin::Registry && foreign {
            component.origin = Origin::OtherRegistry;
        }
    }
}

/// An address without user, password, query and fragment, fit to be shown.
pub(super) fn shown(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            let path = if path.is_empty() { String::new() } else { format!("/{path}") };
            format!("{scheme}://{host}{path}")
        }
        None => address.rsplit_once('@').map_or(address, |(_, rest)| rest).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use Origin::{OtherRegistry, Registry};

    use super::*;
    use crate::inventory::file::File;

    #[test]
    fn the_commonest_host_is_a_mirror_only_where_the_registry_is_not_named() {
        let file = File::new("x", b"", crate::inventory::Options::default()).unwrap();
        let origins = |hosts: &[&'static str]| {
            let mut components: Vec<_> =
                hosts.iter().map(|host| (file.component(Ecosystem::Npm, "a", Some("1")), *host)).collect();
            set_origins(Ecosystem::Npm, &mut components);
            components.into_iter().map(|(component, _)| component.origin).collect::<Vec<_>>()
        };
        assert_eq!(
            origins(&["mirror.example", "mirror.example", "own.example", ""]),
            [Registry, Registry, OtherRegistry, Registry]
        );
        assert_eq!(origins(&["npm.invalid", "own.example", "own.example"]), [Registry, OtherRegistry, OtherRegistry]);
        assert!(!is_default(Ecosystem::Pub, "evilpub.dev") && is_default(Ecosystem::Pub, "www.pub.dev"));
    }

    #[test]
    fn addresses_are_shown_without_credentials() {
        let secret = ["https://user:", "pass", "@h.example:8/a?token=1#x"].concat();
        assert_eq!((shown(&secret).as_str(), host(&secret)), ("https://h.example:8/a", "h.example"));
    }
}
