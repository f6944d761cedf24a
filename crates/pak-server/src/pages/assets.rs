//! Our own style sheet, script and picture, inside of the binary. Their addresses carry the hash of their content, so that
//! browsers keep them for ever and never see an old one.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

struct Asset {
    path: String,
    tag: String,
    kind: &'static str,
    bytes: std::borrow::Cow<'static, [u8]>,
}

static ASSETS: LazyLock<BTreeMap<String, Asset>> = LazyLock::new(|| {
    let asset = |name: std::borrow::Cow<'static, str>| {
        let file = Files::get(&name)?;
        let hash = hex::encode(file.metadata.sha256_hash().get(..8)?);
        let (stem, extension) = name.rsplit_once('.')?;
        let kind = match extension {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => return None,
        };
        let path = format!("/assets/{stem}.{hash}.{extension}");
        Some((name.to_string(), Asset { path, tag: format!("\"{hash}\""), kind, bytes: file.data }))
    };
    Files::iter().filter_map(asset).collect()
});

/// The address of a file, with its hash.
pub fn path(name: &str) -> &'static str {
    ASSETS.get(name).map_or("", |asset| asset.path.as_str())
}

/// `GET /assets/{file}`.
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let wanted = format!("/assets/{file}");
    let Some(asset) = ASSETS.values().find(|asset| asset.path == wanted) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let fresh = [(header::ETAG, asset.tag.as_str()), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    if known.is_some_and(|known| known.split(',').any(|tag| tag.trim() == asset.tag)) {
        return (StatusCode::NOT_MODIFIED, fresh).into_response();
    }
    (fresh, [(header::CONTENT_TYPE, asset.kind)], asset.bytes.clone()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_are_kept_for_ever_under_their_hash() {
        let file = path("pak.css").rsplit('/').next().unwrap().to_owned();
        let answer = serve(Path(file.clone()), HeaderMap::new()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(answer.headers()[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        let mut known = HeaderMap::new();
        known.insert(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone());
        assert_eq!(serve(Path(file), known).await.status(), StatusCode::NOT_MODIFIED);
        for odd in ["pak.css", "../pak.css", "pak.0000000000000000.css"] {
            assert_eq!(serve(Path(odd.to_owned()), HeaderMap::new()).await.status(), StatusCode::NOT_FOUND);
        }
    }

    /// The colours that a text may have, each with the grounds it stands on.
    const PAIRS: &[(&str, &[&str])] = &[
        ("text", &["page", "surface", "raised"]),
        ("muted", &["page", "surface", "raised"]),
        ("accent", &["page", "surface", "accent-soft"]),
        ("on-accent", &["accent-fill", "accent-hover", "bad-fill"]),
        ("good", &["good-soft", "surface"]),
        ("bad", &["bad-soft", "surface", "raised"]),
        ("warn", &["warn-soft", "surface"]),
        ("busy", &["busy-soft", "surface"]),
        ("calm", &["calm-soft", "surface"]),
    ];

    fn luminance(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    fn colours(name: &str) -> [String; 2] {
        let css = String::from_utf8(ASSETS["pak.css"].bytes.to_vec()).unwrap();
        let start = format!("--{name}: light-dark(");
        let value = css.split(&start).nth(1).unwrap_or_else(|| panic!("--{name}")).split(')').next().unwrap();
        let (light, dark) = value.split_once(',').unwrap();
        [light.trim().to_owned(), dark.trim().to_owned()]
    }

    #[test]
    fn every_text_can_be_read_on_its_ground_in_light_and_dark() {
        for (text, grounds) in PAIRS {
            for ground in *grounds {
                for (text_colour, ground_colour) in colours(text).iter().zip(&colours(ground)) {
                    let ratio = contrast(text_colour, ground_colour);
                    assert!(ratio >= 4.5, "{text} {text_colour} on {ground} {ground_colour}: {ratio:.2}");
                }
            }
        }
        // What is no text but has to be seen: edges of fields, lines of charts, the focus.
        for seen in ["edge", "focus", "series-1", "series-2", "series-3", "series-4", "series-5"] {
            for (colour, ground) in colours(seen).iter().zip(&colours("surface")) {
                assert!(contrast(colour, ground) >= 3.0, "{seen} {colour} on {ground}");
            }
        }
    }
}
