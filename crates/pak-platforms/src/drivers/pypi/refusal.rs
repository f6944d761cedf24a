//! What an index says when it refuses an upload, and what that means: servers use different statuses for the same thing.

use pak_http::{Response, refusal_text, safe, status_problem};
use pak_model::{Problem, Recovery, code};

use super::html;

/// The words of a refusal; HTML pages carry them in their body, not in their title.
pub(super) fn words(body: &str) -> Option<String> {
    if !body.trim_start().starts_with('<') {
        return refusal_text(body);
    }
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        let silent = ["style", "script", "title"]
            .iter()
            .find(|name| tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
        let end = silent.map_or_else(|| ">".to_owned(), |name| format!("</{name}>"));
        rest = tag.split_once(end.as_str()).map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = html::unescaped(&text).split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = text.chars().take(600).collect();
    (!short.is_empty()).then_some(short)
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// A file of this name is there: the engine compares digests.
    Exists,
    /// A file of this name was there.
    Burnt,
    /// The account is not accepted.
    Credential,
    /// Whatever the status says.
    Other,
}

fn meaning(status: u16, words: &str) -> Meaning {
    let words = words.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    match status {
        400 | 403 | 409 | 422 if says(&["previously used by a file that has since been deleted"]) => Meaning::Burnt,
        409 => Meaning::Exists,
        // The public index; Nexus and GitLab; Nexus once more; Artifactory.
        400 | 403 | 422 if says(&["already exist", "already been taken", "updating asset", "overwrite"]) => {
            Meaning::Exists
        }
        403 if says(&["authentication", "invalid api token", "credentials"]) => Meaning::Credential,
        _ => Meaning::Other,
    }
}

/// The problem of a refused upload.
pub(super) async fn problem(file: &str, response: Response) -> Problem {
    let status = response.status().as_u16();
    if !matches!(status, 400 | 403 | 409 | 422) {
        return status_problem(&format!("Upload of {file}"), response, false).await;
    }
    let url = safe(response.url());
    let said = words(&response.text().await).unwrap_or_default();
    let (problem, recovery) = match meaning(status, &said) {
        Meaning::Exists => (
            Problem::new(code::deploy::CONFLICT, format!("The index has a file {file} already ({status}).")),
            Recovery::LookUpFirst,
        ),
        Meaning::Burnt => (
            Problem::new(
                code::deploy::BURNT,
                format!("The file name {file} was used by a file that has been deleted."),
            ),
            Recovery::Stop,
        ),
        Meaning::Credential => (
            Problem::new(code::http::UNAUTHORIZED, format!("The index did not accept the credential ({status}).")),
            Recovery::AskUser,
        ),
        Meaning::Other if status == 403 => (
            Problem::new(code::http::FORBIDDEN, format!("The index does not allow this account to upload {file}.")),
            Recovery::AskUser,
        ),
        Meaning::Other => {
            (Problem::new(code::http::REFUSED, format!("The index refused {file} ({status}).")), Recovery::Stop)
        }
    };
    let problem = problem.recovery(recovery).about("url", url);
    if said.is_empty() { problem } else { problem.said(said) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_refusal_in_many_words() {
        for (status, body, expected) in [
            (400, "File already exists ('x.whl', with blake2_256 hash 'ab'). See /help/", Meaning::Exists),
            (409, "x already exists in non-volatile index", Meaning::Exists),
            (400, "{\"message\": \"file_name has already been taken\"}", Meaning::Exists),
            (403, "Not enough permissions to overwrite artifact", Meaning::Exists),
            (
                400,
                "This filename was previously used by a file that has since been deleted. Use a different version.",
                Meaning::Burnt,
            ),
            (403, "Invalid or non-existent authentication information.", Meaning::Credential),
            (403, "The user 'a' isn't allowed to upload to project 'b'.", Meaning::Other),
            (400, "Only one sdist may be uploaded per release.", Meaning::Other),
        ] {
            assert_eq!(meaning(status, body), expected, "{body}");
        }
    }

    #[test]
    fn words_are_found_in_pages() {
        let page = "<!DOCTYPE html><html><head><title>Error: 409 Conflict</title><style>a{}</style></head><body><pre>Package &#039;x&#039; &quot;already exists&quot;!</pre></body></html>";
        assert!(words(page).unwrap().contains("\"already exists\"!"));
        assert!(!words(page).unwrap().contains("a{}"));
        assert_eq!(words("{\"message\":\"no\"}").as_deref(), Some("no"));
        assert_eq!(words("<a <b"), None);
    }
}
