//! `PUT /projects/<name>/source`: uploads an archive that deployments are made from.

use aws_lc_rs::digest;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use camino::Utf8Path;
use futures_util::StreamExt as _;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use pak_model::{Problem, Result, code};
use serde::Serialize;
use tokio::io::AsyncWriteExt as _;

use crate::access::{In, Manage};
use crate::actions::projects;
use crate::error::{ApiResult, ErrorBody};
use crate::state::App;

/// An archive that was taken.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SourceAnswer {
    /// Always true.
    pub success: bool,
    /// The archive's SHA-256 in hex: what deployments from now on are made from.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
}

/// Uploads the project's source: a tar, tar.gz or zip archive as the body. Deployments that were asked for before keep theirs.
#[utoipa::path(put, path = "/projects/{name}/source", tag = "projects", params(("name" = String, Path, description = "The project's name.")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The archive."),
    responses((status = 200, body = SourceAnswer), (status = "4XX", body = ErrorBody)),
    extensions(("x-access" = json!("project:manage"))))]
pub async fn upload(
    State(app): State<App>,
    place: In<Manage>,
    headers: HeaderMap,
    body: Body,
) -> ApiResult<Json<SourceAnswer>> {
    let told = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok()).unwrap_or(0);
    if told > app.settings.upload_limit {
        return Err(too_large(&app).into());
    }
    let (sha256, size) = keep(&app, place.project.id, body).await?;
    projects::set_archive(&app, &place, location(place.project.id, &sha256), sha256.clone()).await?;
    Ok(Json(SourceAnswer { success: true, sha256, size }))
}

/// Takes an archive in pieces and keeps it under its digest. Nothing of it is looked into: that is done where it is unpacked.
pub async fn keep(app: &App, project: i64, body: Body) -> Result<(String, u64)> {
    let folder = app.settings.data.join("incoming");
    let unusable = |error: std::io::Error| {
        Problem::new(code::server::DATA_FOLDER, format!("{folder} cannot be written.")).cause(&error)
    };
    tokio::fs::create_dir_all(&folder).await.map_err(unusable)?;
    let file = tempfile::NamedTempFile::new_in(&folder).map_err(unusable)?;
    let path = Utf8Path::from_path(file.path()).map(Utf8Path::to_owned).unwrap_or_default();
    let mut writer = tokio::fs::File::create(&path).await.map_err(unusable)?;
    let mut hash = digest::Context::new(&digest::SHA256);
    let mut size = 0u64;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece =
            piece.map_err(|_| Problem::new(code::server::INPUT_FORM, "The upload broke off; nothing was changed."))?;
        size += piece.len() as u64;
        if size > app.settings.upload_limit {
            return Err(too_large(app));
        }
        hash.update(&piece);
        writer.write_all(&piece).await.map_err(unusable)?;
    }
    writer.flush().await.map_err(unusable)?;
    if size == 0 {
        return Err(Problem::new(code::server::INPUT, "The body is empty, where an archive belongs."));
    }
    let sha256 = hex::encode(hash.finish());
    app.files.put_file(&location(project, &sha256), &path).await?;
    Ok((sha256, size))
}

/// Where an archive is kept.
pub fn location(project: i64, sha256: &str) -> String {
    format!("sources/{project}/{sha256}")
}

fn too_large(app: &App) -> Problem {
    let mebibytes = app.settings.upload_limit >> 20;
    Problem::new(code::server::TOO_LARGE, format!("The archive is larger than {mebibytes} MiB."))
        .next("Leave out what the release does not need, or raise PAK_UPLOAD_LIMIT.")
}
