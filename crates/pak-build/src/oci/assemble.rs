//! Writes an OCI layout: blobs under their digests, `index.json` last.

use camino::{Utf8Path, Utf8PathBuf};
use pak_model::{Hasher, Result};
use serde_json::{Value, json};

use super::io;
use super::source::Stretch;

pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub(super) const LAYER_TAR: &str = "application/vnd.oci.image.layer.v1.tar";
pub(super) const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A layout folder that is being written.
pub(super) struct Layout {
    folder: Utf8PathBuf,
}

impl Layout {
    /// Makes the folder.
    pub(super) fn create(folder: &Utf8Path) -> Result<Self> {
        std::fs::create_dir_all(folder.join("blobs/sha256")).map_err(|error| io(folder, &error))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where blobs lie; temporary files made here can be renamed to their digests.
    pub(super) fn blobs(&self) -> Utf8PathBuf {
        self.folder.join("blobs/sha256")
    }

    /// Stores a document and describes it.
    pub(super) fn document(&self, media_type: &str, document: &Value) -> Result<Value> {
        let text = document.to_string();
        let mut hasher = Hasher::sha256_only();
        hasher.update(text.as_bytes());
        let hex = hasher.finish().sha256.unwrap_or_default();
        self.write(&self.blobs().join(&hex), text.as_bytes())?;
        Ok(json!({"mediaType": media_type, "digest": format!("sha256:{hex}"), "size": text.len()}))
    }

    /// Takes a blob over from another layout, by a hard link where that is possible.
    pub(super) fn adopt(&self, hex: &str, from: &Stretch) -> Result<()> {
        let path = self.blobs().join(hex);
        if path.exists() || std::fs::hard_link(&from.path, &path).is_ok() {
            return Ok(());
        }
        std::fs::copy(&from.path, &path).map(|_| ()).map_err(|error| io(&path, &error))
    }

    /// Ends the layout: one image, under a tag.
    pub(super) fn finish(self, mut top: Value, tag: Option<&str>) -> Result<()> {
        if let Some(tag) = tag {
            top["annotations"] = json!({"org.opencontainers.image.ref.name": tag});
        }
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [top]});
        self.write(&self.folder.join("index.json"), index.to_string().as_bytes())?;
        self.write(&self.folder.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)
    }

    #[expect(clippy::unused_self, reason = "only a layout that was made is written to")]
    fn write(&self, path: &Utf8Path, bytes: &[u8]) -> Result<()> {
        std::fs::write(path, bytes).map_err(|error| io(path, &error))
    }
}
