//! What refers to an image: signatures, attestations. Registries list it by themselves, or clients keep the list under a tag
//! that is made of the image's digest.

use http::StatusCode;
use pak_http::{Request, Response, status_problem};
use pak_model::Result;
use serde_json::{Value, json};

use super::repository::{Repository, next_page};
use super::session::Need;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// Pages of a list that are read before we stop.
const PAGES: usize = 100;

impl Repository<'_> {
    /// Whether a manifest is listed among those that refer to an image.
    pub async fn has_referrer(&self, image: &str, manifest: &str) -> Result<bool> {
        match self.own_list(image, manifest).await? {
            Some(listed) => Ok(listed),
            None => Ok(names(&self.kept_list(image).await?, manifest)),
        }
    }

    /// Sees to it that a manifest is listed among those that refer to an image.
    pub async fn list_referrer(&self, image: &str, manifest: &str, descriptor: Value) -> Result<()> {
        // A registry's own list follows what it holds, if not at once.
        if self.own_list(image, manifest).await?.is_some() {
            return Ok(());
        }
        let mut list = self.kept_list(image).await?;
        if names(&list, manifest) {
            return Ok(());
        }
        if let Some(listed) = list["manifests"].as_array_mut() {
            listed.push(descriptor);
        }
        self.put_list(image, &list).await
    }

    /// Takes a manifest off the list that clients keep; a registry's own list follows what it holds.
    pub async fn unlist_referrer(&self, image: &str, manifest: &str) -> Result<()> {
        let mut list = self.kept_list(image).await?;
        if !names(&list, manifest) {
            return Ok(());
        }
        if let Some(listed) = list["manifests"].as_array_mut() {
            listed.retain(|one| one["digest"] != manifest);
        }
        self.put_list(image, &list).await
    }

    /// Whether the registry's own list names it; `None`: it keeps none.
    async fn own_list(&self, image: &str, manifest: &str) -> Result<Option<bool>> {
        let mut next = Some(self.url(&format!("referrers/{image}"))?);
        for _ in 0..PAGES {
            let Some(url) = next.take() else { break };
            let response: Response = self.send(Need::Use, Request::get(url).accept(INDEX)).await?;
            match response.status() {
                // A registry in front of another may answer with a page of its own.
                StatusCode::OK if response.header("content-type").is_some_and(|kind| kind.starts_with(INDEX)) => {}
                StatusCode::OK
                | StatusCode::NOT_FOUND
                | StatusCode::BAD_REQUEST
                | StatusCode::METHOD_NOT_ALLOWED
                | StatusCode::NOT_IMPLEMENTED => return Ok(None),
                _ => return Err(status_problem(&format!("Asking what refers to {image}"), response, true).await),
            }
            next = next_page(&response);
            let page: Value = response.json().await?;
            if names(&page, manifest) {
                return Ok(Some(true));
            }
        }
        Ok(Some(false))
    }

    /// The list under the image's tag; an empty one where there is none.
    async fn kept_list(&self, image: &str) -> Result<Value> {
        let fetched = self.manifest(&image.replace(':', "-")).await?;
        let list = fetched.and_then(|fetched| serde_json::from_slice::<Value>(&fetched.bytes).ok());
        let list = list.filter(|list| list["manifests"].is_array());
        Ok(list.unwrap_or_else(|| json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": []})))
    }

    async fn put_list(&self, image: &str, list: &Value) -> Result<()> {
        self.put_manifest(&image.replace(':', "-"), INDEX, list.to_string().as_bytes()).await.map(|_| ())
    }
}

fn names(list: &Value, manifest: &str) -> bool {
    list["manifests"].as_array().into_iter().flatten().any(|one| one["digest"] == manifest)
}
