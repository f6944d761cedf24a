//! Where an index takes uploads and where it is read. The public one has a host for each; others mostly have one root.

use pak_model::Result;
use pak_model::python::normalized_name;
use url::Url;

use crate::definition::Definition;
use crate::endpoint::{Endpoint, join};

/// The addresses of an endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Addresses<'a> {
    pub(super) definition: &'a Definition,
    pub(super) endpoint: &'a Endpoint,
}

impl Addresses<'_> {
    /// Whether this is the public index or its test instance, whose rules are stricter than those of private indexes.
    pub(super) fn is_public(self) -> bool {
        self.public_site(&self.endpoint.root).is_some()
    }

    /// Where files are posted.
    pub(super) fn upload(self) -> Result<Url> {
        if let Some(upload) = &self.endpoint.upload {
            return Ok(with_slash(upload));
        }
        let root = &self.endpoint.root;
        match self.public_site(root) {
            None => Ok(root.clone()),
            Some(_) if root.path().ends_with("/legacy/") => Ok(root.clone()),
            // The test instance takes uploads on its one host, the public index on a host of its own.
            Some(site) if site.host_str().is_some_and(|host| host.starts_with("test.")) => join(&site, "legacy/"),
            Some(site) => Ok(self.definition.public_endpoint()?.upload.unwrap_or(site)),
        }
    }

    /// The simple index.
    pub(super) fn index(self) -> Result<Url> {
        if let Some(index) = &self.endpoint.index {
            return Ok(index.clone());
        }
        let root = &self.endpoint.root;
        match self.public_site(root) {
            Some(site) => join(&site, "simple/"),
            None if root.path().ends_with("simple/") => Ok(root.clone()),
            None => join(root, "simple/"),
        }
    }

    /// The simple page of a project.
    pub(super) fn page(self, name: &str) -> Result<Url> {
        join(&self.index()?, &format!("{}/", normalized_name(name)))
    }

    /// The site's root, where the identity exchange and the project pages are.
    pub(super) fn site(self) -> Url {
        self.public_site(&self.endpoint.root).unwrap_or_else(|| self.endpoint.root.clone())
    }

    /// The site of a public URL, whichever of its hosts it names.
    fn public_site(self, url: &Url) -> Option<Url> {
        let public = self.definition.public_endpoint().ok()?.root;
        let name = public.host_str()?;
        let host = url.host_str()?;
        let site = if host == name || host.strip_suffix(name).is_some_and(|rest| rest == "upload.") {
            name.to_owned()
        } else if host.strip_suffix(name) == Some("test.") {
            host.to_owned()
        } else {
            return None;
        };
        let mut root = public.clone();
        root.set_host(Some(&site)).ok()?;
        Some(root)
    }
}

/// A POST to `/legacy` is redirected and loses its body.
fn with_slash(url: &Url) -> Url {
    let mut url = url.clone();
    if url.path().ends_with("/legacy") {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(root: &str) -> (String, String, bool) {
        let definition = Definition::parse(include_str!("../../../../../platforms/pypi.toml")).unwrap();
        let root = root.replace("{public}", definition.public_endpoint().unwrap().root.host_str().unwrap());
        let endpoint = Endpoint::parse(&root).unwrap();
        let addresses = Addresses { definition: &definition, endpoint: &endpoint };
        let shown =
            |url: Url| url.as_str().replace(definition.public_endpoint().unwrap().root.host_str().unwrap(), "{public}");
        (shown(addresses.upload().unwrap()), shown(addresses.index().unwrap()), addresses.is_public())
    }

    #[test]
    fn roots_lead_to_upload_and_index() {
        for (root, upload, index, public) in [
            ("https://{public}", "https://upload.{public}/legacy/", "https://{public}/simple/", true),
            ("https://upload.{public}/legacy/", "https://upload.{public}/legacy/", "https://{public}/simple/", true),
            ("https://test.{public}", "https://test.{public}/legacy/", "https://test.{public}/simple/", true),
            ("https://test.{public}/legacy/", "https://test.{public}/legacy/", "https://test.{public}/simple/", true),
            ("http://127.0.0.1:1", "http://127.0.0.1:1/", "http://127.0.0.1:1/simple/", false),
            ("http://127.0.0.1:1/a/simple", "http://127.0.0.1:1/a/simple/", "http://127.0.0.1:1/a/simple/", false),
            ("http://127.0.0.1:1/a/+simple/", "http://127.0.0.1:1/a/+simple/", "http://127.0.0.1:1/a/+simple/", false),
            ("https://evil-{public}", "https://evil-{public}/", "https://evil-{public}/simple/", false),
        ] {
            assert_eq!(addresses(root), (upload.to_owned(), index.to_owned(), public), "{root}");
        }
    }
}
