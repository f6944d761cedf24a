//! Takes a bundle, unpacks it and has it checked. The verdict is kept and told when the time for checking is over.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, BufReader, Read as _};

use axum::body::Body;
use axum::extract::{FromRequest as _, Multipart, Query, State};
use axum::response::IntoResponse as _;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use pak_model::Digests;

use super::deployment::{self, Deployment};
use super::layout::{Component, FILES};
use super::{Answer, LOCK, Refusal, may, rules};
use crate::registries::Shared;
use crate::transfer::{self, Spooled};

/// The largest bundle, packed and unpacked.
const LIMIT: u64 = 1 << 30;
/// The most members.
const MEMBERS: usize = 20_000;

/// `POST /upload`.
pub(super) async fn take(
    State(shared): State<Shared>,
    Query(query): Query<HashMap<String, String>>,
    request: Request<Body>,
) -> Answer {
    if let Err(refusal) = may(&shared, request.headers()) {
        // A client that still sends would see a reset instead of the answer.
        let mut body = request.into_body();
        while let Some(Ok(_)) = body.frame().await {}
        return Err(refusal);
    }
    let automatic = match query.get("publishingType").map(String::as_str) {
        None | Some("USER_MANAGED") => false,
        Some("AUTOMATIC") => true,
        Some(other) => return Err(Refusal::bad(format!("publishingType {other} is not known"))),
    };
    let bundle = bundle(&shared, request).await?;
    let files = unpack(&bundle)?;
    let _guard = shared.store.lock(LOCK).await;
    let published = |path: &str| shared.store.read(&format!("{FILES}/{path}")).ok().flatten();
    let mut deployment = Deployment {
        id: uuid::Uuid::new_v4().to_string(),
        name: query.get("name").cloned().unwrap_or_else(|| "Unnamed deployment".to_owned()),
        received: jiff::Timestamp::now().as_millisecond(),
        promoted: None,
        errors: rules::check(&files, &published),
        components: files
            .keys()
            .filter_map(|path| Some(Component::of_path(path)?.0))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        files: files.keys().cloned().collect(),
    };
    for component in &deployment.components {
        if component.record(&shared)?.is_some() {
            deployment.errors.entry(component.purl()).or_default().push(component.exists());
        }
    }
    for (path, bytes) in &files {
        shared.store.write(&deployment.file(path), bytes)?;
    }
    deployment.save(&shared)?;
    if automatic && deployment.errors.is_empty() {
        let checked = deployment.received.saturating_add(deployment::half(&shared));
        deployment.publish(&shared, checked)?;
    }
    Ok((StatusCode::CREATED, deployment.id).into_response())
}

/// The form's file.
async fn bundle(shared: &Shared, request: Request<Body>) -> Answer<Spooled> {
    let broken = |error: &dyn std::fmt::Display| Refusal::bad(format!("Invalid form: {error}"));
    let mut multipart = Multipart::from_request(request, &()).await.map_err(|error| broken(&error))?;
    while let Some(field) = multipart.next_field().await.map_err(|error| broken(&error))? {
        if field.name() == Some("bundle") {
            let bundle = transfer::spool_field(&shared.store, field).await?;
            // The form's end must be there: a connection that broke off has not brought the whole.
            while multipart.next_field().await.map_err(|error| broken(&error))?.is_some() {}
            return Ok(bundle);
        }
    }
    Err(Refusal::bad("The form has no field `bundle`"))
}

/// Every file of the bundle by its path.
fn unpack(bundle: &Spooled) -> Answer<BTreeMap<String, Vec<u8>>> {
    if bundle.length > LIMIT {
        return Err(Refusal(StatusCode::PAYLOAD_TOO_LARGE, "The bundle is larger than 1 GB".to_owned()));
    }
    let broken = |error: zip::result::ZipError| Refusal::bad(format!("The bundle is no zip: {error}"));
    let mut archive = zip::ZipArchive::new(BufReader::new(bundle.file.reopen()?)).map_err(broken)?;
    if archive.len() > MEMBERS {
        return Err(Refusal::bad("The bundle has too many files"));
    }
    let (mut files, mut left) = (BTreeMap::new(), LIMIT);
    for index in 0..archive.len() {
        let member = archive.by_index(index).map_err(broken)?;
        if member.is_dir() {
            continue;
        }
        let path = member.name().map_err(broken)?.into_owned();
        let mut bytes = Vec::new();
        member.take(left).read_to_end(&mut bytes)?;
        left = left.saturating_sub(bytes.len() as u64);
        files.insert(path, bytes);
    }
    if left == 0 {
        return Err(Refusal::bad("The bundle is larger than 1 GB when unpacked"));
    }
    Ok(files)
}

/// A digest of bytes by the ending of its checksum file.
pub(super) fn checksum(bytes: &[u8], algorithm: &str) -> io::Result<String> {
    let digests = Digests::of(bytes);
    let hex = match algorithm {
        "md5" => digests.md5,
        "sha1" => digests.sha1,
        "sha256" => digests.sha256,
        "sha512" => digests.sha512,
        _ => None,
    };
    hex.ok_or_else(|| io::ErrorKind::Unsupported.into())
}
