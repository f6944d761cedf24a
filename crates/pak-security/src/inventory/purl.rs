//! Package URLs, canonical: the readers of this crate write them, bills of materials are read by them.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// A package URL: `pkg:type/namespace/name@version?qualifiers#subpath`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purl {
    /// The type, in lower case: `npm`, `golang`, …
    pub kind: String,
    /// What precedes the name: a scope, a group, an owner.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
    /// The version.
    pub version: Option<String>,
    /// Further words, such as `arch` and `repository_url`.
    pub qualifiers: BTreeMap<String, String>,
    /// A folder within the package.
    pub subpath: Option<String>,
}

impl Purl {
    /// A purl of parts that are not encoded.
    pub fn new(kind: &str, namespace: Option<&str>, name: &str, version: Option<&str>) -> Self {
        Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.filter(|one| !one.is_empty()).map(str::to_owned),
            name: name.to_owned(),
            version: version.filter(|one| !one.is_empty()).map(str::to_owned),
            qualifiers: BTreeMap::new(),
            subpath: None,
        }
    }

    /// The same with a qualifier.
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.qualifiers.insert(key.to_ascii_lowercase(), value.to_owned());
        }
        self
    }

    /// Reads a purl; none for what is no purl.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return None;
        }
        let (rest, subpath) = match rest.rsplit_once('#') {
            Some((rest, subpath)) => (rest, Some(decode(subpath.trim_matches('/')))),
            None => (rest, None),
        };
        let (rest, qualifiers) = rest.rsplit_once('?').unwrap_or((rest, ""));
        let qualifiers = qualifiers
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_ascii_lowercase(), decode(value)))
            .collect();
        let (kind, rest) = rest.trim_start_matches('/').split_once('/')?;
        let rest = rest.trim_matches('/');
        // An `@` before the last `/` is a scope that was not encoded.
        let (path, version) = match rest.rsplit_once('@') {
            Some((path, version)) if !path.is_empty() && !version.contains('/') => (path, Some(decode(version))),
            _ => (rest, None),
        };
        let (namespace, name) = match path.rsplit_once('/') {
            Some((namespace, name)) => (Some(namespace.split('/').map(decode).collect::<Vec<_>>().join("/")), name),
            None => (None, path),
        };
        let name = decode(name);
        let proper = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '+' | '-');
        if name.is_empty() || kind.is_empty() || !kind.chars().all(proper) {
            return None;
        }
        Some(Self {
            kind: kind.to_ascii_lowercase(),
            namespace: namespace.filter(|one| !one.is_empty()),
            name,
            version: version.filter(|one| !one.is_empty()),
            qualifiers,
            subpath: subpath.filter(|one| !one.is_empty()),
        })
    }

    /// The name with what precedes it, as the ecosystem writes it: `@scope/name`, `group:artifact`.
    pub fn full_name(&self) -> String {
        match &self.namespace {
            Some(group) if self.kind == "maven" => format!("{group}:{}", self.name),
            // A distribution is no part of its packages' names.
            Some(_) if matches!(self.kind.as_str(), "deb" | "rpm" | "apk" | "alpm" | "conan") => self.name.clone(),
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

impl Display for Purl {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        // The specification wants these types' names in lower case.
        let lower = matches!(
            self.kind.as_str(),
            "golang"
                | "github"
                | "bitbucket"
                | "gitlab"
                | "composer"
                | "hex"
                | "pub"
                | "deb"
                | "apk"
                | "alpm"
                | "luarocks"
        );
        let case = |text: &str| if lower { text.to_ascii_lowercase() } else { text.to_owned() };
        write!(out, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            for part in namespace.split('/').filter(|part| !part.is_empty()) {
                encode(out, &case(part), "")?;
                out.write_str("/")?;
            }
        }
        encode(out, &case(&self.name), "")?;
        if let Some(version) = &self.version {
            out.write_str("@")?;
            encode(out, version, "")?;
        }
        for (place, (key, value)) in self.qualifiers.iter().enumerate() {
            write!(out, "{}{key}=", if place == 0 { '?' } else { '&' })?;
            encode(out, value, "/")?;
        }
        if let Some(subpath) = &self.subpath {
            out.write_str("#")?;
            encode(out, subpath, "/")?;
        }
        Ok(())
    }
}

/// Percent-encodes everything but what the specification leaves as it is.
fn encode(out: &mut Formatter<'_>, text: &str, also: &str) -> fmt::Result {
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~' | b':');
        if plain || also.as_bytes().contains(&byte) {
            write!(out, "{}", char::from(byte))?;
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(())
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn purls_are_read_in_odd_forms_and_written_canonically() {
        let cases = [
            ("pkg:npm/%40angular/core@12.0.0", "pkg:npm/%40angular/core@12.0.0", "@angular/core"),
            ("pkg:npm/@angular/core@12.0.0", "pkg:npm/%40angular/core@12.0.0", "@angular/core"),
            ("pkg:npm/@angular/core", "pkg:npm/%40angular/core", "@angular/core"),
            ("pkg://Maven/org.x/y@1+2", "pkg:maven/org.x/y@1%2B2", "org.x:y"),
            (
                "pkg:deb/debian/curl@7.50.3-1?distro=jessie&arch=i386",
                "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie",
                "curl",
            ),
            (
                "pkg:golang/Google.golang.org/genproto#/googleapis/api/",
                "pkg:golang/google.golang.org/genproto#googleapis/api",
                "Google.golang.org/genproto",
            ),
            (
                "pkg:docker/cassandra@sha256:244fd47e07d1004f0aed9c",
                "pkg:docker/cassandra@sha256:244fd47e07d1004f0aed9c",
                "cassandra",
            ),
        ];
        for (text, written, name) in cases {
            let purl = Purl::parse(text).unwrap();
            assert_eq!((purl.to_string().as_str(), purl.full_name().as_str()), (written, name), "{text}");
        }
        for text in ["", "npm/a@1", "pkg:npm", "pkg:npm/", "pkg:n pm/a", "http://a/b"] {
            assert_eq!(Purl::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(space in "[a-z@%/+ ü]{0,9}", name in "[a-z@%+? ü#]{1,9}", version in "[0-9a-z@+~:/]{0,9}") {
            let purl = Purl::new("npm", Some(space.trim_matches('/')), &name, Some(&version));
            let again = Purl::parse(&purl.to_string()).unwrap();
            prop_assert_eq!(again.to_string(), purl.to_string());
            prop_assert_eq!(again.name, name);
        }

        #[test]
        fn nothing_panics(text in ".{0,40}") {
            let _ = Purl::parse(&format!("pkg:{text}"));
        }
    }
}
