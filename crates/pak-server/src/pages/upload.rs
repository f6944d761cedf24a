//! Uploading a project's source with a form: the same as `PUT /projects/{name}/source`, from a browser.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::multipart::{Field, Multipart};
use axum::http::{HeaderMap, Method};
use axum::response::Response;
use pak_model::{Problem, Result, code};

use super::frame::segment;
use super::visit::see;
use crate::access::session::{cookie, cookie_name};
use crate::access::{In, Manage, same_origin};
use crate::actions::projects;
use crate::api::source;
use crate::error::ApiResult;
use crate::state::App;

/// How many pieces of a file wait to be written.
const PIECES: usize = 4;

/// `POST /projects/{name}/source`: the form's token, then the file.
pub async fn upload(
    State(app): State<App>,
    place: In<Manage>,
    headers: HeaderMap,
    mut form: Multipart,
) -> ApiResult<Response> {
    same_origin::check(&Method::POST, &headers, Some(app.settings.base.as_str()))?;
    let session = cookie(&headers, cookie_name(&app.settings)).unwrap_or_default();
    let mut is_ours = false;
    while let Some(field) = form.next_field().await.map_err(|_| broken())? {
        match field.name() {
            Some(same_origin::FIELD) => {
                same_origin::check_form(session, &field.text().await.map_err(|_| broken())?)?;
                is_ours = true;
            }
            Some("archive") if is_ours => {
                let (sha256, _) = keep(&app, place.project.id, field).await?;
                let location = source::location(place.project.id, &sha256);
                projects::set_archive(&app, &place, location, sha256).await?;
                return Ok(see(&format!("/projects/{}", segment(&place.project.name)), "uploaded"));
            }
            _ => {}
        }
    }
    Err(Problem::new(code::server::INPUT, "No archive was chosen.").about("field", "archive").into())
}

/// Keeps a file of a form, piece by piece: it is never whole in memory.
async fn keep(app: &App, project: i64, mut field: Field<'_>) -> Result<(String, u64)> {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(PIECES);
    let feed = async move {
        loop {
            let piece = match field.chunk().await {
                Ok(Some(piece)) => Ok(piece),
                Ok(None) => return,
                Err(error) => Err(std::io::Error::other(error)),
            };
            let is_over = piece.is_err();
            if sender.send(piece).await.is_err() || is_over {
                return;
            }
        }
    };
    let pieces = futures_util::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    let ((), kept) = tokio::join!(feed, source::keep(app, project, Body::from_stream(pieces)));
    kept
}

fn broken() -> Problem {
    Problem::new(code::server::INPUT_FORM, "The upload broke off; nothing was changed.")
}
