//! Folders on WebDAV servers: some take a file only where its folder is there.

use http::Method;
use pak_http::{Refusal, Request};
use pak_model::{Result, code};
use url::Url;

use super::{FileStore, address};

/// What became of one folder.
enum Folder {
    Made,
    /// There already; or the server knows no folders at all, which it says with the same status.
    There,
    /// The folder it lies in is missing.
    Higher(Refusal),
}

impl FileStore<'_> {
    /// Makes the folders that a path lies in, below the upload root; whether any had to be made.
    pub(super) async fn make_folders(&self, path: &str) -> Result<bool> {
        let folders = self.folders(path)?;
        let refused = |refusal: &Refusal| {
            refusal.explain(code::files::FOLDER_REFUSED, format!("No folder can be made for {path}"))
        };
        // From the innermost one outwards until one is there: of most releases only the last is new.
        let (mut missing, mut made) = (Vec::new(), false);
        for folder in folders.iter().rev() {
            match self.make_folder(folder).await? {
                Folder::Higher(refusal) => missing.push((folder, refusal)),
                Folder::Made => {
                    made = true;
                    break;
                }
                Folder::There => break,
            }
        }
        if missing.len() == folders.len()
            && let Some((_, refusal)) = missing.last()
        {
            return Err(refused(refusal));
        }
        for (folder, _) in missing.iter().rev() {
            if let Folder::Higher(refusal) = self.make_folder(folder).await? {
                return Err(refused(&refusal));
            }
            made = true;
        }
        Ok(made)
    }

    /// The folders of a path, outermost first.
    fn folders(&self, path: &str) -> Result<Vec<Url>> {
        let inside = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        inside.map(|folder| Ok(with_slash(address(self.upload_root(), folder)?))).collect()
    }

    async fn make_folder(&self, url: &Url) -> Result<Folder> {
        if self.memory.has_folder(url) {
            return Ok(Folder::There);
        }
        let method = Method::from_bytes(b"MKCOL").unwrap_or_default();
        let response = self.call.send(Request::new(method, url.clone()).auth(self.call.auth())).await?;
        let outcome = match response.status().as_u16() {
            200..=299 => Folder::Made,
            405 => Folder::There,
            409 | 404 => return Ok(Folder::Higher(Refusal::of(response).await)),
            _ => return Err(Refusal::of(response).await.problem("Making a folder", false)),
        };
        self.memory.found_folder(url.clone());
        Ok(outcome)
    }
}

fn with_slash(mut url: Url) -> Url {
    url.set_path(&format!("{}/", url.path()));
    url
}
