//! Makes a fresh checkout of a project's source.

use camino::Utf8Path;
use pak_model::{Problem, Result, code};
use serde_json::Value;

use crate::state::App;

/// Puts the source into a folder, which is made. Gives back what was checked out, pinned: asked for again, it is the same.
pub async fn check_out(app: &App, wanted: &Value, into: &Utf8Path) -> Result<Value> {
    let unusable = |what: &str| Problem::new(code::server::SOURCE, what.to_owned());
    match wanted["kind"].as_str() {
        Some("archive") => {
            let key = wanted["location"].as_str().ok_or_else(|| unusable("The archive has no name."))?;
            let found = app.files.get(key).await?;
            let (_, pieces) = found.ok_or_else(|| unusable("The uploaded archive is gone."))?;
            use futures_util::TryStreamExt as _;
            let bytes: Vec<u8> = pieces
                .try_fold(Vec::new(), |mut all, piece| async move {
                    all.extend_from_slice(&piece);
                    Ok(all)
                })
                .await?;
            let into = into.to_owned();
            let unpacked = tokio::task::spawn_blocking(move || {
                std::fs::create_dir_all(&into)?;
                tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice())).unpack(&into)
            });
            let unpacked = unpacked.await.map_err(|error| unusable("Unpacking broke.").cause(&error))?;
            unpacked.map_err(|error| unusable("The archive cannot be unpacked.").cause(&error))?;
            Ok(wanted.clone())
        }
        _ => Err(unusable("This kind of source is not known.")),
    }
}
